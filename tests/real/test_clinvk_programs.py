"""The command over the real programs, with no daemon: each command is a restart of everything."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import yaml

from tests.real.clis import MISSING, installed
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends
from tests.real.test_agent_mode import MODELS, call
from tests.real.test_clinvk import Typed


class Programs(Typed):
    """Claude Code, Codex CLI and Gemini CLI."""

    programs: ClassVar[dict[str, str]] = installed()
    skip = None if len(programs) == 3 else MISSING

    def setUp(self) -> None:
        super().setUp()
        self.provider = ProviderProcess()
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__, None, None, None)
        settings = {"backends": backends(self.provider.url, self.programs)}
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump(settings))

    def ask(self, *words: str) -> dict[str, Any]:
        """The answer as JSON."""
        done = self.run_command("-o", "json", *words)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def test_conversation(self) -> None:
        """A prompt is answered; resumed and forked in other processes, the program is told what was said."""
        for name in self.programs:
            first = self.ask("-b", name, f"first to {name}")
            self.assertEqual(name, first["backend"])
            self.assertTrue(first["content"])
            fork = self.run_command("sessions", "fork", first["session_id"]).stdout.strip()
            again = self.ask("resume", first["session_id"][:10], f"second to {name}")
            self.assertEqual(first["session_id"], again["session_id"])
            self.assertEqual(fork, self.ask("resume", fork, f"third to {name}")["session_id"])
            for text in (f"second to {name}", f"third to {name}"):
                [entry] = self.provider.asked(text)[:1]
                self.assertIn(f"first to {name}", json.dumps(entry["body"]))

    def test_agent(self) -> None:
        """In a directory it works: a file is written there."""
        self.environment["CLINVK_UNIFIED_FLAGS__APPROVAL_MODE"] = "auto"
        self.environment["CLINVK_UNIFIED_FLAGS__SANDBOX_MODE"] = "full"
        for name in self.programs:
            path = self.folder / "home" / name
            model = MODELS[name].partition("/")[2]
            self.ask("-b", name, "-m", model, "-w", str(path.parent), call(name, path))
            self.assertEqual("here", path.read_text(), name)

    def task(self, program: str, prompt: str, **more: str) -> dict[str, str]:
        """One prompt to one program."""
        return {"backend": program, "model": MODELS[program].partition("/")[2], "prompt": prompt, **more}

    def test_chain(self) -> None:
        """F128: over all three, each told what the one before said."""
        steps = [
            self.task("claude", "!say river", name="word"),
            self.task("codex", "!say {{previous}} and mountain"),
            self.task("gemini", "!say {{previous}}, first of all {{steps.word}}"),
        ]
        done = self.run_command("chain", "--json", typed=json.dumps({"steps": steps}))
        outputs = [result["output"] for result in json.loads(done.stdout)["results"]]
        last = "river and mountain, first of all river"
        self.assertEqual((0, ["river", "river and mountain", last]), (done.returncode, outputs))

    def test_parallel(self) -> None:
        """F126: six at once, two of each; one fails, and the others' answers are there."""
        tasks = [self.task(name, f"!say {place} of {name}") for place in (1, 2) for name in self.programs]
        tasks[4] = self.task(tasks[4]["backend"], "!error 401")
        done = self.run_command(
            "parallel", "--json", "--max-parallel", "3", typed=json.dumps({"tasks": tasks})
        )
        told = json.loads(done.stdout)
        self.assertEqual((1, 5, 1), (done.returncode, told["completed"], told["failed"]), done.stderr)
        for place, (task, result) in enumerate(zip(tasks, told["results"], strict=True)):
            said = task["prompt"].removeprefix("!say ")
            self.assertEqual(place == 4, result["exit_code"] != 0)
            self.assertEqual("" if place == 4 else said, result.get("output", ""))

    def test_compare(self) -> None:
        """F129: the same to those that are there."""
        done = self.run_command("compare", "--backends", "claude,gemini", "--json", "!say same")
        told = json.loads(done.stdout)
        self.assertEqual(["same", "same"], [result["output"] for result in told["results"]], done.stderr)
