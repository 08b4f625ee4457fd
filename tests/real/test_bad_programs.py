"""
Programs that are missing, old, broken or mad: each has its error for the client, leaves nothing
behind, and once the real program is back the next request works.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, ClassVar

from openai import APIError, APIStatusError

from tests.real.bad_programs import SCRIPTS, Changeling
from tests.real.children import wait_for
from tests.real.rigs import RealTestCase, Rig

EXPECTED = {
    "old": (503, "backend_unusable"),
    "crashing": (502, "backend_died"),
    "talkative": (502, "backend_garbled"),
    "endless line": (502, "backend_garbled"),
    "silent": (504, "timeout"),
    "deaf": (504, "timeout"),
    "leaves a child": (503, "backend_unusable"),
    "leaves a child elsewhere": (503, "backend_unusable"),
}


class BadPrograms(RealTestCase):
    """The backend is codex; what stands in its place is what each test says."""

    settings: ClassVar[dict[str, Any]] = {"limits": {"ready_secs": 3}}
    changeling: ClassVar[Changeling]

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Codex alone, at a path that changes its meaning."""
        cls.changeling = Changeling(rig.folder)
        codex = super().configured(rig)["codex"]
        return {"codex": {**codex, "program": str(cls.changeling.path), "enabled": True, "warm": 0}}

    def failure(self) -> tuple[int, str | None]:
        """Status and code of a request that must fail."""
        with self.assertRaises(APIStatusError) as caught:
            self.ask("codex", "hello")
        return caught.exception.status_code, caught.exception.code

    def assert_recovers(self) -> None:
        """Nothing is left running; with the real program in place, a request works."""
        wait_for(lambda: self.leftovers() == 0, 8, "no bad program is left running")
        self.changeling.be(self.programs["codex"])
        self.assert_works("codex")
        self.end_programs()

    def leftovers(self) -> int:
        """How many processes the backend has that are not the daemon's own."""
        return len([pid for pid in self.daemon.children() if b"CLINVOKER" in _environment(pid)])

    def end_programs(self) -> None:
        """Kill the real program, so that the next test starts its own."""
        for pid in self.daemon.children():
            if b"CLINVOKER" in _environment(pid):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.leftovers() == 0, 5, "the real program has ended")

    def test_missing(self) -> None:
        """A program that is not there is named as such, and back as soon as it is there."""
        self.changeling.be("/nonexistent")
        self.assertEqual(self.failure(), (503, "backend_not_installed"))
        self.assert_recovers()

    def test_not_executable(self) -> None:
        """A file that may not be executed is no program."""
        self.changeling.be_forbidden()
        self.assertEqual(self.failure(), (503, "backend_not_installed"))
        self.assert_recovers()

    def test_dying_in_the_middle(self) -> None:
        """A program that dies in its answer ends the stream with an error."""
        self.changeling.be(self.programs["codex"])
        with self.assertRaises(APIError) as caught:
            for chunk in self.stream("codex", "!hang 2\n!long 5"):
                if chunk.choices[0].delta.content:
                    self.end_programs()
        self.assertEqual(caught.exception.code, "backend_died")
        self.assert_recovers()


def _environment(pid: int) -> bytes:
    try:
        return Path("/proc", str(pid), "environ").read_bytes()
    except OSError:
        return b""


def _add_test(name: str) -> None:
    """One test for each script, so that each fails by itself."""

    def test(self: BadPrograms) -> None:
        self.changeling.be_bad(name)
        self.assertEqual(self.failure(), EXPECTED[name])
        self.assert_recovers()

    test.__doc__ = f"A program that is {name!r} has its error, and is gone."
    setattr(BadPrograms, "test_" + name.replace(" ", "_"), test)


for _name in SCRIPTS:
    _add_test(_name)
