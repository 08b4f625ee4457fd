"""
What a thread and its turns are asked for with.  Pure.
"""

from __future__ import annotations

from clinvoker.backends.codex import words
from clinvoker.backends.codex.agency import thread_at_work
from clinvoker.backends.codex.tools import offered, specifications
from clinvoker.model import Invocation
from clinvoker.talk import Record


def thread_params(invocation: Invocation, settings: Record) -> Record:
    """Of `thread/start`; `settings` are those of the program's configuration."""
    chat = invocation.agency.mode == "chat"
    params = {**(words.THREAD if chat else thread_at_work(invocation.agency)), "config": settings}
    if invocation.model:
        params["model"] = invocation.model
    if tools := offered(invocation.tools):
        params["dynamicTools"] = specifications(tools)
        params["experimentalRawEvents"] = True  # see `calls`
    return params


def turn_params(invocation: Invocation) -> Record:
    """Of `turn/start`, whose thread has all that was said already."""
    params: dict[str, object] = {"input": []}
    if invocation.output.kind == "json_schema":
        params["outputSchema"] = invocation.output.schema
    if invocation.sampling.effort:
        params["effort"] = invocation.sampling.effort
    return params
