"""The command `clinvk`."""

from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

import clinvoker.client.doctor
import clinvoker.client.main
import clinvoker.client.running
import clinvoker.client.serving
from clinvoker import __version__
from clinvoker.client.asking import Wish
from clinvoker.client.doctor import paragraph, works
from clinvoker.client.flags import Given
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
        self.run_command("serve")
        self.run_command(
            "serve", "--port", "80", "--listen", "unix:/a", "--listen", "tcp:1", "--config", "/c"
        )
        expected = ["--config=/c", "--port=80", "--listen=unix:/a", "--listen=tcp:1"]
        self.assertEqual([[], expected], served)

    def test_before(self) -> None:
        """F116: what all commands take is given before or after the name; after holds."""
        asked: list[str] = []
        self.patch(clinvoker.client.doctor, "doctor", asked.append)
        self.run_command("--config", "/a", "doctor")
        self.run_command("--config", "/a", "doctor", "--config", "/b")
        self.assertEqual(["/a", "/b"], asked)

    def test_prompt(self) -> None:
        """What is no command is a prompt, with flags on either side; every command can be spelled out."""
        asked: list[tuple[Given, Wish]] = []
        self.patch(clinvoker.client.running, "run", lambda given, _, wish: asked.append((given, wish)))
        for words in (["-b", "x", "hello"], ["hello", "-b", "x"], ["prompt", "hello", "-b", "x"]):
            self.run_command(*words)
        self.run_command("-c", "-m", "opus", "models of the world")
        self.assertEqual(["hello"] * 3, [wish.prompt for _, wish in asked[:3]])
        self.assertEqual(["x"] * 3, [given.backend for given, _ in asked[:3]])
        self.assertEqual((True, "models of the world"), (asked[3][1].goes_on, asked[3][1].prompt))

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
