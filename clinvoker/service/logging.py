"""What is logged, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, TextIO

import msgspec
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    eventAsText,
    globalLogPublisher,
    textFileLogObserver,
)
from zope.interface import implementer

from clinvoker.config import Log
from clinvoker.dialects.times import rfc3339

# syslog(3)'s, which sd-daemon(3) reads at the begin of a line.
PRIORITIES = {"debug": 7, "info": 6, "warn": 4, "error": 3, "critical": 2}

# Names that are whole.
_WHOLE = ("clinvoker.", "twisted.")


class Levels:
    """Lets only events of a level and above reach the observers; some rooms have a level of their own."""

    _log = Logger()

    def __init__(self, config: Log) -> None:
        self._predicate = LogLevelFilterPredicate()
        self._made: ILogObserver | None = None
        self.change(config)

    def change(self, config: Log) -> None:
        """These are the levels from now on."""
        self._predicate.clearLogLevels()
        levels = {"": config.level, **{namespace(room): level for room, level in config.levels.items()}}
        for name, level in levels.items():
            self._predicate.setLogLevelForNamespace(name, LogLevel.levelWithName(level))
        for room in config.levels:
            if not known(room):
                self._log.warn("log.levels: there is no room {room!r}, so its level says nothing", room=room)

    def observer(self, config: Log, stream: TextIO) -> ILogObserver:
        """What writes to `stream` what is of a level and above."""
        texts = {"json": as_json, "journald": as_journald}
        text = texts.get(config.format)
        written = Lines(stream, text) if text else textFileLogObserver(stream)
        self._made = FilteringLogObserver(written, [self._predicate])
        return self._made

    def install(self, config: Log, stream: TextIO, publisher: LogPublisher = globalLogPublisher) -> None:
        """
        Stand before the observers there are, or before one in their place that writes to `stream`: for
        those that `twistd` was told of, by `--logfile` and the like.  Nothing, where `observer` is there.
        """
        if self._made in publisher._observers:
            return
        for observer in list(publisher._observers):
            publisher.removeObserver(observer)
            if usual(config):
                publisher.addObserver(FilteringLogObserver(observer, [self._predicate]))
        if not usual(config):
            publisher.addObserver(self.observer(config, stream))


def namespace(room: str) -> str:
    """What the log calls a room, which may be written so or without the `clinvoker.` before it."""
    return room if room.startswith(_WHOLE) else f"clinvoker.{room}"


def known(room: str) -> bool:
    """Whether there is such a module; behind it a class may be named."""
    module, _, last = namespace(room).rpartition(".")
    try:
        return find_spec(module if last[:1].isupper() else f"{module}.{last}") is not None
    except (ImportError, ValueError):
        return False


def usual(config: Log) -> bool:
    """Whether `twistd` logs so by itself."""
    return config.format == "text" and config.to == "stdout"


@implementer(ILogObserver)
class Lines:
    """Writes each event as one line."""

    def __init__(self, stream: TextIO, text: Callable[[LogEvent], str]) -> None:
        self._stream = stream
        self._text = text

    def __call__(self, event: LogEvent) -> None:
        self._stream.write(self._text(event) + "\n")
        self._stream.flush()


def as_json(event: LogEvent) -> str:
    """An object: when, how grave, which room, what; a request's entry, a failure's traceback."""
    told: dict[str, Any] = {
        "time": rfc3339(event["log_time"]),
        "level": _level(event),
        "room": str(event.get("log_namespace", "")),
        "message": _text(event),
    }
    entry = event.get("entry")
    if entry is not None:
        told |= {"message": "request", **msgspec.to_builtins(entry)}
    if "log_failure" in event:
        told["traceback"] = event["log_failure"].getTraceback()
    return msgspec.json.encode(_sane(told)).decode("utf-8")


def as_journald(event: LogEvent) -> str:
    """Text behind its priority: each line of it, since journald reads lines."""
    text = eventAsText(event, includeTimestamp=False, includeSystem=False)
    lines = text.splitlines() or [""]
    return "\n".join(f"<{PRIORITIES[_level(event)]}>{line}" for line in lines)


def _level(event: LogEvent) -> str:
    level = event.get("log_level", LogLevel.info)
    return str(level.name)


def _text(event: LogEvent) -> str:
    return eventAsText(event, includeTimestamp=False, includeSystem=False, includeTraceback=False)


def _sane(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same, its texts such as UTF-8 has a place for."""
    return {
        name: value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
        for name, value in told.items()
    }
