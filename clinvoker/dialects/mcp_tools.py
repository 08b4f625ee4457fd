"""
The tools that the daemon offers by the Model Context Protocol: what the native API does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from clinvoker.dialects import native_bodies as bodies
from clinvoker.dialects import native_requests as requests
from clinvoker.dialects.bodies import misfit
from clinvoker.dialects.mcp_schemas import MEANINGLESS, Json, plain_schema
from clinvoker.dialects.native_answers import CHAIN, COMPARE, PARALLEL, Kind
from clinvoker.dialects.native_requests import Prompted
from clinvoker.dialects.native_results import ChainResult, CompareResult, ParallelResult, PromptResult


class ResumeArguments(bodies.ResumeRequest, kw_only=True, forbid_unknown_fields=True):
    """The next prompt of a session, whose backend and directory are kept."""

    session_id: Annotated[str, Meta(min_length=1, max_length=64)]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """
    One tool.  `read` makes an order of its arguments, and has none where a session must be known first;
    `kind` says how the results of several tasks are told.
    """

    name: str
    title: str
    description: str
    asks: type
    gives: type
    read: Callable[..., Prompted] | None = None
    kind: Kind | None = None


PROMPT = Tool(
    name="clinvk_prompt",
    title="Ask an AI agent",
    description=(
        "Send a prompt to another AI command-line agent (such as claude, codex or gemini) and get its answer."
        " It only talks, unless a workdir is given: then it works in that directory with its own tools."
        " The result has a session_id, with which clinvk_resume goes on."
    ),
    asks=bodies.PromptRequest,
    gives=PromptResult,
    read=requests.read_prompt,
)
RESUME = Tool(
    name="clinvk_resume",
    title="Go on with a session",
    description="Send the next prompt of an earlier session: the agent knows what was said before.",
    asks=ResumeArguments,
    gives=PromptResult,
)
PARALLEL_TOOL = Tool(
    name="clinvk_parallel",
    title="Ask several AI agents at once",
    description="Carry out several independent prompts at the same time, each with an agent of its own.",
    asks=bodies.ParallelRequest,
    gives=ParallelResult,
    read=requests.read_parallel,
    kind=PARALLEL,
)
CHAIN_TOOL = Tool(
    name="clinvk_chain",
    title="Ask AI agents one after the other",
    description=(
        "Carry out prompts one after the other. In a prompt {{previous}} stands for the result of the step"
        " before it, and {{steps.NAME}} for that of the step of that name."
    ),
    asks=bodies.ChainRequest,
    gives=ChainResult,
    read=requests.read_chain,
    kind=CHAIN,
)
COMPARE_TOOL = Tool(
    name="clinvk_compare",
    title="Compare the answers of AI agents",
    description="Send one prompt to several agents and get the answer of each.",
    asks=bodies.CompareRequest,
    gives=CompareResult,
    read=requests.read_compare,
    kind=COMPARE,
)
TOOLS: Mapping[str, Tool] = {
    tool.name: tool for tool in (PROMPT, RESUME, PARALLEL_TOOL, CHAIN_TOOL, COMPARE_TOOL)
}

ABOUT: Mapping[str, str] = {
    "prompt": "What the agent is asked or told to do.",
    "model": "The agent's model, in its own words, or: fast, balanced, best. Left out: its default.",
    "mode": "chat: it only talks. agent: it works in workdir with its own tools.",
    "workdir": "The absolute path of the directory that it works in, as an agent.",
    "approval_mode": "What becomes of a step for which the agent asks leave; with auto it may edit files.",
    "sandbox_mode": "What an agent can reach: read-only, workspace (writes in workdir), full.",
    "system_prompt": "Instructions that go before the prompt.",
    "max_tokens": "The longest answer, in tokens; 0 is no limit.",
    "max_turns": "How many rounds with its tools an agent may take; 0 is no limit.",
    "extra": "Flags of the agent's own program that say something of the above.",
    "ephemeral": "Keep no session, so that it cannot be gone on with.",
    "metadata": "Labels of the session, by name.",
    "tags": "Tags of the session.",
    "dry_run": "Start nothing, tell what would be started.",
    "session_id": "The session to go on with: its id, or the beginning of it.",
    "tasks": "The prompts.",
    "max_parallel": "How many at the same time; 0 is the daemon's default.",
    "fail_fast": "End the others when one fails.",
    "steps": "The prompts, in their order.",
    "name": "A name by which later prompts speak of this step's result.",
    "stop_on_failure": "Begin no step after one that failed.",
    "pass_working_dir": "A step without a workdir works in that of the step before it.",
    "backends": "The agents to ask.",
    "sequential": "One after the other instead of at the same time.",
}

# Of a chain they may only be false.
_WITHOUT = MEANINGLESS | {"pass_session_id", "persist_sessions"}

# What an agent may do depends on how it is asked; none of it is known beforehand.
_HINTS = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": True}


def listed(backends: Sequence[str]) -> Sequence[Json]:
    """The tools as a client is told of them; `backends` are those that are there."""
    return _listed(tuple(backends))


def named_session(arguments: Mapping[str, Any]) -> tuple[str, bytes]:
    """The session that arguments of `RESUME` name, and all else as a body.  Raises `BadRequest`."""
    try:
        found = msgspec.convert(arguments, ResumeArguments)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    rest = {name: value for name, value in arguments.items() if name != "session_id"}
    return found.session_id, msgspec.json.encode(rest)


@cache
def _listed(backends: tuple[str, ...]) -> Sequence[Json]:
    there = f"The agent to ask. There are: {', '.join(backends)}." if backends else "The agent to ask."
    about = {**ABOUT, "backend": there}
    return [
        {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": plain_schema(tool.asks, about, _WITHOUT),
            "outputSchema": plain_schema(tool.gives),
            "annotations": {"title": tool.title, **_HINTS},
        }
        for tool in TOOLS.values()
    ]
