"""
A real `claude` and its talk with no daemon between: what one process does in one conversation after another.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from clinvoker.backends.claude.launch import schema_of
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.model import Event, Launch
from clinvoker.talk import Broken, Ended, Heard, Kept, Parked, Ready, Record, Send, Step

SILENCE = 20.0  # seconds after which a process is held to be stuck
REST = (Ended, Kept, Parked, Broken)  # what a run comes to


class ClaudeProcess:
    """One process from `with` to its end.  Those with one `home` look alike to the provider."""

    def __init__(
        self,
        program: str,
        url: str,
        home: Path,
        launch: Launch,
        *,
        reuse: bool = True,
        rehearse: bool = False,
    ) -> None:
        self.talk = ClaudeTalk(schema_of(launch), reuse, rehearse)
        self.steps: list[Step] = []  # all so far
        self.record: Callable[[str, Record], None] = lambda direction, record: None
        self._private = tempfile.mkdtemp(prefix="clinvoker-claude-")
        launch = launch.placed(self._private)
        self._command = [program, *launch.arguments[1:]]
        self._environment = _environment(url, home, launch.environment)
        self._work = home / "work"
        self._unread = b""

    def __enter__(self) -> ClaudeProcess:
        """Start it; it is ready then."""
        self._work.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            self._command,
            cwd=self._work,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.carry_out(self.talk.start())
        self.until(lambda step: isinstance(step, Ready | Broken))
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        shutil.rmtree(self._private, ignore_errors=True)

    def carry_out(self, steps: Iterable[Step]) -> None:
        """Write what is to be sent, and keep all."""
        assert self.process.stdin is not None
        for step in steps:
            self.steps.append(step)
            if isinstance(step, Send):
                self.record("out", step.record)
                self.process.stdin.write(msgspec.json.encode(step.record) + b"\n")
        self.process.stdin.flush()

    def until(self, wanted: Callable[[Step], bool], since: int = 0) -> Step:
        """Read until there is such a step; it may be among those that came `since` that many."""
        looked = since
        while True:
            for step in self.steps[looked:]:
                if wanted(step):
                    return step
            looked = len(self.steps)
            record = msgspec.json.decode(self._line(), type=dict[str, Any])
            self.record("in", record)
            self.carry_out(self.talk.receive(record))

    def rest(self, run: int) -> Step:
        """Read until a run has come to rest."""
        return self.until(lambda step: isinstance(step, REST) and getattr(step, "run", run) == run)

    def events(self, run: int) -> Sequence[Event]:
        """What was heard of a run."""
        return [step.event for step in self.steps if isinstance(step, Heard) and step.run == run]

    def cpu_seconds(self) -> float:
        """What it has used of the processors."""
        fields = Path("/proc", str(self.process.pid), "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        end = time.monotonic() + SILENCE
        while b"\n" not in self._unread:
            if not select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"claude is silent after {self.steps[-3:]}")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                raise AssertionError(f"claude ended after {self.steps[-3:]}")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line


def _environment(url: str, home: Path, more: Mapping[str, str]) -> dict[str, str]:
    own = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "fake",
    }
    return {**own, **more}
