"""Prompts of the native API over the wire."""

from __future__ import annotations

import json

from clinvoker import errors
from clinvoker.model import Action, ReasoningDelta, Started, TextDelta
from tests.web.natives import END, PROMPT, NativeCase, NativeHouse, ask
from tests.web.wire import Reply


class WholeTests(NativeCase):
    def test_answer(self) -> None:
        """The text, the exit code, the time it took, the tokens, and the session."""
        self.begin(ask())
        self.house.clock.advance(1.5)
        self.answer("hello")
        told = self.reply().json
        self.assertEqual(("hello", 0, 1500), (told["output"], told["exit_code"], told["duration_ms"]))
        usage = {"input_tokens": 10, "output_tokens": 2, "cached_tokens": 4}
        self.assertEqual(("claude", usage), (told["backend"], told["token_usage"]))
        self.assertEqual(32, len(told["session_id"]))

    def test_same_envelope(self) -> None:
        """text, json and default are answered alike."""
        bodies = []
        for form in ("text", "json", "default"):
            self.begin(ask(output_format=form, ephemeral=True))
            self.answer()
            bodies.append(self.reply().json)
        self.assertEqual([bodies[0]] * 3, bodies)

    def test_model(self) -> None:
        """Short words for models reach the run as the backend's own."""
        self.begin(ask(model="fast"))
        self.assertEqual("claude/haiku", self.house.run.invocation.model)

    def test_ephemeral(self) -> None:
        """An ephemeral one leaves no session."""
        self.begin(ask(ephemeral=True))
        self.answer()
        self.assertNotIn("session_id", self.reply().json)
        self.assertEqual(0, self.total())

    def test_dry_run(self) -> None:
        """A dry run starts nothing, tells what it would start and say, and records a session."""
        told = self.post(PROMPT, ask(dry_run=True, system_prompt="be brief", model="best")).json
        self.assertEqual([], self.house.runs.runs)
        self.assertEqual("Would execute: /bin/claude --told opus\nModel: opus", told["output"])
        said = [(message["role"], message["text"]) for message in told["would_start"]["messages"]]
        self.assertEqual([("system", "be brief"), ("user", "hi")], said)
        session = self.wire.get(f"/api/v1/sessions/{told['session_id']}").json
        self.assertEqual(("completed", 0), (session["status"], session["turn_count"]))

    def test_labels(self) -> None:
        """Metadata and tags are kept with the session, and with them those of every session."""
        self.begin(ask(metadata={"ticket": "7"}, tags=["blue"]))
        self.answer()
        session = self.wire.get(f"/api/v1/sessions/{self.reply().json['session_id']}").json
        self.assertEqual({"ticket": "7"}, session["metadata"])
        self.assertEqual(["house", "api", "blue"], session["tags"])

    def test_ignored(self) -> None:
        """What has no effect is named, in a header and in the body."""
        self.begin(ask(verbose=True))
        self.answer()
        reply = self.reply()
        self.assertEqual(
            ("verbose", ["verbose"]), (reply.headers["x-clinvoker-ignored"], reply.json["ignored"])
        )

    def test_asked_by(self) -> None:
        """The run knows whose key it is and which request."""
        house = NativeHouse(keys=(("ada", "k"),))
        wire = house.wire()
        wire.post(PROMPT, ask(), {"X-Api-Key": "k", "X-Request-Id": "mine"})
        invocation = house.run.invocation
        self.assertEqual(("ada", "mine"), (invocation.principal, invocation.request_id))


class RefusedTests(NativeCase):
    def refused(self, status: int, location: str, **asked: object) -> Reply:
        """The problem that a request is answered by; no run is begun and no session kept."""
        reply = self.post(PROMPT, asked)
        self.assertEqual("application/problem+json", reply.headers["content-type"])
        self.assertEqual((status, status), (reply.status, reply.json["status"]))
        self.assertEqual([location], [blame["location"] for blame in reply.json["errors"]])
        self.assertEqual([], self.house.runs.runs)
        self.assertEqual(0, self.total())
        return reply

    def test_required(self) -> None:
        """Backend and prompt are."""
        self.refused(400, "body.backend", prompt="x")
        self.refused(400, "body.prompt", backend="claude", prompt="")

    def test_unknown_backend(self) -> None:
        """A backend that is none is refused, and those there are are told."""
        self.assertIn("claude, codex", self.refused(400, "body.backend", **ask(backend="z")).json["detail"])

    def test_unsupported(self) -> None:
        """What the backend cannot do is refused by the name the client used."""
        self.house.runs.treatments = {"clinvoker.mode": "honoured"}
        self.refused(400, "body.max_turns", **ask(workdir="/srv", max_turns=2))

    def test_values(self) -> None:
        """So are values that are none, and numbers below nothing."""
        self.refused(400, "body.approval_mode", **ask(approval_mode="maybe"))
        self.refused(400, "body.sandbox_mode", **ask(sandbox_mode="tight"))
        self.refused(400, "body.max_turns", **ask(max_turns=-1))
        self.refused(400, "body.extra[0]", **ask(extra=["--full-auto"]))
        formats = self.refused(400, "body.output_format", **ask(output_format="xml")).json["detail"]
        self.assertIn("default, text, json, stream-json", formats)

    def test_problems(self) -> None:
        """Every error below /api/v1 is a problem: routes, methods, keys, types, sizes, bad JSON."""
        keyed = NativeHouse(keys=(("ada", "k"),)).wire()
        small = NativeHouse(max_body_bytes=10).wire()
        for status, reply in (
            (404, self.wire.get("/api/v1/nothing")),
            (405, self.wire.get(PROMPT)),
            (401, keyed.get("/api/v1/backends")),
            (403, self.wire.get("/api/v1/backends", {"Host": "evil.test"})),
            (415, self.wire.posted(ask(), {"Content-Type": "text/plain"}, PROMPT)),
            (413, small.posted(ask(), path=PROMPT)),
            (400, self.wire.posted(b"{", path=PROMPT)),
        ):
            self.assertEqual(status, reply.status)
            self.assertEqual("application/problem+json", reply.headers["content-type"])
            told = reply.json
            self.assertTrue(told["type"] and told["title"] and told["detail"])
            self.assertEqual(status, told["status"])

    def test_unauthorized(self) -> None:
        """A missing key has the word of the earlier program besides."""
        reply = NativeHouse(keys=(("ada", "k"),)).wire().get("/api/v1/backends")
        self.assertEqual(("unauthorized", "Bearer"), (reply.json["error"], reply.headers["www-authenticate"]))

    def test_elsewhere(self) -> None:
        """Outside it errors are as they were."""
        self.assertIn("error", self.wire.get("/api").json)


class FailedTests(NativeCase):
    def failed(self, error: errors.ClinvokerError, **more: object) -> Reply:
        self.begin(ask(**more))
        self.house.run.hear(TextDelta("half"))
        self.break_off(error)
        return self.reply()

    def test_status(self) -> None:
        """A failed run has a status that says so, its exit code, its sentence and what was said before."""
        reply = self.failed(errors.AgentDied("it died", "claude"))
        self.assertEqual((502, "application/problem+json"), (reply.status, reply.headers["content-type"]))
        told = reply.json
        self.assertEqual((1, "it died", "half"), (told["exit_code"], told["error"], told["output"]))
        session = self.wire.get(f"/api/v1/sessions/{told['session_id']}").json
        self.assertEqual(("failed", "it died"), (session["status"], session["error_message"]))

    def test_surrogates(self) -> None:
        """What was said before is told even where a character is cut."""
        self.begin(ask())
        self.house.run.hear(TextDelta("half \ud83d"))
        self.break_off(errors.AnswerCut("cut"))
        self.assertEqual("half \ufffd", self.reply().json["output"])

    def test_headers(self) -> None:
        """Where waiting helps it is told how long."""
        reply = self.failed(errors.RateLimited("slow down", "claude", 7))
        self.assertEqual((429, "7"), (reply.status, reply.headers["retry-after"]))

    def test_agent_forbidden(self) -> None:
        """What runs refuse, such as a directory, names the field."""
        reply = self.failed(errors.BadRequest("is not allowed", "clinvoker.workdir"), workdir="/etc")
        self.assertEqual((400, "body.workdir"), (reply.status, reply.json["errors"][0]["location"]))

    def test_streamed(self) -> None:
        """Before the first line a streamed one has the status too."""
        self.begin(ask(stream=True))
        self.break_off(errors.ProviderOverloaded("529"))
        reply = self.reply()
        self.assertEqual((503, 1), (reply.status, reply.json["exit_code"]))

    def test_later(self) -> None:
        """After it the last line is the error, and there is no `done`."""
        self.begin(ask(stream=True))
        self.house.run.hear(TextDelta("half"))
        self.break_off(errors.AnswerCut("cut"))
        *_, last = self.lines()
        self.assertEqual(("error", "answer_cut"), (last["type"], last["content"]["code"]))


class LinesTests(NativeCase):
    def setUp(self) -> None:
        super().setUp()
        self.begin(ask(output_format="stream-json", workdir="/srv"))

    def test_as_they_happen(self) -> None:
        """Nothing goes out before something was said; then each line at once."""
        self.house.run.hear(Started("sonnet-9"))
        self.assertEqual(b"", self.wire.take())
        self.house.run.hear(TextDelta("a"))
        head, _, body = self.wire.take().partition(b"\r\n\r\n")
        self.assertIn(b"application/x-ndjson", head)
        self.assertIn(b'"init"', body)
        self.assertIn(b'"text":"a"', body)

    def test_vocabulary(self) -> None:
        """The order of lines, their numbers, the session on each, and the end."""
        run = self.house.run
        run.hear(Started("sonnet-9"), ReasoningDelta("hm"))
        run.hear(Action(id="t1", kind="command", title="ls", status="started"))
        run.hear(Action(id="t1", kind="command", title="ls", status="failed"))
        run.hear(TextDelta("done"), END)
        lines = self.lines()
        kinds = ["init", "thinking", "tool_use", "tool_result", "message", "token_usage", "done"]
        self.assertEqual(kinds, [line["type"] for line in lines])
        self.assertEqual([*range(1, 8)], [line["sequence"] for line in lines])
        self.assertEqual(1, len({line["session_id"] for line in lines}))
        self.assertEqual({"model": "sonnet-9", "working_dir": "/srv"}, lines[0]["content"])
        self.assertEqual({"text": "done", "role": "assistant", "is_partial": True}, lines[4]["content"])
        self.assertEqual(("t1", True), (lines[3]["content"]["tool_id"], lines[3]["content"]["is_error"]))
        self.assertEqual(
            ("stop", 1), (lines[6]["content"]["finish_reason"], lines[6]["content"]["turn_count"])
        )

    def test_surrogates(self) -> None:
        """A character cut into halves is one again, and a lone half is not sent."""
        self.house.run.hear(TextDelta("\ud83d"))
        self.house.run.hear(TextDelta("\ude00\ud83d"), END)
        text = "".join(line["content"]["text"] for line in self.lines() if line["type"] == "message")
        self.assertEqual("\U0001f600\ufffd", text)

    def test_life(self) -> None:
        """While nothing happens a line shows life."""
        self.house.clock.advance(15)
        lines = [json.loads(line) for line in self.wire.take().splitlines() if line.startswith(b"{")]
        self.assertEqual(["init", "progress"], [line["type"] for line in lines])

    def test_leaving(self) -> None:
        """A client that leaves ends the run; the session is cancelled."""
        self.house.run.hear(TextDelta("a"))
        self.wire.leave()
        self.assertTrue(self.house.run.cancelled)
        [session] = self.house.wire().get("/api/v1/sessions").json["sessions"]
        self.assertEqual("cancelled", session["status"])
        self.assertEqual([], self.flushLoggedErrors())

    def test_pace(self) -> None:
        """One that does not read holds the run up."""
        self.wire.stall()
        self.assertTrue(self.house.run.paused)
        self.wire.read_on()
        self.assertFalse(self.house.run.paused)

    def test_dry_run(self) -> None:
        """A dry run is a message and the end."""
        self.house.runs.runs.clear()
        wire = self.house.wire()
        reply = wire.posted(ask(stream=True, dry_run=True), path=PROMPT)
        lines = [json.loads(line) for line in reply.body.splitlines()]
        self.assertEqual(["init", "message", "done"], [line["type"] for line in lines])
        self.assertTrue(lines[1]["content"]["text"].startswith("Would execute: /bin/claude"))
