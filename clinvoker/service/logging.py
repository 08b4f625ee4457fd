"""How much is logged."""

from __future__ import annotations

from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    globalLogPublisher,
)


def set_level(level: str, publisher: LogPublisher = globalLogPublisher) -> None:
    """
    Let only events of this level and above reach the observers there are.

    `twistd` makes its observers by itself and has no option for the level, so they are wrapped
    once it has made them.
    """
    predicate = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    for observer in list(publisher._observers):
        publisher.removeObserver(observer)
        publisher.addObserver(FilteringLogObserver(observer, [predicate]))
