"""A live `gemini --acp`, and the look at how its user logs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from clinvoker.agent import Agent
from clinvoker.backends.gemini.agency import at_work
from clinvoker.backends.gemini.failures import not_logged_in
from clinvoker.backends.gemini.launch import CREDENTIALS, USER_SETTINGS
from clinvoker.backends.gemini.listener import Listener
from clinvoker.backends.gemini.login import OAUTH, method
from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.model import Launch
from clinvoker.talk import Record

# What the program writes, outside its protocol, when a Google login is refused; then it waits for ever.
_ASKS_FOR_LOGIN = b"Please visit the following URL to authorize"


class GeminiAgent(Agent):
    """
    The Gemini CLI as an agent, and the server where it finds the functions of its sessions.

    `clock` is the reactor, which listens as soon as a run has functions.
    """

    def __init__(
        self, backend: str, launch: Launch, clock: IReactorTime, new_token: Callable[[], str]
    ) -> None:
        self._listener = Listener(clock, self._asked)
        method = partial(find_method, Path(launch.directory), launch.environment)
        working = at_work(launch)
        address = self._listener.address
        self._words = GeminiTalk(launch.directory, method, address, new_token, ahead=not working)
        if working:
            self._words.most = 1
        super().__init__(backend, self._words, launch, clock)

    def ended(self, reason: Failure) -> None:
        self._listener.close()
        super().ended(reason)

    def _asked(self, path: str, record: Record) -> Record | None:
        return self._words.asked(path, record)

    def outReceived(self, data: bytes) -> None:
        if not self._ready and _ASKS_FOR_LOGIN in data:
            self._break(not_logged_in("its Google login has expired or could not be checked"))
        super().outReceived(data)


def find_method(directory: Path, environment: Mapping[str, str]) -> str:
    """
    How the program is to log in, one of `login.METHODS`; the empty string if that needs a login which
    is not there.  Reads what is linked into the private directory: small local files, once a process.
    """
    try:
        settings = (directory / USER_SETTINGS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        settings = ""
    chosen = method(settings, environment)
    # Without one the program would print a web address and wait for its code, for ever.
    if chosen == OAUTH and not any((directory / path).exists() for path in CREDENTIALS):
        return ""
    return chosen
