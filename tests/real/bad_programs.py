"""
Programs as bad as they come, and a way to put them where a good one is expected.
"""

from __future__ import annotations

import os
from pathlib import Path

# How each misbehaves, as a script for /bin/sh.
SCRIPTS = {
    "old": "echo \"error: unknown option '--acp'\" >&2; exit 1",
    "crashing": "kill -SEGV $$",
    "talkative": "yes 'Please read the manual.' | head -100; exec cat >/dev/null",
    "endless line": "head -c 20000000 /dev/zero | tr '\\0' x; echo; exec cat >/dev/null",
    "silent": "exec cat >/dev/null",
    "deaf": "trap '' TERM INT HUP; while :; do sleep 1; done",
    "leaves a child": "sleep 1000 & exit 1",
    "leaves a child elsewhere": "setsid sleep 1000 & exit 1",
}


class Changeling:
    """A path that is now this program and now that one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "program"

    def be(self, program: str) -> None:
        """Become the program at a path, which need not exist."""
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(program)

    def be_bad(self, name: str) -> None:
        """Become one of `SCRIPTS`."""
        script = self._folder / "script"
        script.write_text(f"#!/bin/sh\n{SCRIPTS[name]}\n")
        script.chmod(0o755)
        self.be(str(script))

    def be_forbidden(self) -> None:
        """Become a file that may not be executed."""
        script = self._folder / "plain"
        script.write_text("#!/bin/sh\n")
        os.chmod(script, 0o644)
        self.be(str(script))
