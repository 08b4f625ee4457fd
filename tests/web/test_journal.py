"""One line for each request."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec.structs import replace
from twisted.internet.address import IPv4Address
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import AnswerCut
from clinvoker.model import Facts, Finished, TextDelta, Usage
from clinvoker.web.journal import Entry
from clinvoker.web.settings import Patience
from clinvoker.web.sparing import LINES, WINDOW_SECS
from tests.web.wire import ASK, CHAT, STREAM, House, Reply, Wire

KEY = {"Authorization": "Bearer key-of-ada", "X-Request-Id": "r1", "X-Trace-Id": "t1"}


class JournalTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.events: list[LogEvent] = []
        observer = cast(ILogObserver, self.events.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.house = House(keys=(("ada", "key-of-ada"),))
        self.wire = self.house.wire()

    def lines(self) -> list[str]:
        """What was logged; and nowhere in it a prompt, a key, or a query."""
        everything = "".join(map(str, self.events))
        for secret in ("SECRET", "key-of"):
            self.assertNotIn(secret, everything)
        return [str(formatEvent(event)) for event in self.events]

    def test_done(self) -> None:
        """Who asked what, how it ended, how long it took, how much was sent."""
        self.wire.post(CHAT + "?key=SECRET", ASK, KEY)
        self.house.clock.advance(2.5)
        self.assertEqual([], self.lines())
        self.house.run.hear(TextDelta("SECRET answer"), Finished("stop", Usage()))
        sent = len(self.wire.take().partition(b"\r\n\r\n")[2].split(b"\r\n")[1])
        told = f"r1 ada 192.168.1.1 POST '{CHAT}' 200 done 2.500s {sent}B trace=t1 model='claude' "
        [line] = self.lines()
        self.assertTrue(line.startswith(told), line)

    def test_refused(self) -> None:
        """A refused one is written down with the error's code and no name."""
        self.wire.post(CHAT, ASK, {"Authorization": "Bearer key-of-eve", "X-Request-Id": "r2"})
        [line] = self.lines()
        self.assertTrue(line.startswith(f"r2 - 192.168.1.1 POST '{CHAT}' 401 invalid_api_key 0.000s "), line)

    def test_left(self) -> None:
        """A client that left before there was a status has none."""
        self.wire.post(CHAT, STREAM, KEY)
        self.wire.leave()
        self.assertIn(" 0 left ", self.lines()[0])

    def test_failed_in_the_stream(self) -> None:
        """A stream that failed says so though its status is 200."""
        self.wire.post(CHAT, STREAM, KEY)
        self.house.run.hear(TextDelta("SECRET"))
        self.house.run.fail(AnswerCut("SECRET was said"))
        self.assertIn(" 200 answer_cut ", self.lines()[0])

    def test_strange_names(self) -> None:
        """What the client chose can break no line and fill no disk."""
        self.wire.post(CHAT, {**ASK, "model": "'b{c}" + "x" * 240}, KEY)
        self.wire.leave()
        [line] = self.lines()
        self.assertIn("""model="'b{c}xxx""", line)
        self.assertLess(len(line), 400)

    def test_answer(self) -> None:
        """F111: of the runs that a request had: who answered, what was used, how long each step took."""
        facts = Facts(
            request_id="r1",
            principal="ada",
            backend="claude",
            model="opus",
            outcome="done",
            usage=Usage(input=3, cached=1, output=2),
            admitted=0.5,
            first=1.25,
            total=2.0,
        )
        self.wire.post(CHAT, STREAM, KEY)
        self.house.site.journal.run_over(facts)
        self.house.site.journal.run_over(replace(facts, first=0.75, usage=None, outcome="left"))
        self.house.run.hear(TextDelta("SECRET"), Finished("stop", Usage()))
        [entry] = [event["entry"] for event in self.events if "entry" in event]
        self.assertEqual(("claude", 3, 1, 2), (entry.backend, entry.input, entry.cached, entry.output))
        self.assertEqual((0.5, 0.75), (entry.queue, entry.first))
        self.assertIn(" backend=claude tokens=3+2 queue=0.500s first=0.750s", self.lines()[0])

    def test_nothing_to_tell(self) -> None:
        """A request that asked no program has no fields of one."""
        self.wire.get("/health")
        [entry] = [event["entry"] for event in self.events if "entry" in event]
        told = msgspec.to_builtins(entry)
        self.assertEqual(set(), told.keys() & {"model", "backend", "input", "output", "queue", "first"})

    def refused(self) -> Entry:
        """What was answered is told and written down, once."""
        reply = Reply(self.wire.take())
        [entry] = [event["entry"] for event in self.events if "entry" in event]
        self.assertEqual((reply.status, reply.code), (entry.status, entry.outcome))
        self.assertEqual(reply.headers["x-request-id"], entry.request)
        self.assertEqual(reply.headers["x-trace-id"], entry.trace)
        self.assertEqual(("-", "192.168.1.1", len(reply.body)), (entry.key, entry.client, entry.sent))
        self.assertTrue(self.wire.transport.disconnecting)
        return entry

    def test_malformed(self) -> None:
        """What is no request is written down too, with who sent it."""
        for data in (
            b"SECRET\r\n\r\n",
            b"GET / HTTP/1.1\r\nSECRET\r\nSECRET\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: SECRET\r\nContent-Length: SECRET\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: key-of-ada\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nSECRET\r\n",
        ):
            self.wire = self.house.wire()
            self.events.clear()
            self.wire.feed(data)
            self.assertEqual("malformed_request", self.refused().outcome)
            self.wire.leave()
            self.assertEqual(1, len(self.lines()))

    def test_too_slow(self) -> None:
        """So is what does not come to its end, with how long it was waited for."""
        self.wire.feed(b"GET / HTTP/1.1\r\nX-Secret: SECRET")
        self.house.clock.pump([1.0] * 45)
        entry = self.refused()
        self.assertEqual((408, "request_timeout"), (entry.status, entry.outcome))
        self.assertGreater(entry.secs, 10)

    def test_too_long(self) -> None:
        """So is what is too long, or too much, with a word for what that is."""
        endless = b"GET /?" + b"SECRET" * 9999
        for data, told in (
            (endless, (414, "uri_too_long")),
            (endless + b" HTTP/1.1\r\n\r\n", (414, "uri_too_long")),
            (b"GET / HTTP/1.1\r\nX: " + b"SECRET" * 9999, (431, "headers_too_large")),
            (b"GET / HTTP/1.1\r\n" + b"X: SECRET\r\n" * 9999, (431, "headers_too_large")),
            (b"GET / HTTP/1.1\r\n" + b"X:\r\n" * 999, (431, "headers_too_large")),
        ):
            self.wire = self.house.wire()
            self.events.clear()
            self.wire.feed(data)
            entry = self.refused()
            self.assertEqual(told, (entry.status, entry.outcome))
            self.wire.leave()

    def test_codings(self) -> None:
        """A transfer coding that is not spoken is 501; what is none at all is malformed."""
        for coding, told in (
            ("gzip", (501, "unknown_transfer_coding")),
            ("gzip, chunked", (501, "unknown_transfer_coding")),
            ("chunked, chunked", (501, "unknown_transfer_coding")),
            ("\x0bchunked", (400, "malformed_request")),
            ('"', (400, "malformed_request")),
        ):
            self.wire = self.house.wire()
            self.events.clear()
            self.wire.ask("POST", "/", {"Transfer-Encoding": coding, "X-Other": "x"})
            entry = self.refused()
            self.assertEqual(told, (entry.status, entry.outcome), coding)
            self.wire.leave()
        self.house.undescribed()
        self.wire = self.house.wire()
        reply = self.wire.get("/health", {"Transfer-Encoding": "identity"})
        self.assertEqual((501, "unknown_transfer_coding"), (reply.status, reply.code))
        self.assertTrue(self.wire.transport.disconnecting)

    def test_dialect(self) -> None:
        """Once it is known what was asked for, it is answered in the words of that door."""
        self.wire.feed(b"POST /anthropic/v1/messages HTTP/1.1\r\nSECRET\r\n\r\n")
        reply = Reply(self.wire.take())
        self.assertEqual("invalid_request_error", reply.json["error"]["type"])
        self.assertEqual(reply.headers["x-request-id"], reply.json["request_id"])
        self.assertEqual(reply.headers["x-request-id"], reply.headers["request-id"])

    def test_flood(self) -> None:
        """Of many that come from one address some are written; how many more there were is told after."""
        for _ in range(1000):
            wire = self.house.wire()
            wire.feed(b"SECRET\r\n\r\n")
            wire.leave()
        self.assertEqual(LINES, len(self.lines()))
        self.house.clock.advance(WINDOW_SECS)
        self.assertEqual("malformed_request: and 995 more like it from 192.168.1.1 in 60 s", self.lines()[-1])

    def test_flood_of_connections(self) -> None:
        """So it is with connections that are not taken; who comes from elsewhere is written down still."""
        house = House(patience=Patience(max_connections=1))
        Wire(house.site)
        for _ in range(100):
            house.site.buildProtocol(IPv4Address("TCP", "192.0.2.1", 1))
        house.site.buildProtocol(IPv4Address("TCP", "192.0.2.2", 1))
        self.assertEqual(LINES + 1, len(self.lines()))
        house.clock.advance(WINDOW_SECS)
        self.assertEqual("connection refused: and 95 more like it from 192.0.2.1 in 60 s", self.lines()[-1])

    def test_elsewhere(self) -> None:
        """A run whose request has ended is nobody's."""
        self.house.site.journal.run_over(
            Facts(request_id="gone", principal="ada", backend="", model="", outcome="done")
        )
        self.assertEqual([], self.lines())

    def test_same_name(self) -> None:
        """Two keys may call their requests alike: what one used is not written down for the other."""
        house = House(keys=(("ada", "key-of-ada"), ("ben", "key-of-ben")))
        for name in ("ada", "ben"):
            headers = {"Authorization": f"Bearer key-of-{name}", "X-Request-Id": "same"}
            house.wire().post(CHAT, STREAM, headers)
        house.site.journal.run_over(
            Facts(
                request_id="same",
                principal="ada",
                backend="b",
                model="m",
                outcome="done",
                usage=Usage(input=7),
            )
        )
        for run in house.runs.runs:
            run.hear(TextDelta("SECRET"), Finished("stop", Usage()))
        entries = [event["entry"] for event in self.events if "entry" in event]
        self.assertEqual({"ada": 7, "ben": 0}, {entry.key: entry.input for entry in entries})
