"""How much is logged."""

from __future__ import annotations

from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    globalLogPublisher,
)


class Threshold:
    """Lets only events of a level and above reach the observers."""

    def __init__(self, level: str) -> None:
        self._predicate = LogLevelFilterPredicate()
        self.change(level)

    def change(self, level: str) -> None:
        """It is this level from now on."""
        self._predicate.setLogLevelForNamespace("", LogLevel.levelWithName(level))

    def install(self, publisher: LogPublisher = globalLogPublisher) -> None:
        """
        Stand before the observers there are.

        `twistd` makes its observers by itself and has no option for the level, so they are wrapped once it
        has made them.
        """
        for observer in list(publisher._observers):
            publisher.removeObserver(observer)
            publisher.addObserver(FilteringLogObserver(observer, [self._predicate]))
