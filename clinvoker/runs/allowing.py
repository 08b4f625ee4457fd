"""One principal's account: what it began and used, held against what it may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

from clinvoker.keys import Allowance, Standing
from clinvoker.records import UsageRow

DAY = 24 * 3600.0
AGAIN_SECS = 1.0


class Page:
    """The day and the month of a moment, UTC."""

    def __init__(self, now: float, date: Callable[[float], str]) -> None:
        self.day = date(now)
        self.month = self.day[:7]
        self.tomorrow = DAY - now % DAY  # seconds until then
        self._now = now
        self._date = date

    @property
    def next_month(self) -> float:
        """Seconds until then."""
        ahead = self.tomorrow
        while self._date(self._now + ahead).startswith(self.month):
            ahead += DAY
        return ahead

    def reset(self, told: str) -> float:
        """Seconds until what is told of is allowed again."""
        return self.next_month if "month" in told else self.tomorrow

    def when(self, told: str) -> str:
        """The same as a date, at whose beginning that is."""
        return self._date(self._now + self.reset(told) + 1)


@attrs.define
class Spent:
    """What was used in a time."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0

    def take(self, row: UsageRow) -> None:
        """This was used too."""
        self.requests += row.requests
        self.tokens += row.usage.input + row.usage.output
        self.cost += row.cost

    def reach(self, other: Spent) -> None:
        """It was not less than that."""
        self.requests = max(self.requests, other.requests)
        self.tokens = max(self.tokens, other.tokens)
        self.cost = max(self.cost, other.cost)


@attrs.define(eq=False)
class Account:
    """
    `level` is how many answers could begin at `filled`; `due` is when the store is to be asked again what was
    used, 0 as long as it never was.
    """

    level: float
    filled: float
    running: int = 0
    due: float = 0.0
    page: tuple[str, str] = ("", "")
    today: Spent = attrs.field(factory=Spent)
    month: Spent = attrs.field(factory=Spent)

    def fill(self, allowed: Allowance, now: float) -> None:
        """Time has passed."""
        gained = max(0.0, now - self.filled) * allowed.requests_per_second
        self.level, self.filled = min(allowed.most_at_once, self.level + gained), now

    def turn(self, page: Page) -> None:
        """It is this day now.  Where the clock was set it may have been before: the store is to be asked."""
        if self.page[0] != page.day:
            self.today = Spent()
            self.due = min(self.due, self.filled)
        if self.page[1] != page.month:
            self.month = Spent()
        self.page = page.day, page.month

    def begin(self) -> Callable[[], None]:
        """One answer more; what comes back ends it."""
        self.running += 1
        self.level -= 1
        self.today.requests += 1

        def end() -> None:
            self.running -= 1

        return end

    def add(self, tokens: int, cost: float) -> None:
        """So much was used."""
        for spent in (self.today, self.month):
            spent.tokens += tokens
            spent.cost += cost

    def learn(self, rows: Iterable[UsageRow], page: Page) -> None:
        """
        The store says what was used, by this daemon too; it does not know of what was counted since it was
        asked, nor of answers under way.
        """
        today, month = Spent(), Spent()
        for row in rows:
            if row.day.startswith(page.month):
                month.take(row)
            if row.day == page.day:
                today.take(row)
        self.today.reach(today)
        self.month.reach(month)

    def wait(self, allowed: Allowance) -> float:
        """Seconds until an answer may begin; where others have to end first, until it is worth asking."""
        missing = 1 - self.level
        return missing / allowed.requests_per_second if allowed.paced and missing > 0 else AGAIN_SECS

    def standing(self, allowed: Allowance, page: Page) -> Standing:
        """What is left; of requests by the day if that is bounded, else of what may begin at once."""
        told = Standing()
        if allowed.requests_per_day:
            left = max(0, allowed.requests_per_day - self.today.requests)
            told = told.of_requests(allowed.requests_per_day, left, page.tomorrow)
        elif allowed.paced:
            missing = (allowed.most_at_once - self.level) / allowed.requests_per_second
            told = told.of_requests(allowed.most_at_once, max(0, int(self.level)), missing)
        if allowed.tokens_per_day:
            left = max(0, allowed.tokens_per_day - self.today.tokens)
            return told.of_tokens(allowed.tokens_per_day, left, page.tomorrow)
        if allowed.tokens_per_month:
            left = max(0, allowed.tokens_per_month - self.month.tokens)
            return told.of_tokens(allowed.tokens_per_month, left, page.next_month)
        return told


def exhausted(account: Account, allowed: Allowance) -> str:
    """Which quota is used up, in words; empty if none is."""
    return next(_exhausted(account, allowed), "")


def _exhausted(account: Account, allowed: Allowance) -> Iterator[str]:
    """The months' first: those take longer."""
    today, month = account.today, account.month
    for used, most, what in (
        (month.cost, allowed.cost_per_month, "USD a month"),
        (month.tokens, allowed.tokens_per_month, "tokens a month"),
        (today.cost, allowed.cost_per_day, "USD a day"),
        (today.tokens, allowed.tokens_per_day, "tokens a day"),
        (today.requests, allowed.requests_per_day, "requests a day"),
    ):
        if most and used >= most:
            yield f"{most:g} {what}"


def hurried(account: Account, allowed: Allowance) -> str:
    """What it does too much at a time, in words; empty if nothing."""
    if allowed.concurrent and account.running >= allowed.concurrent:
        return f"{account.running} of its requests are under way (concurrent)"
    if allowed.paced and account.level < 1:
        return f"more than {allowed.requests_per_second:g} a second (requests_per_second)"
    return ""
