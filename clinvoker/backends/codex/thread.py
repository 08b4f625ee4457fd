"""
One run in its thread: what its notifications mean.

The run may be unwanted from some moment on (its client left, or its answer cannot go on): then no
more events come from it, but the program still has to say that the turn is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from clinvoker.backends.codex.calls import Calls
from clinvoker.backends.codex.counting import Meter
from clinvoker.backends.codex.failures import cut, ending, failure
from clinvoker.backends.codex.steps import StepNote, begun, over
from clinvoker.backends.codex.tools import offered
from clinvoker.backends.codex.words import (
    CallRequest,
    Delta,
    ErrorNote,
    Note,
    RawItemNote,
    RawResponseNote,
    SummaryPart,
    TurnNote,
    TurnState,
    UsageNote,
)
from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    Message,
    ReasoningDelta,
    Started,
    Text,
    TextDelta,
)
from clinvoker.talk import Ended, Heard, Kept, Parked, Step

PARAGRAPH = "\n\n"


class Thread:
    """
    A run, from `thread/start` to the end of its turn.  Where the model calls tools the turn serves
    several runs, one after the other: each ends with calls, and the next one brings their results.  A
    thread that is kept has a turn for each run, or for each such chain of them.
    """

    def __init__(self, run: int, invocation: Invocation) -> None:
        self.run = run
        self.invocation = invocation  # with all that was said before this run
        self.id = ""  # until the program made the thread
        self.turn = ""  # until the turn can be interrupted
        self.model = invocation.model
        self.unwanted = False
        self.at_rest = False  # it is kept, and no turn is under way
        self.kept_once = False
        self.error: ClinvokerError | None = None  # why it became unwanted, if it was not the client
        self._item = ""  # the answer that speaks; there can be a second one
        self._said: list[str] = []  # in this run
        self._spoke = False  # in this turn
        self._meter = Meter()
        self._calls = self._no_calls()
        self._strayed = False  # from what the client was given; the thoughts of models are let be
        self._responses = 0  # of the provider, in this turn

    def started(self, note: TurnNote) -> Iterator[Step]:
        """The turn is under way and can be interrupted."""
        self.turn = note.turn.id
        yield from self._say(Started(self.model))

    def text(self, note: Delta) -> Iterator[Step]:
        """A piece of an answer; a second answer begins a new paragraph."""
        between = PARAGRAPH if self._item and note.item_id != self._item else ""
        self._strayed = self._strayed or bool(between)
        self._item, self._spoke = note.item_id or "-", True
        for text in filter(None, (between, note.delta)):
            self._said.append(text)
            yield from self._say(TextDelta(text))

    def thought(self, note: Delta) -> Iterator[Step]:
        """A piece of the model's thoughts, or of their summary."""
        yield from self._hear(ReasoningDelta(note.delta))

    def summary_part(self, note: SummaryPart) -> Iterator[Step]:
        """A summary is written in parts, with nothing between them."""
        if note.summary_index:
            yield from self._hear(ReasoningDelta(PARAGRAPH))

    def step(self, note: StepNote) -> Iterator[Step]:
        """The agent begins something by itself."""
        if (action := begun(note.item)) is not None:
            yield from self._hear(action)

    def step_over(self, note: StepNote) -> Iterator[Step]:
        """The agent is done with it."""
        if (action := over(note.item)) is not None:
            yield from self._hear(action)

    def usage(self, note: UsageNote) -> Iterator[Step]:
        """What the thread has cost so far, told after each response."""
        self._responses += 1
        self._meter.total(note.token_usage.total)
        yield from ()

    # --- calls of tools

    def raw_item(self, note: RawItemNote) -> Iterator[Step]:
        """A call that the model made, or that the program has a result for."""
        calls, item = self._calls, note.item
        if item.type == "function_call":
            calls.made(item)
            if self.at_rest:
                yield from self._astray()
        elif item.type == "function_call_output":
            calls.answered(item.call_id)
            yield from self._perhaps_parked()
        self._strayed = self._strayed or calls.mistaken

    def raw_response(self, note: RawResponseNote) -> Iterator[Step]:
        """A response is whole: all its calls are known."""
        self._calls.over(note.usage)
        yield from self._perhaps_parked()

    def asked(self, number: object, request: CallRequest) -> Iterator[Step]:
        """The program wants the result of a call; `number` is that of its request."""
        yield from self._calls.asked(number, request)
        if self.at_rest:
            yield from self._astray()
        yield from self._perhaps_parked()

    def answer(self) -> Message:
        """What the model said in this run, calls included."""
        text = "".join(self._said)
        return Message("assistant", (Text(text),) if text else (), self._calls.message())

    def resume(self, run: int, results: Sequence[Message]) -> Iterator[Step]:
        """Go on as another run, with the results of the calls."""
        answers = self._calls.answers(results)
        messages = (*self.invocation.messages, self.answer(), *results)
        self.invocation = replace(self.invocation, messages=messages)
        self.run, self._item, self._said = run, "", []
        self._calls = self._no_calls()
        yield from self._hear(Started(self.model))
        yield from answers

    def go_on(self, run: int, messages: Sequence[Message]) -> None:
        """Go on as another run after the turn, with what the client says next."""
        if offered(self.invocation.tools):
            everything = (*self.invocation.messages, self.answer(), *messages)
            self.invocation = replace(self.invocation, messages=everything)
        self.run, self._item, self._said = run, "", []
        self._spoke, self._responses, self.at_rest = False, 0, False

    def _no_calls(self) -> Calls:
        return Calls(offered(self.invocation.tools))

    def _perhaps_parked(self) -> Iterator[Step]:
        if self.held or self.unwanted:
            return
        if self._calls.complete:
            self._calls.told = True
            for event in self._calls.events():
                yield Heard(self.run, event)
            yield Heard(self.run, Finished("tool_calls", self._meter.spent(self._calls.usage)))
            yield Parked(self.run)
        elif self._calls.none:
            self._calls = self._no_calls()

    # --- the end

    def trouble(self, note: ErrorNote) -> Iterator[Step]:
        """A retry after the first words would say them again: rather no more of this answer."""
        self._strayed = self._strayed or note.will_retry
        if note.will_retry and self.held:
            yield from self._astray()
        elif note.will_retry and self._item:
            self.unwanted, self.error = True, cut(note.error.message)

    def completed(self, note: TurnNote) -> Iterator[Step]:
        """The turn is over; gives the end of the run."""
        error, self.turn = self.error, ""
        if not self.unwanted and not self.held:
            reason = ending(note.turn.error) if note.turn.error else None
            if note.turn.status == "completed" or reason:
                yield from self._unsaid(note.turn)
                yield Heard(self.run, Finished(reason or "stop", self._meter.spent()))
                if note.turn.status == "completed" and self._as_told:
                    yield from self._keep()
                    return
            elif note.turn.error:
                error = failure(note.turn.error, self.model)
            else:
                error = cut(f"the turn is {note.turn.status}")
        yield Ended(self.run, error)

    @property
    def _as_told(self) -> bool:
        """
        Whether the thread holds what the client was given, and no more.  Calls of tools nobody offered are
        told by nothing but a second response.
        """
        once = self._responses <= 1 or bool(offered(self.invocation.tools))
        return bool(self._said) and once and not (self._strayed or self._calls.waiting)

    def _keep(self) -> Iterator[Step]:
        self.at_rest = self.kept_once = True
        if not offered(self.invocation.tools):
            self.invocation = replace(self.invocation, messages=())  # nothing will want them again
        yield Kept(self.run)

    def closed(self, note: Note) -> Iterator[Step]:
        """The program has dropped the thread before its turn was over."""
        yield Ended(self.run, self.error if self.unwanted else cut("the thread was closed"))

    def _unsaid(self, turn: TurnState) -> Iterator[Step]:
        """An answer that came whole, without pieces."""
        if not self._spoke:
            for item in turn.items:
                if item.type == "agentMessage" and isinstance(item.text, str) and item.text:
                    yield Heard(self.run, TextDelta(item.text))

    @property
    def held(self) -> bool:
        """Whether nothing may be heard until the run goes on as another: it is parked, or at rest."""
        return self.at_rest or self._calls.told

    def _astray(self) -> Iterator[Step]:
        """
        The program goes on though its client has been told that it waits: what the thread holds then is
        another conversation, and who comes back with the rest of his is asked in a new one.
        """
        if self.at_rest:
            yield Ended(self.run)
        else:
            self.unwanted, self.error = True, cut("it did not wait for the results of its calls")

    def _say(self, event: Event) -> Iterator[Step]:
        """What a client must not miss."""
        yield from self._astray() if self.held and not self.unwanted else self._hear(event)

    def _hear(self, event: Event) -> Iterator[Step]:
        if not self.unwanted and not self.held:
            yield Heard(self.run, event)
