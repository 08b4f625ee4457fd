"""
What became of tasks, as the native API tells it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import asdict

from clinvoker.dialects.surrogates import mended
from clinvoker.model import Invocation, Usage
from clinvoker.orders import Order, Outcome, Task


class TokenUsage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens, as the program counted them; `input_tokens` includes `cached_tokens`."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class SaidMessage(msgspec.Struct, frozen=True):
    role: str
    text: str


class WouldStart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a dry run did not do: the process it did not start, and what it did not say to it."""

    arguments: tuple[str, ...]
    messages: tuple[SaidMessage, ...]
    model: str = ""
    workdir: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What became of a prompt.  `exit_code` is 0, or 1 where it failed, which `error` explains, or -1 where it
    was given up.  `ignored` names what was asked and has no effect.
    """

    backend: str
    exit_code: int
    duration_ms: int
    output: str = ""
    error: str = ""
    error_code: str = ""
    model: str = ""
    finish_reason: str = ""
    token_usage: TokenUsage | None = None
    ignored: tuple[str, ...] = ()
    would_start: WouldStart | None = None


class PromptResult(Result, frozen=True, kw_only=True, omit_defaults=True):
    session_id: str = ""


class StepResult(Result, frozen=True, kw_only=True, omit_defaults=True):
    """Of a chain; `step` is counted from 1."""

    step: int
    name: str = ""


class ParallelResult(msgspec.Struct, frozen=True, kw_only=True):
    """Of all tasks, in the order in which they were asked; `cancelled` ones are neither of the others."""

    total_tasks: int
    completed: int
    failed: int
    cancelled: int
    total_duration_ms: int
    results: tuple[Result, ...]


class ChainResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the steps that were begun; `failed_step` is the last that failed."""

    total_steps: int
    completed_steps: int
    total_duration_ms: int
    results: tuple[StepResult, ...]
    failed_step: int = 0


class CompareResult(msgspec.Struct, frozen=True, kw_only=True):
    """Of the backends, in the order in which they were asked."""

    prompt: str
    backends: tuple[str, ...]
    total_duration_ms: int
    results: tuple[Result, ...]


def token_usage(usage: Usage) -> TokenUsage:
    """The counts."""
    return TokenUsage(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cached_tokens=usage.cached,
        reasoning_tokens=usage.reasoning,
    )


def milliseconds(seconds: float) -> int:
    """Rounded."""
    return round(seconds * 1000)


def result_of(task: Task, outcome: Outcome) -> Result:
    """What became of a task."""
    return Result(
        backend=task.backend,
        exit_code=-1 if outcome.cancelled else int(not outcome.good),
        duration_ms=milliseconds(outcome.seconds),
        output=_would_execute(outcome) or mended(outcome.text),
        error="canceled" if outcome.cancelled else mended(outcome.error.message) if outcome.error else "",
        error_code=outcome.error.code if outcome.error else "",
        model=mended(outcome.model) or task.model,
        finish_reason=outcome.reason,
        token_usage=token_usage(outcome.usage) if outcome.usage else None,
        ignored=outcome.unheard,
        would_start=_would_start(task.asked.invocation, outcome),
    )


def prompt_result(order: Order, outcome: Outcome, session: str) -> PromptResult:
    """Of the only task."""
    return PromptResult(**asdict(result_of(order.tasks[0], outcome)), session_id=session)


def parallel_result(order: Order, outcomes: Mapping[int, Outcome], seconds: float) -> ParallelResult:
    """Of all tasks."""
    cancelled = sum(outcome.cancelled for outcome in outcomes.values())
    completed = sum(outcome.good for outcome in outcomes.values())
    return ParallelResult(
        total_tasks=len(order.tasks),
        completed=completed,
        failed=len(outcomes) - completed - cancelled,
        cancelled=cancelled,
        total_duration_ms=milliseconds(seconds),
        results=_results(order, outcomes),
    )


def step_result(order: Order, place: int, outcome: Outcome) -> StepResult:
    """Of one step."""
    task = order.tasks[place]
    return StepResult(**asdict(result_of(task, outcome)), step=place + 1, name=task.name)


def chain_result(order: Order, outcomes: Mapping[int, Outcome], seconds: float) -> ChainResult:
    """Of the steps that were begun."""
    begun = {place: outcome for place, outcome in sorted(outcomes.items()) if not outcome.cancelled}
    failed = [place + 1 for place, outcome in begun.items() if not outcome.good]
    return ChainResult(
        total_steps=len(order.tasks),
        completed_steps=len(begun) - len(failed),
        total_duration_ms=milliseconds(seconds),
        results=tuple(step_result(order, place, outcome) for place, outcome in begun.items()),
        failed_step=failed[-1] if failed else 0,
    )


def compare_result(order: Order, outcomes: Mapping[int, Outcome], seconds: float) -> CompareResult:
    """Of all backends."""
    return CompareResult(
        prompt=mended(order.tasks[0].asked.invocation.messages[-1].text),
        backends=tuple(task.backend for task in order.tasks),
        total_duration_ms=milliseconds(seconds),
        results=_results(order, outcomes),
    )


def _results(order: Order, outcomes: Mapping[int, Outcome]) -> tuple[Result, ...]:
    return tuple(result_of(order.tasks[place], outcome) for place, outcome in sorted(outcomes.items()))


def _would_execute(outcome: Outcome) -> str:
    if outcome.rehearsal is None:
        return ""
    model = f"\nModel: {mended(outcome.rehearsal.model)}" if outcome.rehearsal.model else ""
    return f"Would execute: {shlex.join(outcome.rehearsal.launch.arguments)}{model}"


def _would_start(invocation: Invocation, outcome: Outcome) -> WouldStart | None:
    if outcome.rehearsal is None:
        return None
    said: Sequence[SaidMessage] = [
        SaidMessage(message.role, mended(message.text)) for message in invocation.messages
    ]
    return WouldStart(
        arguments=outcome.rehearsal.launch.arguments,
        messages=tuple(said),
        model=outcome.rehearsal.model,
        workdir=outcome.rehearsal.launch.workdir,
    )
