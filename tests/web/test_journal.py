"""One line for each request."""

from __future__ import annotations

from typing import cast

from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import AnswerCut
from clinvoker.model import Finished, TextDelta, Usage
from tests.web.wire import ASK, CHAT, STREAM, House

KEY = {"Authorization": "Bearer key-of-ada", "X-Request-Id": "r1"}


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
        told = f"r1 ada POST '{CHAT}' 200 done model='claude' 2.500s {sent}B"
        self.assertEqual([told], self.lines())

    def test_refused(self) -> None:
        """A refused one is written down with the error's code and no name."""
        self.wire.post(CHAT, ASK, {"Authorization": "Bearer key-of-eve", "X-Request-Id": "r2"})
        [line] = self.lines()
        self.assertTrue(line.startswith(f"r2 - POST '{CHAT}' 401 invalid_api_key model='' "), line)

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
