"""
Clients of a daemon that is tormented: they ask, leave, lie and ask for what no program should do, and note
what came of it.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tests.attack.rogue import KINDS
from tests.attack.test_stalling import POINTS, told
from tests.real.raw import JSON, PATH, Answer, fetch, question

NATIVE = "/api/v1/prompt"
# What an answer may be: whole, refused, or an error that says so.
HONEST = {200, 400, 413, 415, 422, 429, 502, 503, 504}
# Not to be written to the disk by an ordinary test.
GREEDY = ("fill", "scatter")


class Clients:
    """
    `keys` are theirs, and the last is that of those who have programs go wrong; `codex` is whether that is
    there, with a provider that does as it is asked; `greedy` whether programs may fill the disk.
    """

    def __init__(self, port: int, keys: Sequence[str], codex: bool, greedy: bool) -> None:
        self._port = port
        self._keys = keys
        self._lock = threading.Lock()
        self._rogues = [kind for kind in KINDS if greedy or kind not in GREEDY]
        self.over = threading.Event()
        self.statuses: Counter[int] = Counter()  # of posts to `PATH` that were read to their end
        self.told: Counter[str] = Counter()  # 'answered', or codes, of all posts that were
        self.left = 0
        self.wrong: list[str] = []
        kinds: list[tuple[Kind, int]] = [(self.whole, 8), (self.streamed, 8), (self.leave, 4)]
        kinds += [(self.nonsense, 2), (self.native, 4), (self.rogue, 1), (self.stalled, 1 if codex else 0)]
        self._kinds, self._weights = zip(*kinds, strict=True)

    def ask(self, seed: float) -> None:
        """One client, until it is over."""
        chance = random.Random(seed)
        while not self.over.is_set():
            try:
                chance.choices(self._kinds, self._weights)[0](chance, self._headers(chance))
            except Exception as error:
                self._wrong(f"{type(error).__name__}: {error}")

    # --- what each does

    def whole(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """An answer in one piece."""
        self._post(PATH, question("demo", said(chance)), headers)

    def streamed(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """One as it comes."""
        self._post(PATH, question("demo", said(chance), stream=True), headers)

    def native(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """One that makes a session."""
        self._post(NATIVE, json.dumps({"backend": "demo", "prompt": said(chance)}).encode(), headers)

    def leave(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """Somewhere in the middle, or having read nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with self._lock:
            self.left += 1
        connection.request("POST", PATH, question("demo", said(chance), stream=True), dict(headers))
        if chance.random() < 0.5:
            connection.getresponse().read(1)
        connection.close()

    def nonsense(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """What is no request, or too large."""
        body = chance.choice((b"", b"{", b"[]", b"x" * 200_000, question("demo", "x", n=-1)))
        self._post(PATH, body, headers)

    def rogue(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """Have a program go wrong, among those of one key."""
        text = f"rogue: {chance.choice(self._rogues)}"
        self._post(PATH, question("demo", text, stream=chance.random() < 0.5), self._headers(None))

    def stalled(self, chance: random.Random, headers: Mapping[str, str]) -> None:
        """Ask a real program, whose provider stalls or is cut off, or does not."""
        point, text = chance.choice(POINTS)
        fault = chance.choice((f"!stall {point}\n", f"!reset {point}\n", ""))
        self._post(PATH, question("codex", fault + text, stream=chance.random() < 0.5), headers)

    # --- within

    def _headers(self, chance: random.Random | None) -> dict[str, str]:
        return {**JSON, "X-Api-Key": chance.choice(self._keys[:-1]) if chance else self._keys[-1]}

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        answer = fetch(self._port, "POST", path, headers, body)
        came = outcome(answer)
        with self._lock:
            self.told[came] += 1
            if path == PATH:
                self.statuses[answer.status] += 1
        if answer.status not in HONEST or not came:
            self._wrong(f"{answer.status}: {answer.body[-300:]!r}")

    def _wrong(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)


Kind = Callable[[random.Random, Mapping[str, str]], None]


def said(chance: random.Random) -> str:
    """What an ordinary client asks."""
    return f"demo: words={chance.randrange(1, 60)} pause_ms={chance.choice((0, 2, 20))}"


def outcome(answer: Answer) -> str:
    """As `told`, also of an answer in the daemon's own words."""
    if answer.headers["content-type"] == "application/problem+json":
        return str(json.loads(answer.body)["code"])
    return told(answer)
