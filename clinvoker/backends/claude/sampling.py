"""
Model, limits and sampling as settings that the program takes while it runs.  Pure.

Seen with 2.1.330: they hold from the next request on and leave no trace in the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from clinvoker.errors import BadRequest
from clinvoker.model import Invocation, Sampling
from clinvoker.talk import Record

# The least effort there is stands for less.
_EFFORTS: Mapping[str, str] = {"minimal": "low", "none": "low"}

# The provider refuses thoughts with a budget, of which 1024 tokens is the smallest, that the limit
# does not exceed.
_ROOM_FOR_THOUGHTS = 1024


def check(sampling: Sampling) -> None:
    """Raises `BadRequest` for what the provider would refuse."""
    if sampling.temperature is not None and sampling.temperature > 1:
        raise BadRequest("Invalid value for 'temperature': claude takes 0 to 1.", "temperature")


def settings(invocation: Invocation) -> Record:
    """The settings to be applied; empty if nothing was asked for."""
    sampling, found = invocation.sampling, {}
    if invocation.model:
        found["model"] = invocation.model
    if sampling.effort:
        found["effortLevel"] = _EFFORTS.get(sampling.effort, sampling.effort)
    environment = _environment(sampling, _body(invocation))
    return {**found, "env": environment} if environment else found


def _environment(sampling: Sampling, body: Record) -> dict[str, str]:
    found = {}
    if sampling.max_tokens:
        found["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = str(sampling.max_tokens)
    if body:
        found["CLAUDE_CODE_EXTRA_BODY"] = json.dumps(body)
    if _without_thoughts(sampling):
        found["CLAUDE_CODE_DISABLE_THINKING"] = "1"
    return found


def _body(invocation: Invocation) -> Record:
    """What is merged into the body of the provider's request."""
    body: dict[str, object] = {}
    if invocation.sampling.temperature is not None:
        body["temperature"] = invocation.sampling.temperature
    if invocation.sampling.top_p is not None:
        body["top_p"] = invocation.sampling.top_p
    if invocation.tools.offered and not invocation.tools.parallel:
        body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    return body


def _without_thoughts(sampling: Sampling) -> bool:
    """Whether the model must not think: it was asked not to, or the provider would refuse the rest."""
    return (
        sampling.effort == "none"
        or sampling.temperature not in (None, 1)
        or sampling.top_p is not None
        or 0 < sampling.max_tokens <= _ROOM_FOR_THOUGHTS
    )
