"""Sessions over the wire."""

from __future__ import annotations

import json
from typing import Any

from clinvoker.errors import AgentDied, StoreFailed
from clinvoker.settings import Keeping
from tests.web.natives import PROMPT, SESSIONS, NativeCase, NativeHouse, ask
from tests.web.wire import Reply


class SessionsCase(NativeCase):
    def session(self, **asked: Any) -> str:
        """A session of one prompt, a second after the one before."""
        self.house.clock.advance(1)
        self.begin(ask(**asked))
        self.answer()
        return str(self.reply().json["session_id"])

    def listed(self, query: str = "") -> list[str]:
        return [session["id"] for session in self.wire.get(SESSIONS + query).json["sessions"]]

    def get(self, session: str, more: str = "") -> Reply:
        return self.wire.get(f"{SESSIONS}/{session}{more}")


class ListTests(SessionsCase):
    def test_newest_first(self) -> None:
        """The last used comes first; all unless a part is asked for, and how many there are in all."""
        ids = [self.session() for _ in range(3)]
        self.assertEqual(ids[::-1], self.listed())
        told = self.wire.get(SESSIONS + "?limit=1&offset=1").json
        self.assertEqual((1, 1, 3), (told["limit"], told["offset"], told["total"]))
        self.assertEqual([ids[1]], [session["id"] for session in told["sessions"]])

    def test_filters(self) -> None:
        """F147: by backend, status, tag, model, directory, and by what is in the first prompt."""
        plain, codex = self.session(), self.session(backend="codex")
        tagged = self.session(tags=["blue"], prompt="a Whale", model="opus", workdir="/srv")
        self.begin(ask())
        self.break_off(AgentDied("it died"))
        failed = self.reply().json["session_id"]
        self.assertEqual([codex], self.listed("?backend=codex"))
        self.assertEqual([failed], self.listed("?status=failed"))
        self.assertEqual([failed], self.listed("?status=error"))
        self.assertEqual({plain, codex, tagged}, {*self.listed("?status=completed")})
        for query in ("tag=blue", "search=whale", "model=opus", "workdir=/srv", f"search={tagged[:6]}"):
            self.assertEqual([tagged], self.listed(f"?{query}"), query)
        self.assertEqual([], self.listed("?status=odd"))

    def test_long_prompt(self) -> None:
        """A list has the beginning of each first prompt, the session more of it, and the export all."""
        session = self.session(prompt="x" * 5000)
        [listed] = self.wire.get(SESSIONS).json["sessions"]
        self.assertEqual(200, len(listed["initial_prompt"]))
        self.assertEqual(2000, len(self.get(session).json["initial_prompt"]))
        [turn] = self.get(session, "/export").json["turns"]
        self.assertEqual(5000, len(turn["messages"][0]["text"]))

    def test_wrong_query(self) -> None:
        """What is no number, below nothing, unknown, twice or not UTF-8 is refused by its name."""
        for query, name in (("limit=x", "limit"), ("offset=-1", "offset"), ("colour=1", "colour")):
            reply = self.wire.get(f"{SESSIONS}?{query}")
            self.assertEqual((400, f"query.{name}"), (reply.status, reply.json["errors"][0]["location"]))
        for query in ("limit=1&limit=2", "tag=%ff"):
            self.assertEqual(400, self.wire.get(f"{SESSIONS}?{query}").status)

    def test_own_only(self) -> None:
        """Each key sees its own."""
        house = NativeHouse(keys=(("ada", "a"), ("eve", "e")))
        wire = house.wire()
        wire.post(PROMPT, ask(dry_run=True), {"X-Api-Key": "a"})
        session = Reply(wire.take()).json["session_id"]
        self.assertEqual(1, wire.get(SESSIONS, {"X-Api-Key": "a"}).json["total"])
        self.assertEqual(0, wire.get(SESSIONS, {"X-Api-Key": "e"}).json["total"])
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/export")):
            reply = wire.get(f"{SESSIONS}/{session}{path}", {"X-Api-Key": "e"}, method)
            self.assertEqual(404, reply.status)


class OneTests(SessionsCase):
    def test_prefix(self) -> None:
        """By the id or the beginning of it; times and figures as they are."""
        session = self.session(metadata={"k": "v"})
        for name in (session, session[:8]):
            self.assertEqual(session, self.get(name).json["id"])
        told = self.get(session).json
        self.assertEqual(("completed", 1, "hi"), (told["status"], told["turn_count"], told["initial_prompt"]))
        self.assertEqual("1970-01-01T00:16:41.000000Z", told["created_at"])

    def test_none(self) -> None:
        """None that begins so is 404, several are 409."""
        for name in ("zzz", "..", "%2e%2e%2fx"):
            self.assertEqual(404, self.get(name).status, name)
        self.session(), self.session()
        reply = self.get("00")
        self.assertEqual((409, "session_ambiguous"), (reply.status, reply.json["code"]))

    def test_delete(self) -> None:
        """Once, by the beginning of its id; then it is not there."""
        session = self.session()
        reply = self.wire.get(f"{SESSIONS}/{session[:8]}", method="DELETE")
        self.assertEqual((True, session), (reply.json["deleted"], reply.json["id"]))
        self.assertEqual(404, self.wire.get(f"{SESSIONS}/{session}", method="DELETE").status)
        self.assertEqual(404, self.get(session).status)

    def test_export(self) -> None:
        """All that was said, turn by turn."""
        session = self.session(system_prompt="be brief")
        [turn] = self.get(session, "/export").json["turns"]
        said = [(message["role"], message["text"]) for message in turn["messages"]]
        self.assertEqual([("system", "be brief"), ("user", "hi"), ("assistant", "yes")], said)

    def change(self, session: str, **asked: Any) -> Reply:
        self.wire.ask("PATCH", f"{SESSIONS}/{session}", {}, json.dumps(asked).encode())
        return Reply(self.wire.take())

    def test_change(self) -> None:
        """Title and tags are as they are given; what is not given stays."""
        session = self.session(tags=["old"])
        self.assertEqual("A", self.change(session[:8], title="A").json["title"])
        told = self.change(session, tags=["x", "x", "y"]).json
        self.assertEqual(("A", ["x", "y"]), (told["title"], told["tags"]))
        self.assertEqual(told, self.get(session).json)
        reply = self.change(session, backend="codex")
        self.assertEqual((400, "body.backend"), (reply.status, reply.json["errors"][0]["location"]))
        self.assertEqual(404, self.change("zzz", title="A").status)

    def test_change_busy(self) -> None:
        """Not while a prompt is under way, whose end would undo it."""
        session = self.session()
        self.begin({"prompt": "x"}, f"{SESSIONS}/{session}/resume")
        self.wire = self.house.wire()
        self.assertEqual(
            (409, "session_busy"), ((reply := self.change(session, tags=[])).status, reply.json["code"])
        )

    def test_trouble(self) -> None:
        """A store that cannot be read is 503."""

        def failing(*_: object) -> Any:
            raise StoreFailed("disk I/O error")

        self.house.store.session = failing  # type: ignore[method-assign]
        reply = self.get("abc")
        self.assertEqual((503, "store_failed"), (reply.status, reply.json["code"]))


class ImportTests(SessionsCase):
    def take_over(self, *sessions: Any) -> Reply:
        return self.post(f"{SESSIONS}/import", {"sessions": [*sessions]})

    def test_round(self) -> None:
        """What was exported is the same again elsewhere, and can be gone on with; twice changes nothing."""
        session = self.session(system_prompt="be brief", tags=["t"], metadata={"k": "v"}, workdir="/srv")
        exported = self.get(session, "/export").json
        self.house = NativeHouse()
        self.wire = self.house.wire()
        self.assertEqual({"imported": [session], "skipped": []}, self.take_over(exported).json)
        self.assertEqual({"imported": [], "skipped": [session]}, self.take_over(exported).json)
        self.assertEqual(exported, self.get(session, "/export").json)
        self.begin({"prompt": "more"}, f"{SESSIONS}/{session}/resume")
        said = [message.text for message in self.house.run.invocation.messages]
        self.assertEqual(["be brief", "hi", "yes", "more"], said)

    def test_own_only(self) -> None:
        """Of another key's session of that id nothing is seen, and nothing changed."""
        exported = self.get(self.session(), "/export").json
        house = NativeHouse(keys=(("ada", "a"), ("eve", "e")), store=self.house.store)
        wire = house.wire()
        reply = wire.posted({"sessions": [exported]}, {"X-Api-Key": "e"}, f"{SESSIONS}/import")
        self.assertEqual(1, len(reply.json["imported"]))
        self.assertEqual(0, wire.get(SESSIONS, {"X-Api-Key": "a"}).json["total"])

    def test_wrong(self) -> None:
        """An odd id, a moment that is none, no session at all: refused by its place."""
        session = self.get(self.session(), "/export").json["session"]
        for change, place in (
            ({"id": "../x"}, "sessions[0].session.id"),
            ({"last_used": "now"}, "sessions[0]"),
        ):
            reply = self.take_over({"session": {**session, **change}})
            self.assertEqual((400, f"body.{place}"), (reply.status, reply.json["errors"][0]["location"]))
        self.assertEqual(400, self.take_over().status)

    def test_under_way(self) -> None:
        """One that was under way where it comes from is not so here."""
        session = self.get(self.session(), "/export").json["session"]
        self.take_over({"session": {**session, "id": "a" * 32, "status": "active"}})
        self.assertEqual("failed", self.get("a" * 32).json["status"])


class ResumeTests(SessionsCase):
    def setUp(self) -> None:
        super().setUp()
        self.id = self.session(workdir="/srv", model="best")

    def resume(self, **asked: Any) -> None:
        self.begin({"prompt": "more", **asked}, f"{SESSIONS}/{self.id[:8]}/resume")

    def test_goes_on(self) -> None:
        """The conversation goes on with the session's backend, model and directory, in the same session."""
        self.resume()
        invocation = self.house.run.invocation
        self.assertEqual(["hi", "yes", "more"], [message.text for message in invocation.messages])
        self.assertEqual(("claude/opus", "/srv"), (invocation.model, invocation.agency.workdir))
        self.answer("and more")
        told = self.reply().json
        self.assertEqual((self.id, "and more"), (told["session_id"], told["output"]))
        session = self.get(self.id).json
        self.assertEqual((2, 20), (session["turn_count"], session["token_usage"]["input_tokens"]))

    def test_lines(self) -> None:
        """As lines too, with the number of the turn at the end."""
        self.resume(stream=True)
        self.answer()
        lines = self.lines()
        self.assertEqual({self.id}, {line["session_id"] for line in lines})
        self.assertEqual(2, lines[-1]["content"]["turn_count"])

    def test_unknown(self) -> None:
        """What is not there cannot be gone on with."""
        self.assertEqual(404, self.post(f"{SESSIONS}/zzz/resume", {"prompt": "x"}).status)

    def test_refused(self) -> None:
        """A prompt is needed; backend and directory are the session's."""
        path = f"{SESSIONS}/{self.id}/resume"
        for asked, name in (({}, "prompt"), ({"prompt": "x", "backend": "codex"}, "backend")):
            reply = self.post(path, asked)
            self.assertEqual((400, f"body.{name}"), (reply.status, reply.json["errors"][0]["location"]))

    def test_busy(self) -> None:
        """While a prompt of it is under way there is no second one."""
        self.resume()
        reply = self.house.wire().posted({"prompt": "x"}, path=f"{SESSIONS}/{self.id}/resume")
        self.assertEqual((409, "session_busy"), (reply.status, reply.json["code"]))

    def test_leaving(self) -> None:
        """A client that leaves cancels it, and it can be gone on with."""
        self.resume()
        self.wire.leave()
        self.wire = self.house.wire()
        self.assertEqual("cancelled", self.get(self.id).json["status"])
        self.resume()
        self.assertEqual("active", self.house.wire().get(f"{SESSIONS}/{self.id}").json["status"])

    def test_fork(self) -> None:
        """A fork is a new session in which the same was said."""
        reply = self.post(f"{SESSIONS}/{self.id}/fork", b"")
        self.assertEqual((201, self.id), (reply.status, reply.json["parent_id"]))
        fork = reply.json["id"]
        self.assertEqual(self.get(self.id, "/export").json["turns"], self.get(fork, "/export").json["turns"])

    def test_not_kept(self) -> None:
        """Where prompts are not kept it says so, and which setting it is."""

        class Forgetful(NativeHouse):
            keeping = Keeping(prompts="never")

        self.house = Forgetful()
        self.wire = self.house.wire()
        self.id = self.session()
        reply = self.post(f"{SESSIONS}/{self.id}/resume", {"prompt": "x"})
        self.assertEqual((409, "session_not_kept"), (reply.status, reply.json["code"]))
        self.assertIn("session.store_prompts", reply.json["detail"])
