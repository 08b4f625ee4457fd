"""`clinvk mcp`: messages carried to the daemon and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from clinvoker.client.connection import Connection, NoAnswer
from clinvoker.client.mcp_stdio import LONGEST, Lines
from clinvoker.client.places import Place
from clinvoker.model import TextDelta
from tests.client.works import CommandCase
from tests.web.mcps import message, notice, prompt, stated


class Carrier:
    """Answers everything alike."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer = answer

    async def request(self, *_: object) -> Any:
        return self._answer()


class Cut:
    """An answer in events that ends before it has said anything."""

    code = 200
    headers = {"content-type": "text/event-stream"}

    async def read(self, hear: Callable[[bytes], None]) -> None:
        hear(b": keep-alive\n\nda")


class StdioCase(CommandCase):
    """Lines of a client, over a daemon in memory."""

    key = ""

    def setUp(self) -> None:
        super().setUp()
        self.lines = Lines(self.work(key=self.key))
        self.transport = StringTransport()
        self.lines.makeConnection(self.transport)

    def send(self, *asked: Any) -> None:
        """Messages, or bytes as they are."""
        for each in asked:
            line = each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n"
            self.lines.dataReceived(line)
        for _ in range(5):
            self.stub.flush()

    def took(self) -> list[Any]:
        """What was written since the last time."""
        lines = self.transport.value().splitlines()
        self.transport.clear()
        return [json.loads(line) for line in lines]


class CarriedTests(StdioCase):
    def test_answers(self) -> None:
        """Each message is answered in a line, whatever pieces it comes in; notifications are not."""
        whole = json.dumps(message("ping", identity="a")).encode()
        self.send(whole[:5], whole[5:] + b"\n\n", notice("notifications/initialized"))
        self.assertEqual([{"jsonrpc": "2.0", "id": "a", "result": {}}], self.took())
        self.send(b"{\n")
        self.assertEqual(-32700, self.took()[0]["error"]["code"])

    def test_agreed(self) -> None:
        """What was agreed on goes with the messages that follow: batches are refused where there are none."""
        batch = [message("ping"), message("ping", identity=2)]
        self.send(batch)
        self.assertEqual([[1, 2]], [[each["id"] for each in answer] for answer in self.took()])
        self.send(message("initialize", {"protocolVersion": "2025-06-18"}))
        self.took()
        self.send(batch)
        self.assertEqual(-32600, self.took()[0]["error"]["code"])

    def test_stated(self) -> None:
        """A message that states its version goes with the headers that repeat it, odd names too."""
        self.send(stated(message("server/discover")), stated(message("tools/call", {"name": "ü "})))
        discovered, unknown = self.took()
        self.assertEqual("complete", discovered["result"]["resultType"])
        self.assertEqual(-32602, unknown["error"]["code"])

    def test_call(self) -> None:
        """A call tells its progress and then its result."""
        self.send(prompt(token="t"))
        self.hear(TextDelta("yes"))
        self.assertEqual(["notifications/progress"], [each["method"] for each in self.took()])
        self.answer("")
        [told] = self.took()
        self.assertEqual("yes", told["result"]["content"][0]["text"])

    def test_cancelled(self) -> None:
        """A call that is given up stops the run and has no answer; of what is no call nothing is known."""
        self.send(prompt(1), prompt("1"))
        self.send(notice("notifications/cancelled", requestId=1), notice("notifications/cancelled"))
        self.assertEqual([True, False], [run.cancelled for run in self.house.runs.runs])
        self.send(notice("notifications/cancelled", requestId=1))
        self.assertEqual([], self.took())

    def test_end(self) -> None:
        """At the end of stdin calls are given up, and the command ends."""
        self.send(prompt(1))
        self.lines.readConnectionLost()
        self.stub.flush()
        self.assertTrue(self.house.run.cancelled)
        self.assertTrue(self.transport.disconnecting)
        self.lines.connectionLost(Failure(ConnectionDone()))
        self.successResultOf(self.lines.ended)

    def test_end_waits(self) -> None:
        """What is no call is answered before."""
        self.lines.dataReceived(json.dumps(message("tools/list")).encode() + b"\n")
        self.lines.readConnectionLost()
        self.send()
        self.assertEqual([1], [each["id"] for each in self.took()])
        self.assertTrue(self.transport.disconnecting)

    def test_nobody_reads(self) -> None:
        """When nobody reads any more all is given up."""
        self.send(prompt(1))
        self.lines.writeConnectionLost()
        self.stub.flush()
        self.assertTrue(self.house.run.cancelled)

    def test_many(self) -> None:
        """There is a bound to what is under way, and to a line."""
        self.send(*(prompt(number) for number in range(101)))
        [told] = self.took()
        self.assertEqual(100, told["id"])
        self.assertIn("wait", told["error"]["message"])
        self.send(b"x" * (LONGEST + 1))
        self.failureResultOf(self.lines.ended)


class UnansweredTests(StdioCase):
    def told(self, answer: Callable[[], Any]) -> str:
        """What a request is answered with, and a notification is not, where the daemon answers so."""
        self.lines.bridge._api = Connection(cast(Any, Carrier(answer)), Place("http://x"))
        self.send(message("tools/list"), notice("notifications/initialized"))
        [told] = self.took()
        self.assertEqual((1, -32603), (told["id"], told["error"]["code"]))
        return str(told["error"]["message"])

    def test_unreachable(self) -> None:
        """Where no daemon answers, requests do, with a sentence."""

        def nobody() -> None:
            raise NoAnswer("nobody is there")

        self.assertIn("nobody is there", self.told(nobody))

    def test_cut(self) -> None:
        """An answer that ends in the middle is an error."""
        self.assertIn("ended in the middle", self.told(Cut))


class KeyTests(StdioCase):
    key = "k"
    keys = (("ada", "k"),)

    def test_key(self) -> None:
        """The command's key goes with each message."""
        self.send(message("ping"))
        self.assertEqual({}, self.took()[0]["result"])

    def test_refused(self) -> None:
        """A refusal by the daemon becomes the answer to the request."""
        self.lines = Lines(self.work(key="other"))
        self.lines.makeConnection(self.transport)
        self.send(message("ping", identity=7))
        [told] = self.took()
        self.assertEqual(7, told["id"])
        self.assertIn("key", told["error"]["message"])
