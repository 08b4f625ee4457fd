"""
The talk with `codex app-server`: JSON-RPC without its "jsonrpc" member, one record per line.

Each run is an ephemeral thread: `thread/start`, the whole conversation by `thread/inject_items`,
`turn/start` with no input of its own, notifications until `turn/completed`, `thread/unsubscribe`.
The conversation is not given to `turn/start` because that takes no more than 1 MiB.

A turn in which the model calls the client's tools waits, with the program's requests for their
results unanswered, until `resume` answers them or `interrupt` ends it.

After a turn that left in the thread what its client was given, and nothing else, the thread is kept: the
next messages are injected in their turn, until `forget` lets it go.  It stays loaded as long as it is
subscribed to (0.169.0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
from zope.interface import implementer

from clinvoker.backends.codex import words
from clinvoker.backends.codex.agency import GREETING
from clinvoker.backends.codex.conversation import items, weight
from clinvoker.backends.codex.failures import BACKEND, cut, refusal
from clinvoker.backends.codex.identity import login_by, version_in
from clinvoker.backends.codex.launch import KEY_OF_ENVIRONMENT
from clinvoker.backends.codex.requests import thread_params, turn_params
from clinvoker.backends.codex.steps import StepNote
from clinvoker.backends.codex.thread import Thread
from clinvoker.backends.codex.tools import offered, refused
from clinvoker.errors import AgentGarbled, BackendUnusable, ClinvokerError, NotLoggedIn
from clinvoker.interfaces import IQuickTalk
from clinvoker.model import Identity, Invocation, Message
from clinvoker.talk import Broken, Ended, Kept, Over, Ready, Record, Send, Step, sendable

# What to do with an answer: its result, or why there is none.
Then = Callable[[object, words.RpcError | None], Iterable[Step]]

_NOTES: dict[str, tuple[type[words.Note], Callable[[Thread, Any], Iterator[Step]]]] = {
    "turn/started": (words.TurnNote, Thread.started),
    "turn/completed": (words.TurnNote, Thread.completed),
    "item/agentMessage/delta": (words.Delta, Thread.text),
    "item/reasoning/summaryTextDelta": (words.Delta, Thread.thought),
    "item/reasoning/textDelta": (words.Delta, Thread.thought),
    "item/reasoning/summaryPartAdded": (words.SummaryPart, Thread.summary_part),
    "rawResponseItem/completed": (words.RawItemNote, Thread.raw_item),
    "rawResponse/completed": (words.RawResponseNote, Thread.raw_response),
    "item/started": (StepNote, Thread.step),  # these two in agent mode only
    "item/completed": (StepNote, Thread.step_over),
    "thread/tokenUsage/updated": (words.UsageNote, Thread.usage),
    "thread/closed": (words.Note, Thread.closed),
    "error": (words.ErrorNote, Thread.trouble),
}

# Each run adds 40 kB to a log in the private directory that cannot be turned off (0.169.0).
_MAX_RUNS = 2000

# The program repeats each result it is brought, on one line; see `RecordReader.max_line`.
_MAX_RESULTS = 8 * 1024 * 1024


@implementer(IQuickTalk)
class CodexTalk:
    """The words of one app-server.  One that is `at_work`, in agent mode, serves a single run."""

    capacity = 64
    quick = words.Piece

    def __init__(self, at_work: bool = False) -> None:
        self.open = True
        if at_work:
            self.capacity = 1
        self._left = 1 if at_work else _MAX_RUNS
        self._greeting = GREETING if at_work else words.INITIALIZE
        self._settings: dict[str, object] = {}  # of each thread
        self._numbers = count(1)
        self._awaited: dict[int, Then] = {}
        self._runs: dict[int, Thread] = {}
        self._threads: dict[str, Thread] = {}

    # --- ITalk

    def start(self) -> Sequence[Step]:
        """Greet; the login is asked for when the greeting was answered."""
        return [self._ask("initialize", self._greeting, self._greeted)]

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        """Ask for a thread; the rest follows from its answer."""
        thread = self._runs[run] = Thread(run, invocation)
        self._count_run()
        params = thread_params(invocation, self._settings)
        return [self._ask("thread/start", params, self._of(thread, self._made))]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        """
        Answer the calls, and the turn goes on; or begin the next turn of a thread that was kept.  Its usage
        then is that of what follows.

        Results too large to be repeated by the program are brought in a thread of their own.
        """
        thread = self._runs.get(held)
        if thread is None:
            return [Ended(run, cut("the thread that was held is gone"))]
        if thread.at_rest:
            self._runs[run] = self._runs.pop(held)
            self._count_run()
            thread.go_on(run, messages)
            return list(self._inject(thread, messages))
        if weight(messages) > _MAX_RESULTS:
            everything = (*thread.invocation.messages, thread.answer(), *messages)
            whole = msgspec.structs.replace(thread.invocation, messages=everything)
            return [*self.interrupt(held), *self.begin(run, whole)]
        self._runs[run] = self._runs.pop(held)
        if thread.unwanted:
            thread.run = run
            return [Over(run, thread.error)]
        return list(thread.resume(run, messages))

    def forget(self, run: int) -> Sequence[Step]:
        """Let the thread go."""
        thread = self._runs.get(run)
        return [Ended(run)] if thread is None else list(self._end(thread, None))

    def interrupt(self, run: int) -> Sequence[Step]:
        """Stop the turn, now or as soon as there is one."""
        thread = self._runs.get(run)
        if thread is None or thread.unwanted or thread.at_rest:
            return []
        thread.unwanted = True
        return list(self._stop(thread))

    def receive(self, record: Record) -> Sequence[Step]:
        """Take a record: an answer, a request of the program's, or a notification."""
        method = record.get("method")
        try:
            if method is None:
                return list(self._answered(record))
            if "id" in record:
                return list(self._asked(record))
            return list(self._noted(str(method), record.get("params")))
        except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of half an emoji, for a number
            # Which field it was could quote what was said; the method tells enough.
            return [Broken(AgentGarbled(f"Codex sent a record that is not its protocol: {method}.", BACKEND))]

    def receive_quick(self, record: words.Piece) -> Sequence[Step]:
        """Take a piece of an answer; one of a run that is unwanted says nothing, and its turn is stopped."""
        thread = self._threads.get(record.params.thread_id)
        if thread is None:
            return []
        steps = thread.text(record.params)
        return list(self._followed(thread, steps) if thread.held or thread.unwanted else steps)

    # --- requests

    def _ask(self, method: str, params: Record, then: Then | None = None) -> Send:
        number = next(self._numbers)
        if then is not None:
            self._awaited[number] = then
        return Send({"id": number, "method": method, "params": params})

    def _answered(self, record: Record) -> Iterable[Step]:
        number = record.get("id")
        then = self._awaited.pop(number, None) if isinstance(number, int) else None
        if then is None:
            return ()
        error = msgspec.convert(record["error"], words.RpcError) if "error" in record else None
        return then(record.get("result"), error)

    def _asked(self, record: Record) -> Iterable[Step]:
        if record["method"] == "item/tool/call":
            request = msgspec.convert(record.get("params"), words.CallRequest)
            if thread := self._threads.get(request.thread_id):
                return self._followed(thread, thread.asked(record["id"], request))
        return [_refuse(record["method"], record["id"])]

    # --- the greeting

    def _greeted(self, result: object, error: words.RpcError | None) -> Iterator[Step]:
        if error is not None:
            yield Broken(BackendUnusable(f"Codex refused to begin: {error.message}", BACKEND))
            return
        version = version_in(msgspec.convert(result, words.Initialized).user_agent)
        yield Send({"method": "initialized"})

        def ready(result: object, error: words.RpcError | None) -> Iterator[Step]:
            yield Ready(Identity(version=version, login=self._login(result, error)))

        # This one is answered without the network; `account/read` is not.
        yield self._ask("getAuthStatus", {"includeToken": False, "refreshToken": False}, ready)

    def _login(self, result: object, error: words.RpcError | None) -> str:
        if error is not None:
            return "unknown"
        method = msgspec.convert(result, words.AuthStatus).auth_method
        if method is None:
            self._settings = KEY_OF_ENVIRONMENT
        return login_by(method)

    # --- a run

    def _of(self, thread: Thread, then: Callable[[Thread, object], Iterator[Step]]) -> Then:
        """What follows in a run when the program has taken a request of it."""

        def go_on(result: object, error: words.RpcError | None) -> Iterator[Step]:
            if thread.run not in self._runs:
                return  # it has ended in the meantime
            if error is None:
                yield from then(thread, result)
            else:
                yield from self._end(thread, None if thread.unwanted else _why(thread, error.message))

        return go_on

    def _made(self, thread: Thread, result: object) -> Iterator[Step]:
        made = msgspec.convert(result, words.ThreadMade)
        thread.id, thread.model = made.thread.id, sendable(made.model)
        self._threads[thread.id] = thread
        yield from self._inject(thread, thread.invocation.messages)

    def _inject(self, thread: Thread, messages: Sequence[Message]) -> Iterator[Step]:
        yield from self._next(thread, "thread/inject_items", {"items": items(messages)}, self._told)

    def _told(self, thread: Thread, result: object) -> Iterator[Step]:
        yield from self._next(thread, "turn/start", turn_params(thread.invocation), self._taken)

    def _taken(self, thread: Thread, result: object) -> Iterator[Step]:
        return iter(())  # `turn/started` tells when the turn can be interrupted; this answer is too early

    def _next(
        self, thread: Thread, method: str, params: Record, then: Callable[[Thread, object], Iterator[Step]]
    ) -> Iterator[Step]:
        if thread.unwanted:
            yield from self._end(thread, None)
        else:
            yield self._ask(method, {"threadId": thread.id, **params}, self._of(thread, then))

    def _noted(self, method: str, params: object) -> Iterator[Step]:
        known = _NOTES.get(method)
        if known is None or not isinstance(params, dict):
            return
        thread = self._threads.get(str(params.get("threadId")))
        if thread is None:
            return
        kind, read = known
        yield from self._followed(thread, read(thread, msgspec.convert(params, kind)))

    def _followed(self, thread: Thread, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps of a thread, and what follows from them."""
        for step in steps:
            if isinstance(step, Ended):
                yield from self._end(thread, step.error)
                return
            elif isinstance(step, Kept) and not self.open:
                yield from self._end(thread, None)  # the process is used up, and to end soon
            else:
                yield step
        if thread.unwanted:
            yield from self._stop(thread)

    def _stop(self, thread: Thread) -> Iterator[Step]:
        if thread.turn and thread.run in self._runs:
            turn, thread.turn = thread.turn, ""  # once is enough
            yield self._ask("turn/interrupt", {"threadId": thread.id, "turnId": turn})

    def _end(self, thread: Thread, error: ClinvokerError | None) -> Iterator[Step]:
        """The thread is let go, else it stays in the program's memory."""
        del self._runs[thread.run]
        if self._threads.pop(thread.id, None) is not None:
            yield self._ask("thread/unsubscribe", {"threadId": thread.id})
        yield Ended(thread.run, error)
        if isinstance(error, NotLoggedIn):
            # The program keeps the login it found at its start; another may find a better.
            self.open = False
            for kept in [one for one in self._runs.values() if one.at_rest]:
                yield from self._end(kept, None)

    def _count_run(self) -> None:
        self._left -= 1
        self.open = self.open and self._left > 0


def _why(thread: Thread, message: str) -> ClinvokerError:
    """Why the program took no request of a run; a thread that was kept may be gone, and another will do."""
    if thread.kept_once:
        return cut(message)
    return refused(message, offered(thread.invocation.tools)) or refusal(message)


def _refuse(method: object, number: object) -> Send:
    """
    No run may do what the program asks leave for: it asks for what lies beyond the sandbox.  Silence would
    hold the turn.
    """
    if isinstance(method, str) and method in words.REFUSALS:
        return Send({"id": number, "result": words.REFUSALS[method]})
    return Send({"id": number, "error": {"code": -32601, "message": "not offered"}})
