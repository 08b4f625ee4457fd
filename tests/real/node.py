"""
Scripts for node, beside the packages that the tests drive.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from tests.real.clis import VARIABLE
from tests.real.rigs import RealTestCase

PACKAGES = Path(os.environ.get(VARIABLE, ""))


def lacks(*names: str) -> str | None:
    """Why tests that need these packages are skipped; none where they are there."""
    absent = [name for name in names if not PACKAGES.joinpath(name).is_dir()]
    return f"{VARIABLE} has no package {absent[0]!r}" if absent else None


class NodeCase(RealTestCase):
    """What scripts find."""

    packages: ClassVar[Path] = PACKAGES
    route: ClassVar[str] = "/openai/v1"  # of the address that a script is given

    def found(self, script: str, model: str) -> dict[str, Any]:
        """What a script finds with one model.  Fails if it ends with an error."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        folder.joinpath("node_modules").symlink_to(self.packages)
        path = shutil.copy(Path(__file__).with_name(script), folder)
        command = ["node", path, self.daemon.url + self.route, model]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=90)
        self.assertEqual(ended.returncode, 0, f"{model}: {ended.stdout} {ended.stderr}")
        return dict(json.loads(line) for line in ended.stdout.splitlines() if line.startswith("["))
