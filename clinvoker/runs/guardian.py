"""
No orphans: one small process beside the daemon that ends every agent if the daemon is killed.

Signals, sessions and PR_SET_PDEATHSIG each leave some grandchild alive; a pipe whose end the
daemon holds is closed by the kernel however the daemon ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from twisted.logger import Logger

PROGRAM = Path(__file__).with_name("guardian_program.py")


class Guardian:
    """
    Tells the guardian process which groups there are.  Never raises and never waits: a guardian that has
    died, or reads no more, is started again and told everything once more.
    """

    variable = "CLINVOKER_RUN"  # of each agent's environment, inherited by all its descendants
    stop_secs = 10.0  # for it to end what is left

    _log = Logger()

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._live: dict[int, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, pid: int, token: str) -> None:
        """Guard the group `pid`, whose environment has `variable`=`token`."""
        self._live[pid] = token
        self._tell(self._joining(pid, token))

    def remove(self, pid: int) -> None:
        """The group's leader has ended: end what is left of its descendants, guard it no more."""
        token = self._live.pop(pid, None)
        if token is not None:
            self._tell(f"k {self.variable}={token}\n- {pid}\n")

    def stop(self) -> None:
        """End the guardian, which removes the directory, and wait for it; not for ever."""
        if self._process is not None:
            try:
                self._process.communicate(timeout=self.stop_secs)
            except subprocess.TimeoutExpired:
                self._log.error("the guardian does not end; it is killed")
                self._process.kill()
            self._process = None

    def _joining(self, pid: int, token: str) -> str:
        return f"+ {pid} {self.variable}={token}\n"

    def _tell(self, text: str) -> None:
        for _ in range(2):
            try:
                self._write(text)
            except OSError as error:
                self._log.error("the guardian cannot be told: {error}; starting another", error=error)
                self._give_up()
            else:
                return

    def _give_up(self) -> None:
        """End the guardian, if it lives: it may hang, as whoever reads of a process that hangs."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _write(self, text: str) -> None:
        if self._process is None:
            self._process = self._start()
            text = "".join(self._joining(pid, token) for pid, token in self._live.items()) + text
        assert self._process.stdin is not None
        for line in text.encode().splitlines(keepends=True):  # so little is written whole or not at all
            os.write(self._process.stdin.fileno(), line)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM), self._directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process
