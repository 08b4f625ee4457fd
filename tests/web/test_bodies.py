"""Bodies that arrive, all together."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.web.bodies import GRACE_SECS
from clinvoker.web.settings import Patience
from tests.web.test_early import chunk, head
from tests.web.wire import House, Reply, Wire

KEYS = tuple((name, f"key-of-{name}") for name in ("ada", "bob", "eve"))
CHUNKED = "Transfer-Encoding: chunked"


class BodiesTests(SynchronousTestCase):
    def house(self, together: int = 10_000, largest: int = 4000, **settings: Any) -> House:
        patience = Patience(max_bodies_bytes=together, body_secs=20)
        return House(keys=KEYS, max_body_bytes=largest, patience=patience, **settings)

    def begin(self, house: House, name: str, size: int) -> Wire:
        """A body of which so much has come, and that goes on."""
        wire = house.wire()
        wire.feed(head(CHUNKED, key=f"key-of-{name}") + (chunk(size) if size else b""))
        return wire

    def kept(self, house: House) -> int:
        return int(house.site.entrance._bodies._kept)

    def fill(self, house: House) -> list[Wire]:
        """No byte has room any more."""
        wires = [
            self.begin(house, name, size) for name, size in (("ada", 4000), ("bob", 4000), ("eve", 2000))
        ]
        self.assertEqual([b""] * 3, [wire.take() for wire in wires])
        self.assertEqual(10_000, self.kept(house))
        return wires

    def test_full(self) -> None:
        """Whoever would pass the bound is refused as soon as he does, and his connection ends."""
        house = self.house()
        before = self.begin(house, "eve", 0)
        self.fill(house)
        before.feed(chunk(1))
        for wire in (before, self.begin(house, "eve", 1)):
            reply = Reply(wire.take())
            self.assertEqual((503, "overloaded"), (reply.status, reply.code))
            self.assertTrue(wire.transport.disconnecting)
        self.assertEqual(10_000, self.kept(house))

    def test_told(self) -> None:
        """When, and by which setting, in the words of the door."""
        house = self.house()
        self.fill(house)
        wire = house.wire()
        wire.feed(head("Content-Length: 10", "Expect: 100-continue", key="key-of-eve"))
        reply = Reply(wire.take())
        self.assertEqual((503, "2"), (reply.status, reply.headers["retry-after"]))
        self.assertIn("http.max_bodies_bytes", reply.json["error"]["message"])
        wire = house.wire()
        wire.feed(head(CHUNKED, path="/anthropic/v1/messages", key="key-of-eve") + chunk(1))
        self.assertEqual(529, Reply(wire.take()).status)

    def test_room_again(self) -> None:
        """A body that has come to its end, is refused, or whose client leaves makes room."""
        house = self.house()
        whole, left, refused = self.fill(house)
        whole.feed(b"0\r\n\r\n")
        self.assertEqual(400, Reply(whole.take()).status)
        self.assertEqual(6000, self.kept(house))
        left.leave()
        self.assertEqual(2000, self.kept(house))
        refused.feed(chunk(2001))
        self.assertEqual(413, Reply(refused.take()).status)
        self.assertEqual(0, self.kept(house))
        self.assertFalse(house.site.entrance._bodies._by_sender)

    def test_slow(self) -> None:
        """So does one that is too slow, though its client has not gone."""
        house = self.house()
        [wire, *_] = self.fill(house)
        house.clock.pump([1.0] * 25)
        self.assertEqual(408, Reply(wire.take()).status)
        self.assertEqual(0, self.kept(house))

    def test_slower(self) -> None:
        """Where there is no room, those that come slower than any line is make some; nobody else is ended."""
        house = self.house(together=2_000_000, largest=1_000_000)
        slow = self.begin(house, "ada", 100_000)
        house.clock.advance(GRACE_SECS + 1)
        quick = [self.begin(house, name, 900_000) for name in ("bob", "eve")]
        self.assertEqual([b""] * 3, [wire.take() for wire in (slow, *quick)])
        another = self.begin(house, "ada", 150_000)
        reply = Reply(slow.take())
        self.assertEqual((408, "request_timeout"), (reply.status, reply.code))
        self.assertEqual([b""] * 3, [wire.take() for wire in (another, *quick)])
        self.assertEqual(1_950_000, self.kept(house))
        self.assertEqual(503, Reply(self.begin(house, "ada", 100_000).take()).status)

    def test_slow_itself(self) -> None:
        """One that comes slowly itself, and finds no room, is told that there is none."""
        house = self.house(together=200_000, largest=100_000)
        slow = self.begin(house, "ada", 50_000)
        house.clock.advance(GRACE_SECS + 1)
        for name in ("bob", "eve"):
            self.assertEqual(b"", self.begin(house, name, 75_000).take())
        slow.feed(chunk(1))
        self.assertEqual(503, Reply(slow.take()).status)
        self.assertEqual(150_000, self.kept(house))

    def test_share(self) -> None:
        """One key has half of it at most, so that it cannot keep out all others."""
        house = self.house()
        self.begin(house, "ada", 4000)
        wire = self.begin(house, "ada", 1001)
        reply = Reply(wire.take())
        self.assertEqual((429, "too_many_waiting"), (reply.status, reply.code))
        self.assertEqual(b"", self.begin(house, "bob", 4000).take())

    def test_one(self) -> None:
        """One body of the largest size has room, though it is more than the half."""
        house = self.house(largest=9000)
        self.assertEqual(b"", self.begin(house, "ada", 9000).take())

    def test_largest(self) -> None:
        """What is larger than all may be together is too large, whatever else is said."""
        house = self.house(largest=0)
        wire = self.begin(house, "ada", 10_001)
        reply = Reply(wire.take())
        self.assertEqual((413, "request_too_large"), (reply.status, reply.code))
        self.assertIn("http.max_bodies_bytes", reply.json["error"]["message"])

    def test_nobody(self) -> None:
        """Where no key is needed, an address has its share."""
        patience = Patience(max_bodies_bytes=10_000)
        house = House(max_body_bytes=4000, patience=patience)
        self.begin(house, "ada", 4000)
        self.assertEqual(429, Reply(self.begin(house, "bob", 1001).take()).status)

    def test_unbounded(self) -> None:
        """0 is no bound."""
        house = self.house(together=0)
        wires = [self.begin(house, "ada", 4000) for _ in range(100)]
        self.assertEqual({b""}, {wire.take() for wire in wires})

    def test_whole(self) -> None:
        """A body that comes in one piece is not kept, but must have room."""
        house = self.house()
        self.assertEqual(400, house.wire().posted(b"{}", {"Authorization": "Bearer key-of-ada"}).status)
        self.fill(house)
        reply = house.wire().posted(b"{}", {"Authorization": "Bearer key-of-ada"})
        self.assertEqual(503, reply.status)
