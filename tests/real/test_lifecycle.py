"""
The end of the daemon: asked for politely, it lets work finish; however it ends, it leaves no process.
"""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from openai import APIError, InternalServerError

from tests.real.children import marked, wait_for
from tests.real.raw import Caller
from tests.real.rigs import RealTestCase
from tests.real.test_web_pages import DemoTestCase


class Draining(DemoTestCase):
    """SIGTERM, with time enough."""

    shared = False  # each test ends its daemon
    settings: ClassVar[dict[str, Any]] = {"server": {"drain_secs": 20}}

    def test_finishes_what_runs(self) -> None:
        """The running stream ends well, a new request is told to come back, and the exit is 0."""
        with Caller(self.daemon.port, "demo", "demo: words=20 pause_ms=100", stream=True) as caller:
            caller.read_until(b"word1 ")
            self.daemon.signal(signal.SIGTERM)
            time.sleep(0.3)
            with self.assertRaises(InternalServerError) as caught:
                self.ask("demo", "hello")
            self.assertIn(b"data: [DONE]", caller.read_to_end())
        error = caught.exception
        self.assertEqual((error.status_code, error.code), (503, "shutting_down"))
        self.assertEqual(self.daemon.exit_code(), 0)

    def test_idle(self) -> None:
        """With nothing to do it ends at once, by either signal."""
        self.assert_works("demo")
        self.daemon.signal(signal.SIGINT)
        self.assertEqual(self.daemon.exit_code(5), 0)
        wait_for(lambda: not self.daemon.children(), 2, "no process is left")

    def assert_works(self, model: str) -> None:
        """The demonstration has its own words."""
        self.assertTrue(self.ask(model, "demo: words=1").choices[0].message.content)


class Impatient(DemoTestCase):
    """SIGTERM, with a second to finish."""

    shared = False  # each test ends its daemon
    settings: ClassVar[dict[str, Any]] = {"server": {"drain_secs": 1}}

    def test_interrupts_the_rest(self) -> None:
        """What has not ended by then ends with an error, and the exit is 0 all the same."""
        with self.assertRaises(APIError) as caught:
            for chunk in self.stream("demo", "demo: words=1000 pause_ms=50"):
                if chunk.choices[0].delta.content == "word1 ":
                    self.daemon.signal(signal.SIGTERM)
                    begun = time.monotonic()
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(caught.exception.code, "shutting_down")
        self.assertEqual(self.daemon.exit_code(), 0)


class Orphans(RealTestCase):
    """All three real programs at work."""

    shared = False  # each test ends its daemon

    def at_work(self) -> None:
        """Have each program in the middle of an answer."""
        self.callers = [
            Caller(self.daemon.port, name, f"!hang 2\n!long 5\n{name}", stream=True) for name in self.programs
        ]
        with ThreadPoolExecutor() as threads:
            for caller in threads.map(Caller.__enter__, self.callers):
                self.addCleanup(caller.leave)
                caller.read_until(b"alpha")

    def assert_nothing_left(self) -> None:
        """No process that the daemon ever started is there, and none of its files."""
        wait_for(lambda: not marked(str(self.daemon.folder)), 3, "no process is left")
        temporary = self.daemon.folder / "tmp"
        wait_for(lambda: not list(temporary.iterdir()), 3, "no file is left")

    def test_killed(self) -> None:
        """A daemon that is killed takes all its processes with it."""
        self.at_work()
        self.daemon.signal(signal.SIGKILL)
        self.daemon.exit_code()
        self.assert_nothing_left()

    def test_ended(self) -> None:
        """A daemon that is asked to end while programs idle ends them all."""
        for name in self.programs:
            self.assert_works(name)
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.exit_code(), 0)
        self.assert_nothing_left()

    def test_ended_at_work(self) -> None:
        """A second signal does not wait for what runs."""
        self.at_work()
        self.daemon.signal(signal.SIGTERM)
        time.sleep(0.5)
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.exit_code(), 0)
        self.assert_nothing_left()
