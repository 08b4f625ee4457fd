"""The commands about sessions: F123, F124."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clinvoker.client import carrying, sessions
from clinvoker.client.ages import seconds_in
from clinvoker.client.asking import Wish, ask
from clinvoker.client.exits import GENERAL, SESSION, CommandFailed
from clinvoker.config import Config, Session
from tests.client.works import CommandCase

NOTHING = {"status": "", "tag": "", "search": ""}
DAY = 86_400


class SessionsCase(CommandCase):
    def session(self, prompt: str = "hello", tags: tuple[str, ...] = (), **given: Any) -> str:
        """The id of a new session, a second after the one before."""
        self.house.clock.advance(1)
        begun = self.begin(ask(self.work(backend="claude"), Wish(prompt=prompt, tags=tags)))
        self.answer()
        self.successResultOf(begun)
        return str(self.told()["session_id"])

    def list_(self, here: bool = False, limit: int = 0, given: Any = None, **filters: str) -> Any:
        """The ids that are listed as JSON."""
        work = self.work(**(given or {}))
        self.done(sessions.list_(work, {**NOTHING, **filters}, here, limit, True))
        return [each["id"] for each in self.told()["sessions"]]


class ListTests(SessionsCase):
    def test_table(self) -> None:
        """The last used first: the beginning of its id, who, how, when, tokens, and what it is about."""
        ids = [self.session("one\nline"), self.session("two")]
        self.house.clock.advance(3600 * 2)
        self.done(sessions.list_(self.work(), NOTHING, False, 0, False))
        head, *rows = self.said().splitlines()
        self.assertEqual(["ID", "BACKEND", "STATUS", "LAST", "USED", "TOKENS", "TITLE"], head.split())
        self.assertEqual([each[:8] for each in ids[::-1]], [row.split()[0] for row in rows])
        self.assertIn("2h ago     12      one line", rows[1])

    def test_none(self) -> None:
        """None is told as such."""
        self.done(sessions.list_(self.work(), NOTHING, False, 0, False))
        self.assertEqual("No sessions found.\n", self.said())

    def test_filters(self) -> None:
        """By program, tag, text, directory; at most so many, and how many more there are."""
        plain, tagged = self.session(), self.session("a Whale", ("blue",))
        self.assertEqual([tagged, plain], self.list_())
        for filters in ({"tag": "blue"}, {"search": "whale"}):
            self.assertEqual([tagged], self.list_(**filters))
            self.assertEqual([tagged], self.list_(here=True, **filters))
        self.assertEqual([], self.list_(given={"backend": "codex"}))
        self.assertEqual([], self.list_(here=True, status="failed"))
        self.done(sessions.list_(self.work(), NOTHING, False, 1, False))
        self.assertIn("1 more; -n 0 shows all.", self.err.getvalue())

    def test_show(self) -> None:
        """All about one, by the beginning of its id."""
        name = self.session("look\x1b[2J here")
        self.done(sessions.show(self.work(), name[:6], False))
        told = self.said()
        for fact in (name, "claude", "completed", "look [2J here", "10 input, 2 output", "/here"):
            self.assertIn(fact, told)
        self.assertNotIn("\x1b", told)
        self.done(sessions.show(self.work(), name, True))
        self.assertEqual(name, self.told()["id"])


class ChangeTests(SessionsCase):
    def test_delete(self) -> None:
        """What is there goes, what is not is told, and the exit code is 4."""
        name = self.session()
        self.assertEqual(SESSION, self.done(sessions.delete(self.work(), ["zzz", name[:8]])))
        self.assertEqual(f"Session {name} deleted.\n", self.said())
        self.assertIn("zzz", self.err.getvalue())
        self.assertEqual([], self.list_())

    def test_tag(self) -> None:
        """Tags are added and taken away, titles given; nothing is as it was."""
        name = self.session(tags=("old",))
        self.done(sessions.tag(self.work(), name[:8], ["new"], ["old"], "A title"))
        self.said()
        self.assertEqual([name], self.list_(tag="new"))
        self.assertEqual([], self.list_(tag="old"))
        self.assertEqual([name], self.list_(search="a title"))
        self.said()
        self.done(sessions.tag(self.work(), name, [], [], None))
        self.assertEqual(f"{name[:8]}  api, clinvk, new\n", self.said().replace("house, ", ""))

    def test_fork(self) -> None:
        """The id of the new one, alone on stdout."""
        name = self.session()
        self.done(sessions.fork(self.work(), name, False))
        [fork] = self.said().split()
        self.assertEqual({fork, name}, {*self.list_()})


class CleanTests(SessionsCase):
    def clean(self, older_than: str = "", days: float = 30, **given: Any) -> str:
        config = Config(session=Session(retention_days=days))
        self.done(sessions.clean(self.work(config, **given), older_than))
        return self.said()

    def test_units(self) -> None:
        """F124: days, hours, minutes and bare numbers, which are days."""
        self.session()
        self.house.clock.advance(DAY * 1.5)
        for kept in ("2", "2d", "37h", "1w", "2200m"):
            self.assertEqual(f"Deleted 0 sessions older than {kept}.\n", self.clean(kept))
        self.assertEqual("Deleted 1 session older than 35h.\n", self.clean("35h"))

    def test_never(self) -> None:
        """F124: 0 is never, in the flag as in the configuration, whose days hold otherwise."""
        self.session()
        self.house.clock.advance(DAY * 400)
        for said in (self.clean("0"), self.clean("0h"), self.clean(days=0)):
            self.assertIn("Deleted 0 sessions", said)
        self.assertEqual("Would delete 1 session older than 30d.\n", self.clean(dry_run=True))
        self.assertEqual("Deleted 0 sessions older than 30d.\n", self.clean(backend="codex"))
        self.assertEqual("Deleted 1 session older than 30d.\n", self.clean())

    def test_wrong(self) -> None:
        """What is no age is refused, with what would be one."""
        for text in ("", "x", "3y", "-1d", "1.d", "d"):
            error = self.assertRaises(CommandFailed, seconds_in, text)
            self.assertEqual(GENERAL, error.exit_code)
        self.assertEqual([90.0, 5400.0, 1209600.0], [seconds_in(text) for text in ("90s", "1.5h", "2w")])


class CarryTests(SessionsCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def test_round(self) -> None:
        """What is exported and forgotten can be taken over, and gone on with; twice changes nothing."""
        name = self.session("first")
        path = self.folder / "session.json"
        self.done(carrying.export(self.work(), name, str(path)))
        self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.done(sessions.delete(self.work(), [name]))
        for took in ("Took over 1 session.\n", "Took over 0 sessions; 1 were there before.\n"):
            self.said()
            self.done(carrying.import_(self.work(), [str(path)]))
            self.assertEqual(took, self.said())
        self.begin(ask(self.work(backend="claude"), Wish(prompt="more", goes_on=True)))
        self.assertEqual(["first", "yes", "more"], self.asked())

    def test_text(self) -> None:
        """To be read: who said what."""
        name = self.session("first")
        self.done(carrying.export(self.work(output="text"), name, "-"))
        self.assertIn("## You\n\nfirst\n\n## Answer\n\nyes\n", self.said())

    def test_earlier(self) -> None:
        """The files of the earlier program, one or a directory of them."""
        told = {
            "id": "ab" * 8,
            "backend": "codex",
            "created_at": "2025-01-02T03:04:05.123456789+01:00",
            "last_used": "2025-01-02T03:04:05Z",
            "initial_prompt": "of old",
            "backend_session_id": "thread-1",
            "tags": ["t"],
        }
        inner = self.folder / "sessions"
        inner.mkdir()
        path = inner / f"{told['id']}.json"
        path.write_text(json.dumps(told))
        for name in (self.folder, inner, path):
            self.done(carrying.import_(self.work(), [str(name)]))
        [session] = self.house.wire().get("/api/v1/sessions").json["sessions"]
        self.assertEqual(("of old", ["t"]), (session["initial_prompt"], session["tags"]))
        self.assertEqual("2025-01-02T02:04:05.123457Z", session["created_at"])

    def test_nothing(self) -> None:
        """A file that holds none, or is not there, is told by its name."""
        path = self.folder / "odd.json"
        path.write_text("[]")
        self.assertEqual(SESSION, self.done(carrying.import_(self.work(), [str(path)])))
        self.assertEqual(GENERAL, self.done(carrying.import_(self.work(), [str(self.folder / "none")])))
        self.assertEqual(2, self.err.getvalue().count(str(self.folder)))
