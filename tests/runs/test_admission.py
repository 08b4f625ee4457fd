"""Places and the queue for them."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import Busy
from clinvoker.runs.admission import Admission


class AdmissionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.admission = Admission(self.clock, places=1, queue=2, secs=10)

    def test_first_come_first_served(self) -> None:
        """A free place is had at once, others in the order of asking."""
        self.assertIsNone(self.successResultOf(self.admission.enter()))
        first, second = self.admission.enter(), self.admission.enter()
        self.assertNoResult(first)
        self.admission.leave()
        self.assertIsNone(self.successResultOf(first))
        self.assertNoResult(second)
        self.admission.leave()
        self.assertIsNone(self.successResultOf(second))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_full(self) -> None:
        """Beyond the queue the answer is at once: busy, come back."""
        for _ in range(3):
            self.admission.enter()
        error = self.failureResultOf(self.admission.enter(), Busy).value
        self.assertGreater(error.retry_after, 0)

    def test_too_late(self) -> None:
        """Who waits too long is told so and takes no place."""
        self.admission.enter()
        late = self.admission.enter()
        self.clock.advance(10)
        self.failureResultOf(late, Busy)
        self.admission.leave()
        self.assertIsNone(self.successResultOf(self.admission.enter()))

    def test_cancelled(self) -> None:
        """Who gives up waiting is passed over."""
        self.admission.enter()
        gone, next_ = self.admission.enter(), self.admission.enter()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.admission.leave()
        self.assertIsNone(self.successResultOf(next_))

    @given(st.lists(st.sampled_from(["enter", "leave", "cancel", "wait"]), max_size=60), st.integers(1, 4))
    def test_no_place_is_lost(self, doings: list[str], places: int) -> None:
        """Whatever happens in whatever order, as many are inside as there are places for."""
        clock = Clock()
        admission = Admission(clock, places, queue=3, secs=10)
        waiting: list[Deferred[None]] = []
        inside = 0
        for doing in doings:
            if doing == "enter":
                waiting.append(admission.enter())
            elif doing == "leave" and inside:
                inside -= 1
                admission.leave()
            elif doing == "cancel" and waiting:
                waiting[-1].cancel()
            elif doing == "wait":
                clock.advance(6)
            for place in [place for place in waiting if place.called]:
                waiting.remove(place)
                entered: list[bool] = []
                place.addCallbacks(lambda _, e=entered: e.append(True), lambda _: None)
                inside += len(entered)
            self.assertLessEqual(inside, places)
            self.assertTrue(inside == places or not waiting)
