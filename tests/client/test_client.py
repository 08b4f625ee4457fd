"""The command `clinvk`."""

from __future__ import annotations

import gc
import subprocess
import sys

from click.testing import CliRunner
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

import clinvoker.client.doctor
import clinvoker.client.main
import clinvoker.client.serving
from clinvoker import __version__
from clinvoker.client.doctor import paragraph, works
from clinvoker.client.main import main
from clinvoker.model import BackendHealth

READY = BackendHealth(name="codex", state="ready", path="/bin/codex", version="0.1", login="with a key")
DEMO = BackendHealth(name="demo", state="ready", path="/bin/python3")
FAILING = BackendHealth(name="claude", state="failing", path="/bin/claude", last_error="It is too old.")


class CommandTests(SynchronousTestCase):
    """What is typed."""

    def run_command(self, *arguments: str) -> str:
        """What it prints, having succeeded."""
        result = CliRunner().invoke(main, arguments)
        self.assertEqual(0, result.exit_code, result.output)
        return result.output

    def test_version(self) -> None:
        """The version."""
        self.assertEqual(f"clinvk {__version__}\n", self.run_command("version"))

    def test_serve(self) -> None:
        """What is given goes to the service as it is, and nothing else."""
        served: list[list[str]] = []
        self.patch(clinvoker.client.serving, "serve", served.append)
        self.addCleanup(gc.enable)
        self.run_command("serve")
        self.run_command(
            "serve", "--port", "80", "--listen", "unix:/a", "--listen", "tcp:1", "--config", "/c"
        )
        expected = ["--config=/c", "--port=80", "--listen=unix:/a", "--listen=tcp:1"]
        self.assertEqual([[], expected], served)

    def test_doctor(self) -> None:
        """The doctor is told which configuration."""
        asked: list[str] = []
        self.patch(clinvoker.client.doctor, "doctor", asked.append)
        self.run_command("doctor", "--config", "/c")
        self.assertEqual(["/c"], asked)

    def test_help(self) -> None:
        """Every command says what it does."""
        for command in ("serve", "doctor", "version"):
            self.assertIn(command, self.run_command("--help"))
            self.run_command(command, "--help")


class DoctorTests(SynchronousTestCase):
    """What the doctor says."""

    def test_ready(self) -> None:
        """Path, version and login of what works."""
        text = paragraph(READY)
        for word in ("codex", "works", "/bin/codex", "0.1", "with a key"):
            self.assertIn(word, text)

    def test_failing(self) -> None:
        """The reason why it does not, and no empty line about what is not known."""
        text = paragraph(FAILING)
        self.assertIn("It is too old.", text)
        self.assertNotIn("login", text)

    def test_note(self) -> None:
        """What works but lacks something says so."""
        self.assertIn("note     lacks this", paragraph(replace(READY, note="lacks this")))

    def test_works(self) -> None:
        """The demonstration alone is no working program."""
        self.assertTrue(works([FAILING, DEMO, READY]))
        self.assertFalse(works([FAILING, DEMO]))


class ImportTests(SynchronousTestCase):
    """What a command costs before it does anything."""

    def imported(self, *arguments: str) -> set[str]:
        """The packages that a command has imported at its end."""
        program = (
            "import atexit, sys; from clinvoker.client.main import main;"
            "atexit.register(lambda: print(*{name.partition('.')[0] for name in sys.modules}));"
            "main(sys.argv[1:])"
        )
        command = [sys.executable, "-c", program, *arguments]
        said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        return set(said.split())

    def test_version(self) -> None:
        """The version and the help need nothing of the daemon's."""
        for arguments in (["version"], ["--version"], ["--help"], ["serve", "--help"], ["resume", "-h"]):
            imported = self.imported(*arguments)
            self.assertIn("click", imported)
            self.assertEqual(set(), imported & {"twisted", "klein", "msgspec", "yaml", "treq"}, arguments)
