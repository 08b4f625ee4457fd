"""Bodies, as they come over the wire."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.web.wire import ASK, CHAT, House, Reply

BODY = json.dumps(ASK).encode()


class BodyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House(max_body_bytes=1000)
        self.wire = self.house.wire()

    def head(self, *lines: str) -> bytes:
        common = [f"POST {CHAT} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
        return "\r\n".join([*common, *lines, "", ""]).encode()

    def runs(self) -> list[str]:
        return [run.invocation.messages[0].text for run in self.house.runs.runs]

    def test_chunked(self) -> None:
        """W9: a body in chunks, however it is cut, is one body."""
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
        for byte in self.head("Transfer-Encoding: chunked") + chunks:
            self.wire.feed(bytes([byte]))
        self.assertEqual(["SECRET PROMPT"], self.runs())

    def test_charset(self) -> None:
        """W9: the type may carry a charset, in any case."""
        self.wire.post(CHAT, BODY, {"Content-Type": "Application/JSON; charset=UTF-8"})
        self.assertEqual(["SECRET PROMPT"], self.runs())

    def test_expect(self) -> None:
        """W9: who waits to be asked for the body is asked."""
        self.wire.feed(self.head(f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
        self.assertEqual(b"HTTP/1.1 100 Continue\r\n\r\n", self.wire.take())
        self.wire.feed(BODY)
        self.assertEqual(["SECRET PROMPT"], self.runs())

    def test_old_protocol(self) -> None:
        """HTTP/1.0 without a Host is served and the connection closed."""
        self.wire.feed(b"GET /health HTTP/1.0\r\n\r\n")
        self.assertEqual(200, Reply(self.wire.take()).status)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_too_large(self) -> None:
        """F098, W10: a short one beyond the bound is 413 once it was read, and the connection lives on."""
        self.wire.feed(self.head("Content-Length: 1001") + b"x" * 1000)
        self.assertEqual(b"", self.wire.take())
        self.wire.feed(b"x")
        reply = Reply(self.wire.take())
        self.assertEqual((413, "request_too_large"), (reply.status, reply.code))
        self.assertIn("1000", reply.json["error"]["message"])
        self.assertEqual(200, self.wire.get("/health").status)

    def test_too_large_chunked(self) -> None:
        """W10: so it is where the length was not told."""
        chunk = b"200\r\n" + b"x" * 512 + b"\r\n"
        self.wire.feed(self.head("Transfer-Encoding: chunked") + chunk * 3 + b"0\r\n\r\n")
        self.assertEqual(413, Reply(self.wire.take()).status)

    def test_just_fits(self) -> None:
        """A body of exactly the bound is taken."""
        self.wire.post(CHAT, BODY.ljust(1000))
        self.assertEqual(["SECRET PROMPT"], self.runs())

    def test_nothing_kept_of_strangers(self) -> None:
        """The body of a request that its headers have refused already takes no memory."""
        house = House(keys=(("ada", "k"),))
        wire = house.wire()
        wire.feed(self.head("Content-Length: 1001") + b"x" * 1000)
        [request] = wire.channel.requests
        self.assertEqual(b"", request.content.getvalue())
        wire.feed(b"x")
        self.assertEqual(401, Reply(wire.take()).status)

    def test_nonsense(self) -> None:
        """W16: what is no request is 400 in JSON."""
        for body in (b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"{}"):
            reply = self.wire.posted(body)
            self.assertEqual((400, "application/json"), (reply.status, reply.headers["content-type"]), body)
        self.assertEqual([], self.runs())

    def test_not_kept(self) -> None:
        """While the answer is made the request holds its body no longer."""
        self.wire.post(CHAT, ASK)
        [request] = self.wire.channel.requests
        self.assertEqual(b"", request.content.getvalue())
