"""How many files may be open."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import cast

from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import read_config
from clinvoker.service import descriptors
from clinvoker.service.descriptors import MOST, OF_PROCESS, OWN, connections, lower_words, raise_limit

Bounds = tuple[int, int]


class LimitTestCase(SynchronousTestCase):
    """With a process whose bounds are made up."""

    def setUp(self) -> None:
        self.bounds: Bounds = (1024, 4096)
        self.patch(descriptors.resource, "getrlimit", lambda which: self.bounds)
        self.patch(descriptors.resource, "setrlimit", self.set)

    def set(self, which: int, bounds: Bounds) -> None:
        self.assertEqual(resource.RLIMIT_NOFILE, which)
        self.bounds = bounds


class RaisingTests(LimitTestCase):
    def test_raised(self) -> None:
        """As far as the system lets it; what it was is told, for programs."""
        self.assertEqual(1024, raise_limit())
        self.assertEqual((4096, 4096), self.bounds)

    def test_as_it_is(self) -> None:
        """Where there is nothing to raise nothing is lowered either."""
        for bounds in ((4096, 4096), (MOST, 1 << 30), (2 * MOST, resource.RLIM_INFINITY)):
            self.bounds = bounds
            self.assertEqual((0, bounds), (raise_limit(), self.bounds))

    def test_too_many(self) -> None:
        """Systems that name a thousand millions are not taken at their word."""
        self.bounds = (1024, 1 << 30)
        self.assertEqual(1024, raise_limit())
        self.assertEqual((MOST, 1 << 30), self.bounds)


class ConnectionTests(LimitTestCase):
    def connections(self, limit: int, text: str = "") -> int:
        self.bounds = (limit, limit)
        return connections(read_config(text))

    def test_room(self) -> None:
        """As many as are configured, where programs and the store have their share besides."""
        self.assertEqual(10_000, self.connections(20_000))
        self.assertEqual(4096 - OWN - 32 * OF_PROCESS, self.connections(4096))
        text = "{agents: {max_processes: 100}, http: {max_connections: 5000}}"
        self.assertEqual(4096 - OWN - 100 * OF_PROCESS, self.connections(4096, text))
        self.assertEqual(5000, self.connections(9000, text))

    def test_unbounded(self) -> None:
        """0 is as many as there is room for."""
        self.assertEqual(4096 - OWN - 32 * OF_PROCESS, self.connections(4096, "http: {max_connections: 0}"))

    def test_little(self) -> None:
        """A quarter is for clients in any case."""
        self.assertEqual(64, self.connections(256))

    def told(self, text: str = "") -> list[str]:
        events: list[LogEvent] = []
        observer = cast(ILogObserver, events.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        descriptors.tell_shortage(read_config(text))
        return [str(formatEvent(event)) for event in events]

    def test_told(self) -> None:
        """Too many that are configured are told, with what to do about it; else nothing."""
        [line] = self.told()
        for word in ("10000", "1024", "640", "LimitNOFILE=", "http.max_connections"):
            self.assertIn(word, line)
        self.assertEqual([], self.told("http: {max_connections: 640}"))
        self.assertEqual([], self.told("http: {max_connections: 0}"))


class LoweringTests(SynchronousTestCase):
    """Programs begin with what the daemon was given."""

    PROGRAM = "import os, resource; print(resource.getrlimit(7), sorted(os.environ), *os.sys.argv[1:])"

    def said(self, environ: Mapping[str, str], open_files: int = 100) -> str:
        words = (*lower_words(open_files, environ), sys.executable, "-S", "-c", self.PROGRAM, "a b", "--")
        done = subprocess.run(words, env={"A": "b"}, capture_output=True, check=True)
        return done.stdout.decode()

    def expected(self, soft: int) -> str:
        return f"({soft}, {resource.getrlimit(resource.RLIMIT_NOFILE)[1]}) ['A', 'LC_CTYPE'] a b --\n"

    def test_begun(self) -> None:
        """By the program for it; nothing else is changed."""
        self.assertEqual(self.expected(100), self.said({}))

    def test_shell(self) -> None:
        """By a shell where that is missing."""
        self.patch(shutil, "which", lambda name, path: None)
        self.assertEqual(self.expected(100), self.said({}))

    def test_nothing(self) -> None:
        """What was not raised is not lowered."""
        self.assertEqual((), lower_words(0, {}))
