"""
How much each principal may: answers in a time, at once, and what they may take in a day and a month.

What an answer takes is told at its end, so what is under way when a quota is used up passes it.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import KeyQuotaExhausted, KeyRateLimited, StoreFailed
from clinvoker.keys import Allowance, Standing
from clinvoker.model import Used
from clinvoker.records import UsageRow
from clinvoker.runs.allowing import Account, Page, exhausted, hurried

UNBOUNDED = Allowance()

# Between two questions to the store what a principal used, where it may be shared with other daemons.
LEARN_SECS = 10.0


def forgotten(principal: str, since: str) -> Deferred[tuple[UsageRow, ...]]:
    """Nothing was used before."""
    return succeed(())


class Quotas:
    """
    `allowance` says what a principal may.  `day` gives the date (UTC) of a time, and `used` what a principal
    used since such a date; `now` gives the time by which days begin, that of the clock unless it is another.
    """

    def __init__(
        self,
        clock: IReactorTime,
        day: Callable[[float], str],
        allowance: Callable[[str], Allowance] = lambda principal: UNBOUNDED,
        used: Callable[[str, str], Deferred[tuple[UsageRow, ...]]] = forgotten,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock
        self._day = day
        self._allowance = allowance
        self._used = used
        self._now = now or clock.seconds
        self._accounts: dict[str, Account] = {}  # of those who are bounded; keys are few

    async def enter(self, principal: str) -> Callable[[], None]:
        """
        Begin one answer; what comes back is to be called once, at its end.

        Raises `KeyRateLimited` where there are too many at once or in a time, `KeyQuotaExhausted` where what
        the day or month allows is used up, and `StoreFailed` where it cannot be known what was used.
        """
        allowed = self._allowance(principal)
        if allowed == UNBOUNDED:
            return _nothing
        account = self._account(principal, allowed)
        self._page(account)
        if allowed.accounted and self._clock.seconds() >= account.due:
            await self._learn(principal, account)
        page = self._page(account)
        if told := exhausted(account, allowed):
            raise KeyQuotaExhausted(principal, told, page.when(told), page.reset(told))
        if told := hurried(account, allowed):
            raise KeyRateLimited(principal, told, account.wait(allowed))
        return account.begin()

    def count(self, used: Used) -> None:
        """An answer took this."""
        account = self._accounts.get(used.principal)
        if account is not None:
            self._page(account)
            account.add(used.usage.input + used.usage.output, used.cost)

    def standing(self, principal: str) -> Standing | None:
        """What a principal has left; None where that is not bounded, or it asked nothing yet."""
        allowed, account = self._allowance(principal), self._accounts.get(principal)
        if account is None or allowed == UNBOUNDED:
            return None
        page = self._page(account)
        account.fill(allowed, self._clock.seconds())
        return account.standing(allowed, page)

    # --- within

    def _account(self, principal: str, allowed: Allowance) -> Account:
        now = self._clock.seconds()
        if principal not in self._accounts:
            self._accounts[principal] = Account(level=allowed.most_at_once, filled=now)
        account = self._accounts[principal]
        account.fill(allowed, now)
        return account

    def _page(self, account: Account) -> Page:
        """Begin to count anew where another day or month has begun."""
        page = Page(self._now(), self._day)
        account.turn(page)
        return page

    async def _learn(self, principal: str, account: Account) -> None:
        """What was used this month before the daemon started, or by another that shares its store."""
        known = account.due > 0
        if known:
            account.due = self._clock.seconds() + LEARN_SECS
        try:
            rows = await self._used(principal, self._page(account).month + "-01")
        except StoreFailed:
            if not known:
                raise
        else:
            account.due = self._clock.seconds() + LEARN_SECS
            account.learn(rows, self._page(account))  # it may be another day by now


def _nothing() -> None:
    """Who is not bounded leaves no trace."""
