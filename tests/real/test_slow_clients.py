"""
Clients that do not read: they cost bounded memory and hold up nobody else.
"""

from __future__ import annotations

import time

from tests.real.children import resident, wait_for
from tests.real.raw import Caller
from tests.real.rigs import OneProgram, RealTestCase

MEGABYTE = 1024  # kB, as `resident` counts
TEXT = 40_000_000  # bytes of an answer that nobody reads


class StalledTests(OneProgram):
    """What holds for every program; subclasses name one."""

    def test_bounded(self) -> None:
        """
        An answer of 40 MB to a client that never reads costs less than a third of it.  It comes at 5 MB in a
        second: codex tells all it has heard once more when it is stopped, which takes a busy machine a while.
        """
        self.assert_works(self.backend)
        pid = self.daemon.process.pid
        before = resident(pid)
        most = 0
        text = f"!slow 10\n!big {TEXT // 800}\n!repeat 800"
        with Caller(self.daemon.port, self.backend, text, receive_buffer=4096, stream=True):
            self.provider.wait_for(text)
            deadline = time.monotonic() + 6
            while time.monotonic() < deadline:
                most = max(most, resident(pid))
                time.sleep(0.05)
            self.assert_works(self.backend)
        self.assertLess(most - before, 12 * MEGABYTE)

    def test_others_go_on(self) -> None:
        """While one client stalls, another's stream keeps its pace."""
        text = "!big 100000\n!repeat 400"
        with Caller(self.daemon.port, self.backend, text, receive_buffer=4096, stream=True):
            self.provider.wait_for(text)
            begun = time.monotonic()
            got = [c.choices[0].delta.content for c in self.stream(self.backend, "!slow 50\n!long 20")]
            self.assertEqual(len([text for text in got if text]), 20)
            self.assertLess(time.monotonic() - begun, 6)

    def test_leaves_nothing(self) -> None:
        """When the stalled client has gone, nothing of its run is left."""
        text = "!big 100000\n!repeat 400"
        with Caller(self.daemon.port, self.backend, text, receive_buffer=4096, stream=True):
            self.provider.wait_for(text)
            time.sleep(0.5)

        wait_for(lambda: self.health(self.backend)["runs"] == 0, 8, "no run is left")
        self.assert_works(self.backend)


class ClaudeStalled(StalledTests, RealTestCase):
    """Claude Code: the pipe of its one run is paused."""

    backend = "claude"


class CodexStalled(StalledTests, RealTestCase):
    """Codex CLI: the run is given up, the pipe flows on."""

    backend = "codex"


class GeminiStalled(StalledTests, RealTestCase):
    """Gemini CLI: as codex."""

    backend = "gemini"
