"""What answers took: priced, kept, and held against what each key may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from time import gmtime, strftime

from msgspec.structs import replace

from clinvoker.config.spending import Price
from clinvoker.model import Usage, Used
from clinvoker.records import UsageRow
from clinvoker.stores import IUsageStore

MILLION = 1_000_000


def utc_day(at: float) -> str:
    """The date of a time, as usage is counted by it."""
    return strftime("%Y-%m-%d", gmtime(at))


class Counting:
    """Is told of every answer, at whichever door it was asked for; others are told with its cost."""

    def __init__(
        self,
        store: IUsageStore,
        now: Callable[[], float],
        prices: Mapping[str, Price],
    ) -> None:
        self._store = store
        self._now = now
        self._told: list[Callable[[Used], None]] = []
        self._prices = prices

    def add(self, told: Callable[[Used], None]) -> None:
        """One more who wants to know."""
        self._told.append(told)

    def change(self, prices: Mapping[str, Price]) -> None:
        """These are the prices from now on."""
        self._prices = prices

    def __call__(self, used: Used) -> None:
        """An answer took this."""
        used = replace(used, cost=cost(used.usage, price_of(self._prices, used.backend, used.model)))
        self._store.add_usage(
            UsageRow(
                principal=used.principal,
                day=utc_day(self._now()),
                backend=used.backend,
                model=used.model,
                usage=used.usage,
                cost=used.cost,
            )
        )
        for tell in self._told:
            tell(used)


def price_of(prices: Mapping[str, Price], backend: str, model: str) -> Price:
    """The first whose name or pattern is that of the model, with its backend before it or without."""
    names = (f"{backend}/{model}", model, backend)
    fit = (price for pattern, price in prices.items() if any(fnmatchcase(name, pattern) for name in names))
    return next(fit, Price())


def cost(usage: Usage, price: Price) -> float:
    """In US dollars."""
    full = (usage.input - usage.cached) * price.input
    return (full + usage.cached * price.cached + usage.output * price.output) / MILLION
