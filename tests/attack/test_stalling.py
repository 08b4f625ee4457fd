"""
A provider that stalls, or resets the connection, at every point of its answer, with the real programs: each
request ends in time with an honest error, in the words of its dialect, and the program is of use afterwards.

Whether $CLINVOKER_TEST_SEED is odd or even says at which points the answers are streamed.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, Answer, Caller, fetch
from tests.real.rigs import OneProgram, RealTestCase, Rig, backends

SEED = int(os.environ.get("CLINVOKER_TEST_SEED", "7"))
SAY = "!long 4"
CALL = '!say Let me see.\n!tool get_weather {"city":"Oslo"}'
# In order: before the answer, between events, in the middle of a line, of a call, before the last event.
POINTS = (
    ("headers", SAY),
    ("start", SAY),
    ("delta 0", SAY),
    ("delta 2", SAY),
    ("line 2", SAY),
    ("line 3", CALL),
    ("end", SAY),
)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"name": "get_weather", "description": "Tells it.", "parameters": SCHEMA}
# What may be told of a connection that was reset.
RESET = {"answer_cut", "provider_unreachable"}
SECS = 5.0  # the daemon's patience with a provider that says nothing

Json = dict[str, Any]


def chat(model: str, text: str) -> tuple[str, Json]:
    """A path and a body, in OpenAI's older words."""
    tools = [{"type": "function", "function": WEATHER}]
    return PATH, {"model": model, "messages": [{"role": "user", "content": text}], "tools": tools}


def responses(model: str, text: str) -> tuple[str, Json]:
    """In their newer ones."""
    return "/openai/v1/responses", {"model": model, "input": text, "tools": [{"type": "function", **WEATHER}]}


def messages(model: str, text: str) -> tuple[str, Json]:
    """In Anthropic's."""
    tools = [{"name": "get_weather", "description": "Tells it.", "input_schema": SCHEMA}]
    asked = [{"role": "user", "content": text}]
    return "/anthropic/v1/messages", {"model": model, "max_tokens": 99, "messages": asked, "tools": tools}


DIALECTS = (chat, responses, messages)


def events(body: bytes) -> Iterator[Json]:
    """The JSON of a stream's events."""
    for line in body.splitlines():
        if line.startswith(b"data: {"):
            yield json.loads(line.removeprefix(b"data: "))


def told(answer: Answer) -> str:
    """What came of a request: 'answered', the code of an error, or '' where a stream ended without a word."""
    if answer.status != 200:
        return code_in(json.loads(answer.body)["error"])
    if not answer.headers["content-type"].startswith("text/event-stream"):
        return "answered"
    *_, last = events(answer.body)
    error = last.get("response", last).get("error")
    if error:
        return code_in(error)
    done = answer.body.endswith(b"[DONE]\n\n") or last.get("type") in ("response.completed", "message_stop")
    return "answered" if done else ""


def code_in(error: Json) -> str:
    """
    The code of an error, in whatever dialect.  In streams of responses only OpenAI's own may stand: there the
    setting that a message names tells a time-out.
    """
    if error.get("code") == "server_error":
        return "timeout" if "limits." in error["message"] else "answer_cut"
    return str(error.get("code") or error["details"]["error_code"])


class StallingTests(OneProgram):
    """What holds for every program; subclasses name one."""

    settings: ClassVar[Json] = {
        "limits": {"first_output_secs": SECS, "idle_output_secs": SECS, "request_secs": 30, "retries": 0}
    }
    complete = False  # whether the program takes an answer for whole that has no last event

    def setUp(self) -> None:
        super().setUp()
        self.assert_works(self.backend)

    def outcome(self, word: str, place: int, streamed: bool) -> tuple[str, float]:
        """What a request is told where the provider fails at a point, and the seconds it took."""
        point, text = POINTS[place]
        dialect = DIALECTS[place % 3]
        path, body = dialect(self.backend, f"!{word} {point}\n{text}\n{dialect.__name__} {streamed}")
        begun = time.monotonic()
        answer = fetch(
            self.daemon.port, "POST", path, JSON, json.dumps({**body, "stream": streamed}).encode()
        )
        return told(answer), time.monotonic() - begun

    def outcomes(self, word: str) -> dict[str, tuple[str, float]]:
        """Of all points, at the same time; streamed at every other."""
        with ThreadPoolExecutor(len(POINTS)) as threads:
            asked = {
                point: threads.submit(self.outcome, word, place, place % 2 == SEED % 2)
                for place, (point, _) in enumerate(POINTS)
            }
            return {point: each.result() for point, each in asked.items()}

    def assert_free(self) -> None:
        """No place is taken, and the program is of use."""
        load = lambda: self.daemon.get("/health")[1]["load"]  # noqa: E731
        wait_for(lambda: load()["running"] == load()["waiting"] == 0, 5, "nothing is under way")
        self.assert_works(self.backend)
        wait_for(lambda: self.health(self.backend)["runs"] == 0, 8, "no run is left")

    def test_stalls(self) -> None:
        """Whatever was said before, the time-out ends it, whole or streamed."""
        came = self.outcomes("stall")
        self.assertEqual({"timeout"}, {code for code, _ in came.values()}, came)
        self.assertLess(max(secs for _, secs in came.values()), 2 * SECS + 3, came)
        self.assert_free()

    def test_resets(self) -> None:
        """A connection that is reset is told at once as what it is."""
        came = self.outcomes("reset")
        codes = {point: code for point, (code, _) in came.items()}
        if self.complete and codes["end"] == "answered":
            del codes["end"]
        self.assertLessEqual(set(codes.values()), RESET, came)
        self.assertLess(max(secs for _, secs in came.values()), SECS + 3, came)
        self.assert_free()

    def test_leaving(self) -> None:
        """Who leaves while the provider stalls frees his place; the provider is let go of."""
        texts = [f"!stall {point}\n{text}\nleaving" for point, text in POINTS]
        callers = [Caller(self.daemon.port, self.backend, text, stream=True) for text in texts]
        for caller, text in zip(callers, texts, strict=True):
            with caller:
                self.provider.wait_for(text)
        self.assert_free()
        for text in texts:
            self.provider.wait_for(text, "gone")


class ClaudeStalling(StallingTests, RealTestCase):
    """Claude Code."""

    backend = "claude"
    complete = True


class CodexStalling(StallingTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"


class GeminiStalling(StallingTests, RealTestCase):
    """Gemini CLI."""

    backend = "gemini"


class NotAccepted(RealTestCase):
    """A provider that is there and takes no connection: its line is full."""

    settings: ClassVar[Json] = {"limits": {"first_output_secs": 2, "retries": 0}}
    listener: ClassVar[socket.socket]
    waiting: ClassVar[list[socket.socket]]

    @classmethod
    def configured(cls, rig: Rig) -> Json:
        """All programs, pointed to a listener whose line is full."""
        cls.listener = socket.socket()
        cls.listener.bind(("127.0.0.1", 0))
        cls.listener.listen(0)
        place = cls.listener.getsockname()
        cls.waiting = [socket.socket() for _ in range(4)]
        for each in cls.waiting:
            each.setblocking(False)
            each.connect_ex(place)
        return backends(f"http://127.0.0.1:{place[1]}", cls.programs)

    def test_timeout(self) -> None:
        """Each program's request ends in time."""
        for each in (self.listener, *self.waiting):
            self.addCleanup(each.close)
        begun = time.monotonic()
        with ThreadPoolExecutor(3) as threads:
            came = dict(zip(self.programs, threads.map(self.outcome, self.programs), strict=True))
        self.assertEqual(dict.fromkeys(self.programs, "timeout"), came)
        self.assertLess(time.monotonic() - begun, 15)
        wait_for(lambda: self.daemon.get("/health")[1]["load"]["running"] == 0, 5, "nothing is under way")

    def outcome(self, backend: str) -> str:
        path, body = chat(backend, SAY)
        return told(fetch(self.daemon.port, "POST", path, JSON, json.dumps(body).encode()))
