"""
The session protocol of `claude --input-format stream-json`, sans-IO.

One process serves one conversation: what was said in it cannot be taken back.  Turn by turn:
the system text, the tools and the settings by control requests, the earlier turns one by one as
messages that ask for nothing, then the last, which is answered.  Where the model calls tools of the
client's, the program waits for their results in the middle of its turn, and so does the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from zope.interface import implementer

from clinvoker.backends.claude import failures, words
from clinvoker.backends.claude.answer import Progress
from clinvoker.backends.claude.blocks import can_be_told
from clinvoker.backends.claude.conversation import Conversation, read
from clinvoker.backends.claude.counting import added
from clinvoker.backends.claude.launch import BACKEND
from clinvoker.backends.claude.sampling import settings
from clinvoker.backends.claude.server import ToolServer
from clinvoker.backends.claude.tools import SERVER, offered
from clinvoker.backends.claude.words import Counts
from clinvoker.errors import AgentDied, AgentGarbled, BackendUnusable, BadRequest
from clinvoker.interfaces import ITalk
from clinvoker.model import Event, Identity, Invocation, Message, Tool
from clinvoker.talk import Broken, Ended, Heard, Parked, Ready, Record, Send, Step

_INITIALIZE = "initialize"
_SYSTEM = "system"
_TOOLS = "tools"
_SETTINGS = "settings"
_INTERRUPT = "interrupt"

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


@implementer(ITalk)
class ClaudeTalk:
    """
    The talk of one process, and so of one conversation.

    `schema` is that of its answers, if they have one.
    """

    capacity = 1

    def __init__(self, schema: Record | None = None) -> None:
        self.open = True
        self._schema = schema
        self._run = 0
        self._before = Counts()  # what earlier runs of the turn have cost
        self._model = ""
        self._tools: Sequence[Tool] = ()
        self._server = ToolServer(())
        self._progress: Progress | None = None  # of the run under way, or parked
        self._waiting: list[list[Record]] = []  # portions of the conversation that are still to be sent
        self._stopping = False
        self._listeners: Mapping[object, Callable[[Record], list[Step]]] = {
            "control_response": self._replied,
            "control_request": self._asked,
            "stream_event": self._streamed,
            "assistant": self._whole,
            "user": self._put_in,
            "system": self._noticed,
            "result": self._result,
        }

    def start(self) -> Sequence[Step]:
        # Without a system prompt here, the program uses its own: an empty one is none.
        schema = {} if self._schema is None else {"jsonSchema": self._schema}
        return [Send(words.control(_INITIALIZE, "initialize", systemPrompt=[""], **schema))]

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
        self._model, self._tools = invocation.model, offered(invocation.tools)
        self._server = ToolServer(self._tools)
        self._go_on(run, Counts())
        self._waiting = conversation.portions()
        return [*self._settings(conversation, invocation), *self._next_portion()]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        assert self._progress is not None
        self._go_on(run, added(self._before, self._progress.counts))
        if not all(map(can_be_told, messages)):
            return self._start_over()
        return [Send(record) for record in self._server.bring(messages)]

    def forget(self, run: int) -> Sequence[Step]:
        return []  # nothing is ever kept

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
        question = _as(words.ControlRequest, record)
        if question.request.subtype == "mcp_message":
            return [Send(answer) for answer in self._server.asked(question)]
        return [Send(words.refusal(question.request_id))]

    def _streamed(self, record: Record) -> list[Step]:
        return self._hear(Progress.streamed, _as(words.StreamEvent, record).event)

    def _whole(self, record: Record) -> list[Step]:
        return self._hear(Progress.whole, _as(words.Assistant, record))

    def _put_in(self, record: Record) -> list[Step]:
        content = _as(words.User, record).message.content
        ids = [block.tool_use_id for block in content if not isinstance(block, str)]
        return [Send(answer) for call_id in ids if call_id for answer in self._server.taken(call_id)]

    def _noticed(self, record: Record) -> list[Step]:
        if record.get("subtype") == "init":
            return self._hear(Progress.listed, _as(words.Notice, record))
        if record.get("subtype") == "api_retry":
            return self._hear(Progress.retrying, _as(words.Complaint, record))
        return []

    def _result(self, record: Record) -> list[Step]:
        result, progress = _as(words.Result, record), self._progress
        if progress is None:
            return []
        if progress.calling:
            return [Broken(AgentDied("claude ended a turn that waited for results of tools.", BACKEND))]
        if self._waiting and not progress.over and not result.is_error:
            return self._next_portion()
        events = progress.ended(result)
        self._progress, self._waiting = None, []
        return [*self._heard(events), Ended(self._run, progress.error)]

    # --- within

    def _hear(self, take: Callable[[Progress, _Struct], list[Event]], words_: _Struct) -> list[Step]:
        progress = self._progress
        if progress is None or self._waiting or progress.calling:
            return []
        steps = self._heard(take(progress, words_))
        if progress.calling:
            return [*steps, Parked(self._run)]
        return [*steps, *self._stop()] if progress.over else steps

    def _go_on(self, run: int, before: Counts) -> None:
        """The next run of the turn; the earlier ones have cost `before`."""
        self._run, self._before = run, before
        self._progress = Progress(self._model, self._tools, self._schema is not None, before)

    def _start_over(self) -> list[Step]:
        """End the turn, so that it is asked again by way of another process."""
        assert self._progress is not None
        self._progress.fail(failures.cut("results of tools are told in a new conversation."))
        return self._stop()

    def _settings(self, conversation: Conversation, invocation: Invocation) -> Iterator[Step]:
        if conversation.system:
            # "default" leaves the model as it is; any other name would put a remark into the conversation.
            text = conversation.system
            yield Send(words.control(_SYSTEM, "set_model", model="default", system_prompt=text))
        if self._tools:
            # Greeted once more it takes tools and nothing else, without asking back.
            told = self._server.manifests()
            request = words.control(_TOOLS, "initialize", sdkMcpServers=[SERVER], sdkMcpServerManifests=told)
            yield Send(request)
        if found := settings(invocation):
            yield Send(words.control(_SETTINGS, "apply_flag_settings", settings=found))

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
