"""
The session of a `claude` that works by itself: the talk of a chat, and what a chat has not.

The chat's talk sees one long answer: the pieces of all messages, as if the model had never stopped to
use a tool.  The tools become actions here, and what the program asks leave for is answered here.
What a subagent says is nobody's answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from zope.interface import implementer

from clinvoker.agency import Agency
from clinvoker.backends.claude import words
from clinvoker.backends.claude.agency import permitted, spoken
from clinvoker.backends.claude.counting import usage_of
from clinvoker.backends.claude.steps import Steps
from clinvoker.errors import AgentGarbled
from clinvoker.interfaces import ITalk
from clinvoker.model import Finished, Invocation, Message, TextDelta
from clinvoker.talk import Broken, Ended, Heard, Kept, Over, Record, Send, Step

_PARAGRAPH = "\n\n"
_DECLINED = "Declined: nobody is there to be asked. Do without it, or say what is missing."


class _Asked(msgspec.Struct, frozen=True):
    subtype: str = ""
    input: object = None


class _Request(msgspec.Struct, frozen=True):
    request_id: str
    request: _Asked


class _Piece(msgspec.Struct, frozen=True):
    type: str = ""
    stop_reason: str | None = None


class _Happening(msgspec.Struct, frozen=True):
    type: str = ""
    delta: _Piece = _Piece()


class _Streamed(msgspec.Struct, frozen=True):
    event: _Happening


@implementer(ITalk)
class ClaudeWork:
    """
    The talk of one process in agent mode; `chat` is the talk it would have in a chat, `system` what is
    added to the program's own system text.
    """

    capacity = 1

    def __init__(self, chat: ITalk, system: str) -> None:
        self._chat = chat
        self._system = system
        self._run = 0
        self._on = False  # the run has not ended
        self._heard = False  # and somebody listens
        self._agency = Agency()
        self._steps = Steps()
        self._began = False  # the first message
        self._spoke = False  # since the last tool
        self._parted = False  # what is said next is a new paragraph

    @property
    def open(self) -> bool:
        return self._chat.open

    def start(self) -> Sequence[Step]:
        added = {"appendSystemPrompt": self._system} if self._system else {}
        return [Send(words.control("initialize", "initialize", **added))]

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        self._run, self._agency = run, invocation.agency
        self._on = self._heard = True
        return [*self._followed(self._chat.begin(run, spoken(invocation)))]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        return [Ended(run)]  # nothing is ever held

    def forget(self, run: int) -> Sequence[Step]:
        return []  # nothing is ever kept

    def interrupt(self, run: int) -> Sequence[Step]:
        if not self._on or run != self._run:
            return []
        self._heard = False
        return [*self._followed(self._chat.interrupt(run))]

    def receive(self, record: Record) -> Sequence[Step]:
        if record.get("parent_tool_use_id") is not None:
            return []
        try:
            return [*self._followed(self._received(record))]
        except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of half an emoji, for a number
            kind = record.get("type")
            return [Broken(AgentGarbled(f"claude wrote a {kind} of another shape.", "claude"))]

    # --- within

    def _followed(self, steps: Sequence[Step]) -> Iterator[Step]:
        """The steps that there are for a run: it ends once, and nothing is heard of it then."""
        for step in steps:
            if isinstance(step, Heard):
                if self._heard:
                    yield step
                    self._heard = not isinstance(step.event, Finished)
            elif isinstance(step, Ended | Kept):
                if self._on:
                    yield Ended(step.run, step.error if isinstance(step, Ended) else None)
                self._on = self._heard = False
            elif isinstance(step, Over):
                self._heard = False
                yield step
            else:
                yield step

    def _received(self, record: Record) -> Sequence[Step]:
        kind = record.get("type")
        if kind == "control_request":
            return self._asked(msgspec.convert(record, _Request))
        if kind == "stream_event":
            return self._streamed(record, msgspec.convert(record, _Streamed).event)
        if kind in ("assistant", "user") and not record.get("is_api_error_message"):
            return self._tools(record)
        if kind == "result" and record.get("subtype") == "error_max_turns":
            return self._turns_spent(msgspec.convert(record, words.Result))
        return self._chat.receive(record)

    def _asked(self, asked: _Request) -> list[Step]:
        if asked.request.subtype != "can_use_tool":
            return [Send(words.refusal(asked.request_id))]
        answer: dict[str, object] = {"behavior": "deny", "message": _DECLINED}
        if permitted(self._agency):
            answer = {"behavior": "allow", "updatedInput": asked.request.input}
        response = {"subtype": "success", "request_id": asked.request_id, "response": answer}
        return [Send({"type": "control_response", "response": response})]

    def _streamed(self, record: Record, event: _Happening) -> Sequence[Step]:
        if event.type == "message_start":
            if self._began:
                return []
            self._began = True
        if event.type == "message_delta" and event.delta.stop_reason == "tool_use":
            return []
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            return [*self._paragraph(), *self._chat.receive(record)]
        return self._chat.receive(record)

    def _paragraph(self) -> list[Step]:
        parted = self._parted
        self._parted, self._spoke = False, True
        return [Heard(self._run, TextDelta(_PARAGRAPH))] if parted else []

    def _tools(self, record: Record) -> list[Step]:
        actions = self._steps.actions(record)
        if actions and self._spoke:
            self._spoke, self._parted = False, True
        return [Heard(self._run, action) for action in actions]

    def _turns_spent(self, result: words.Result) -> list[Step]:
        return [Heard(self._run, Finished("length", usage_of(result.usage))), Ended(self._run)]
