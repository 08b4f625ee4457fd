"""Several tasks and the configuration, as they are typed: F125-F129, F133-F136."""

from __future__ import annotations

import json

import yaml

from tests.real.test_clinvk import DEMO, Typed

TASKS = {
    "tasks": [
        {"prompt": "demo: words=3", "id": "first", "tags": ["t"], "meta": {"k": 1}},
        {"prompt": "demo: words=60 pause_ms=40", "name": "the slow one"},
        {"prompt": "x", "backend": "nope"},
    ]
}
BOTH = {**DEMO, "codex": {"enabled": True, "program": "/bin/false"}, "claude": {"program": "/nowhere"}}


class SeveralTests(Typed):
    def configure(self, **sections: object) -> None:
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump(sections))

    def test_progress(self) -> None:
        """F126: on a terminal each task is shown while it goes on; then the table, and 1 for the failure."""
        self.folder.joinpath("tasks.json").write_text(json.dumps(TASKS))
        with self.terminal("parallel", "-f", "tasks.json") as terminal:
            shown = terminal.until("the slow one  ")
            self.assertNotIn("STATUS", shown)
            shown = terminal.until("Total: 2 completed, 1 failed")
            self.assertEqual(1, terminal.exit_code())
        self.assertIn("[1] word1 word2 word3", shown)
        self.assertRegex(shown, r"✗\S* nope")

    def test_interrupt(self) -> None:
        """Ctrl-C ends it with 7, says how far it came, and leaves the cursor where it can be seen."""
        self.folder.joinpath("tasks.json").write_text(json.dumps(TASKS))
        with self.terminal("parallel", "-f", "tasks.json") as terminal:
            terminal.until("[1] word1")
            terminal.interrupt()
            self.assertEqual(7, terminal.exit_code())
            self.assertIn("Interrupted; 2 were over.", terminal.shown)
            self.assertGreater(terminal.shown.rfind("\x1b[?25h"), terminal.shown.rfind("\x1b[?25l"))

    def test_output_dir(self) -> None:
        """F127: from stdin, into files; JSON to stdout and nothing else."""
        asked = {**TASKS, "output_dir": "out", "max_parallel": 2}
        done = self.run_command("parallel", "--json", "-q", typed=json.dumps(asked))
        told = json.loads(done.stdout)
        self.assertEqual((1, "", 3), (done.returncode, done.stderr, told["total_tasks"]))
        names = sorted(each.name for each in self.folder.joinpath("out").iterdir())
        self.assertEqual(
            ["001_first.json", "002_the-slow-one.json", "003_task-3.json", "summary.json"], names
        )
        self.assertEqual(told, json.loads(self.folder.joinpath("out/summary.json").read_text()))

    def test_chain(self) -> None:
        """F128: YAML by either flag; the second step is told what the first said."""
        steps = "steps:\n- {prompt: 'demo: words=2', name: a}\n- {prompt: 'x {{steps.a}}'}\n"
        self.folder.joinpath("chain.yaml").write_text(steps)
        for flag in ("-f", "--input"):
            done = self.run_command("chain", flag, "chain.yaml", "--json")
            told = json.loads(done.stdout)
            self.assertEqual((0, 2), (done.returncode, told["completed_steps"]))
            self.assertIn("“x word1 word2", told["results"][1]["output"])

    def test_compare(self) -> None:
        """F129: side by side on a terminal, one after another elsewhere; what is missing is left out."""
        self.configure(backends=BOTH)
        words = ("compare", "--backends", "demo,codex,claude", "demo: words=3")
        with self.terminal(*words) as terminal:
            self.assertEqual(1, terminal.exit_code())
        row = next(line for line in terminal.shown.splitlines() if "word1 word2" in line and "│" in line)
        self.assertIn("Error: codex", row)
        self.assertIn("claude is not there", terminal.shown)
        done = self.run_command(*words)
        self.assertIn("[demo]\nword1 word2 word3", done.stdout)
        self.assertEqual(1, self.run_command("compare", "x").returncode)

    def test_settings(self) -> None:
        """F125, F136: what is set holds at once; what is wrong is told with 3."""
        self.assertEqual(0, self.run_command("config", "set", "default_backend", "demo").returncode)
        self.assertEqual("demo\n", self.run_command("config", "get", "default_backend").stdout)
        self.assertEqual("demo", json.loads(self.run_command("demo: words=1").stdout)["backend"])
        done = self.run_command("config", "set", "server.prot", "1")
        self.assertEqual((3, True), (done.returncode, "did you mean 'port'" in done.stderr))
        self.configure(server={"port": "many"})
        for words in (("config", "validate"), ("parallel", "-f", "x"), ("hello",)):
            self.assertIn(self.run_command(*words).returncode, (1, 3), words)

    def test_dry_run(self) -> None:
        """F133-F135: the model of flag, variable and file in turn; the backend's arguments and tools."""
        usual = {
            "model": "of-file",
            "program": "/bin/true",
            "extra_flags": ["--mine"],
            "allowed_tools": "Read",
        }
        self.configure(backends={**DEMO, "claude": {**usual, "enabled": True, "sandbox_mode": "read-only"}})

        def would(*words: str) -> str:
            return self.run_command("-o", "text", "-b", "claude", "--dry-run", "x", *words).stdout

        self.assertIn("of-file", would())
        self.environment["CLINVK_CLAUDE_MODEL"] = "of-variable"
        self.assertIn("of-variable", would())
        self.assertIn("of-flag", would("-m", "of-flag"))
        self.assertIn("--mine", would())
        self.assertNotIn("--allowedTools=Read", would())
        at_work = would("-w", str(self.folder))
        self.assertIn("--mine --allowedTools=Read", at_work)
        self.assertNotIn("Bash", at_work)
