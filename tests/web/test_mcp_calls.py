"""Tools called by the Model Context Protocol, over the wire."""

from __future__ import annotations

from typing import Any

from clinvoker import errors
from clinvoker.model import Action, TextDelta
from tests.web.mcps import ACCEPT, PATH, McpCase, call, headers_of, message, notice, prompt, stated
from tests.web.natives import END, SESSIONS, ask


class PromptTests(McpCase):
    def test_answer(self) -> None:
        """The text, and the same result as over HTTP, in a session that is tagged."""
        self.say(prompt(model="best", tags=["blue"]))
        self.assertEqual("claude/opus", self.house.run.invocation.model)
        self.answer("hello")
        told = self.outcome()
        self.assertEqual(([{"type": "text", "text": "hello"}], False), (told["content"], told["isError"]))
        result = told["structuredContent"]
        self.assertEqual(("hello", 0, "claude"), (result["output"], result["exit_code"], result["backend"]))
        session = self.wire.get(f"{SESSIONS}/{result['session_id']}").json
        self.assertEqual((["house", "mcp", "blue"], "completed"), (session["tags"], session["status"]))

    def test_stated(self) -> None:
        """A client that states its version gets what that version has besides."""
        asked = stated(prompt())
        self.say(asked, **headers_of(asked))
        self.answer("hello")
        self.assertEqual("complete", self.outcome()["resultType"])

    def test_as_json(self) -> None:
        """A client that takes no events gets the answer as JSON."""
        self.wire.post(PATH, prompt(token=1), {"Accept": "application/json"})
        self.answer("hello")
        self.assertEqual("hello", self.reply().json["result"]["content"][0]["text"])

    def test_ephemeral(self) -> None:
        """An ephemeral one leaves no session."""
        self.say(prompt(ephemeral=True))
        self.answer()
        self.assertNotIn("session_id", self.outcome()["structuredContent"])
        self.assertEqual(0, self.total())

    def test_refused(self) -> None:
        """What cannot be carried out is told the model in a result that is an error; nothing is begun."""
        for arguments, said in (
            ({"backend": "nobody"}, "Known backends"),
            ({"prompt": ""}, "prompt"),
            ({"color": 1}, "color"),
            ({"max_turns": 2}, "workdir"),
        ):
            told = self.said(prompt(**arguments)).json["result"]
            self.assertTrue(told["isError"])
            self.assertIn(said, told["content"][0]["text"])
            self.assertNotIn("structuredContent", told)
        self.assertEqual(([], 0), (self.house.runs.runs, self.total()))

    def test_failed(self) -> None:
        """What fails is an error with its sentence, after what was said before."""
        self.say(prompt())
        self.house.run.hear(TextDelta("half"))
        self.break_off(errors.RateLimited("too much"))
        told = self.outcome()
        self.assertTrue(told["isError"])
        self.assertEqual("half\n\nIt failed (rate_limit_exceeded): too much", told["content"][0]["text"])
        self.assertEqual("rate_limit_exceeded", told["structuredContent"]["error_code"])

    def test_resume(self) -> None:
        """A session is gone on with; while it is under way, or is none, that is refused."""
        self.say(prompt(prompt="one"))
        self.answer("first")
        session = self.outcome()["structuredContent"]["session_id"]
        self.say(call("clinvk_resume", session_id=session[:6], prompt="two"))
        texts = [each.text for each in self.house.run.invocation.messages]
        self.assertEqual(["one", "first", "two"], texts)
        other = self.house.wire()
        busy = other.posted(call("clinvk_resume", session_id=session, prompt="x"), ACCEPT, PATH)
        self.assertIn("under way", busy.json["result"]["content"][0]["text"])
        self.answer("second")
        self.assertEqual(session, self.outcome()["structuredContent"]["session_id"])
        for wrong in ({"session_id": "ffff", "prompt": "x"}, {"prompt": "x"}, {"session_id": session}):
            self.assertTrue(self.said(call("clinvk_resume", **wrong)).json["result"]["isError"])


class SeveralTests(McpCase):
    def test_parallel(self) -> None:
        """Several at once, each told; it is an error only if all failed."""
        self.say(call("clinvk_parallel", tasks=[ask(), ask(backend="codex")]))
        self.break_off(errors.AgentDied("it died"), 1)
        self.answer("yes", 0)
        told = self.outcome()
        texts = [each["text"] for each in told["content"]]
        self.assertEqual(["1. claude:\nyes", "2. codex:\nIt failed (backend_died): it died"], texts)
        self.assertEqual((1, False), (told["structuredContent"]["failed"], told["isError"]))

    def test_chain(self) -> None:
        """One after the other; it is an error if any step failed."""
        steps = [ask(name="draft"), ask(prompt="more of {{steps.draft}}")]
        self.say(call("clinvk_chain", steps=steps, stop_on_failure=True))
        self.answer("a word")
        self.assertEqual("more of a word", self.house.run.invocation.messages[-1].text)
        self.break_off(errors.AgentDied("it died"))
        told = self.outcome()
        self.assertEqual((2, True), (told["structuredContent"]["failed_step"], told["isError"]))
        self.assertEqual("1. claude (draft):\na word", told["content"][0]["text"])

    def test_compare(self) -> None:
        """One prompt to several."""
        self.say(call("clinvk_compare", backends=["codex", "claude"], prompt="same"))
        self.answer("a", 0)
        self.answer("b", 1)
        results = self.outcome()["structuredContent"]["results"]
        self.assertEqual(["a", "b"], [result["output"] for result in results])

    def test_batch(self) -> None:
        """Calls in a batch are carried out at once; one that is given up does not take the others with it."""
        self.say([prompt(1), message("ping", identity=2), prompt(3)], Mcp_Session_Id="s")
        self.assertEqual(2, len(self.house.runs.runs))
        other = self.house.wire()
        other.post(PATH, notice("notifications/cancelled", requestId=1), {"Mcp-Session-Id": "s"})
        self.assertEqual([True, False], [run.cancelled for run in self.house.runs.runs])
        self.answer("three")
        self.assertEqual([2, 3], [event["id"] for event in self.events()])


class ProgressTests(McpCase):
    def told(self) -> list[Any]:
        """The progress that was told since the last time."""
        told = [event["params"] for event in self.events()]
        self.assertTrue(all(params["progressToken"] == "t" for params in told))
        return [params["message"] for params in told]

    def test_steps(self) -> None:
        """Who asks is told what the agent does, a few times a second; never the same progress twice."""
        self.say(prompt(token="t"))
        step = Action(id="1", kind="command", title="ls", status="started")
        self.house.run.hear(step)
        self.house.run.hear(TextDelta("hidden"))
        self.house.clock.advance(0.3)
        self.house.run.hear(TextDelta("seen"))
        events = self.events()
        said = [event["params"]["message"] for event in events]
        self.assertEqual(["claude runs ls", "claude has written 10 characters"], said)
        self.assertLess(events[0]["params"]["progress"], events[1]["params"]["progress"])

    def test_several(self) -> None:
        """Of several it is told how many are done."""
        self.say(call("clinvk_parallel", 1, "t", tasks=[ask(), ask()]))
        self.answer()
        self.assertEqual(["claude has written 3 characters (0 of 2 done)"], self.told())
        self.house.clock.advance(1)
        self.house.runs.runs[0].hear(TextDelta("x"))
        self.assertEqual(["claude has written 1 characters (1 of 2 done)"], self.told())

    def test_life(self) -> None:
        """While nothing happens something comes, progress for who asks for it and else a comment."""
        self.say(prompt(token="t"))
        self.house.clock.advance(15)
        self.assertEqual(["waiting"], self.told())
        self.answer()
        self.wire.take()
        self.say(prompt())
        self.house.clock.advance(15)
        self.assertIn(b": keep-alive", self.wire.take())

    def test_none(self) -> None:
        """Who does not ask is told nothing but the result."""
        self.say(prompt())
        self.house.run.hear(TextDelta("x"), END)
        self.assertEqual([1], [event["id"] for event in self.events()])


class CancelTests(McpCase):
    def cancel(self, identity: Any, session: str = "s") -> None:
        """Give up a call from another connection, as clients do."""
        wire = self.house.wire()
        cancelled = notice("notifications/cancelled", requestId=identity)
        self.assertEqual(202, wire.posted(cancelled, {"Mcp-Session-Id": session}, PATH).status)

    def test_cancelled(self) -> None:
        """A call that is given up stops the run, has no result, and its session is cancelled."""
        self.say(prompt("x"), Mcp_Session_Id="s")
        self.house.run.hear(TextDelta("half"))
        self.cancel("x")
        self.assertTrue(self.house.run.cancelled)
        self.assertEqual([], self.events())
        [session] = self.wire.get(SESSIONS).json["sessions"]
        self.assertEqual("cancelled", session["status"])

    def test_as_json(self) -> None:
        """So it is for a client that takes no events."""
        self.wire.post(PATH, prompt("x"), {"Accept": "application/json", "Mcp-Session-Id": "s"})
        self.cancel("x")
        self.assertEqual((202, b""), ((reply := self.reply()).status, reply.body))

    def test_others(self) -> None:
        """Nobody else's call can be given up: another session's, or one of a client without a session."""
        self.say(prompt(1), Mcp_Session_Id="s")
        self.cancel(1, "other")
        self.cancel(2)
        self.cancel("1")
        self.cancel(True)
        self.wire = self.house.wire()
        self.say(prompt(1))
        self.cancel(1, "")
        self.assertEqual([False, False], [run.cancelled for run in self.house.runs.runs])

    def test_end(self) -> None:
        """A client that ends its session gives up all calls of it."""
        self.say(prompt(1), Mcp_Session_Id="s")
        wire = self.house.wire()
        self.assertEqual(204, wire.get(PATH, {"Mcp-Session-Id": "s"}, "DELETE").status)
        self.assertTrue(self.house.run.cancelled)

    def test_leaving(self) -> None:
        """A client that leaves ends what it asked for; what is done can be called by its id again."""
        self.say(call("clinvk_compare", backends=["codex", "claude"], prompt="x"), Mcp_Session_Id="s")
        self.wire.leave()
        self.assertEqual([True, True], [run.cancelled for run in self.house.runs.runs])
        self.assertEqual([], self.flushLoggedErrors())
        self.wire = self.house.wire()
        self.say(prompt(1), Mcp_Session_Id="s")
        self.cancel(1)
        self.assertTrue(self.house.run.cancelled)

    def test_pace(self) -> None:
        """A client that does not read pauses its runs."""
        self.say(prompt())
        self.wire.stall()
        self.assertTrue(self.house.run.paused)
        self.wire.read_on()
        self.answer("late")
        self.assertEqual("late", self.outcome()["content"][0]["text"])

    def test_bug(self) -> None:
        """A bug of ours is an error in the answer, and in the log."""
        self.say(prompt("b"), Mcp_Session_Id="s")
        self.house.run.fail(ValueError("a bug"))  # type: ignore[arg-type]
        self.assertTrue(self.outcome()["isError"])
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
