"""
What one client of the soak does: requests of every kind, one after another, and what became of each.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.real.raw import Caller

Message = dict[str, Any]

_END = b"\r\n0\r\n\r\n"
_TOOLS = [
    {
        "type": "function",
        "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}},
    }
]
_LONGEST = 8  # messages in a conversation before another begins


class Traffic:
    """One client, by its seed, until a moment of the monotonic clock; `ends` counts what became of what."""

    def __init__(self, port: int, models: Sequence[str], seed: int, until: float) -> None:
        self.ends: Counter[str] = Counter()
        self.done = False
        self._port = port
        self._models = models
        self._random = random.Random(seed)
        self._until = until
        self._name = f"client {seed}"
        self._count = 0
        self._past: list[Message] = []
        self._model = models[0]

    def run(self) -> None:
        """Ask until it is time."""
        kinds: list[Callable[[], None]] = [
            *(self.whole, self.streamed, self.next, self.next, self.tools),
            *(self.failing, self.failing_late, self.leaving, self.leaving_early, self.slow),
        ]
        while time.monotonic() < self._until:
            self._model = self._random.choice(self._models)
            self._random.choice(kinds)()
        self.done = True

    # --- kinds of requests

    def whole(self) -> None:
        """An answer that comes as one."""
        self._have(self._ask("!say one two three"))

    def streamed(self) -> None:
        """An answer that comes in pieces."""
        self._have(self._ask(f"!long {self._random.randint(1, 200)}"), stream=True)

    def next(self) -> None:
        """The next question of a conversation, with the model that gave the last answer."""
        self._past = self._past if len(self._past) < _LONGEST else []
        self._model = self._past[-1]["model"] if self._past else self._model
        messages = [*self._past, *self._ask("!say and so on")]
        sent = [{key: value for key, value in message.items() if key != "model"} for message in messages]
        answer = self._have(sent)
        said = answer.get("choices", [{}])[0].get("message", {}).get("content")
        told = {"role": "assistant", "content": said, "model": self._model}
        self._past = [*messages, told] if said else []

    def tools(self) -> None:
        """Calls of a tool, and the answer once their results are there."""
        asked = self._ask("!tool look_up {}\n!next say found")
        answer = self._have(asked, tools=_TOOLS)
        message = answer.get("choices", [{}])[0].get("message", {})
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": "42"}
            for call in message.get("tool_calls", ())
        ]
        if results:
            self._have([*asked, message, *results], tools=_TOOLS)

    def failing(self) -> None:
        """An answer that the provider refuses."""
        self._have(self._ask(f"!error {self._random.choice((400, 401, 429, 500, 529))}"))

    def failing_late(self) -> None:
        """An answer that breaks off."""
        self._have(self._ask("!long 50\n!cut 10"), stream=True)

    def leaving(self) -> None:
        """An answer that is left in the middle."""
        self._leave("!long 500\n!slow 20", 0.3 + self._random.random(), stream=True)

    def leaving_early(self) -> None:
        """An answer that is left before it begins."""
        self._leave("!delay 3000\n!say late", 0.2 * self._random.random())

    def slow(self) -> None:
        """An answer that is read slower than it comes."""
        self._have(self._ask("!big 2000\n!repeat 100"), pause=0.02, stream=True, receive_buffer=4096)

    # --- within

    def _ask(self, orders: str) -> list[Message]:
        self._count += 1
        return [{"role": "user", "content": f"{self._name}, question {self._count}\n{orders}"}]

    def _have(self, messages: list[Message], pause: float = 0.0, **more: Any) -> Message:
        """Ask and read to the end; gives the body of a whole answer, else nothing."""
        with Caller(self._port, self._model, "", messages=messages, **more) as caller:
            got = b""
            while not _complete(got):
                time.sleep(pause)
                piece = caller.receive()
                assert piece, f"the answer has no end: {got[-500:]!r}"
                got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        failed = not head.startswith(b"HTTP/1.1 200") or b'data: {"error":' in body
        self.ends["refused" if failed else "answered"] += 1
        return {} if failed or more.get("stream") else dict(json.loads(b"".join(_chunks(body))))

    def _leave(self, orders: str, seconds: float, **more: Any) -> None:
        with Caller(self._port, self._model, "", messages=self._ask(orders), **more) as caller:
            time.sleep(seconds)
            caller.leave()
        self.ends["left"] += 1


def _complete(got: bytes) -> bool:
    head, found, body = got.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return body.endswith(_END)


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, body = body.partition(b"\r\n")
        yield body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
