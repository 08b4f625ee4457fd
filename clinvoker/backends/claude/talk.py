"""
The session protocol of `claude --input-format stream-json`, sans-IO.

One process serves one conversation: what was said in it cannot be taken back.  Turn by turn:
the system text and the model by control requests, the earlier turns one by one as messages that
ask for nothing, then the last, which is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from zope.interface import implementer

from clinvoker.backends.claude import words
from clinvoker.backends.claude.answer import Progress
from clinvoker.backends.claude.conversation import Conversation, read
from clinvoker.backends.claude.launch import BACKEND
from clinvoker.errors import AgentGarbled, BackendUnusable, BadRequest
from clinvoker.interfaces import ITalk
from clinvoker.model import Event, Identity, Invocation
from clinvoker.talk import Broken, Ended, Heard, Ready, Record, Send, Step

_INITIALIZE = "initialize"
_SYSTEM = "system"
_MODEL = "model"
_INTERRUPT = "interrupt"

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


@implementer(ITalk)
class ClaudeTalk:
    """The talk of one process, and so of one run."""

    capacity = 1

    def __init__(self) -> None:
        self.open = True
        self._run = 0
        self._progress: Progress | None = None  # of the run under way
        self._waiting: list[list[Record]] = []  # portions of the conversation that are still to be sent
        self._stopping = False
        self._listeners: Mapping[object, Callable[[Record], list[Step]]] = {
            "control_response": self._replied,
            "control_request": self._asked,
            "stream_event": self._streamed,
            "assistant": self._whole,
            "system": self._noticed,
            "result": self._result,
        }

    def start(self) -> Sequence[Step]:
        # Without a system prompt here, the program uses its own: an empty one is none.
        return [Send(words.control(_INITIALIZE, "initialize", systemPrompt=[""]))]

    def receive(self, record: Record) -> Sequence[Step]:
        kind = record.get("type")
        listener = self._listeners.get(kind) if isinstance(kind, str) else None
        if listener is None:
            return []
        try:
            return listener(record)
        except msgspec.ValidationError as error:
            return [Broken(AgentGarbled(f"claude wrote a {kind} of another shape: {error}", BACKEND))]

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        try:
            conversation = read(invocation.messages)
        except BadRequest as error:
            return [Ended(run, error)]
        self.open = False
        self._run, self._progress = run, Progress(invocation.model)
        self._waiting = conversation.portions()
        return [*_settings(conversation, invocation.model), *self._next_portion()]

    def interrupt(self, run: int) -> Sequence[Step]:
        if self._progress is None or run != self._run:
            return []
        self._progress.give_up()
        return self._stop()

    # --- what the program says

    def _replied(self, record: Record) -> list[Step]:
        reply = _as(words.ControlResponse, record).response
        failed = reply.subtype != "success"
        if reply.request_id == _INITIALIZE and not failed:
            return [Ready(_identity(reply.response))]
        # A version that ignores the system text must not answer as if it had read it.
        if failed or (reply.request_id == _SYSTEM and not reply.response.model):
            return self._refused(reply)
        return []

    def _refused(self, reply: words.Reply) -> list[Step]:
        if reply.request_id == _INTERRUPT:
            return []
        why = reply.error or "it is too old"
        return [Broken(BackendUnusable(f"claude did not take its {reply.request_id}: {why[:200]}", BACKEND))]

    def _asked(self, record: Record) -> list[Step]:
        return [Send(words.refusal(_as(words.ControlRequest, record).request_id))]

    def _streamed(self, record: Record) -> list[Step]:
        return self._hear(Progress.streamed, _as(words.StreamEvent, record).event)

    def _whole(self, record: Record) -> list[Step]:
        return self._hear(Progress.whole, _as(words.Assistant, record))

    def _noticed(self, record: Record) -> list[Step]:
        if record.get("subtype") != "api_retry":
            return []
        return self._hear(Progress.retrying, _as(words.Complaint, record))

    def _result(self, record: Record) -> list[Step]:
        result, progress = _as(words.Result, record), self._progress
        if progress is None:
            return []
        if self._waiting and not progress.over and not result.is_error:
            return self._next_portion()
        events = progress.ended(result)
        self._progress, self._waiting = None, []
        return [*self._heard(events), Ended(self._run, progress.error)]

    # --- within

    def _hear(self, take: Callable[[Progress, _Struct], list[Event]], words_: _Struct) -> list[Step]:
        progress = self._progress
        if progress is None or self._waiting:
            return []
        steps = self._heard(take(progress, words_))
        return [*steps, *self._stop()] if progress.over else steps

    def _heard(self, events: Sequence[Event]) -> list[Step]:
        return [Heard(self._run, event) for event in events]

    def _next_portion(self) -> list[Step]:
        return [Send(record) for record in self._waiting.pop(0)]

    def _stop(self) -> list[Step]:
        """Interrupt the turn, once; before there is one, the result of the portion under way ends the run."""
        if self._stopping or self._waiting:
            return []
        self._stopping = True
        return [Send(words.control(_INTERRUPT, "interrupt"))]


def _settings(conversation: Conversation, model: str) -> list[Step]:
    steps: list[Step] = []
    if conversation.system:
        # "default" leaves the model as it is; any other name would put a remark into the conversation.
        request = words.control(_SYSTEM, "set_model", model="default", system_prompt=conversation.system)
        steps.append(Send(request))
    if model:
        steps.append(Send(words.control(_MODEL, "apply_flag_settings", settings={"model": model})))
    return steps


def _identity(answer: words.Response) -> Identity:
    return Identity(version=answer.claude_code_version or "unknown", login=_login(answer.account))


def _login(account: words.Account) -> str:
    if account.apiProvider not in (None, "firstParty"):
        return f"by the credentials for {account.apiProvider}"
    if account.subscriptionType:
        return f"subscription ({account.subscriptionType})"
    if account.apiKeySource not in (None, "none"):
        return f"API key from {account.apiKeySource}"
    return "not logged in" if account.tokenSource in (None, "none") else f"token from {account.tokenSource}"


def _as(kind: type[_Struct], record: Record) -> _Struct:
    return msgspec.convert(record, kind)
