"""What every store promises of sessions, as tests."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from zope.interface.verify import verifyObject

from clinvoker.errors import SessionAmbiguous, SessionNotFound
from clinvoker.model import Image, Message, Text, ToolCall, Usage
from clinvoker.records import Session, SessionFilter, Turn
from clinvoker.stores import IStore
from clinvoker.testing.store_case import NOW, SESSION, StoreTestCase


class SessionContract(StoreTestCase):
    """Sessions."""

    def sessions(self, *ids: str, **fields: Any) -> None:
        """Keep sessions, each used a second after the one before."""
        for number, identity in enumerate(ids):
            self.store.put_session(replace(SESSION, id=identity, updated=NOW + number, **fields))

    def test_interface(self) -> None:
        """It is a store, and untroubled."""
        self.assertTrue(verifyObject(IStore, self.store))
        self.assertEqual("", self.store.trouble)

    def test_whole(self) -> None:
        """A session comes back as it was put, every field."""
        session = Session(
            id="0123" * 8,
            principal="ann",
            backend="codex",
            created=1.5,
            updated=2.5,
            model="o3",
            mode="agent",
            workdir="/srv/ü",
            title="A title",
            prompt="Say ok 🎉",
            tags=("a", "b"),
            metadata={"k": "v"},
            status="failed",
            turns=2,
            usage=Usage(input=1, cached=2, output=3, reasoning=4),
            cost=0.25,
            error="It failed.",
            native="thread-1",
            parent="ff" * 16,
        )
        self.store.put_session(session)
        self.assertEqual(session, self.have(self.store.session("ann", session.id)))

    def test_replaced(self) -> None:
        """The later one of an id holds, and is one."""
        self.store.put_session(SESSION)
        done = replace(SESSION, status="completed", turns=1, updated=NOW + 9)
        self.store.put_session(done)
        self.assertEqual(done, self.have(self.store.session("ann", SESSION.id)))
        self.assertEqual([SESSION.id], self.ids())

    def test_prefix(self) -> None:
        """The beginning of an id is enough where it is unique; no id begins with a wildcard."""
        self.sessions("aa11", "aa22", "bb33")
        self.assertEqual("bb33", self.have(self.store.session("ann", "b")).id)
        self.lacks(self.store.session("ann", "aa"), SessionAmbiguous)
        for prefix in ("c", "%", "_", "aa*", "AA11", "aa11x", "\ud83d"):
            self.lacks(self.store.session("ann", prefix), SessionNotFound)

    def test_order_and_pages(self) -> None:
        """The last used come first; a page is a part of that, and the total counts all."""
        self.sessions("a", "b", "c", "d")
        self.assertEqual(["d", "c", "b", "a"], self.ids())
        self.assertEqual(["c", "b"], self.ids(limit=2, offset=1))
        self.assertEqual(["a"], self.ids(offset=3))
        self.assertEqual([], self.ids(limit=5, offset=9))
        self.assertEqual(4, self.have(self.store.sessions("ann", SessionFilter(limit=1))).total)

    def test_filters(self) -> None:
        """Each filter by itself, and all together."""
        self.sessions("a", "b")
        other: dict[str, Any] = {
            "backend": "codex",
            "status": "failed",
            "model": "o3",
            "workdir": "/w",
            "tags": ("x", "y"),
        }
        self.sessions("c", **other)
        for name, value in {**other, "tag": "x"}.items():
            if name != "tags":
                self.assertEqual(["c"], self.ids(**{name: value}), name)
        self.assertEqual(["c"], self.ids(backend="codex", status="failed", tag="y", limit=1))
        self.assertEqual([], self.ids(backend="codex", status="active"))
        self.assertEqual([], self.ids(tag="x y"))

    def test_search(self) -> None:
        """In any case: the beginning of an id, or a part of title or prompt."""
        self.sessions("ab")
        self.sessions("cd", title="Große 100% Sache")
        self.sessions("ef", prompt="Write a sonnet")
        for search, found in (
            ("AB", ["ab"]),
            ("b", []),
            ("grosse", ["cd"]),
            ("0%", ["cd"]),
            ("a%e", []),
            ("SONNET", ["ef"]),
        ):
            self.assertEqual(found, self.ids(search=search), search)

    def test_deleted(self) -> None:
        """A deleted session is gone with its turns, for good."""
        self.store.put_session(replace(SESSION, status="completed"))
        self.store.put_turn(Turn(principal="ann", session=SESSION.id, number=1, created=NOW, messages=()))
        self.assertEqual(SESSION.id, self.have(self.store.delete_session("ann", SESSION.id[:5])).id)
        self.lacks(self.store.session("ann", SESSION.id), SessionNotFound)
        self.lacks(self.store.delete_session("ann", SESSION.id), SessionNotFound)
        self.assertEqual((), self.have(self.store.turns("ann", SESSION.id)))

    def test_deleted_while_active(self) -> None:
        """The end of its run does not bring a deleted session back; a new one of that id would be new."""
        self.store.put_session(SESSION)
        self.have(self.store.delete_session("ann", SESSION.id))
        for status in ("active", "completed"):
            self.store.put_session(replace(SESSION, status=status))
            self.store.put_turn(Turn(principal="ann", session=SESSION.id, number=1, created=NOW, messages=()))
            self.assertEqual([], self.ids())
        self.assertEqual(0, self.have(self.store.session_stats("ann")).total)
        self.store.put_session(replace(SESSION, turns=7))
        self.assertEqual(7, self.have(self.store.session("ann", SESSION.id)).turns)
        self.assertEqual((), self.have(self.store.turns("ann", SESSION.id)))

    def test_turns(self) -> None:
        """Turns come back whole and in order; the later one of a number holds."""
        self.store.put_session(SESSION)
        messages = (
            Message("user", (Text("Look: "), Image("image/png", "aGk="), Image(url="https://x/y.png"))),
            Message("assistant", (), (ToolCall("c1", "weather", '{"city":"Paris"}'),)),
            Message("tool", (Text("18C"),), call_id="c1"),
        )
        turns = [
            Turn(principal="ann", session=SESSION.id, number=n, created=NOW + n, messages=messages[:n])
            for n in (1, 2, 3)
        ]
        for turn in (turns[2], turns[0], replace(turns[1], messages=()), turns[1]):
            self.store.put_turn(turn)
        self.assertEqual(tuple(turns), self.have(self.store.turns("ann", SESSION.id)))

    def test_turn_of_nothing(self) -> None:
        """A turn without a session is not kept."""
        self.store.put_turn(Turn(principal="ann", session=SESSION.id, number=1, created=NOW, messages=()))
        self.store.put_session(SESSION)
        self.assertEqual((), self.have(self.store.turns("ann", SESSION.id)))

    def test_stats(self) -> None:
        """All are counted, and their tokens added."""
        self.sessions("a", "b", usage=Usage(input=1, cached=2, output=3, reasoning=4), cost=0.5)
        self.sessions("c", backend="codex", status="failed")
        stats = self.have(self.store.session_stats("ann"))
        self.assertEqual((3, 1.0), (stats.total, stats.cost))
        self.assertEqual({"claude": 2, "codex": 1}, dict(stats.by_backend))
        self.assertEqual({"active": 2, "failed": 1}, dict(stats.by_status))
        self.assertEqual(Usage(input=2, cached=4, output=6, reasoning=8), stats.usage)

    def test_halves(self) -> None:
        """Half a surrogate pair, as programs cut them, is kept as U+FFFD and hinders nothing else."""
        self.store.put_session(replace(SESSION, title="ok \ud83d", tags=("\ud83c\udf89",)))
        self.assertEqual("ok \ufffd", self.have(self.store.session("ann", SESSION.id)).title)
        self.assertEqual([SESSION.id], self.ids(tag="🎉"))

    def test_isolation(self) -> None:
        """Another principal sees, counts, deletes and replaces nothing, whatever id he guesses."""
        self.store.put_session(SESSION)
        self.store.put_turn(Turn(principal="ann", session=SESSION.id, number=1, created=NOW, messages=()))
        self.store.put_session(replace(SESSION, principal="ben", title="ben's", status="completed"))
        self.have(self.store.delete_session("ben", SESSION.id))
        self.lacks(self.store.session("ben", SESSION.id), SessionNotFound)
        self.lacks(self.store.session("ben", ""), SessionNotFound)
        self.assertEqual([], self.ids("ben"))
        self.assertEqual(0, self.have(self.store.session_stats("ben")).total)
        self.assertEqual((), self.have(self.store.turns("ben", SESSION.id)))
        self.assertEqual(SESSION, self.have(self.store.session("ann", SESSION.id)))
        self.assertEqual(1, len(self.have(self.store.turns("ann", SESSION.id))))
