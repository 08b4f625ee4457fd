"""The command as it is typed, in terminals and without, over a daemon and alone, with the demonstration."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from twisted.trial.unittest import SynchronousTestCase

from tests.real.children import kill_marked, marked, wait_for
from tests.real.daemon import free_port, own_environment
from tests.real.provider import ProviderProcess
from tests.real.terminals import Terminal
from tests.real.test_web_pages import DemoTestCase

CLINVK = [sys.executable, "-m", "clinvoker.client"]
DEMO = {name: {"enabled": False} for name in ("claude", "codex", "gemini")} | {"demo": {"enabled": True}}
SLOW = "demo: words=400 pause_ms=50"


class Typed(SynchronousTestCase):
    """Commands with a home and a configuration of their own, and no daemon."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.addCleanup(kill_marked, str(self.folder))
        self.environment = own_environment(self.folder, {"CLINVK_PORT": str(free_port())})
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump({"backends": DEMO}))
        self.environment["CLINVK_CONFIG"] = str(self.folder / "config.yaml")

    def run_command(self, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command without a terminal."""
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if typed is None else {"input": typed}
        return subprocess.run(
            [*CLINVK, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **given,
        )

    def terminal(self, *words: str) -> Terminal:
        """A command in a terminal."""
        return Terminal([*CLINVK, *words], self.environment, self.folder)

    def sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run_command("sessions", "list", "--json").stdout)[
            "sessions"
        ]
        return found


class Alone(Typed):
    """Without a daemon."""

    def test_prompt(self) -> None:
        """F113: it answers; the session is there afterwards, and nothing else is left."""
        done = self.run_command("demo: words=3")
        told = json.loads(done.stdout)
        self.assertEqual((0, "word1 word2 word3 "), (done.returncode, told["content"]), done.stderr)
        self.assertEqual([told["session_id"]], [each["id"] for each in self.sessions()])
        self.assertEqual([], list(Path(self.environment["TMPDIR"]).iterdir()))
        self.assertEqual(set(), marked(str(self.folder)))

    def test_stdin(self) -> None:
        """F120: what comes from stdin is the prompt, or its second half; binary rubbish harms nothing."""
        self.assertIn("“from stdin”", self.run_command("-o", "text", typed="from stdin\n").stdout)
        both = self.run_command("-o", "text", "look:", typed="a\nb\n").stdout
        self.assertIn("“look:\n\na\nb”", both)

    def test_refused(self) -> None:
        """F118: an unknown flag, format or program ends with 1 and a sentence; no traceback."""
        for words in (
            ("--nope",),
            ("-o", "xml", "x"),
            ("-b", "nope", "x"),
            ("two", "prompts"),
            ("resume", "a", "b", "c"),
        ):
            done = self.run_command(*words)
            self.assertEqual(1, done.returncode, words)
            self.assertNotIn("Traceback", done.stderr)
            self.assertTrue(done.stderr)

    def test_configuration(self) -> None:
        """A configuration that cannot be used ends with 3, each complaint in a line."""
        self.folder.joinpath("config.yaml").write_text("server: {prot: 1}\noutput: {format: xml}\n")
        done = self.run_command("hello")
        self.assertEqual(3, done.returncode)
        self.assertEqual(2, done.stderr.count("clinvk: "))

    def test_help(self) -> None:
        """F119, F130: nothing to do shows the help; the version is there by both names."""
        self.assertIn("Usage: clinvk", self.run_command().stdout)
        for words in ("version", "--version"):
            self.assertRegex(self.run_command(words).stdout, r"\d+\.\d+\.\d+")
        for command in ("prompt", "resume", "sessions", "models", "status", "serve", "doctor"):
            self.assertEqual(0, self.run_command(command, "--help").returncode)

    def test_timeout(self) -> None:
        """F131: `command_timeout_secs` ends it, and its program with it."""
        self.environment["CLINVK_UNIFIED_FLAGS__COMMAND_TIMEOUT_SECS"] = "1"
        began = time.monotonic()
        done = self.run_command("-o", "text", SLOW)
        self.assertEqual(6, done.returncode, done.stderr)
        self.assertLess(time.monotonic() - began, 12)
        wait_for(lambda: not marked(str(self.folder)), 5, "nothing is left")

    def test_strangers(self) -> None:
        """What listens at the configured address and is no daemon of ours gets no key, and no prompt."""
        with ProviderProcess() as stranger:
            self.environment |= {"CLINVK_PORT": str(stranger.port), "CLINVK_API_KEY": "a-secret-of-mine"}
            done = self.run_command("-o", "text", "demo: words=1")
            self.assertEqual((0, "word1 \n"), (done.returncode, done.stdout), done.stderr)
            self.assertNotIn("a-secret-of-mine", json.dumps(stranger.entries()))

    def test_two_at_once(self) -> None:
        """F145: several at once share one store, and lose nothing; those that are killed harm no other."""
        begun = [
            subprocess.Popen(
                [*CLINVK, "-o", "text", SLOW if place % 2 else "demo: words=2"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for place in range(4)
        ]
        for place, process in enumerate(begun):
            assert process.stdout is not None
            if place % 2:
                process.stdout.read(6)
                process.kill()
            process.communicate()
        self.assertEqual([0, 0], [process.returncode for process in begun[::2]])
        statuses = sorted(each["status"] for each in self.sessions())
        self.assertEqual(["completed", "completed", "failed", "failed"], statuses)
        wait_for(lambda: not marked(str(self.folder)), 5, "no program of theirs is left")


class AtTerminal(Typed):
    """Without a daemon, in a terminal."""

    def test_interrupt(self) -> None:
        """Text comes as it is said; Ctrl-C ends the turn, keeps the session, and leaves no process."""
        with self.terminal(SLOW) as terminal:
            terminal.until("word3 ")
            terminal.interrupt()
            self.assertEqual(7, terminal.exit_code(), terminal.shown)
            [session] = self.sessions()
            self.assertIn(f"Interrupted.  Go on with: clinvk resume {session['id'][:8]}", terminal.shown)
            self.assertNotIn("Traceback", terminal.shown)
        self.assertEqual("cancelled", session["status"])
        self.assertIn("“more”", self.run_command("-o", "text", "resume", session["id"][:8], "more").stdout)
        wait_for(lambda: not marked(str(self.folder)), 5, "nothing is left")

    def test_twice(self) -> None:
        """Twice ends at once, whatever is under way."""
        with self.terminal(SLOW) as terminal:
            terminal.until("word2 ")
            os.kill(terminal.process.pid, signal.SIGSTOP)  # so that both are there when it looks
            terminal.interrupt()
            os.kill(terminal.process.pid, signal.SIGTERM)
            os.kill(terminal.process.pid, signal.SIGCONT)
            self.assertEqual(7, terminal.exit_code(3))
        wait_for(lambda: not marked(str(self.folder)), 5, "nothing is left")

    def test_at_start(self) -> None:
        """Ctrl-C while it still starts ends it too, at whatever moment."""
        for moment in (0.1, 0.25, 0.5, 0.8):
            with self.terminal(SLOW) as terminal:
                time.sleep(moment)
                terminal.interrupt()
                self.assertIn(terminal.exit_code(), (7, -signal.SIGINT), terminal.shown)
                if moment > 0.1:  # before that it may be Python itself that starts
                    self.assertNotIn("Traceback", terminal.shown)

    def test_picker(self) -> None:
        """F122: moved by arrows, searched by letters, chosen by Enter; then a prompt is typed."""
        for word in ("apple", "pear", "apricot"):
            self.run_command(f"demo: words=1 {word}")
        with self.terminal("resume") as terminal:
            terminal.until("type to search")
            terminal.type("ap")
            terminal.until("ap▏")
            terminal.type("\x1b[B\r")
            terminal.until("demo> ")
            terminal.type("and now?\n")
            terminal.until("“and now?”")
            self.assertEqual(0, terminal.exit_code())
        last = self.sessions()[0]
        self.assertEqual(("demo: words=1 apple", 2), (last["initial_prompt"], last["turn_count"]))

    def test_nothing_chosen(self) -> None:
        """Escape, or Ctrl-C, chooses nothing, and the terminal is as it was."""
        self.run_command("demo: words=1")
        for leave in ("\x1b", ""):
            with self.terminal("resume") as terminal:
                terminal.until("type to search")
                terminal.type(leave) if leave else terminal.interrupt()
                self.assertEqual(7, terminal.exit_code(), terminal.shown)
                self.assertTrue(terminal.shown.rstrip().endswith("\x1b[?25h" if not leave else "chosen."))


class OverDaemon(DemoTestCase):
    """With a daemon; each command is told where it is."""

    def command(self, *words: str, **how: Any) -> subprocess.Popen[str]:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        environment = own_environment(self.folder, {"CLINVK_SERVER": self.daemon.url})
        return subprocess.Popen(
            [*CLINVK, *words],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )

    def status_of_last(self) -> str:
        return str(self.daemon.get("/api/v1/sessions?limit=1")[1]["sessions"][0]["status"])

    def test_prompt(self) -> None:
        """F116: flags stand before or after the command; nothing is started but by the daemon."""
        for words in (
            ("-o", "json", "prompt", "demo: words=2"),
            ("demo: words=2", "-o", "json", "-b", "demo"),
        ):
            said, told = self.command(*words).communicate(timeout=30)
            self.assertEqual("word1 word2 ", json.loads(said)["content"], told)
            self.assertFalse(Path(self.folder, "home", ".clinvk").exists())

    def test_closed_pipe(self) -> None:
        """`| head` ends it quietly, and the turn with it."""
        process = self.command("-o", "text", SLOW)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(6)
        process.stdout.close()
        self.assertEqual((0, ""), (process.wait(10), process.stderr.read()))
        process.stderr.close()
        wait_for(lambda: self.status_of_last() == "cancelled", 5, "the turn is given up")

    def test_interrupt(self) -> None:
        """Ctrl-C gives up the turn at the daemon; the session is there."""
        process = self.command("-o", "text", SLOW)
        assert process.stdout is not None
        process.stdout.read(6)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=10)
        self.assertEqual(7, process.returncode, told)
        self.assertIn("Go on with: clinvk resume", told)
        wait_for(lambda: self.status_of_last() == "cancelled", 5, "the turn is given up")

    def test_gone(self) -> None:
        """A daemon that was named and does not answer: 5, and what to do."""
        process = self.command("--server", f"127.0.0.1:{free_port()}", "x")
        _, told = process.communicate(timeout=30)
        self.assertEqual(5, process.returncode)
        self.assertIn("clinvk serve", told)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
