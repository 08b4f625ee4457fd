"""Places and the queue for them."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import Busy, ShareFull
from clinvoker.runs.admission import Admission, Place


class AdmissionTestCase(SynchronousTestCase):
    places, queue = 1, 2

    def setUp(self) -> None:
        self.clock = Clock()
        self.admission = Admission(self.clock, self.places, self.queue, 10, {"slow": 1})

    def enter(self, key: str = "a", backend: str = "plain") -> Deferred[Place]:
        return self.admission.enter(backend, key)

    def inside(self, key: str = "a", backend: str = "plain") -> Place:
        return self.successResultOf(self.enter(key, backend))


class QueueTests(AdmissionTestCase):
    """One key."""

    def test_first_come_first_served(self) -> None:
        """A free place is had at once, others in the order of asking."""
        place = self.inside()
        first, second = self.enter(), self.enter()
        self.assertNoResult(first)
        place.leave()
        place = self.successResultOf(first)
        self.assertNoResult(second)
        place.leave()
        self.successResultOf(second)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_left_twice(self) -> None:
        """A place that is given back twice is one place."""
        place = self.inside()
        place.leave()
        place.leave()
        self.inside()
        self.assertNoResult(self.enter())

    def test_full(self) -> None:
        """Beyond the queue the answer is at once: busy, how many wait, when to come back."""
        self.inside()
        waiting = [self.enter(), self.enter()]
        error = self.failureResultOf(self.enter(), Busy).value
        self.assertNotIsInstance(error, ShareFull)
        self.assertIn("2 requests wait", error.message)
        self.assertGreater(error.retry_after, 0)
        self.assertEqual([False, False], [place.called for place in waiting])

    def test_too_late(self) -> None:
        """Who waits too long is told how many were before, and takes no place."""
        place = self.inside()
        first, late = self.enter(), self.enter()
        self.clock.advance(5)
        self.assertNoResult(late)
        self.clock.advance(5)
        self.assertIn("0 requests", self.failureResultOf(first, Busy).value.message)
        self.failureResultOf(late, Busy)
        place.leave()
        self.inside()

    def test_cancelled(self) -> None:
        """Who gives up waiting leaves the queue at once."""
        place = self.inside()
        gone, behind = self.enter(), self.enter()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.assertEqual(1, self.admission.waiting)
        place.leave()
        self.successResultOf(behind)

    def test_retry_after(self) -> None:
        """How long to stay away follows from how long runs take and how many wait."""
        for _ in range(40):
            place = self.inside()
            self.clock.advance(2)
            place.leave()
        self.inside()
        self.enter()
        self.enter()
        self.assertAlmostEqual(4, self.admission.retry_after(), places=1)


class BackendTests(AdmissionTestCase):
    """A backend with a bound of its own."""

    places, queue = 3, 5

    def test_bound(self) -> None:
        """It takes no more of the places than that; others pass those that wait for it."""
        slow = self.inside(backend="slow")
        behind = self.enter(backend="slow")
        self.assertNoResult(behind)
        self.inside()
        slow.leave()
        self.successResultOf(behind)


class FairnessTests(AdmissionTestCase):
    """Several keys."""

    places, queue = 4, 100

    def test_not_starved(self) -> None:
        """One request is next although a hundred of another key came before it."""
        places = [self.inside() for _ in range(4)]
        greedy = [self.enter() for _ in range(99)]
        single = self.enter("b")
        places[0].leave()
        self.successResultOf(single)
        self.assertFalse(any(place.called for place in greedy))

    def test_turns(self) -> None:
        """Keys that wait alike come alike, each in its own order; nobody is lost."""
        order: list[str] = []
        free: list[Place] = []

        def entered(place: Place, name: str) -> None:
            order.append(name)
            free.append(place)

        for key in ("a", "b", "c"):
            for number in range(8):
                self.enter(key).addCallback(entered, f"{key}{number}")
        while free:
            free.pop(0).leave()
        self.assertEqual(24, len(order))
        for key in "abc":
            self.assertEqual(
                [f"{key}{number}" for number in range(8)], [name for name in order if key in name]
            )
        for start in range(4, 22, 3):
            self.assertGreaterEqual(len({name[0] for name in order[start : start + 3]}), 2)

    def test_room_for_who_has_less(self) -> None:
        """In a full queue the newest of whoever has most in it makes room, and is told why."""
        for _ in range(4):
            self.inside()
        greedy = [self.enter() for _ in range(100)]
        other = self.enter("b")
        self.assertNoResult(other)
        error = self.failureResultOf(greedy[-1], ShareFull).value
        self.assertIn("99 other requests of this API key", error.message)
        self.assertEqual(100, self.admission.waiting)

    def test_share(self) -> None:
        """A key that has its share of a full queue is told that it is its share."""
        for _ in range(4):
            self.inside()
        waiting = [self.enter(key) for key in "ab" for _ in range(50)]
        self.failureResultOf(self.enter("b"), ShareFull)
        self.assertFalse(any(place.called for place in waiting))

    def test_a_crowd(self) -> None:
        """Of 204 at once 4 run, 100 wait and 100 are refused; in the end all that waited have run."""
        inside: list[Place] = []
        refused: list[object] = []
        for _ in range(204):
            self.enter().addCallbacks(inside.append, refused.append)
        self.assertEqual((4, 100), (len(inside), len(refused)))
        served = 0
        while inside:
            inside.pop(0).leave()
            served += 1
        self.assertEqual((104, 0), (served, self.admission.waiting))


class Interleavings(RuleBasedStateMachine):
    """Arrivals, ends, leavings and time in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.admission = Admission(self.clock, 3, 4, 10, {"slow": 1})
        self.waiting: dict[Deferred[Place], str] = {}
        self.inside: list[Place] = []
        self.counts = {"asked": 0, "entered": 0, "refused": 0}

    @rule(key=st.sampled_from("abc"), backend=st.sampled_from(["plain", "slow"]))
    def arrive(self, key: str, backend: str) -> None:
        self.counts["asked"] += 1
        place = self.admission.enter(backend, key)
        self.waiting[place] = backend
        place.addCallbacks(self.enter, self.refuse)
        place.addBoth(lambda _: self.waiting.pop(place))

    def enter(self, place: Place) -> None:
        self.counts["entered"] += 1
        self.inside.append(place)

    def refuse(self, reason: object) -> None:
        self.counts["refused"] += 1

    @rule(which=st.integers(0, 9), times=st.integers(1, 2))
    def end(self, which: int, times: int) -> None:
        if self.inside:
            place = self.inside.pop(which % len(self.inside))
            for _ in range(times):
                place.leave()

    @rule(which=st.integers(0, 9))
    def give_up(self, which: int) -> None:
        if self.waiting:
            [*self.waiting][which % len(self.waiting)].cancel()

    @rule(secs=st.sampled_from([1, 6]))
    def wait(self, secs: int) -> None:
        self.clock.advance(secs)

    @invariant()
    def none_lost(self) -> None:
        """Who asked was let in, waits or was refused, and no place is free that somebody could have."""
        slow = sum(place.backend == "slow" for place in self.inside)
        assert self.counts["asked"] == self.counts["entered"] + self.counts["refused"] + len(self.waiting)
        assert (len(self.inside), len(self.waiting)) == (self.admission.running, self.admission.waiting)
        assert len(self.inside) <= 3
        assert slow <= 1
        assert len(self.waiting) <= 4
        assert len(self.clock.getDelayedCalls()) == len(self.waiting)
        if len(self.inside) < 3:
            assert slow == 1 or not self.waiting
            assert set(self.waiting.values()) <= {"slow"}

    def teardown(self) -> None:
        while self.inside:
            self.inside.pop().leave()
        assert not self.waiting
        assert not self.clock.getDelayedCalls()


class InterleavingTests(SynchronousTestCase):
    def test_no_place_is_lost(self) -> None:
        """Whatever happens in whatever order, every place is had by somebody or free for the next."""
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Interleavings, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
        )
