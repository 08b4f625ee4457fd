"""
How an answer in Anthropic's format is to be made: `output_config`, `thinking`, `stop_sequences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from clinvoker.dialects.checks import missing
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Output

Effort = Literal["low", "medium", "high", "xhigh", "max"]

# From so many tokens to think with on, it is this effort.
_EFFORTS: Sequence[tuple[int, Effort]] = ((16_384, "high"), (4096, "medium"), (0, "low"))


class SentFormat(msgspec.Struct):
    type: str | None = None
    schema: dict[str, Any] | None = None


class SentOutput(msgspec.Struct):
    effort: Effort | None = None
    format: SentFormat | None = None
    task_budget: dict[str, Any] | None = None


class SentThinking(msgspec.Struct):
    type: Literal["enabled", "disabled", "adaptive", "between_tools"] | None = None
    budget_tokens: Annotated[int, Meta(ge=1024)] | None = None
    display: Literal["summarized", "omitted"] | None = None


def read_format(wire: SentFormat | None, at: str) -> Output:
    """What the answer's text must be; `at` is its place.  Raises `BadRequest`, `UnsupportedParameter`."""
    if wire is None:
        return Output()
    if wire.type is None:
        raise missing(f"{at}.type")
    if wire.type != "json_schema":
        raise UnsupportedParameter(f"'{at}' has type json_schema.", f"{at}.type")
    if wire.schema is None:
        raise missing(f"{at}.schema")
    return Output(kind="json_schema", name="answer", schema=object_schema(wire.schema, f"{at}.schema"))


def read_effort(output: SentOutput | None, thinking: SentThinking | None) -> str:
    """How hard the model is to think: as `output` says, else by the budget; empty where neither says."""
    if output is not None and output.effort is not None:
        return output.effort
    budget = _budget(thinking)
    return next(effort for least, effort in _EFFORTS if budget >= least) if budget else ""


def tells_thoughts(thinking: SentThinking | None) -> bool:
    """Whether the client wants to be told what the model thinks.  Raises `BadRequest` for no type."""
    if thinking is None:
        return False
    if thinking.type is None:
        raise missing("thinking.type")
    return thinking.type != "disabled" and thinking.display != "omitted"


def read_stops(wire: Sequence[str] | None) -> tuple[str, ...]:
    """The texts at which the answer ends.  Raises `BadRequest`."""
    if not all(wire or ()):
        raise BadRequest("Invalid value for 'stop_sequences': one must not be empty.", "stop_sequences")
    return tuple(dict.fromkeys(wire or ()))


def _budget(thinking: SentThinking | None) -> int:
    if thinking is None or thinking.type != "enabled":
        return 0
    if thinking.budget_tokens is None:
        raise missing("thinking.budget_tokens")
    return thinking.budget_tokens
