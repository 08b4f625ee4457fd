"""What every store promises of usage and of what it forgets, as tests."""

from __future__ import annotations

from msgspec.structs import replace

from clinvoker.errors import ConversationNotFound, ResponseNotFound, SessionNotFound
from clinvoker.model import Usage
from clinvoker.records import Item, SessionStatus, Turn, UsageRow
from clinvoker.settings import Keeping
from clinvoker.testing.store_case import DAY, NOW, RESPONSE, SESSION, TALK, USED, StoreTestCase, item, message


class UsageContract(StoreTestCase):
    """What was used."""

    def test_added(self) -> None:
        """One row for a day and model; days are bounds that are included; nobody sees another's."""
        days = ("2026-01-01", "2026-01-02", "2026-01-03")
        for day in (*days, *days):
            usage = Usage(input=3, cached=1, output=2, reasoning=1)
            self.store.add_usage(replace(USED, day=day, usage=usage, cost=0.5))
        rows = self.have(self.store.usage("ann", days[0], days[1]))
        self.assertEqual(days[:2], tuple(row.day for row in rows))
        doubled = Usage(input=6, cached=2, output=4, reasoning=2)
        self.assertEqual((2, doubled, 1.0), (rows[0].requests, rows[0].usage, rows[0].cost))
        self.assertEqual(3, len(self.have(self.store.usage("ann"))))
        self.assertEqual((), self.have(self.store.usage("ben")))

    def test_everybody(self) -> None:
        """What all used, by principal."""
        rows = [
            replace(USED, principal=name, day=day)
            for name in ("ann", "ben")
            for day in ("2026-01-01", "2026-01-02")
        ]
        for row in reversed(rows):
            self.store.add_usage(row)
        self.assertEqual(tuple(rows), self.have(self.store.everybodys_usage()))
        self.assertEqual(
            (rows[1], rows[3]), self.have(self.store.everybodys_usage("2026-01-02", "2026-01-02"))
        )

    def test_order(self) -> None:
        """By day, backend and model."""
        rows = [replace(USED, backend=backend, model=model) for backend in "ab" for model in "xy"]
        for row in reversed(rows):
            self.store.add_usage(row)
        self.assertEqual(tuple(rows), self.have(self.store.usage("ann")))


class RetentionContract(StoreTestCase):
    """What is too old or too much goes; what is under way stays."""

    keeping = Keeping(days=10, sessions=3, responses=3, conversations=3, usage_days=20)

    def test_age(self) -> None:
        """Each kind by its last use; usage by its day."""
        old = NOW - 10 * DAY - 1
        for fit, when in (("old", old), ("new", old + 2)):
            self.store.put_session(replace(SESSION, id=fit, status="completed", updated=when))
            self.store.put_response(replace(RESPONSE, id=fit, created=when))
            self.store.put_conversation(replace(TALK, id=fit, updated=when))
        self.store.add_usage(replace(USED, day="1970-03-01"))
        self.store.add_usage(USED)
        self.assertEqual(4, self.have(self.store.sweep()))
        self.assertEqual(["new"], self.ids())
        self.lacks(self.store.response("ann", "old"), ResponseNotFound)
        self.lacks(self.store.conversation("ann", "old"), ConversationNotFound)
        self.have(self.store.response("ann", "new"))
        self.have(self.store.conversation("ann", "new"))
        self.assertEqual((USED,), self.have(self.store.usage("ann")))
        self.assertEqual(0, self.have(self.store.sweep()))

    def test_under_way(self) -> None:
        """What has not ended is not forgotten, however old; an item is a use of its conversation."""
        self.store.put_session(replace(SESSION, updated=1.0))
        self.store.put_response(replace(RESPONSE, created=1.0, status="in_progress"))
        self.store.put_conversation(replace(TALK, updated=1.0))
        self.store.add_items("ann", TALK.id, [item("i1")])
        self.assertEqual(0, self.have(self.store.sweep()))
        self.assertEqual(NOW, self.have(self.store.conversation("ann", TALK.id)).updated)

    def test_number(self) -> None:
        """The last used of each principal stay, many portions of others go; one does not cost another."""
        for number in range(250):
            session = replace(SESSION, id=f"{number:04}", status="completed", updated=NOW + number)
            self.store.put_session(session)
        self.store.put_session(replace(SESSION, principal="ben", status="completed"))
        self.assertEqual(247, self.have(self.store.sweep()))
        self.assertEqual(["0249", "0248", "0247"], self.ids())
        self.assertEqual([SESSION.id], self.ids("ben"))
        self.lacks(self.store.session("ann", "0000"), SessionNotFound)

    def test_links(self) -> None:
        """An old response that younger ones continue is hidden, and still part of their history."""
        self.store.put_response(replace(RESPONSE, id="a", created=1.0, messages=(message("a"),)))
        self.store.put_response(replace(RESPONSE, id="b", previous="a", messages=(message("b"),)))
        self.assertEqual(1, self.have(self.store.sweep()))
        self.lacks(self.store.response("ann", "a"), ResponseNotFound)
        self.assertEqual((message("a"), message("b")), self.have(self.store.history("ann", "b")))
        self.assertEqual(0, self.have(self.store.sweep()))


class SizeContract(StoreTestCase):
    """Past so many bytes it is whoever holds most who loses what was used longest ago."""

    keeping = Keeping(days=0, bytes=2_000_000)

    def put(self, principal: str, number: int, status: SessionStatus = "completed") -> None:
        """A session with a hundred kilobytes."""
        session = replace(
            SESSION, id=f"{number:04}", principal=principal, status=status, updated=float(number)
        )
        turn = Turn(
            principal=principal, session=session.id, number=1, created=1.0, messages=(message("x" * 100_000),)
        )
        self.store.put_session(session)
        self.store.put_turn(turn)

    def test_room(self) -> None:
        """Enough goes and no more; nobody else's, and nothing that is under way."""
        for number in range(5):
            self.put("ben", number)
        self.put("ann", 0, "active")
        for number in range(1, 30):
            self.put("ann", number)
        gone = self.have(self.store.sweep())
        self.assertTrue(14 <= gone <= 20, gone)
        self.assertEqual(5, len(self.ids("ben")))
        left = [f"{number:04}" for number in range(29, gone, -1)]
        self.assertEqual([*left, "0000"], self.ids())
        self.assertEqual(0, self.have(self.store.sweep()))

    def test_kinds(self) -> None:
        """Responses and conversations are as good as sessions."""
        big = message("x" * 900_000)
        self.store.put_response(replace(RESPONSE, created=1.0, messages=(big,)))
        self.store.put_conversation(replace(TALK, updated=2.0))
        self.store.add_items("ann", TALK.id, [Item("i1", b"x" * 900_000)])
        self.put("ann", 3)
        self.assertEqual(0, self.have(self.store.sweep()))
        self.store.put_response(replace(RESPONSE, id="resp_2", messages=(big,)))
        self.assertEqual(1, self.have(self.store.sweep()))
        self.lacks(self.store.response("ann", RESPONSE.id), ResponseNotFound)
        self.have(self.store.conversation("ann", TALK.id))

    def test_under_way(self) -> None:
        """Where nothing can go, it is not looked for without end."""
        for number in range(30):
            self.put("ann", number, "active")
        self.assertEqual(0, self.have(self.store.sweep()))


class ForEverContract(StoreTestCase):
    """0 is for ever, and any number."""

    keeping = Keeping(days=0, sessions=0, responses=0, conversations=0, usage_days=0, bytes=0)

    def test_for_ever(self) -> None:
        """Nothing goes."""
        self.store.put_session(replace(SESSION, status="completed", updated=1.0))
        self.store.put_response(replace(RESPONSE, created=1.0))
        self.store.put_conversation(replace(TALK, updated=1.0))
        self.store.add_usage(UsageRow(principal="ann", day="1970-01-01", backend="b", model="m"))
        self.assertEqual(0, self.have(self.store.sweep()))
