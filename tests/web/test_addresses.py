"""Where requests come from, and how many."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.errors import AddressRateLimited
from clinvoker.web.addresses import MOST, Pace, Proxies, address_of
from tests.web.wire import CHAT, House

NEAR = IPv4Address("TCP", "10.0.0.7", 4000)
FAR = IPv4Address("TCP", "192.0.2.1", 4000)


def forwarded(*values: str) -> Headers:
    return Headers({b"x-forwarded-for": [value.encode("latin-1") for value in values]})


class ProxyTests(SynchronousTestCase):
    """F097: a header is believed only of those who are trusted."""

    def client(self, peer: IAddress, *values: str, trusted: tuple[str, ...] = ("10.0.0.0/8",)) -> str:
        return Proxies(trusted).client(address_of(peer), forwarded(*values))

    def test_nobody(self) -> None:
        """Where nobody is trusted, no header is looked at."""
        self.assertEqual("10.0.0.7", self.client(NEAR, "203.0.113.9", trusted=()))

    def test_not_a_proxy(self) -> None:
        """Nor if it comes from elsewhere."""
        self.assertEqual("192.0.2.1", self.client(FAR, "203.0.113.9"))

    def test_rightmost(self) -> None:
        """The last that is no proxy: what stands left of it the client may have written."""
        self.assertEqual("203.0.113.9", self.client(NEAR, "1.1.1.1, 203.0.113.9, 10.9.9.9"))
        self.assertEqual("203.0.113.9", self.client(NEAR, "1.1.1.1", "203.0.113.9", "10.9.9.9"))

    def test_only_proxies(self) -> None:
        """Of proxies alone the first."""
        self.assertEqual("10.1.1.1", self.client(NEAR, "10.1.1.1, 10.9.9.9"))
        self.assertEqual("10.0.0.7", self.client(NEAR))

    def test_nonsense(self) -> None:
        """What is no address ends the search: the proxy itself is it."""
        for sent in (
            "unknown",
            "203.0.113.9, x",
            "_hidden",
            "203.0.113.9:x",
            "\xe9",
            ",",
            "[203.0.113.9",
            "[]:1",
        ):
            self.assertEqual("10.0.0.7", self.client(NEAR, sent), sent)
        for sent in ("for=203.0.113.9", "2001:db8::1:", "010.0.0.1", "1.2.3", "1.2.3.4:123456", "a" * 9000):
            self.assertEqual("10.0.0.7", self.client(NEAR, sent), sent)

    def test_ports(self) -> None:
        """Some proxies write the port too, with brackets around IPv6, or quotes: it is one client."""
        for sent in ("203.0.113.9:4711", "203.0.113.9", ' "203.0.113.9:1" ', "1.1.1.1,\t203.0.113.9:80 "):
            self.assertEqual("203.0.113.9", self.client(NEAR, sent), sent)
        for sent in ("[2001:db8::1]:4711", "[2001:db8::1]", "2001:DB8:0::1", '"[2001:db8::1]:4711"'):
            self.assertEqual("2001:db8::1", self.client(NEAR, sent), sent)
        self.assertEqual("203.0.113.9", self.client(NEAR, "203.0.113.9:1, 10.9.9.9:2"))
        self.assertEqual("203.0.113.9", self.client(NEAR, "[::ffff:203.0.113.9]:1"))

    def test_zones(self) -> None:
        """A zone is the proxy's own name for a link, and no part of an address."""
        for sent in ("fe80::1%eth0", "[fe80::1%25eth0]:80", "fe80::1"):
            self.assertEqual("fe80::1", self.client(NEAR, sent), sent)

    def test_forwarded(self) -> None:
        """`Forwarded` is not looked at, whoever sends it."""
        headers = Headers({b"forwarded": [b"for=203.0.113.9"]})
        self.assertEqual("10.0.0.7", Proxies(("10.0.0.0/8",)).client("10.0.0.7", headers))

    def test_six(self) -> None:
        """IPv6, and IPv4 that comes as such."""
        peer = IPv6Address("TCP", "::ffff:10.0.0.7", 4000)
        self.assertEqual("2001:db8::1", self.client(peer, "2001:db8::1"))
        self.assertEqual(
            "2001:db8::1", self.client(NEAR, "2001:db8::1, fd00::1", trusted=("10.0.0.7", "fd00::/8"))
        )

    def test_unix(self) -> None:
        """Over a UNIX socket, if that is said."""
        peer = UNIXAddress(b"/run/x")
        self.assertEqual("203.0.113.9", self.client(peer, "203.0.113.9", trusted=("unix",)))
        self.assertEqual("unix", self.client(peer, "203.0.113.9"))
        sent = forwarded("203.0.113.9")
        self.assertEqual("203.0.113.9", Proxies(("unix",)).client("unix:33", sent))
        self.assertEqual("unix:33", Proxies(("10.0.0.0/8",)).client("unix:33", sent))


class PaceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)

    def passes(self, pace: Pace, address: str) -> int:
        """How many of twenty."""
        count = 0
        for _ in range(20):
            try:
                pace.check(address)
            except AddressRateLimited:
                continue
            count += 1
        return count

    def test_bucket(self) -> None:
        """F096: a burst, then as many as time has passed; each address by itself."""
        pace = Pace(self.clock, 2, 5)
        self.assertEqual(5, self.passes(pace, "192.0.2.1"))
        error = self.assertRaises(AddressRateLimited, pace.check, "192.0.2.1")
        self.assertEqual(0.5, error.retry_after)
        self.clock.advance(1.5)
        self.assertEqual(3, self.passes(pace, "192.0.2.1"))
        self.assertEqual(5, self.passes(pace, "192.0.2.2"))

    def test_off(self) -> None:
        """0 is any number."""
        self.assertEqual(20, self.passes(Pace(self.clock, 0, 0), "192.0.2.1"))

    def test_six(self) -> None:
        """A network of 64 bits is one customer's."""
        pace = Pace(self.clock, 1, 5)
        self.assertEqual(5, self.passes(pace, "2001:db8::1"))
        self.assertEqual(0, self.passes(pace, "2001:db8::ffff:2"))
        self.assertEqual(5, self.passes(pace, "2001:db8:0:1::1"))

    def test_bounded(self) -> None:
        """So many addresses are remembered; who asks often is not forgotten first."""
        pace = Pace(self.clock, 0.001, 1)
        pace.check("192.0.2.1")
        for number in range(MOST - 1):
            pace.check(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        self.assertRaises(AddressRateLimited, pace.check, "192.0.2.1")
        pace.check("198.51.100.1")
        self.assertEqual(MOST, len(pace._buckets))
        self.assertRaises(AddressRateLimited, pace.check, "192.0.2.1")


class EntranceTests(SynchronousTestCase):
    def test_every_route(self) -> None:
        """F096: whatever is asked for, HEAD and /health included; and when to come back is told."""
        wire = House(rate_limit_rps=0.5, rate_limit_burst=3).wire()
        statuses = [wire.get("/health", method=method).status for method in ("GET", "HEAD", "GET")]
        self.assertNotIn(429, statuses)
        for method, path in (("HEAD", "/health"), ("GET", "/health"), ("OPTIONS", CHAT), ("GET", "/nothing")):
            reply = wire.get(path, method=method)
            self.assertEqual((429, "2"), (reply.status, reply.headers["retry-after"]), path)

    def test_users(self) -> None:
        """At a UNIX socket each user has his own."""
        house = House(rate_limit_rps=0.5, rate_limit_burst=3, origin=lambda transport: transport.user)
        for user in ("unix:1000", "unix:1001"):
            wire = house.wire(UNIXAddress("/run/s"), user)
            statuses = [wire.get("/health").status for _ in range(5)]
            self.assertEqual([429, 429], statuses[3:])
            self.assertNotIn(429, statuses[:3])

    def test_not_bypassed(self) -> None:
        """F097: another X-Forwarded-For each time does not help."""
        wire = House(rate_limit_rps=0.5, rate_limit_burst=3).wire()
        statuses = [wire.get("/health", {"X-Forwarded-For": f"10.0.0.{n}"}).status for n in range(12)]
        self.assertEqual(9, statuses.count(429))
