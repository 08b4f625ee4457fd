"""
The words of `gemini --acp`: the Agent Client Protocol, JSON-RPC 2.0 by the line.

One process, many sessions at once (`session.py`), but only one is loaded at a time: eight that were made
together took 13 s for want of a lock.  What comes outside a prompt under way is no answer: a loaded
session tells its past again.

A session is kept after an answer if what it holds then is what would be loaded for the next question, and
is prompted again with that.  Where nothing is under way a session with no past is loaded ahead of need, for
the next conversation that begins with a question: loading takes 80 of its 90 ms to the first word.

Functions of the client's are served to each session at an address of its own (`tools.py`).  A turn that
calls some ends with that and is never parked: what comes after it is another run, with the results in its
history, which takes a session of its own as any other does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from zope.interface import implementer

from clinvoker.backends.gemini import words
from clinvoker.backends.gemini.addresses import Addresses
from clinvoker.backends.gemini.conversation import BLANK, conversation
from clinvoker.backends.gemini.failures import BACKEND, cut, failure
from clinvoker.backends.gemini.greeting import Greeting, Then
from clinvoker.backends.gemini.launch import DEFAULT_MODEL, HOME, MODELS, MOST_REQUESTS
from clinvoker.backends.gemini.outcome import usage
from clinvoker.backends.gemini.session import Session
from clinvoker.backends.gemini.tools import offered
from clinvoker.backends.gemini.work import Work
from clinvoker.errors import BackendUnusable, ClinvokerError
from clinvoker.interfaces import ITalk
from clinvoker.model import Finished, Invocation, Message, Usage
from clinvoker.talk import Ended, Heard, Kept, Record, Remove, Send, Step, Write

_COST = 0.5  # megabytes of the program's memory that a session takes for good, by measure
_COST_OF_TOOL = 0.05
_COST_OF_PROMPT = 0.125  # each after the first in a session

_MOST_PROMPTS = MOST_REQUESTS // 2  # in a session: a prompt can take more requests than one
_MOST_TOKENS = 200_000  # of a session that is kept; from some size on the program makes its past shorter

_NOBODY = 0  # the run of a session that was loaded ahead


@implementer(ITalk)
class GeminiTalk:
    """
    `directory` is the agent's private directory, absolute.  `method` finds one of `login.METHODS`, or
    the empty string for "not logged in"; it is called once, when the process runs.  `address` and
    `new_token` are as `Addresses` has them.  `memory` is how many megabytes of the program's memory runs may
    use up: it forgets none of them.  `ahead` says whether sessions are loaded ahead of need.
    """

    most = 8  # runs under way

    def __init__(
        self,
        directory: str,
        method: Callable[[], str],
        address: Callable[[], str],
        new_token: Callable[[], str],
        memory: float = 100.0,
        ahead: bool = False,
    ) -> None:
        self._directory = directory
        self._method = method
        self._addresses = Addresses(address, new_token)
        self._left = memory
        self._ahead = ahead
        self._ids = count(1)
        self._numbers = count(1)
        self._awaited: dict[int, Then] = {}
        self._sessions: dict[str, Session] = {}
        self._waiting: deque[Session] = deque()
        self._blank: Session | None = None  # loaded ahead, or being loaded
        self._loading = False
        self._counted = False  # whether this provider was seen to count tokens

    @property
    def capacity(self) -> int:
        """A session that is kept takes up no place, since nothing happens in it."""
        return self.most + sum(session.stage == "kept" for session in self._sessions.values())

    @property
    def open(self) -> bool:
        return self._left > 0

    def receive(self, record: Record) -> Sequence[Step]:
        if "method" not in record:
            identity = record.get("id")
            then = self._awaited.pop(identity, None) if isinstance(identity, int) else None
            return then(record) if then else []
        if "id" in record:
            session = self._sessions.get(words.text(words.part(record, "params"), "sessionId"))
            return session.asked(record) if session else [words.reply(record)]
        return self._noted(words.part(record, "params"))

    def start(self) -> Sequence[Step]:
        return Greeting(self._ask, self._directory, self._method).start()

    # --- runs

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        asked = conversation(invocation.messages)
        functions = offered(invocation.tools)
        model = invocation.model or DEFAULT_MODEL
        if invocation.agency.mode == "agent":
            self._left = 0  # what it left running ends with the process
            toolbox, _ = self._addresses.serve(())
            work = Work(run, next(self._numbers), self._directory, asked, model, toolbox, invocation.agency)
            return self._enter(work)
        if self._blank is not None and not functions and asked.new:
            session, self._blank = self._blank, None
            session.take(run, asked, model, invocation.messages)
            return self._go_on(session) if session.stage == "loaded" else []
        toolbox, address = self._addresses.serve(functions)
        self._left -= _COST_OF_TOOL * len(functions)
        session = Session(run, next(self._numbers), self._directory, asked, model, toolbox, address)
        session.messages = invocation.messages
        return self._enter(session)

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        """
        Prompt the session again; what cannot be a prompt as it is goes into a session of its own, with all
        that was said.
        """
        session = self._of(held)
        if session is None:
            return [Ended(run, cut("the session that was held is gone"))]
        asked = conversation(messages)
        if not asked.new or not asked.whole:
            whole = Invocation(model=session.model, messages=(*session.said(), *messages))
            return [*self._end(session), *self.begin(run, whole)]
        self._left -= _COST_OF_PROMPT
        session.take(run, asked, session.model, (*session.said(), *messages))
        return self._prompt(session)

    def forget(self, run: int) -> Sequence[Step]:
        """Remove what there is of its session; the program keeps the rest in its memory."""
        session = self._of(run)
        return [Ended(run)] if session is None else self._close(session)

    def asked(self, path: str, record: Record) -> Record | None:
        """As `Addresses.asked`."""
        return self._addresses.asked(path, record)

    def _of(self, run: int) -> Session | None:
        return next((one for one in self._sessions.values() if one.run == run), None)

    def interrupt(self, run: int) -> Sequence[Step]:
        session = self._of(run)
        if session is None or session.interrupted or session.stage == "kept":
            return []
        session.interrupted = True
        if session.stage == "prompted":
            return [words.notification("session/cancel", {"sessionId": session.id})]
        if session.stage == "loading":
            return []  # it ends as soon as it is loaded
        if session.stage == "waiting":
            self._waiting.remove(session)
        return self._close(session)

    def _enter(self, session: Session) -> list[Step]:
        self._left -= _COST
        self._sessions[session.id] = session
        self._waiting.append(session)
        return self._load_next()

    def _load_ahead(self) -> list[Step]:
        """Only where nobody has to wait for it."""
        busy = any(session.stage != "kept" for session in self._sessions.values())
        if busy or not self._ahead or self._blank is not None or self._left <= _COST:
            return []
        toolbox, _ = self._addresses.serve(())
        number = next(self._numbers)
        self._blank = Session(_NOBODY, number, self._directory, BLANK, DEFAULT_MODEL, toolbox)
        return self._enter(self._blank)

    def _load_next(self) -> list[Step]:
        if self._loading or not self._waiting:
            return []
        self._loading = True
        session = self._waiting.popleft()
        session.stage = "loading"
        return [*session.files(), self._ask("session/load", session.place, partial(self._loaded, session))]

    def _loaded(self, session: Session, answer: Record) -> list[Step]:
        self._loading = False
        session.stage = "loaded"
        if session.interrupted:
            return [*self._close(session), *self._load_next()]
        if "error" in answer:
            return [*self._fail(session, answer), *self._load_next()]
        if not session.toolbox.listed:
            return [*self._close(session, _unreached()), *self._load_next()]
        return [*self._go_on(session), *self._load_next()]

    def _go_on(self, session: Session) -> list[Step]:
        choice = {"sessionId": session.id, "modelId": session.model}
        model: list[Step] = []
        if session.model != DEFAULT_MODEL:
            model = [self._ask("session/set_model", choice, lambda _: [])]
        return [*model, *self._prompt(session)]

    def _prompt(self, session: Session) -> list[Step]:
        if not session.settled or session.run == _NOBODY:
            return []
        session.stage = "prompted"
        session.prompts += 1
        prompt = {"sessionId": session.id, "prompt": session.prompt}
        return [self._ask("session/prompt", prompt, partial(self._answered, session))]

    def _noted(self, params: Record) -> list[Step]:
        session = self._sessions.get(words.text(params, "sessionId"))
        if session is None:
            return self._load_ahead()  # the first is heard of when the program is ready
        heard = session.update(words.part(params, "update"))
        return [*(Heard(session.run, event) for event in heard), *self._prompt(session)]

    def _answered(self, session: Session, answer: Record) -> list[Step]:
        if session.interrupted:
            return self._close(session)
        if "error" in answer:
            return self._fail(session, answer)
        result = words.part(answer, "result")
        ending = session.outcome(result, self._counted)
        self._counted = self._counted or usage(result) != Usage()
        if not isinstance(ending, Finished):
            return self._close(session, ending)
        heard = [Heard(session.run, event) for event in (*session.called(), ending)]
        return [*heard, *(self._keep(session) if self._keeps(session, ending) else self._close(session))]

    def _keeps(self, session: Session, ending: Finished) -> bool:
        """What is not counted may have ended in another way than the program says."""
        short = session.prompts < _MOST_PROMPTS and 0 < ending.usage.input < _MOST_TOKENS
        return self.open and short and session.lasting and ending.reason == "stop"

    def _keep(self, session: Session) -> list[Step]:
        session.stage = "kept"
        return [Kept(session.run), *self._load_ahead()]

    def _fail(self, session: Session, answer: Record) -> list[Step]:
        """The program left a report with the prompt in it, which goes too."""
        code, said = words.error(answer)
        error: ClinvokerError = failure(code, said, session.model, MODELS)
        if session.prompts > 1 and code < 0:
            error = cut(said)  # no provider said so, but the program of a session that was kept
        return [*self._close(session, error), Remove(f"{HOME}/tmp"), Write(f"{HOME}/tmp/empty", "")]

    def _close(self, session: Session, error: ClinvokerError | None = None) -> list[Step]:
        return [*self._end(session, error), *self._load_ahead()]

    def _end(self, session: Session, error: ClinvokerError | None = None) -> list[Step]:
        del self._sessions[session.id]
        self._addresses.close(session.address)
        if session.run == _NOBODY:
            self._blank, self._ahead = None, False  # it could not be loaded
            return session.removal()
        return [*session.removal(), Ended(session.run, error)]

    def _ask(self, method: str, params: Record, then: Then) -> Send:
        identity = next(self._ids)
        self._awaited[identity] = then
        return words.request(identity, method, params)


def _unreached() -> BackendUnusable:
    return BackendUnusable(
        f"{BACKEND} did not fetch the functions from this daemon; if there is a proxy, NO_PROXY must "
        "name 127.0.0.1.",
        BACKEND,
    )
