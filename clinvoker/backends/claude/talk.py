"""
The session protocol of `claude --input-format stream-json`, sans-IO.

One process serves one conversation at a time.  Turn by turn: the system text, the tools and the
settings by control requests, the earlier turns one by one as messages that ask for nothing, then the
last, which is answered.  Where the model calls tools of the client's, the program waits for their
results in the middle of its turn, and so does the next run.

After an answer the conversation stays, if it is what the client was told, and goes on with the client's
next message.  Every other end, and giving it up, makes the process blank again (`past`): what it asks
of the provider afterwards is what a new process would.
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
from clinvoker.backends.claude.greeting import identity
from clinvoker.backends.claude.launch import BACKEND
from clinvoker.backends.claude.reuse import Reuse
from clinvoker.backends.claude.sampling import settings
from clinvoker.backends.claude.server import ToolServer
from clinvoker.backends.claude.tools import OUTPUT, name_there, offered
from clinvoker.backends.claude.words import Counts
from clinvoker.errors import AgentDied, AgentGarbled, BackendUnusable, BadRequest, ClinvokerError
from clinvoker.interfaces import IQuickTalk
from clinvoker.model import Event, Finished, Invocation, Message, Tool
from clinvoker.talk import Broken, Ended, Heard, Kept, Over, Parked, Record, Send, Step

_INITIALIZE = "initialize"
_SYSTEM = "system"
_TOOLS = "tools"
_SETTINGS = "settings"
_INTERRUPT = "interrupt"

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


@implementer(IQuickTalk)
class ClaudeTalk:
    """
    The talk of one process.

    `schema` is that of its answers, if they have one.  Without `reuse` the process is used up by its
    first conversation.  With `rehearse` it is made blank once before it is ready, to see whether it can be.
    """

    capacity = 1
    quick = words.StreamEvent

    def __init__(self, schema: Record | None = None, reuse: bool = True, rehearse: bool = False) -> None:
        self._reuse = Reuse(reuse, rehearse)
        self._schema = schema
        self._run = 0
        self._before = Counts()  # what earlier runs of the turn have cost
        self._model = ""
        self._tools: Sequence[Tool] = ()
        self._server = ToolServer(())
        self._progress: Progress | None = None  # of the run under way, or parked
        self._waiting: list[list[Record]] = []  # portions of the conversation that are still to be sent
        self._stopping = False
        self._left = False  # it was said that nothing more comes of the run
        self._kept = False  # the conversation is at rest after the run
        self._as_told = True  # it is what the client was told
        self._listeners: Mapping[object, Callable[[Record], list[Step]]] = {
            "control_response": self._replied,
            "control_request": self._asked,
            "stream_event": self._streamed,
            "assistant": self._whole,
            "user": self._put_in,
            "system": self._noticed,
            "result": self._result,
        }

    @property
    def open(self) -> bool:
        return self._reuse.open

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
        except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of half an emoji, for a number
            # Which field it was could quote what was said; the kind tells enough.
            return [Broken(AgentGarbled(f"claude wrote a record of another shape: {kind}.", BACKEND))]

    def receive_quick(self, record: words.StreamEvent) -> Sequence[Step]:
        return self._hear(Progress.streamed, record.event)

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        try:
            conversation = read(invocation.messages)
        except BadRequest as error:
            return [Ended(run, error)]
        self._as_told = True
        self._reuse.begun()
        self._model, self._tools = invocation.model, offered(invocation.tools)
        self._server = ToolServer(self._tools)
        self._go_on(run, Counts())
        self._waiting = conversation.portions()
        return [*self._settings(conversation, invocation), *self._next_portion()]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        if self._kept:
            return self._continue(run, messages)
        assert self._progress is not None
        self._go_on(run, added(self._before, self._progress.counts))
        if not all(map(can_be_told, messages)):
            return self._start_over()
        return [Send(record) for record in self._server.bring(messages)]

    def forget(self, run: int) -> Sequence[Step]:
        if not self._kept or run != self._run:
            return []
        self._kept = False
        return self._reuse.clear(Ended(run))

    def interrupt(self, run: int) -> Sequence[Step]:
        if self._progress is None or run != self._run:
            return []
        self._progress.give_up()
        self._left = True  # who asked for it has gone
        return self._stop()

    # --- what the program says

    def _replied(self, record: Record) -> list[Step]:
        reply = _as(words.ControlResponse, record).response
        failed = reply.subtype != "success"
        if (steps := self._reuse.replied(reply)) is not None:
            return steps
        if reply.request_id == _INITIALIZE and not failed:
            return self._reuse.greeted(identity(reply.response))
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
            return self._listed(_as(words.Notice, record))
        if record.get("subtype") == "api_retry":
            return self._hear(Progress.retrying, _as(words.Complaint, record))
        if record.get("subtype") == "compact_boundary":
            self._as_told = False  # a summary has taken the place of what was said
        return []

    def _listed(self, notice: words.Notice) -> list[Step]:
        known = {OUTPUT, *(name_there(tool.name) for tool in self._tools)}
        if self._reuse.wanted and not known.issuperset(notice.tools):
            self._reuse.distrust()
            return self._hear(Progress.spoiled, notice)
        return self._hear(Progress.listed, notice)

    def _result(self, record: Record) -> list[Step]:
        result, progress = _as(words.Result, record), self._progress
        if progress is None:
            return self._reuse.rehearsed()
        if progress.calling:
            return [Broken(AgentDied("claude ended a turn that waited for results of tools.", BACKEND))]
        if self._waiting and not progress.over and not result.is_error:
            return self._next_portion()
        events = progress.ended(result)
        self._progress, self._waiting = None, []
        stopped = any(isinstance(event, Finished) and event.reason == "stop" for event in events)
        self._kept = stopped and progress.spoke and progress.as_told and self._as_told
        if self._kept:
            return [*self._heard(events), Kept(self._run)]
        over = [Over(self._run, progress.error)] if self._reuse.wanted else []
        return [*self._heard(events), *over, *self._reuse.clear(Ended(self._run, progress.error))]

    # --- within

    def _hear(self, take: Callable[[Progress, _Struct], list[Event]], words_: _Struct) -> list[Step]:
        progress = self._progress
        if progress is None or self._waiting or progress.calling:
            return []
        steps = self._heard(take(progress, words_))
        if progress.calling:
            self._as_told = self._as_told and progress.as_told
            return [*steps, Parked(self._run)]
        return [*steps, *self._leave(progress.error), *self._stop()] if progress.over else steps

    def _go_on(self, run: int, before: Counts) -> None:
        """The next run; earlier ones of its turn have cost `before`."""
        self._run, self._before = run, before
        self._stopping = self._left = False
        self._progress = Progress(self._model, self._tools, self._schema is not None, before)

    def _start_over(self) -> list[Step]:
        """End the turn, so that it is asked again by way of another process."""
        assert self._progress is not None
        self._progress.fail(failures.cut("results of tools are told in a new conversation."))
        return [*self._leave(self._progress.error), *self._stop()]

    def _continue(self, run: int, messages: Sequence[Message]) -> list[Step]:
        """Go on after an answer."""
        self._kept = False
        try:
            portions = read(messages).portions()
        except BadRequest as error:
            return [Over(run, error), *self._reuse.clear(Ended(run, error))]
        self._go_on(run, Counts())
        self._server = ToolServer(self._tools)
        self._waiting = portions
        return self._next_portion()

    def _leave(self, error: ClinvokerError | None) -> list[Step]:
        """Say, once, that nothing more comes of the run."""
        left, self._left = self._left, True
        return [] if left else [Over(self._run, error)]

    def _settings(self, conversation: Conversation, invocation: Invocation) -> Iterator[Step]:
        if conversation.system:
            # Any name but "default" would put a remark into the conversation; that one undoes a model that
            # was set, so the settings follow it.
            text = conversation.system
            yield Send(words.control(_SYSTEM, "set_model", model="default", system_prompt=text))
        if self._tools:
            # Greeted once more it takes tools and nothing else, without asking back.
            server = self._reuse.server()
            told = self._server.manifests(server)
            request = words.control(_TOOLS, "initialize", sdkMcpServers=[server], sdkMcpServerManifests=told)
            yield Send(request)
        if found := settings(invocation):
            self._reuse.settled(found)
            yield Send(words.control(_SETTINGS, "apply_flag_settings", settings=found))

    def _heard(self, events: Sequence[Event]) -> list[Step]:
        return [Heard(self._run, event) for event in events]

    def _next_portion(self) -> list[Step]:
        return [Send(self._reuse.told(record)) for record in self._waiting.pop(0)]

    def _stop(self) -> list[Step]:
        """Interrupt the turn, once; before there is one, the result of the portion under way ends the run."""
        if self._stopping or self._waiting:
            return []
        self._stopping = True
        return [Send(words.control(_INTERRUPT, "interrupt"))]


def _as(kind: type[_Struct], record: Record) -> _Struct:
    return msgspec.convert(record, kind)
