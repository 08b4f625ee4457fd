"""One run as its agent keeps it."""

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import ClientTooSlow, ClinvokerError, ProviderFailed
from clinvoker.interfaces import IRun
from clinvoker.model import TextDelta
from clinvoker.turn import Turn


class TurnTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.heard: list[str] = []
        self.told: list[object] = []
        self.turn = Turn(
            lambda events: self.heard.extend(event.text for event in events),  # type: ignore[union-attr]
            lambda: self.told.append("interrupt"),
            self.told.append,
        )

    def hear(self, *texts: str) -> None:
        self.turn.hear([TextDelta(text) for text in texts])

    def test_interface(self) -> None:
        """A turn is a run."""
        self.assertTrue(verifyObject(IRun, self.turn))

    def test_success(self) -> None:
        """Events come as they are heard, then both ends."""
        self.hear("a", "b")
        self.turn.end()
        self.assertEqual(["a", "b"], self.heard)
        self.assertIsNone(self.successResultOf(self.turn.ended))
        self.assertIsNone(self.successResultOf(self.turn.settled))

    def test_failure(self) -> None:
        """A failed turn fails for who asked, and is settled all the same."""
        self.turn.end(ProviderFailed("no"))
        self.failureResultOf(self.turn.ended, ProviderFailed)
        self.assertIsNone(self.successResultOf(self.turn.settled))

    def test_cancel(self) -> None:
        """Cancelling interrupts once; what comes later is not heard; the end settles it."""
        self.turn.ended.cancel()
        self.failureResultOf(self.turn.ended, CancelledError)
        self.hear("late")
        self.assertNoResult(self.turn.settled)
        self.turn.end()
        self.turn.stopProducing()
        self.assertEqual(([], ["interrupt"]), (self.heard, self.told))
        self.assertIsNone(self.successResultOf(self.turn.settled))

    def test_paused(self) -> None:
        """While paused events wait; then they come first, and in order."""
        self.turn.pauseProducing()
        self.turn.pauseProducing()
        self.hear("a")
        self.hear("b")
        self.assertEqual([], self.heard)
        self.turn.resumeProducing()
        self.turn.resumeProducing()
        self.hear("c")
        self.assertEqual((["a", "b", "c"], [False, True]), (self.heard, self.told))

    def test_ended_while_paused(self) -> None:
        """A place is free at once, but the run has ended only when all was delivered."""
        self.turn.pauseProducing()
        self.hear("a")
        self.turn.end()
        self.assertIsNone(self.successResultOf(self.turn.settled))
        self.assertNoResult(self.turn.ended)
        self.turn.resumeProducing()
        self.assertEqual(["a"], self.heard)
        self.assertIsNone(self.successResultOf(self.turn.ended))

    def test_over_while_paused(self) -> None:
        """What the program is free for next must be read, though this client still does not."""
        for end in (Turn.leave, Turn.end):
            self.setUp()
            self.turn.pauseProducing()
            self.hear("a")
            end(self.turn)
            self.assertEqual([False, True], self.told)
            self.turn.resumeProducing()
            self.turn.pauseProducing()
            self.assertEqual([False, True], self.told)

    def test_paused_by_the_last_piece(self) -> None:
        """The same where nothing waits for the client and the run has ended."""
        turn = Turn(lambda events: turn.pauseProducing(), lambda: None, self.told.append)
        turn.hear([TextDelta("a")])
        turn.end()
        self.assertIsNone(self.successResultOf(turn.ended))
        self.assertEqual([False, True], self.told)

    def test_failed_while_paused(self) -> None:
        """A failure waits for what was said before it, too."""
        self.turn.pauseProducing()
        self.hear("a")
        self.turn.end(ProviderFailed("no"))
        self.turn.resumeProducing()
        self.assertEqual(["a"], self.heard)
        self.failureResultOf(self.turn.ended, ProviderFailed)

    def test_cancelled_while_paused(self) -> None:
        """The pipe flows again, or the interrupt's answer would never be read."""
        self.turn.pauseProducing()
        self.turn.ended.cancel()
        self.failureResultOf(self.turn.ended, CancelledError)
        self.assertEqual([False, True, "interrupt"], self.told)
        self.turn.resumeProducing()
        self.assertEqual([False, True, "interrupt"], self.told)

    def test_too_slow(self) -> None:
        """What waits is bounded; past the bound the run is interrupted and says why."""
        self.turn.pauseProducing()
        for _ in range(5):
            self.hear("x" * 1024 * 1024)
        self.failureResultOf(self.turn.ended, ClientTooSlow)
        self.assertEqual([False, True, "interrupt"], self.told)
        self.turn.end()
        self.assertEqual([], self.heard)

    def test_deliver_raises(self) -> None:
        """A fault of the receiver ends its run and reaches nobody else."""
        turn = Turn(lambda events: 1 / 0, lambda: None, lambda flowing: None)  # type: ignore[arg-type,return-value]
        turn.hear([TextDelta("a")])
        self.failureResultOf(turn.ended, ClinvokerError)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
