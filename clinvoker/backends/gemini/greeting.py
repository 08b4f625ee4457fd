"""
The first words with the program, from its start to `Ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clinvoker.backends.gemini import words
from clinvoker.backends.gemini.failures import BACKEND, LOGIN, not_logged_in
from clinvoker.backends.gemini.launch import HOME
from clinvoker.backends.gemini.login import METHODS
from clinvoker.errors import BackendUnusable
from clinvoker.model import Identity
from clinvoker.talk import Broken, Ready, Record, Send, Step

_VERSION = 1

Then = Callable[[Record], Sequence[Step]]  # what follows from an answer


class Greeting:
    """
    `ask` makes a request, given its method, its parameters and what follows; the others as `GeminiTalk` has
    them.
    """

    def __init__(
        self, ask: Callable[[str, Record, Then], Send], directory: str, method: Callable[[], str]
    ) -> None:
        self._ask = ask
        self._directory = directory
        self._method = method
        self._identity = Identity()

    def start(self) -> list[Step]:
        """Greet."""
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


def _unusable(why: str) -> Broken:
    return Broken(BackendUnusable(f"{BACKEND} cannot be used: {why}.", BACKEND))
