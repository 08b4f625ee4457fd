"""
One answer under way: what the program's records of a turn mean for the run that asked.

The program sometimes begins an answer anew, or goes on after an answer is over.  Whatever comes
after the first sign of it is not heard.  It goes on rightly when it has answered a call itself: of a
tool that is not there, or of the one by which it is given an answer of a schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinvoker.backends.claude import failures
from clinvoker.backends.claude.calls import Calls
from clinvoker.backends.claude.counting import added, newer, usage_of
from clinvoker.backends.claude.launch import BACKEND
from clinvoker.backends.claude.tools import OUTPUT, missing, name_there
from clinvoker.backends.claude.words import (
    Assistant,
    Block,
    Complaint,
    Counts,
    Happening,
    Message,
    Notice,
    Result,
)
from clinvoker.errors import AgentGarbled, ClinvokerError, ContentRefused, ProviderRefused
from clinvoker.model import Event, Finished, FinishReason, ReasoningDelta, Started, TextDelta, Tool, Usage
from clinvoker.talk import sendable

_SYNTHETIC = "<synthetic>"  # the model of messages that the program made up

# Kinds of content, whole and in pieces; others are not for the client.
_TEXTS = ("text_delta", "text")
_THOUGHTS = ("thinking_delta", "thinking")

# Reasons after which the program asks on by itself, and how the answer has ended for the client.
_ENOUGH: Mapping[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class Progress:
    """
    Takes the records of a turn and gives events.

    `spoke` says that there was a word of text in it.  `over` says that no further event follows: the run
    has had its `Finished`, has failed (`error`), or was given up.  The turn in the program may still go
    on, and is to be interrupted then, unless it waits for results of calls (`calling`).
    """

    def __init__(self, model: str, tools: Sequence[Tool], schema: bool, before: Counts) -> None:
        self.over = False
        self.error: ClinvokerError | None = None
        self.calling = False
        self.spoke = False
        self.counts = Counts()  # of the messages that are over
        self._model = model
        self._tools = tools
        self._calls = Calls({name_there(tool.name): tool.name for tool in tools})
        self._schema = schema  # texts are not the answer: what the turn ends with is
        self._kept: list[str] = []
        self._before = before  # what earlier runs of this turn have cost
        self._begun = False  # the provider has begun a message
        self._told = False  # something of the answer was delivered
        self._streams = False  # pieces came; whole messages repeat them
        self._messages = 0  # that the provider has begun
        self._texts = 0  # blocks of text
        self._more = False  # there was something that is not told
        self._message_counts = Counts()  # of the message under way
        self._complaint: Assistant | None = None  # says more of an error than the result does

    def give_up(self) -> None:
        """Nothing of it is wanted any more."""
        self.over, self.calling = True, False

    def fail(self, error: ClinvokerError) -> list[Event]:
        """It has failed."""
        self.over, self.error = True, error
        return []

    @property
    def as_told(self) -> bool:
        """
        Whether the client, when it sends the answer back, sends what the program has: one message, with
        one block of text or none, and nothing but thoughts and the client's calls besides.
        """
        return self._messages == 1 and self._texts <= 1 and not (self._more or self._schema)

    def listed(self, record: Notice) -> list[Event]:
        """The program is about to ask the provider: it must not without what was asked for."""
        error: ClinvokerError | None = missing(self._tools, record.tools)
        if error is None and self._schema and OUTPUT not in record.tools:
            error = ProviderRefused("claude does not take this schema for an answer.")
        return [] if self.over or error is None else self.fail(error)

    def spoiled(self, record: Notice) -> list[Event]:
        """The program is about to ask with something that is not of this conversation."""
        return [] if self.over else self.fail(failures.cut("its process was not blank."))

    def streamed(self, happening: Happening) -> list[Event]:
        """An event of the provider's stream."""
        if self.over:
            return []
        if happening.type == "message_start":
            return self._message(happening.message)
        if happening.type == "content_block_start":
            return self._block(happening.content_block)
        if happening.type == "content_block_delta":
            self._streams = True
            return self._piece(happening.delta)
        if happening.type == "content_block_stop":
            return self._block_over()
        if happening.type == "message_delta":
            return self._stopped(happening)
        return []

    def whole(self, record: Assistant) -> list[Event]:
        """A whole message: heard only where no pieces came before it, and an error never."""
        if record.is_api_error_message:
            self._complaint = record
        if self.over or self._streams or record.is_api_error_message or record.message.model == _SYNTHETIC:
            return []
        begun = [] if self._begun else self._message(record.message)
        return begun + [event for block in record.message.content for event in self._piece(block)]

    def retrying(self, record: Complaint) -> list[Event]:
        """The program is about to ask once more; that is for others to decide."""
        return [] if self.over else self.fail(failures.retrying(record, self._model, self._begun))

    def ended(self, record: Result) -> list[Event]:
        """The turn is over in the program."""
        if self.over:
            return []
        text = record.result or "; ".join(record.errors)
        if record.stop_reason == "refusal":
            return self._refused(usage_of(record.usage, less=self._before))
        if record.is_error or record.subtype != "success":
            complaint = self._complaint or record
            return self.fail(failures.failure(complaint, text, self._model, self._begun))
        if not self._begun:
            # A command of its own, or a text it holds for blank.
            return self.fail(AgentGarbled(f"claude did not pass the prompt on: {text[:200]}", BACKEND))
        usage = usage_of(record.usage, less=self._before)
        return [
            *self._whole_answer(text),
            *self._finish(_ENOUGH.get(record.stop_reason or "", "stop"), usage),
        ]

    def _message(self, message: Message) -> list[Event]:
        if (self._begun and self._told) or self._calls.made:
            return self.fail(failures.cut("it began anew."))
        first, self._begun = not self._begun, True
        self._messages += 1
        self._message_counts = message.usage or Counts()
        return [Started(sendable(message.model))] if first else []

    def _block(self, block: Block) -> list[Event]:
        events = self._calls.begin(block)
        if self._calls.broken:
            return self.fail(failures.cut("a call had no end, or no id of its own."))
        self._texts += block.type == "text"
        self._more = self._more or not (events or block.type in ("text", "thinking"))
        return events

    def _piece(self, block: Block) -> list[Event]:
        event: Event
        if block.type == "input_json_delta":
            return self._calls.piece(block.partial_json)
        if self._calls.open:
            return self.fail(failures.cut("it spoke in the middle of a call."))
        self._texts += block.type == "text"
        if block.type in _TEXTS and block.text:
            self.spoke = self.spoke or not block.text.isspace()
            if self._schema:
                self._kept.append(block.text)
                return []
            event = TextDelta(block.text)
        elif block.type in _THOUGHTS and block.thinking:
            event = ReasoningDelta(block.thinking)
        else:
            return []
        self._told = True
        return [event]

    def _block_over(self) -> list[Event]:
        events = self._calls.end()
        if self._calls.broken:
            return self.fail(failures.cut("the arguments of a call were no JSON."))
        return events

    def _stopped(self, happening: Happening) -> list[Event]:
        """The message under way is over."""
        if self._calls.open:
            return self.fail(failures.cut("a call had no end."))
        self.counts = added(self.counts, newer(self._message_counts, happening.usage))
        usage = usage_of(self.counts)
        reason = _ENOUGH.get(happening.delta.stop_reason or "")
        if reason == "content_filter":
            return self._refused(usage)
        if reason is not None:
            return [*self._whole_answer("".join(self._kept)), *self._finish(reason, usage)]
        if self._calls.made:
            self.calling = True
            return [*self._whole_answer("".join(self._kept)), *self._finish("tool_calls", usage)]
        # Whatever else the message asked for, the program answers itself.
        self._told = self._told and happening.delta.stop_reason != "tool_use"
        self._kept = []
        return []

    def _whole_answer(self, text: str) -> list[Event]:
        """The answer of a schema, which is told as a whole."""
        return [TextDelta(text)] if self._schema and text else []

    def _refused(self, usage: Usage) -> list[Event]:
        if self._told:
            return self._finish("content_filter", usage)
        return self.fail(ContentRefused("The provider's filter refused this conversation.", "messages"))

    def _finish(self, reason: FinishReason, usage: Usage) -> list[Event]:
        self.over = True
        return [Finished(reason, usage)]
