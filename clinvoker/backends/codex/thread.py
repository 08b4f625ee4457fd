"""
One run in its thread: what its notifications mean.

The run may be unwanted from some moment on (its client left, or its answer cannot go on): then no
more events come from it, but the program still has to say that the turn is over.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinvoker.backends.codex.failures import cut, ending, failure
from clinvoker.backends.codex.words import (
    Delta,
    ErrorNote,
    Note,
    SummaryPart,
    Tokens,
    TurnNote,
    TurnState,
    UsageNote,
)
from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    ReasoningDelta,
    Started,
    TextDelta,
    Usage,
)
from clinvoker.talk import Ended, Heard, Step

PARAGRAPH = "\n\n"


class Thread:
    """A run, from `thread/start` to the end of its only turn."""

    def __init__(self, run: int, invocation: Invocation) -> None:
        self.run = run
        self.invocation = invocation
        self.id = ""  # until the program made the thread
        self.turn = ""  # until the turn can be interrupted
        self.model = invocation.model
        self.unwanted = False
        self._error: ClinvokerError | None = None  # why it became unwanted, if it was not the client
        self._item = ""  # the answer that speaks; there can be a second one
        self._usage = Usage()

    def started(self, note: TurnNote) -> Iterator[Step]:
        """The turn is under way and can be interrupted."""
        self.turn = note.turn.id
        yield from self._hear(Started(self.model))

    def text(self, note: Delta) -> Iterator[Step]:
        """A piece of an answer; a second answer begins a new paragraph."""
        if self._item and note.item_id != self._item:
            yield from self._hear(TextDelta(PARAGRAPH))
        self._item = note.item_id or "-"
        yield from self._hear(TextDelta(note.delta))

    def thought(self, note: Delta) -> Iterator[Step]:
        """A piece of the model's thoughts, or of their summary."""
        yield from self._hear(ReasoningDelta(note.delta))

    def summary_part(self, note: SummaryPart) -> Iterator[Step]:
        """A summary is written in parts, with nothing between them."""
        if note.summary_index:
            yield from self._hear(ReasoningDelta(PARAGRAPH))

    def usage(self, note: UsageNote) -> Iterator[Step]:
        """Totals of the thread are the run's: it has no other turn."""
        self._usage = _usage(note.token_usage.total)
        yield from ()

    def trouble(self, note: ErrorNote) -> Iterator[Step]:
        """A retry after the first words would say them again: rather no more of this answer."""
        if note.will_retry and self._item:
            self.unwanted, self._error = True, cut(note.error.message)
        yield from ()

    def completed(self, note: TurnNote) -> Iterator[Step]:
        """The turn is over; gives the end of the run."""
        error = self._error
        if not self.unwanted:
            reason = ending(note.turn.error) if note.turn.error else None
            if note.turn.status == "completed" or reason:
                yield from self._unsaid(note.turn)
                yield Heard(self.run, Finished(reason or "stop", self._usage))
            elif note.turn.error:
                error = failure(note.turn.error, self.model)
            else:
                error = cut(f"the turn is {note.turn.status}")
        yield Ended(self.run, error)

    def closed(self, note: Note) -> Iterator[Step]:
        """The program has dropped the thread before its turn was over."""
        yield Ended(self.run, self._error if self.unwanted else cut("the thread was closed"))

    def _unsaid(self, turn: TurnState) -> Iterator[Step]:
        """An answer that came whole, without pieces."""
        if not self._item:
            for item in turn.items:
                if item.type == "agentMessage" and isinstance(item.text, str) and item.text:
                    yield Heard(self.run, TextDelta(item.text))

    def _hear(self, event: Event) -> Iterator[Step]:
        if not self.unwanted:
            yield Heard(self.run, event)


def _usage(tokens: Tokens) -> Usage:
    return Usage(
        input=tokens.input_tokens,
        cached=tokens.cached_input_tokens,
        output=tokens.output_tokens,
        reasoning=tokens.reasoning_output_tokens,
    )
