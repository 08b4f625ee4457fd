"""
Where the real programs are: a `node_modules` folder that `CLINVOKER_TEST_CLIS` names.

`script/test` makes that folder from `tests/real/cli/package-lock.json`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CLINVOKER_TEST_CLIS"
MISSING = f"{VARIABLE} does not name a node_modules folder with the real programs; see script/test"

# The first that exists is taken.  npm's own link for claude needs an install script; what is
# linked to is this binary.
PLACES = {
    "claude": ("@anthropic-ai/claude-code-linux-*/claude", ".bin/claude"),
    "codex": (".bin/codex",),
    "gemini": (".bin/gemini",),
}


def locate(folder: Path) -> dict[str, str]:
    """The path of each program that is there, by backend."""
    found = {}
    for name, places in PLACES.items():
        paths = [path for place in places for path in sorted(folder.glob(place))]
        if paths:
            found[name] = str(paths[0].absolute())
    return found


def installed(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The programs of this test run; empty where there are none."""
    folder = environment.get(VARIABLE)
    return locate(Path(folder)) if folder else {}
