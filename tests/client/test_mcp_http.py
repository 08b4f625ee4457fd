"""`clinvk mcp --transport http`: requests handed on to the daemon, and its answers back."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from typing import Any, cast

from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from clinvoker.client import mcp_http
from clinvoker.client.connection import Connection, NoAnswer
from clinvoker.client.mcp_http import Bridged, is_ours
from clinvoker.client.places import Place
from clinvoker.model import TextDelta
from tests.client.works import CommandCase
from tests.web.mcps import ACCEPT, PATH, message, prompt
from tests.web.wire import Reply


class HttpCase(CommandCase):
    """A client's connection to the command, over a daemon in memory."""

    def setUp(self) -> None:
        super().setUp()
        self.connect(self.work(key="mine").api)

    def connect(self, api: Connection) -> None:
        """A new connection to a command."""
        self.transport = StringTransport()
        site = Bridged(api, "127.0.0.1", self.house.clock)
        self.protocol = cast(Any, site.buildProtocol(self.transport.getPeer()))
        self.protocol.makeConnection(self.transport)

    def send(self, body: bytes, headers: Mapping[str, str] = {}, path: str = PATH) -> None:
        """Send a request."""
        kinds = {"Host": "localhost:8081", "Content-Type": "application/json", **ACCEPT, **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in kinds.items())
        self.protocol.dataReceived(
            f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
        for _ in range(5):
            self.stub.flush()

    def said(self, asked: Any, headers: Mapping[str, str] = {}, path: str = PATH) -> Reply:
        """Send a message and take the answer."""
        self.send(json.dumps(asked).encode(), headers, path)
        data: bytes = self.transport.value()
        self.transport.clear()
        return Reply(data, "POST")


class HandedOnTests(HttpCase):
    def test_answer(self) -> None:
        """Status, headers and body come back; a session's name among them."""
        hello = self.said(message("initialize", {"protocolVersion": "2025-06-18"}))
        self.assertTrue(hello.headers["mcp-session-id"])
        self.assertEqual("application/json", hello.headers["content-type"])
        wrong = self.said(message("ping"), {"Mcp-Protocol-Version": "1"})
        self.assertEqual((400, -32022), (wrong.status, wrong.json["error"]["code"]))

    def test_stream(self) -> None:
        """What is streamed comes as it is said."""
        self.send(json.dumps(prompt(token="t")).encode())
        self.hear(TextDelta("yes"))
        self.assertIn(b"notifications/progress", self.transport.value())
        self.answer("")
        self.assertIn(b'"text":"yes"', self.transport.value())

    def test_leaving(self) -> None:
        """A client that leaves ends what it asked for."""
        self.send(json.dumps(prompt()).encode())
        self.protocol.connectionLost(Failure(ConnectionLost()))
        self.stub.flush()
        self.connect(self.work(key="mine").api)
        self.send(json.dumps(prompt()).encode())
        self.hear(TextDelta("half"))
        self.house.clock.advance(15)
        self.protocol.connectionLost(Failure(ConnectionLost()))
        self.stub.flush()
        self.assertEqual([True, True], [run.cancelled for run in self.house.runs.runs])
        gc.collect()
        self.assertEqual([], self.flushLoggedErrors())

    def test_refused(self) -> None:
        """Other paths, other hosts and foreign pages are refused."""
        self.assertEqual(404, self.said(message("ping"), path="/api/v1/sessions").status)
        self.assertEqual(403, self.said(message("ping"), {"Host": "evil.test"}).status)
        self.assertEqual(403, self.said(message("ping"), {"Origin": "http://evil.test"}).status)

    def test_long(self) -> None:
        """A body has a bound."""
        self.patch(mcp_http, "LARGEST", 10)
        self.assertEqual(413, self.said(message("ping")).status)

    def test_unreachable(self) -> None:
        """Where no daemon answers it is a status, with a sentence."""

        class Nobody:
            async def request(self, *_: object) -> Any:
                raise NoAnswer("nobody is there")

        self.connect(Connection(cast(Any, Nobody()), Place("http://x")))
        reply = self.said(message("ping"))
        self.assertEqual(502, reply.status)
        self.assertIn("nobody is there", reply.json["error"]["message"])


class KeyTests(HttpCase):
    keys = (("ada", "mine"),)

    def test_own(self) -> None:
        """Each client sends its own key; that of the command is sent for nobody."""
        self.assertEqual(401, self.said(message("ping")).status)
        self.assertEqual(200, self.said(message("ping"), {"X-Api-Key": "mine"}).status)


class HostTests(CommandCase):
    def test_hosts(self) -> None:
        """Only this machine's names are taken; a page's own is not."""
        for host in (b"", b"localhost:1", b"127.0.0.1", b"[::1]:80", b"LOCALHOST", b"10.0.0.5:1"):
            self.assertTrue(is_ours(host, "10.0.0.5"), host)
        for host in (b"evil.test", b"10.0.0.6", b"localhost.evil.test", b"\xff", b"[::1", b"::"):
            self.assertFalse(is_ours(host, "10.0.0.5"), host)
        self.assertTrue(is_ours(b"10.0.0.6", "0.0.0.0"))
        self.assertFalse(is_ours(b"evil.test", "0.0.0.0"))
