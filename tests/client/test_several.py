"""Several tasks: F126-F129, over a daemon in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from clinvoker.client.chain import chain
from clinvoker.client.compare import compare, side_by_side
from clinvoker.client.exits import BACKEND, GENERAL, TIMEOUT
from clinvoker.client.parallel import parallel
from clinvoker.client.task_files import ChainFile, How, Task, TaskFile
from clinvoker.config import read_config
from clinvoker.errors import AgentDied
from clinvoker.model import TextDelta
from tests.client.works import END, CommandCase


class SeveralCase(CommandCase):
    """Runs are told apart by their places."""

    def run_says(self, place: int, text: str) -> None:
        """A run says something and is over."""
        self.house.runs.runs[place].hear(TextDelta(text), END)
        self.stub.flush()

    def run_fails(self, place: int) -> None:
        self.house.runs.runs[place].fail(AgentDied("It died."))
        self.stub.flush()

    def prompts(self) -> list[tuple[str, str]]:
        """By model, what was asked."""
        return [(run.invocation.model, run.invocation.messages[-1].text) for run in self.house.runs.runs]


class ParallelTests(SeveralCase):
    def file(self, *prompts: str, **more: Any) -> TaskFile:
        tasks = [Task(prompt=prompt, backend="claude", name=f"n-{prompt}") for prompt in prompts]
        return TaskFile(tasks=tasks, **more)

    def test_json(self) -> None:
        """F126: all results in the order of the tasks, with times and totals."""
        begun = self.begin(parallel(self.work(), self.file("one", "two"), None, None, True))
        self.run_says(1, "second")
        self.run_says(0, "first")
        self.assertEqual(0, self.successResultOf(begun))
        told = self.told()
        self.assertEqual((2, 2, 0), (told["total_tasks"], told["completed"], told["failed"]))
        self.assertEqual(["first", "second"], [each["output"] for each in told["results"]])
        for name in ("start_time", "end_time", "duration_seconds", "task_name", "index"):
            self.assertIn(name, told["results"][0])

    def test_text(self) -> None:
        """Each output as it comes, then a table and totals; a failure ends with 1."""
        begun = self.begin(parallel(self.work(), self.file("one", "two"), None, None, False))
        self.run_says(1, "second")
        self.assertEqual("[2] second\n", self.said())
        self.run_fails(0)
        self.assertEqual(1, self.successResultOf(begun))
        said = self.said()
        self.assertIn("[1] Error: It died.", said)
        self.assertRegex(said, r"1 +claude +FAILED +0\.00s +n-one\n2 +claude +OK")
        self.assertIn("Total: 1 completed, 1 failed", said)
        self.assertIn("Running 2 tasks", self.err.getvalue())

    def test_quiet(self) -> None:
        """-q shows the table only; `aggregate_output: false` shows no table."""
        begun = self.begin(parallel(self.work(quiet=True), self.file("one"), None, None, False))
        self.run_says(0, "first")
        self.successResultOf(begun)
        said = self.said()
        self.assertNotIn("first", said)
        self.assertIn("BACKEND", said)
        self.assertEqual("", self.err.getvalue())
        config = read_config("parallel: {aggregate_output: false}")
        begun = self.begin(parallel(self.work(config), self.file("one"), None, None, False))
        self.run_says(1, "first")
        self.assertEqual("[1] first\n", self.said())

    def test_at_once(self) -> None:
        """How many at once: the flag's number, else the file's."""
        self.begin(parallel(self.work(), self.file(*"abcd", max_parallel=3), 2, None, True))
        self.assertEqual(2, len(self.house.runs.runs))
        self.begin(parallel(self.work(), self.file(*"abcd", max_parallel=3), None, None, True))
        self.assertEqual(5, len(self.house.runs.runs))

    def test_fail_fast(self) -> None:
        """By flag, file or configuration the first failure gives the others up; a flag takes it back."""
        fails = read_config("parallel: {fail_fast: true}")
        for config, flag, said, expected in (
            (None, True, None, ["FAILED", "CANCELED"]),
            (None, None, True, ["FAILED", "CANCELED"]),
            (fails, None, None, ["FAILED", "CANCELED"]),
            (fails, False, None, ["FAILED", "OK"]),
            (fails, None, False, ["FAILED", "OK"]),
        ):
            first = len(self.house.runs.runs)
            file = self.file("a", "b", fail_fast=said)
            begun = self.begin(parallel(self.work(config), file, None, flag, True))
            self.run_fails(first)
            if not self.house.runs.runs[first + 1].cancelled:
                self.run_says(first + 1, "well")
            self.assertEqual(1, self.successResultOf(begun))
            told = self.told()
            words = {0: "OK", 1: "FAILED", -1: "CANCELED"}
            self.assertEqual(expected, [words[each["exit_code"]] for each in told["results"]])

    def test_output_dir(self) -> None:
        """F127: a file for each task and a summary, for nobody else; ids, names, tags and meta in them."""
        folder = Path(self.mktemp()).absolute()
        task = Task(prompt="x", backend="claude", id="../a b", tags=["t"], meta={"k": [1]})
        file = TaskFile(tasks=[task, Task(prompt="y", backend="claude")], output_dir=str(folder))
        begun = self.begin(parallel(self.work(), file, None, None, True))
        self.run_says(0, "first")
        self.assertEqual(["001_a-b.json"], [each.name for each in folder.iterdir()])
        self.run_says(1, "second")
        self.successResultOf(begun)
        names = sorted(each.name for each in folder.iterdir())
        self.assertEqual(["001_a-b.json", "002_task-2.json", "summary.json"], names)
        self.assertEqual({0o600}, {each.stat().st_mode & 0o777 for each in folder.iterdir()})
        self.assertEqual(0o700, folder.stat().st_mode & 0o777)
        kept = json.loads((folder / "001_a-b.json").read_text())
        self.assertEqual((["t"], {"k": [1]}), (kept["task"]["tags"], kept["result"]["meta"]))
        self.assertEqual("first", kept["result"]["output"])
        self.assertEqual(2, json.loads((folder / "summary.json").read_text())["completed"])

    def test_usual(self) -> None:
        """What a task does not say is the flags', then the configuration's; directories are those of here."""
        config = read_config(
            "default_backend: codex\nunified_flags: {sandbox_mode: read-only, max_turns: 4, max_tokens: 9}",
            backends=["codex"],
        )
        tasks = [Task(prompt="a"), Task(prompt="b", backend="claude", workdir="sub", sandbox_mode="full")]
        self.begin(parallel(self.work(config, model="opus"), TaskFile(tasks=tasks), None, None, True))
        first, second = (run.invocation for run in self.house.runs.runs)
        self.assertEqual(
            ("codex/opus", "chat", 9), (first.model, first.agency.mode, first.sampling.max_tokens)
        )
        self.assertEqual(("claude/opus", "/here/sub"), (second.model, second.agency.workdir))
        self.assertEqual(("full", 4), (second.agency.sandbox, second.agency.max_turns))

    def test_dry_run(self) -> None:
        """Nothing is started; some tasks alone cannot say so."""
        file = TaskFile(tasks=[Task(prompt="a", backend="claude", dry_run=True)])
        self.assertEqual(0, self.done(parallel(self.work(), file, None, None, False)))
        self.assertIn("[1] Would execute: /bin/claude", self.said())
        mixed = TaskFile(tasks=[*file.tasks, Task(prompt="b", backend="claude")])
        self.assertEqual(GENERAL, self.done(parallel(self.work(), mixed, None, None, False)))
        self.assertIn("dry_run", self.err.getvalue())

    def test_refused(self) -> None:
        """What the daemon refuses is told by the field."""
        file = TaskFile(tasks=[Task(prompt="a", backend="claude", approval_mode="perhaps")])
        self.assertEqual(GENERAL, self.done(parallel(self.work(), file, None, None, False)))
        self.assertIn("tasks[0].approval_mode", self.err.getvalue())

    def test_late(self) -> None:
        """The command's own time limit holds for all of it."""
        config = read_config("unified_flags: {command_timeout_secs: 5}")
        begun = self.begin(parallel(self.work(config), self.file("a"), None, None, True))
        self.house.clock.advance(6)
        self.stub.flush()
        self.assertEqual(TIMEOUT, self.successResultOf(begun))


class ChainTests(SeveralCase):
    STEPS = [
        How(prompt="first", backend="claude", name="a"),
        How(prompt="and {{previous}}, {{steps.a}}", backend="codex"),
    ]

    def test_chain(self) -> None:
        """F128: a step is told what the one before said, or one by its name."""
        begun = self.begin(chain(self.work(), ChainFile(steps=self.STEPS), None, True))
        self.run_says(0, "one")
        self.run_says(1, "two")
        self.assertEqual(0, self.successResultOf(begun))
        self.assertEqual([("claude", "first"), ("codex", "and one, one")], self.prompts())
        told = self.told()
        self.assertEqual((2, 2), (told["total_steps"], told["completed_steps"]))
        self.assertEqual(
            [(1, "a"), (2, None)], [(each["step"], each.get("name")) for each in told["results"]]
        )

    def test_text(self) -> None:
        """What each says as it comes, under its name; a table and a total."""
        begun = self.begin(chain(self.work(), ChainFile(steps=self.STEPS), None, False))
        self.house.runs.runs[0].hear(TextDelta("o"))
        self.stub.flush()
        self.assertEqual("[1/2] a (claude)\no", self.said())
        self.run_says(0, "ne")
        self.run_says(1, "two")
        self.successResultOf(begun)
        said = self.said()
        self.assertTrue(said.startswith("ne\n[2/2] step 2 (codex)\ntwo\n\nSTEP"), said)
        self.assertIn("Total: 2/2 steps completed", said)

    def test_quiet(self) -> None:
        """-q: what the last step says."""
        begun = self.begin(chain(self.work(quiet=True), ChainFile(steps=self.STEPS), None, False))
        self.run_says(0, "one")
        self.run_says(1, "two")
        self.successResultOf(begun)
        self.assertEqual("two\n", self.said())

    def test_failure(self) -> None:
        """It stops at a failure, unless file or flag says that it goes on; it ends with 1 either way."""
        for said, flag, steps in ((None, None, 1), (False, None, 2), (False, True, 1), (True, False, 2)):
            first = len(self.house.runs.runs)
            file = ChainFile(steps=self.STEPS, stop_on_failure=said)
            begun = self.begin(chain(self.work(), file, flag, True))
            self.run_fails(first)
            if steps == 2:
                self.run_says(first + 1, "two")
            self.assertEqual(1, self.successResultOf(begun), (said, flag))
            told = self.told()
            self.assertEqual((steps, 1), (len(told["results"]), told["failed_step"]))

    def test_directory(self) -> None:
        """By `pass_working_dir` a step works where the one before did."""
        steps = [How(prompt="a", backend="claude", workdir="/srv"), How(prompt="b", backend="codex")]
        self.begin(chain(self.work(), ChainFile(steps=steps, pass_working_dir=True), None, True))
        self.run_says(0, "one")
        self.assertEqual("/srv", self.house.run.invocation.agency.workdir)

    def test_sessions(self) -> None:
        """What a chain cannot hand on is refused."""
        file = ChainFile(steps=self.STEPS, pass_session_id=True)
        self.assertEqual(GENERAL, self.done(chain(self.work(), file, None, True)))
        self.assertIn("keeps no session", self.err.getvalue())


class CompareTests(SeveralCase):
    def test_json(self) -> None:
        """F129: the same to each, and the answers in the order asked."""
        begun = self.begin(compare(self.work(), "same", ["codex", "claude"], False, True))
        self.assertEqual([("codex", "same"), ("claude", "same")], self.prompts())
        self.run_says(1, "of claude")
        self.run_says(0, "of codex")
        self.assertEqual(0, self.successResultOf(begun))
        told = self.told()
        self.assertEqual(["of codex", "of claude"], [each["output"] for each in told["results"]])
        self.assertEqual(("same", ["codex", "claude"]), (told["prompt"], told["backends"]))

    def test_sequential(self) -> None:
        """One by one."""
        self.begin(compare(self.work(), "same", None, True, True))
        self.assertEqual(1, len(self.house.runs.runs))
        self.run_says(0, "x")
        self.assertEqual(2, len(self.house.runs.runs))

    def test_text(self) -> None:
        """One after the other, as they come; a failure ends with 1."""
        begun = self.begin(compare(self.work(), "same", None, False, False))
        self.run_says(1, "of codex")
        self.assertEqual("[codex]\nof codex\n\n", self.said())
        self.run_fails(0)
        self.assertEqual(1, self.successResultOf(begun))
        self.assertRegex(self.said(), r"claude +FAILED")

    def test_missing(self) -> None:
        """One that is not there is told and left out; with none left, or one that nobody knows, it fails."""
        self.house.runs._health = [  # type: ignore[misc]
            replace(each, state="missing") if each.name == "codex" else each
            for each in self.house.runs.health()
        ]
        begun = self.begin(compare(self.work(), "same", ["claude", "codex"], False, True))
        self.run_says(0, "x")
        self.assertEqual(0, self.successResultOf(begun))
        self.assertIn("codex is not there", self.err.getvalue())
        self.assertEqual(["claude"], self.told()["backends"])
        self.assertEqual(BACKEND, self.done(compare(self.work(), "same", ["codex"], False, True)))
        self.assertEqual(GENERAL, self.done(compare(self.work(), "same", ["cloud"], False, True)))
        self.assertIn("did you mean 'claude'?", self.err.getvalue())

    def test_side_by_side(self) -> None:
        """In columns where the terminal is wide enough for all."""
        results = [{"backend": name, "output": f"of {name} " * 9, "exit_code": 0} for name in ("a", "b")]
        lines = side_by_side(self.work(), results).splitlines()
        self.assertTrue(any("of a" in line and "of b" in line for line in lines))
        self.assertLessEqual(max(map(len, lines)), 80)
