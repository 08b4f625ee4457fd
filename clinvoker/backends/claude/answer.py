"""
One answer under way: what the program's records of a turn mean for the run that asked.

The program sometimes begins an answer anew, or goes on after an answer is over.  Whatever comes
after the first sign of it is not heard.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker.backends.claude import failures
from clinvoker.backends.claude.launch import BACKEND
from clinvoker.backends.claude.words import Assistant, Block, Complaint, Counts, Happening, Message, Result
from clinvoker.errors import AgentGarbled, ClinvokerError, ContentRefused
from clinvoker.model import Event, Finished, FinishReason, ReasoningDelta, Started, TextDelta, Usage

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

    `over` says that no further event follows: the run has had its `Finished`, has failed (`error`),
    or was given up.  The turn in the program may still go on, and is to be interrupted then.
    """

    def __init__(self, model: str) -> None:
        self.over = False
        self.error: ClinvokerError | None = None
        self._model = model
        self._begun = False  # the provider has begun a message
        self._told = False  # something of the answer was delivered
        self._streams = False  # pieces came; whole messages repeat them
        self._counts = Counts()  # of the message under way
        self._complaint: Assistant | None = None  # says more of an error than the result does

    def give_up(self) -> None:
        """Nothing of it is wanted any more."""
        self.over = True

    def streamed(self, happening: Happening) -> list[Event]:
        """An event of the provider's stream."""
        if self.over:
            return []
        if happening.type == "message_start":
            return self._message(happening.message)
        if happening.type == "content_block_delta":
            self._streams = True
            return self._piece(happening.delta)
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
        return [] if self.over else self._fail(failures.retrying(record, self._model, self._begun))

    def ended(self, record: Result) -> list[Event]:
        """The turn is over in the program."""
        if self.over:
            return []
        text = record.result or "; ".join(record.errors)
        if record.stop_reason == "refusal":
            return self._refused(usage_of(record.usage))
        if record.is_error or record.subtype != "success":
            complaint = self._complaint or record
            return self._fail(failures.failure(complaint, text, self._model, self._begun))
        if not self._begun:
            # A command of its own, or a text it holds for blank.
            return self._fail(AgentGarbled(f"claude did not pass the prompt on: {text[:200]}", BACKEND))
        return self._finish(_ENOUGH.get(record.stop_reason or "", "stop"), usage_of(record.usage))

    def _message(self, message: Message) -> list[Event]:
        if self._begun and self._told:
            return self._fail(failures.cut("it began anew."))
        first, self._begun = not self._begun, True
        self._counts = message.usage or Counts()
        return [Started(message.model)] if first else []

    def _piece(self, block: Block) -> list[Event]:
        event: Event
        if block.type in _TEXTS and block.text:
            event = TextDelta(block.text)
        elif block.type in _THOUGHTS and block.thinking:
            event = ReasoningDelta(block.thinking)
        else:
            return []
        self._told = True
        return [event]

    def _stopped(self, happening: Happening) -> list[Event]:
        reason = _ENOUGH.get(happening.delta.stop_reason or "")
        if reason is None:
            return []
        usage = usage_of(self._counts, happening.usage or Counts())
        return self._refused(usage) if reason == "content_filter" else self._finish(reason, usage)

    def _refused(self, usage: Usage) -> list[Event]:
        if self._told:
            return self._finish("content_filter", usage)
        return self._fail(ContentRefused("The provider's filter refused this conversation.", "messages"))

    def _finish(self, reason: FinishReason, usage: Usage) -> list[Event]:
        self.over = True
        return [Finished(reason, usage)]

    def _fail(self, error: ClinvokerError) -> list[Event]:
        self.over, self.error = True, error
        return []


def usage_of(counts: Counts, later: Counts | None = None) -> Usage:
    """
    The tokens of a turn; where `later` says something it is newer.

    The provider's `input_tokens` are only those that neither came from the cache nor went into it.
    """
    counts = msgspec.structs.replace(counts, **_said(later)) if later else counts
    cached = counts.cache_read_input_tokens or 0
    details = counts.output_tokens_details
    return Usage(
        input=(counts.input_tokens or 0) + cached + (counts.cache_creation_input_tokens or 0),
        cached=cached,
        output=counts.output_tokens or 0,
        reasoning=(details.thinking_tokens if details else None) or 0,
    )


def _said(counts: Counts) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(counts).items() if value is not None}
