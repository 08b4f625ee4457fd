"""How much each principal may."""

from __future__ import annotations

from collections.abc import Callable
from time import gmtime, strftime

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import KeyQuotaExhausted, KeyRateLimited, StoreFailed
from clinvoker.keys import Allowance, Standing
from clinvoker.model import Usage, Used
from clinvoker.records import UsageRow
from clinvoker.runs.quotas import LEARN_SECS, Quotas

# 2026-11-26T12:00:00Z
NOON = 1_795_694_400.0
HOUR = 3600.0
ROW = UsageRow(principal="ann", day="2026-11-26", backend="b", model="m")
USED = Used(principal="ann", backend="b", model="m", usage=Usage(input=60, output=40), cost=0.5)


def date(at: float) -> str:
    return strftime("%Y-%m-%d", gmtime(at))


class QuotasTestCase(SynchronousTestCase):
    allowance = Allowance()

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOON)
        self.asked: list[tuple[str, str]] = []
        self.rows: Deferred[tuple[UsageRow, ...]] = succeed(())
        self.quotas = Quotas(self.clock, date, lambda name: self.allowance, self.used)

    def used(self, principal: str, since: str) -> Deferred[tuple[UsageRow, ...]]:
        self.asked.append((principal, since))
        return self.rows

    def enter(self, principal: str = "ann") -> Callable[[], None]:
        return self.successResultOf(Deferred.fromCoroutine(self.quotas.enter(principal)))

    def refused(self, principal: str = "ann") -> KeyRateLimited | KeyQuotaExhausted:
        entered = Deferred.fromCoroutine(self.quotas.enter(principal))
        error = self.failureResultOf(entered, KeyRateLimited, KeyQuotaExhausted).value
        assert isinstance(error, KeyRateLimited | KeyQuotaExhausted)
        return error

    def left(self) -> Standing:
        standing = self.quotas.standing("ann")
        assert standing is not None
        return standing


class UnboundedTests(QuotasTestCase):
    def test_nothing(self) -> None:
        """Who is not bounded is not counted, and the store is not asked."""
        for _ in range(100):
            self.enter()
        self.quotas.count(USED)
        self.assertIsNone(self.quotas.standing("ann"))
        self.assertEqual([], self.asked)


class PaceTests(QuotasTestCase):
    allowance = Allowance(requests_per_second=2, burst=4)

    def test_burst(self) -> None:
        """So many at once, then one in each half second; and it is told when."""
        for _ in range(4):
            self.enter()
        error = self.refused()
        self.assertEqual(0.5, error.retry_after)
        self.assertIn("requests_per_second", error.message)
        self.clock.advance(0.5)
        self.enter()
        self.refused()

    def test_full(self) -> None:
        """After a long pause there are no more than the burst."""
        self.enter()
        self.clock.advance(1000)
        for _ in range(4):
            self.enter()
        self.refused()

    def test_each(self) -> None:
        """One principal does not cost another."""
        for _ in range(4):
            self.enter()
        self.enter("ben")

    def test_standing(self) -> None:
        """What may begin at once, and when all may again."""
        self.enter()
        self.enter()
        self.assertEqual(Standing(requests=4, requests_left=2, requests_reset=1.0), self.left())

    def test_refused_costs_nothing(self) -> None:
        """Who asks again and again is let in when it is time."""
        for _ in range(4):
            self.enter()
        for _ in range(50):
            self.refused()
        self.clock.advance(0.5)
        self.enter()

    def test_clock_back(self) -> None:
        """A clock that is set back gives nothing and takes nothing."""
        self.enter()
        self.clock.rightNow -= HOUR
        for _ in range(3):
            self.enter()
        self.refused()

    def test_slow(self) -> None:
        """Less than one in a second: one at once."""
        self.allowance = Allowance(requests_per_second=0.1)
        self.enter("carl")
        self.assertAlmostEqual(10, self.refused("carl").retry_after or 0)


class ConcurrentTests(QuotasTestCase):
    allowance = Allowance(concurrent=2)

    def test_at_once(self) -> None:
        """So many under way; the end of one lets another in."""
        leave = self.enter()
        self.enter()
        error = self.refused()
        self.assertEqual(1.0, error.retry_after)
        self.assertIn("concurrent", error.message)
        leave()
        self.enter()
        self.refused()


class DayTests(QuotasTestCase):
    allowance = Allowance(requests_per_day=3, tokens_per_day=250)

    def test_requests(self) -> None:
        """So many in a day of UTC; it is told when there are more."""
        for _ in range(3):
            self.enter()
        error = self.refused()
        self.assertIsInstance(error, KeyQuotaExhausted)
        self.assertEqual(12 * HOUR, error.retry_after)
        self.assertIn("3 requests a day; it has them again at 2026-11-27 00:00 UTC", error.message)
        self.clock.advance(12 * HOUR)
        self.enter()

    def test_tokens(self) -> None:
        """The answer that passes the bound is the last."""
        for _ in range(3):
            self.enter()
            self.quotas.count(USED)
        self.assertIn("250 tokens a day", self.refused().message)
        standing = self.left()
        self.assertEqual((250, 0, 12 * HOUR), (standing.tokens, standing.tokens_left, standing.tokens_reset))
        self.clock.advance(12 * HOUR)
        self.assertEqual(250, self.left().tokens_left)

    def test_before(self) -> None:
        """What was used today before the daemon started counts; it is asked for once."""
        self.rows = succeed((replace(ROW, requests=2), replace(ROW, day="2026-11-25", requests=9)))
        self.enter()
        self.refused()
        self.assertEqual([("ann", "2026-11-01")], self.asked)

    def test_others(self) -> None:
        """What another daemon used that shares the store is seen soon; what is known here is not lost."""
        self.enter()
        self.quotas.count(USED)
        self.rows = succeed((replace(ROW, usage=Usage(input=200, output=60)),))
        self.enter()
        self.assertEqual(150, self.left().tokens_left)
        self.clock.advance(LEARN_SECS)
        self.assertIn("250 tokens a day", self.refused().message)
        self.assertEqual(2, len(self.asked))

    def test_others_unknown(self) -> None:
        """A store that fails later shuts nobody out, and what was used here is held against him still."""
        self.enter()
        self.quotas.count(USED)
        self.clock.advance(LEARN_SECS)
        self.rows = fail(StoreFailed("no"))
        self.enter()
        self.assertEqual((2, 150), (len(self.asked), self.left().tokens_left))
        self.enter()
        self.assertIn("3 requests", self.refused().message)

    def test_asked_once(self) -> None:
        """While the store is asked again, others go on by what is known."""
        self.enter()
        self.clock.advance(LEARN_SECS)
        self.rows = Deferred()
        waiting = Deferred.fromCoroutine(self.quotas.enter("ann"))
        self.enter()
        self.assertNoResult(waiting)
        self.assertEqual(2, len(self.asked))
        self.rows.callback(())
        self.successResultOf(waiting)
        self.assertIn("3 requests", self.refused().message)

    def test_midnight(self) -> None:
        """What the store tells when another day has begun is yesterday's."""
        self.clock.advance(12 * HOUR - 1)
        self.rows = Deferred()
        waiting = Deferred.fromCoroutine(self.quotas.enter("ann"))
        self.clock.advance(1)
        self.rows.callback((replace(ROW, requests=9, usage=Usage(input=900)),))
        self.successResultOf(waiting)
        self.assertEqual((2, 250), (self.left().requests_left, self.left().tokens_left))

    def test_set_back(self) -> None:
        """A clock that is set a day ahead and back, and again, gives nothing: the store is asked at once."""
        wall = [NOON]
        self.quotas = Quotas(self.clock, date, lambda name: self.allowance, self.used, lambda: wall[0])
        for _ in range(3):
            self.enter()
        wall[0] += 24 * HOUR
        self.enter()
        wall[0] -= 24 * HOUR
        self.rows = succeed((replace(ROW, requests=3), replace(ROW, day="2026-11-27", requests=3)))
        self.assertIn("3 requests", self.refused().message)
        wall[0] += 24 * HOUR
        self.assertIn("3 requests", self.refused().message)

    def test_unknown(self) -> None:
        """Where that cannot be known nothing is let in, until it can."""
        self.rows = fail(StoreFailed("no"))
        self.failureResultOf(Deferred.fromCoroutine(self.quotas.enter("ann")), StoreFailed)
        self.rows = succeed(())
        self.enter()

    def test_later(self) -> None:
        """A bound that comes while the daemon runs counts what was used under another, once."""
        self.allowance = Allowance(concurrent=9)
        self.enter()
        self.quotas.count(USED)
        self.allowance = Allowance(tokens_per_day=150)
        self.rows = succeed((replace(ROW, usage=USED.usage),))
        self.enter()
        self.assertEqual(50, self.left().tokens_left)


class MonthTests(QuotasTestCase):
    allowance = Allowance(tokens_per_month=1000, cost_per_month=1.2)

    def test_cost(self) -> None:
        """In dollars, by calendar months."""
        for _ in range(3):
            self.enter()
            self.quotas.count(USED)
            self.clock.advance(24 * HOUR)
        error = self.refused()
        self.assertIn("1.2 USD a month; it has them again at 2026-12-01 00:00 UTC", error.message)
        self.clock.advance(2 * 24 * HOUR)
        self.enter()

    def test_tokens(self) -> None:
        """What the store has of this month counts, whichever day."""
        row = replace(ROW, day="2026-11-03", usage=Usage(input=900, output=50), cost=0.1)
        self.rows = succeed((row,))
        self.enter()
        standing = self.left()
        self.assertEqual((1000, 50), (standing.tokens, standing.tokens_left))
        self.assertEqual(4.5 * 24 * HOUR, standing.tokens_reset)
        self.quotas.count(USED)
        self.assertIn("1000 tokens a month", self.refused().message)
