"""
The lines of a streamed answer of the native API, as types.  `docs/events.md` explains each.
"""

from __future__ import annotations

import msgspec

from clinvoker.dialects.native_results import (
    ChainResult,
    CompareResult,
    ParallelResult,
    Result,
    StepResult,
    TokenUsage,
)
from clinvoker.model import Doing


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every line has.  `task` is there if there are several: the place of one, from 0."""

    sequence: int  # of the lines of this answer, from 1
    timestamp: str
    backend: str = ""
    session_id: str = ""
    task: int | msgspec.UnsetType = msgspec.UNSET


class Began(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    model: str = ""
    working_dir: str = ""
    ignored: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    role: str = "assistant"
    is_partial: bool = True


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    is_partial: bool = True


class StepInput(msgspec.Struct, frozen=True):
    title: str


class StepBegun(msgspec.Struct, frozen=True, kw_only=True):
    tool_id: str
    tool_name: Doing
    input: StepInput


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    tool_id: str
    tool_name: Doing
    output: str
    is_error: bool


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    message: str


class Progress(msgspec.Struct, frozen=True):
    stage: str


class Done(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`duration` is in nanoseconds."""

    duration: int
    token_usage: TokenUsage | None = None
    finish_reason: str = ""
    turn_count: int = 0


class InitLine(Line, frozen=True, kw_only=True, tag="init"):
    """The program has begun; the first line of a prompt, and the first of each task of several."""

    content: Began


class MessageLine(Line, frozen=True, kw_only=True, tag="message"):
    """The next piece of the answer."""

    content: Said


class ThinkingLine(Line, frozen=True, kw_only=True, tag="thinking"):
    """The next piece of what the model thinks aloud."""

    content: Thought


class ToolUseLine(Line, frozen=True, kw_only=True, tag="tool_use"):
    """The agent begins a step of its own."""

    content: StepBegun


class ToolResultLine(Line, frozen=True, kw_only=True, tag="tool_result"):
    """The step is over."""

    content: StepDone


class UsageLine(Line, frozen=True, kw_only=True, tag="token_usage"):
    """The tokens of the prompt."""

    content: TokenUsage


class ProgressLine(Line, frozen=True, kw_only=True, tag="progress"):
    """Nothing has happened for a while, and the connection is kept alive."""

    content: Progress


class ErrorLine(Line, frozen=True, kw_only=True, tag="error"):
    """The last line of what failed."""

    content: Failed


class DoneLine(Line, frozen=True, kw_only=True, tag="done"):
    """The last line of a prompt that was carried out."""

    content: Done


class ResultLine(Line, frozen=True, kw_only=True, tag="result"):
    """One task of several is over, well or not."""

    content: Result


class StepResultLine(Line, frozen=True, kw_only=True, tag="result"):
    """One step of a chain is over."""

    content: StepResult


class ParallelDoneLine(Line, frozen=True, kw_only=True, tag="done"):
    """The last line: all that a whole answer holds."""

    content: ParallelResult


class ChainDoneLine(Line, frozen=True, kw_only=True, tag="done"):
    """The last line: all that a whole answer holds."""

    content: ChainResult


class CompareDoneLine(Line, frozen=True, kw_only=True, tag="done"):
    """The last line: all that a whole answer holds."""

    content: CompareResult


OF_RUNS = InitLine | MessageLine | ThinkingLine | ToolUseLine | ToolResultLine | ProgressLine | ErrorLine
PROMPT_LINES = OF_RUNS | UsageLine | DoneLine
PARALLEL_LINES = OF_RUNS | ResultLine | ParallelDoneLine
CHAIN_LINES = OF_RUNS | StepResultLine | ChainDoneLine
COMPARE_LINES = OF_RUNS | ResultLine | CompareDoneLine
