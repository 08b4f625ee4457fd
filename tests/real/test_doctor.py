"""`clinvk doctor`, with the real programs and without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from twisted.trial.unittest import SynchronousTestCase

from tests.real.clis import MISSING, installed
from tests.real.daemon import own_environment
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends


class Doctor(SynchronousTestCase):
    """The command as a user gives it."""

    programs = installed()
    skip = None if len(programs) == 3 else MISSING

    def examine(self, settings: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Run it under a configuration of `backends`."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump({"backends": settings}))
        command = [sys.executable, "-m", "clinvoker.client", "doctor", "--config", str(config)]
        environment = own_environment(folder, {})
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def test_all_work(self) -> None:
        """It names path and version of each, and asks no model anything."""
        with ProviderProcess() as provider:
            done = self.examine(backends(provider.url, self.programs))
            self.assertEqual(provider.entries(), [])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for words in (*self.programs, *self.programs.values(), "2.1.330", "0.169.0", "0.61.0"):
            self.assertIn(words, done.stdout)

    def test_none_works(self) -> None:
        """Where no program can be served it says so, and ends with 1."""
        done = self.examine({name: {"program": "/nonexistent"} for name in self.programs})
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("not found"), 3)

    def test_not_executable(self) -> None:
        """A file that is no program does not work, with the system's reason; the others are looked at too."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        texts = {"claude": "echo hello\n", "codex": "", "gemini": "#!/no/such/interpreter\n"}
        for name, text in texts.items():
            folder.joinpath(name).write_text(text)
            folder.joinpath(name).chmod(0o755)
        done = self.examine({name: {"program": str(folder / name)} for name in texts})
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("does not work"), 3, done.stdout)
        self.assertEqual(done.stdout.count("Exec format error"), 2, done.stdout)
        self.assertNotIn("Traceback", done.stderr)
