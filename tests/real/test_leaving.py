"""
Clients that leave, and time that runs out, with the real programs: the turn is interrupted at
the provider within a second, and the program is of use afterwards, or gone.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from openai import APIError, APIStatusError

from tests.real.children import wait_for
from tests.real.raw import Caller
from tests.real.rigs import OneProgram, RealTestCase


class LeavingTests(OneProgram):
    """What holds for every program; subclasses name one."""

    most = 1  # processes

    def assert_interrupted(self, caller: Caller, text: str) -> None:
        """Leave; the provider sees its connection close within a second, and all is well."""
        caller.leave()
        left = time.time()
        entry = self.provider.wait_for(text, "gone")
        self.assertLess(entry["ended"] - left, 1.0)
        self.assert_works(self.backend)
        self.assert_idle()

    def assert_idle(self) -> None:
        """No run is left, and no more programs than had runs at once, besides those never used."""

        def look() -> bool:
            health = self.health(self.backend)
            return health["runs"] == 0 and health["processes"] - health["agents"]["blank"] <= self.most

        wait_for(look, 5, f"no run and at most {self.most} processes")

    def test_streaming(self) -> None:
        """A client that leaves in the middle of a stream."""
        text = "!hang 2\n!long 5\nstreaming"
        with Caller(self.daemon.port, self.backend, text, stream=True) as caller:
            caller.read_until(b"alpha")
            self.assert_interrupted(caller, text)

    def test_not_streaming(self) -> None:
        """A client that leaves while the whole answer is being made."""
        text = "!hang 2\n!long 5\nnot streaming"
        with Caller(self.daemon.port, self.backend, text) as caller:
            self.provider.wait_for(text)
            self.assert_interrupted(caller, text)

    def test_before_the_first_byte(self) -> None:
        """A client that leaves before the provider has said anything."""
        text = "!delay 60000\nbefore"
        with Caller(self.daemon.port, self.backend, text, stream=True) as caller:
            self.provider.wait_for(text)
            self.assert_interrupted(caller, text)

    def test_at_once(self) -> None:
        """A client that leaves before the program was even asked."""
        with Caller(self.daemon.port, self.backend, "!hang 0\nat once", stream=True):
            pass
        self.assert_works(self.backend)
        self.assert_idle()

    def test_others_go_on(self) -> None:
        """Who stays gets the whole answer, while another leaves."""
        with Caller(self.daemon.port, self.backend, "!slow 100\n!long 10", stream=True) as stays:
            stays.read_until(b"alpha")
            text = "!hang 1\n!long 5\nleaves"
            with Caller(self.daemon.port, self.backend, text, stream=True) as leaves:
                leaves.read_until(b"alpha")
            self.provider.wait_for(text, "gone")
            self.assertIn(b"data: [DONE]", stays.read_to_end())


class ClaudeLeaving(LeavingTests, RealTestCase):
    """Claude Code, where the next run may come before the process of the last is blank again."""

    backend = "claude"
    most = 2
    settings: ClassVar[dict[str, Any]] = {"conversations": {"keep": 0}}


class CodexLeaving(LeavingTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"


class GeminiLeaving(LeavingTests, RealTestCase):
    """Gemini CLI."""

    backend = "gemini"


class Deadlines(RealTestCase):
    """Time limits, with all three programs."""

    settings: ClassVar[dict[str, Any]] = {
        "limits": {"first_output_secs": 4, "idle_output_secs": 1, "request_secs": 8}
    }

    def test_first_output(self) -> None:
        """A provider that says nothing at all ends in a timeout, and is not waited for any more."""
        for name in self.programs:
            self.assert_works(name)
            with self.assertRaises(APIStatusError) as caught:
                self.ask(name, f"!hang 0\n{name}")
            self.assertEqual((caught.exception.status_code, caught.exception.code), (504, "timeout"))
            self.provider.wait_for(f"!hang 0\n{name}", "gone")
            self.assert_works(name)

    def test_silence(self) -> None:
        """A provider that falls silent in its answer ends the stream with an error."""
        for name in self.programs:
            with self.assertRaises(APIError) as caught:
                list(self.stream(name, "!hang 2\n!long 5"))
            self.assertEqual(caught.exception.code, "timeout")
            self.assert_works(name)

    def test_request(self) -> None:
        """A request as a whole has a limit, however busy it is."""
        begun = time.monotonic()
        with self.assertRaises(APIError) as caught:
            list(self.stream("codex", "!slow 100\n!long 200"))
        self.assertEqual(caught.exception.code, "timeout")
        self.assertLess(time.monotonic() - begun, 10)
