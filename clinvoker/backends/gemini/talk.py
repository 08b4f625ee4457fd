"""
The words of `gemini --acp`: the Agent Client Protocol, JSON-RPC 2.0 by the line.

One process, many sessions at once, one for each run (`session.py`), but only one is loaded at a time:
eight that were made together took 13 s for want of a lock.  What comes outside a prompt under way is
no answer: a loaded session tells its past again.

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
from clinvoker.backends.gemini.conversation import conversation
from clinvoker.backends.gemini.failures import BACKEND, LOGIN, failure, not_logged_in
from clinvoker.backends.gemini.launch import DEFAULT_MODEL, HOME, MODELS
from clinvoker.backends.gemini.login import METHODS
from clinvoker.backends.gemini.outcome import usage
from clinvoker.backends.gemini.session import Session
from clinvoker.backends.gemini.tools import Toolbox
from clinvoker.backends.gemini.work import Work
from clinvoker.errors import BackendUnusable, ClinvokerError
from clinvoker.interfaces import ITalk
from clinvoker.model import Finished, Identity, Invocation, Message, Tool, Usage
from clinvoker.talk import Broken, Ended, Heard, Ready, Record, Remove, Send, Step, Write

_VERSION = 1

_COST = 0.5  # megabytes of the program's memory that a session takes for good, by measure
_COST_OF_TOOL = 0.05

_Then = Callable[[Record], list[Step]]


@implementer(ITalk)
class GeminiTalk:
    """
    `directory` is the agent's private directory, absolute.  `method` finds one of `login.METHODS`, or
    the empty string for "not logged in"; it is called once, when the process runs.  `address` gives the
    root of the URLs at which `asked` is asked, `new_token` words that nobody can guess.  `memory` is how
    many megabytes of the program's memory runs may use up: it forgets none of them.
    """

    capacity = 8

    def __init__(
        self,
        directory: str,
        method: Callable[[], str],
        address: Callable[[], str],
        new_token: Callable[[], str],
        memory: float = 100.0,
    ) -> None:
        self._directory = directory
        self._method = method
        self._address = address
        self._new_token = new_token
        self._left = memory
        self._identity = Identity()
        self._ids = count(1)
        self._numbers = count(1)
        self._awaited: dict[int, _Then] = {}
        self._sessions: dict[str, Session] = {}
        self._waiting: deque[Session] = deque()
        self._toolboxes: dict[str, Toolbox] = {}  # by path
        self._loading = False
        self._counted = False  # whether this provider was seen to count tokens

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

    # --- from the start to ready

    def start(self) -> Sequence[Step]:
        capabilities = {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False}
        greeting = {"protocolVersion": _VERSION, "clientCapabilities": capabilities}
        return [self._ask("initialize", greeting, self._greeted)]

    def _greeted(self, answer: Record) -> list[Step]:
        result = words.part(answer, "result")
        if result.get("protocolVersion") != _VERSION:
            return [_unusable("it speaks another version of its protocol; update it")]
        version = words.text(words.part(result, "agentInfo"), "version") or "unknown"
        method = self._method()
        if not method:
            return [Broken(not_logged_in("its Google login is missing"))]
        self._identity = Identity(version=version, login=METHODS[method])
        return [self._ask("authenticate", {"methodId": method}, self._authenticated)]

    def _authenticated(self, answer: Record) -> list[Step]:
        if "error" in answer:
            return [Broken(not_logged_in(words.error(answer)[1]))]
        # A missing key is noticed by the first session that is new, so there is one nobody uses.
        place = {"cwd": f"{self._directory}/{HOME}", "mcpServers": []}
        return [self._ask("session/new", place, self._tried)]

    def _tried(self, answer: Record) -> list[Step]:
        if "error" not in answer:
            return [Ready(self._identity)]
        code, said = words.error(answer)
        return [Broken(not_logged_in(said)) if code == LOGIN else _unusable(said)]

    # --- runs

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        offered = () if invocation.tools.choice == "none" else invocation.tools.offered
        self._left -= _COST + _COST_OF_TOOL * len(offered)
        toolbox = Toolbox(offered, self._new_call)
        asked = conversation(invocation.messages)
        model = invocation.model or DEFAULT_MODEL
        number = next(self._numbers)
        address = self._served(toolbox, offered)
        session: Session
        if invocation.agency.mode == "agent":
            self._left = 0  # what it left running ends with the process
            session = Work(run, number, self._directory, asked, model, toolbox, invocation.agency)
        else:
            session = Session(run, number, self._directory, asked, model, toolbox, address)
        self._sessions[session.id] = session
        self._waiting.append(session)
        return self._load_next()

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        return []  # nothing is ever held

    def forget(self, run: int) -> Sequence[Step]:
        return []  # nothing is ever kept

    def asked(self, path: str, record: Record) -> Record | None:
        """
        The answer to what the program asks at one of the addresses it was given; None to what wants no
        answer.  Raises `KeyError` for every other path.
        """
        return self._toolboxes[path].answer(record)

    def _served(self, toolbox: Toolbox, offered: Sequence[Tool]) -> str:
        """Where the functions are; nowhere if there are none."""
        if not offered:
            return ""
        path = f"/{self._new_token()}"
        self._toolboxes[path] = toolbox
        return self._address() + path

    def _new_call(self) -> str:
        return f"call_{self._new_token()}"

    def interrupt(self, run: int) -> Sequence[Step]:
        session = next((one for one in self._sessions.values() if one.run == run), None)
        if session is None or session.interrupted:
            return []
        session.interrupted = True
        if session.stage == "prompted":
            return [words.notification("session/cancel", {"sessionId": session.id})]
        if session.stage == "loading":
            return []  # it ends as soon as it is loaded
        if session.stage == "waiting":
            self._waiting.remove(session)
        return self._close(session)

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
        choice = {"sessionId": session.id, "modelId": session.model}
        model: list[Step] = []
        if session.model != DEFAULT_MODEL:
            model = [self._ask("session/set_model", choice, lambda _: [])]
        return [*model, *self._prompt(session), *self._load_next()]

    def _prompt(self, session: Session) -> list[Step]:
        if not session.settled:
            return []
        session.stage = "prompted"
        prompt = {"sessionId": session.id, "prompt": session.prompt}
        return [self._ask("session/prompt", prompt, partial(self._answered, session))]

    def _noted(self, params: Record) -> list[Step]:
        session = self._sessions.get(words.text(params, "sessionId"))
        if session is None:
            return []
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
        if isinstance(ending, Finished):
            events = [*session.called(), ending]
            return [*(Heard(session.run, event) for event in events), *self._close(session)]
        return self._close(session, ending)

    def _fail(self, session: Session, answer: Record) -> list[Step]:
        """The program left a report with the prompt in it, which goes too."""
        error = failure(*words.error(answer), session.model, MODELS)
        return [*self._close(session, error), Remove(f"{HOME}/tmp"), Write(f"{HOME}/tmp/empty", "")]

    def _close(self, session: Session, error: ClinvokerError | None = None) -> list[Step]:
        del self._sessions[session.id]
        self._toolboxes.pop(f"/{session.address.rpartition('/')[2]}", None)
        return [*session.removal(), Ended(session.run, error)]

    def _ask(self, method: str, params: Record, then: _Then) -> Send:
        identity = next(self._ids)
        self._awaited[identity] = then
        return words.request(identity, method, params)


def _unusable(why: str) -> Broken:
    return Broken(BackendUnusable(f"{BACKEND} cannot be used: {why}.", BACKEND))


def _unreached() -> BackendUnusable:
    return BackendUnusable(
        f"{BACKEND} did not fetch the functions from this daemon; if there is a proxy, NO_PROXY must "
        "name 127.0.0.1.",
        BACKEND,
    )
