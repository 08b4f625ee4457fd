"""
What a request asks of its backend, by the names that `IBackend.parameters` uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinvoker.model import Image, Invocation, Sampling

NOTHING = Sampling()


def depending(invocation: Invocation) -> Iterator[str]:
    """
    The names of what this invocation asks for and not every backend can do, each once.

    Calls and results in the conversation need tools as much as an offer of new ones does.
    """
    tools, sampling = invocation.tools, invocation.sampling
    if tools.offered or any(message.calls for message in invocation.messages):
        yield "tools"
    if tools.choice != "auto":
        yield "tool_choice"
    if not tools.parallel:
        yield "parallel_tool_calls"
    if invocation.output.kind != "text":
        yield "response_format"
    if any(isinstance(part, Image) for message in invocation.messages for part in message.parts):
        yield "images"
    if sampling != NOTHING:
        yield from _of_sampling(sampling)


def _of_sampling(sampling: Sampling) -> Iterator[str]:
    asked = {
        "stop": sampling.stop,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature is not None,
        "top_p": sampling.top_p is not None,
        "reasoning_effort": sampling.effort,
    }
    return (name for name, is_asked in asked.items() if is_asked)
