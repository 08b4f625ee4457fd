"""Who may enter, over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.keys import Standing
from clinvoker.web.cors import _EXPOSED, Cors
from clinvoker.web.ratelimits import anthropic_headers, openai_headers
from clinvoker.web.tracing import Trace
from tests.web.wire import ASK, CHAT, House, Reply

APP = "https://app.test"
PREFLIGHT = {
    "Origin": APP,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
}


class KeyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House(keys=(("ada", "key-of-ada"),))
        self.wire = self.house.wire()

    def test_missing(self) -> None:
        """W79: without a key it is 401 invalid_api_key, on routes that do not exist too."""
        for path in ("/openai/v1/models", "/nothing"):
            reply = self.wire.get(path)
            self.assertEqual((401, "invalid_api_key"), (reply.status, reply.code))
            self.assertEqual("Bearer", reply.headers["www-authenticate"])

    def test_wrong(self) -> None:
        """W79: a wrong key is refused and not repeated; no run is begun."""
        reply = self.wire.posted(ASK, {"Authorization": "Bearer key-of-eve"})
        self.assertEqual((401, "invalid_api_key"), (reply.status, reply.code))
        self.assertNotIn(b"key-of-eve", reply.body)
        self.assertEqual([], self.house.runs.runs)

    def test_right(self) -> None:
        """The right one opens."""
        self.wire.post(CHAT, ASK, {"Authorization": "Bearer key-of-ada"})
        self.assertEqual(1, len(self.house.runs.runs))

    def test_reuse_after_refusal(self) -> None:
        """W11: the connection can be used again after a refusal, whose body was read."""
        self.assertEqual(401, self.wire.posted(ASK).status)
        self.assertEqual(200, self.wire.get("/health").status)
        self.assertTrue(self.wire.transport.connected)


class MetricsTests(SynchronousTestCase):
    """What is measured names keys, tokens and costs: to who has a key."""

    def told(self, headers: Mapping[str, str] = {}, **settings: Any) -> tuple[int, bytes]:
        reply = (
            House(metrics=lambda named: b"all" if named else b"some", **settings)
            .wire()
            .get("/metrics", headers)
        )
        return reply.status, reply.body[:4]

    def test_keys(self) -> None:
        """Where there are keys, all is told to who sends one, as Prometheus can; a wrong one is told of."""
        keys = (("ada", "key-of-ada"),)
        self.assertEqual((200, b"some"), self.told(keys=keys))
        self.assertEqual((200, b"all"), self.told({"Authorization": "Bearer key-of-ada"}, keys=keys))
        self.assertEqual(401, self.told({"Authorization": "Bearer key-of-eve"}, keys=keys)[0])

    def test_no_keys(self) -> None:
        """Where there are none, to whoever comes."""
        self.assertEqual((200, b"all"), self.told())


class PageTests(SynchronousTestCase):
    """What a page of the web can make a browser send."""

    def setUp(self) -> None:
        self.house = House(cors_allowed_origins=(APP,))
        self.wire = self.house.wire()

    def refused(self, **headers: str) -> int:
        reply = self.wire.posted(ASK, {name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual([], self.house.runs.runs)
        self.assertEqual({"message", "type", "param", "code"}, set(reply.json["error"]))
        return reply.status

    def test_no_type(self) -> None:
        """A body without a type, with a form's, or with text is 415."""
        self.assertEqual(415, self.refused(Content_Type=""))
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            self.assertEqual(415, self.refused(Content_Type=kind))
        self.assertEqual(415, self.refused(Content_Type="text/plain; application/json"))

    def test_foreign_origin(self) -> None:
        """A foreign origin is 403 and may not read why."""
        self.assertEqual(403, self.refused(Origin="https://evil.test"))
        self.assertEqual(403, self.refused(Origin="null"))
        reply = self.wire.get("/health", {"Origin": "https://evil.test"})
        self.assertEqual((403, None), (reply.status, reply.headers["access-control-allow-origin"]))

    def test_foreign_host(self) -> None:
        """A foreign host name is 403, for /health as well."""
        self.assertEqual(403, self.refused(Host="evil.test:8080"))
        self.assertEqual(403, self.wire.get("/health", {"Host": "evil.test"}).status)

    def test_two_hosts(self) -> None:
        """HTTP/1.1 has exactly one host name: what is not so may mean another to a proxy before us."""
        for hosts in (
            b"",
            b"Host: localhost\r\nHost: evil.test\r\n",
            b"Host: localhost\r\nHost: localhost\r\n",
        ):
            wire = self.house.wire()
            wire.feed(b"GET /health HTTP/1.1\r\n" + hosts + b"\r\n")
            reply = Reply(wire.take())
            self.assertEqual((400, "invalid_request"), (reply.status, reply.code))
            self.assertIn("Host", reply.json["error"]["message"])
            self.assertTrue(wire.transport.disconnecting)

    def test_unix_socket(self) -> None:
        """Over a UNIX socket any Host will do, even one that the router could not parse."""
        wire = self.house.wire(UNIXAddress("/run/clinvoker.sock"))
        for host in ("evil.test", "a..b", "\xff", "x" * 300):
            self.assertEqual(200, wire.get("/health", {"Host": host}).status)


class CorsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.wire = House(cors_allowed_origins=(APP,), keys=(("ada", "key"),)).wire()

    def test_preflight(self) -> None:
        """A preflight needs no key: browsers send none with it."""
        reply = self.wire.get(CHAT, PREFLIGHT, "OPTIONS")
        self.assertEqual((204, b""), (reply.status, reply.body))
        self.assertEqual(APP, reply.headers["access-control-allow-origin"])
        self.assertIn("POST", reply.headers["access-control-allow-methods"])
        self.assertEqual(
            PREFLIGHT["Access-Control-Request-Headers"], reply.headers["access-control-allow-headers"]
        )
        self.assertEqual("origin", reply.headers["vary"].lower())
        self.assertIsNone(reply.headers["access-control-allow-private-network"])

    def test_private_network(self) -> None:
        """A page of the public web that is allowed may reach a private address."""
        asked = {**PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
        reply = self.wire.get(CHAT, asked, "OPTIONS")
        self.assertEqual("true", reply.headers["access-control-allow-private-network"])

    def test_settings(self) -> None:
        """Credentials, where they are allowed, and how long a preflight is good."""
        wire = House(cors_allowed_origins=(APP,), cors=Cors(True, 5)).wire()
        reply = wire.get(CHAT, PREFLIGHT, "OPTIONS")
        self.assertEqual("5", reply.headers["access-control-max-age"])
        self.assertEqual("true", reply.headers["access-control-allow-credentials"])
        reply = self.wire.get(CHAT, PREFLIGHT, "OPTIONS")
        self.assertIsNone(reply.headers["access-control-allow-credentials"])

    def test_foreign_preflight(self) -> None:
        """That of a foreign origin is refused, and so is one with a foreign host."""
        self.assertEqual(
            403, self.wire.get(CHAT, {**PREFLIGHT, "Origin": "https://e.test"}, "OPTIONS").status
        )
        self.assertEqual(403, self.wire.get(CHAT, {**PREFLIGHT, "Host": "e.test"}, "OPTIONS").status)

    def test_answers(self) -> None:
        """An allowed page reads the answer and the headers it needs, errors included."""
        for key, status in (("Bearer key", 200), ("Bearer wrong", 401)):
            reply = self.wire.get("/openai/v1/models", {"Origin": APP, "Authorization": key})
            self.assertEqual((status, APP), (reply.status, reply.headers["access-control-allow-origin"]))
            self.assertIn("x-request-id", reply.headers["access-control-expose-headers"])

    def test_exposed(self) -> None:
        """Of what the daemon tells in headers of its own a page may read all."""
        exposed = {name.strip() for name in _EXPOSED.decode("ascii").split(",")}
        standing = Standing(requests=1, tokens=1)
        told = {
            name.decode("ascii") for name, _ in (*openai_headers(standing), *anthropic_headers(standing, 0.0))
        }
        told |= {name.decode("ascii") for name, _ in Trace("t", "s", "p").headers()}
        told |= {"mcp-session-id", "request-id", "x-request-id", "x-clinvoker-ignored"}
        self.assertEqual(set(), told - exposed)

    def test_no_page(self) -> None:
        """Who sends no origin is told nothing of it, save that caches must look at it."""
        reply = self.wire.get("/health")
        self.assertIsNone(reply.headers["access-control-allow-origin"])
        self.assertEqual("origin", reply.headers["vary"].lower())

    def test_odd_header_list(self) -> None:
        """A list of headers that is none is not repeated."""
        asked = {**PREFLIGHT, "Access-Control-Request-Headers": "a: b; <c>"}
        reply = self.wire.get(CHAT, asked, "OPTIONS")
        self.assertIsNone(reply.headers["access-control-allow-headers"])
