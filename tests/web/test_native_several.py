"""Several prompts in one request of the native API, over the wire."""

from __future__ import annotations

import json
from typing import Any

from clinvoker import errors
from clinvoker.model import TextDelta
from tests.web.natives import END, NativeCase, NativeHouse, ask

PARALLEL, CHAIN, COMPARE = "/api/v1/parallel", "/api/v1/chain", "/api/v1/compare"


class ParallelTests(NativeCase):
    def begin_three(self, **more: Any) -> None:
        self.begin({"tasks": [ask(prompt=f"{n}") for n in range(3)], **more}, PARALLEL)

    def test_counts(self) -> None:
        """How many there were, and the results in their order, whichever was ready first."""
        self.begin_three()
        for run in (2, 0, 1):
            self.answer(f"answer {run}", run)
        told = self.reply().json
        counts = [told[name] for name in ("total_tasks", "completed", "failed", "cancelled")]
        self.assertEqual([3, 3, 0, 0], counts)
        self.assertEqual([f"answer {n}" for n in range(3)], [result["output"] for result in told["results"]])

    def test_at_once(self) -> None:
        """No more at once than asked; three if it is not said, or as many as configured."""
        self.begin_three(max_parallel=2)
        self.assertEqual(2, len(self.house.runs.runs))
        house = NativeHouse(max_parallel=1)
        house.wire().post(PARALLEL, {"tasks": [ask(), ask()]})
        self.assertEqual(1, len(house.runs.runs))

    def test_failure(self) -> None:
        """A failure is told in its result, with its sentence; the answer itself is one."""
        self.begin({"tasks": [ask(), ask(backend="nobody")]}, PARALLEL)
        self.break_off(errors.AgentDied("it died"))
        reply = self.reply()
        self.assertEqual((200, 2), (reply.status, reply.json["failed"]))
        results = reply.json["results"]
        self.assertEqual([1, 1], [result["exit_code"] for result in results])
        self.assertEqual("it died", results[0]["error"])
        self.assertIn("Known backends", results[1]["error"])

    def test_fail_fast(self) -> None:
        """With fail_fast the others are given up, and called so."""
        self.begin_three(max_parallel=2, fail_fast=True)
        self.break_off(errors.AgentDied("it died"), 1)
        told = self.reply().json
        self.assertEqual([-1, 1, -1], [result["exit_code"] for result in told["results"]])
        self.assertEqual("canceled", told["results"][2]["error"])
        self.assertEqual((0, 1, 2), (told["completed"], told["failed"], told["cancelled"]))
        self.assertTrue(self.house.runs.runs[0].cancelled)

    def test_options(self) -> None:
        """Each has its own options; none leaves a session."""
        self.begin({"tasks": [ask(model="best"), ask(backend="codex", workdir="/srv")]}, PARALLEL)
        asked = [run.invocation for run in self.house.runs.runs]
        self.assertEqual("claude/opus", asked[0].model)
        self.assertEqual(("codex", "/srv"), (asked[1].model, asked[1].agency.workdir))
        self.assertEqual(0, self.total())

    def test_dry_run(self) -> None:
        """A dry run of all starts nothing and keeps nothing."""
        told = self.post(PARALLEL, {"tasks": [ask(), ask(backend="codex")], "dry_run": True}).json
        self.assertEqual([], self.house.runs.runs)
        self.assertTrue(all(result["output"].startswith("Would execute") for result in told["results"]))
        self.assertEqual(0, self.total())

    def test_lines(self) -> None:
        """As lines: pieces of text with their task, results as they come, all of it at the end."""
        self.begin({"tasks": [ask(), ask()], "stream": True}, PARALLEL)
        self.house.runs.runs[1].hear(TextDelta("b"), END)
        self.house.runs.runs[0].hear(TextDelta("a"), END)
        lines = self.lines()
        expected = [("init", 1), ("message", 1), ("result", 1), ("init", 0), ("message", 0), ("result", 0)]
        self.assertEqual([*expected, ("done", None)], [(line["type"], line.get("task")) for line in lines])
        self.assertEqual(["a", "b"], [result["output"] for result in lines[-1]["content"]["results"]])
        self.assertEqual([*range(1, 8)], [line["sequence"] for line in lines])

    def test_leaving(self) -> None:
        """A client that leaves ends all that is under way, and nothing more is begun."""
        self.begin_three(max_parallel=2)
        self.wire.leave()
        self.assertEqual([True, True], [run.cancelled for run in self.house.runs.runs])
        self.assertEqual([], self.flushLoggedErrors())

    def test_empty(self) -> None:
        """An order of nothing is refused, by the name of what is empty."""
        for path, name in ((PARALLEL, "tasks"), (CHAIN, "steps"), (COMPARE, "backends")):
            reply = self.post(path, {name: [], **({"prompt": "x"} if name == "backends" else {})})
            self.assertEqual((400, f"body.{name}"), (reply.status, reply.json["errors"][0]["location"]))


class ChainTests(NativeCase):
    def begin_steps(self, *steps: Any, **more: Any) -> None:
        self.begin({"steps": [ask(**step) for step in steps], **more}, CHAIN)

    def test_previous(self) -> None:
        """A step's prompt has the result before it; steps have numbers, names and times."""
        self.begin_steps({"name": "draft"}, {"prompt": "improve: {{previous}}", "backend": "codex"})
        self.house.clock.advance(1)
        self.answer("a draft")
        self.assertEqual("improve: a draft", self.house.run.invocation.messages[-1].text)
        self.answer("better")
        told = self.reply().json
        self.assertEqual((2, 2), (told["total_steps"], told["completed_steps"]))
        self.assertNotIn("failed_step", told)
        first, second = told["results"]
        self.assertEqual((1, "draft", 1000), (first["step"], first["name"], first["duration_ms"]))
        self.assertEqual((2, "codex", "better"), (second["step"], second["backend"], second["output"]))

    def test_stops(self) -> None:
        """With stop_on_failure the failed step is the last."""
        self.begin_steps({}, {}, stop_on_failure=True)
        self.break_off(errors.AgentDied("it died"))
        told = self.reply().json
        self.assertEqual((1, 0, 1), (told["failed_step"], told["completed_steps"], len(told["results"])))

    def test_goes_on(self) -> None:
        """Else it goes on, and tells which failed last."""
        self.begin_steps({}, {})
        self.break_off(errors.AgentDied("it died"))
        self.answer()
        told = self.reply().json
        self.assertEqual((1, 1, 2), (told["failed_step"], told["completed_steps"], len(told["results"])))

    def test_directory(self) -> None:
        """With pass_working_dir a step works where the one before did."""
        self.begin_steps({"workdir": "/srv"}, {}, pass_working_dir=True)
        self.answer()
        self.assertEqual("/srv", self.house.run.invocation.agency.workdir)

    def test_no_session(self) -> None:
        """What would need a session is refused."""
        for more in ({"pass_session_id": True}, {"persist_sessions": True}):
            self.assertEqual(400, self.post(CHAIN, {"steps": [ask()], **more}).status)
        self.assertEqual(400, self.post(CHAIN, {"steps": [ask(prompt="{{session}}")]}).status)
        self.assertEqual(0, self.total())

    def test_lines(self) -> None:
        """As lines: what was never begun has no result."""
        self.begin_steps({}, {}, stop_on_failure=True, stream=True)
        self.house.run.hear(TextDelta("a"))
        self.break_off(errors.AgentDied("it died"))
        lines = self.lines()
        self.assertEqual(["init", "message", "result", "done"], [line["type"] for line in lines])
        self.assertEqual((1, 1), (lines[2]["content"]["step"], lines[3]["content"]["failed_step"]))

    def test_life(self) -> None:
        """Between them lines show life, without a session or a task."""
        self.begin_steps({}, stream=True)
        self.house.clock.advance(15)
        *_, line = [json.loads(each) for each in self.wire.take().splitlines() if each.startswith(b"{")]
        self.assertEqual({"type", "sequence", "timestamp", "content"}, set(line))


class CompareTests(NativeCase):
    def test_order(self) -> None:
        """The same prompt for each, and the results in the order of the request."""
        self.begin({"backends": ["codex", "claude"], "prompt": "same"}, COMPARE)
        self.assertEqual(2, len(self.house.runs.runs))
        self.answer("of claude", 1)
        self.answer("of codex", 0)
        told = self.reply().json
        self.assertEqual(("same", ["codex", "claude"]), (told["prompt"], told["backends"]))
        results = [(result["backend"], result["output"]) for result in told["results"]]
        self.assertEqual([("codex", "of codex"), ("claude", "of claude")], results)

    def test_sequential(self) -> None:
        """One by one, if it is so asked."""
        self.begin({"backends": ["codex", "claude"], "prompt": "x", "sequential": True}, COMPARE)
        self.assertEqual(["codex"], [run.invocation.model for run in self.house.runs.runs])
        self.answer()
        self.assertEqual("claude", self.house.run.invocation.model)

    def test_failure(self) -> None:
        """One that fails is told beside the other's answer."""
        self.begin({"backends": ["codex", "claude"], "prompt": "x"}, COMPARE)
        self.break_off(errors.NotLoggedIn("log in"), 0)
        self.answer("fine", 1)
        results = self.reply().json["results"]
        self.assertEqual([(1, "log in"), (0, None)], [(r["exit_code"], r.get("error")) for r in results])

    def test_lines(self) -> None:
        """As lines."""
        self.begin({"backends": ["codex", "claude"], "prompt": "x", "output_format": "stream-json"}, COMPARE)
        self.answer("a", 0)
        self.answer("b", 1)
        self.assertEqual(["codex", "claude"], self.lines()[-1]["content"]["backends"])
