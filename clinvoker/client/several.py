"""Several tasks under way, as the lines of the native API tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Protocol

from clinvoker.client.connection import Interrupted, Late
from clinvoker.client.exits import TIMEOUT, CommandFailed, of_code
from clinvoker.client.work import Work
from clinvoker.framing import Record

TOLD = ("error", "error_code", "output", "model", "finish_reason", "token_usage", "ignored", "would_start")


class Watcher(Protocol):
    """Who is told what happens to each task, by its place from 0."""

    def begun(self, place: int, about: Mapping[str, Any]) -> None:
        """It has said something for the first time."""

    def said(self, place: int, text: str) -> None:
        """The next piece of its text, or a step that it makes."""

    def over(self, place: int, result: Mapping[str, Any]) -> None:
        """It is over."""


class Several:
    """Takes the lines of an answer.  `results` are by place; `whole` is what was told at the end."""

    def __init__(self, watcher: Watcher) -> None:
        self.results: dict[int, dict[str, Any]] = {}
        self.whole: Mapping[str, Any] = {}
        self._watcher = watcher

    def hear(self, line: Record) -> None:
        """Take one line.  Raises `CommandFailed` where it tells that all of it failed."""
        kind, place = line["type"], line.get("task")
        content: Mapping[str, Any] = line["content"]  # type: ignore[assignment]
        if kind == "error":
            raise CommandFailed(content["message"], of_code(content["code"]))
        if kind == "done":
            self.whole = content
        elif isinstance(place, int):
            self._of_task(place, str(kind), content, line)

    def _of_task(self, place: int, kind: str, content: Mapping[str, Any], line: Record) -> None:
        if kind == "init":
            self._watcher.begun(place, {"backend": line.get("backend", ""), **content})
        elif kind == "message":
            self._watcher.said(place, content["text"])
        elif kind == "result":
            self.results[place] = result_of(content, str(line["timestamp"]))
            self._watcher.over(place, self.results[place])


async def carried(work: Work, path: str, body: Mapping[str, Any], watcher: Watcher) -> Several:
    """Have it carried out; raises `CommandFailed` if there is no whole answer."""
    several = Several(watcher)
    secs = work.config.unified_flags.command_timeout_secs
    try:
        await work.api.lines(path, body, several.hear, secs)
    except Late:
        told = f"It took longer than {secs:g} seconds (unified_flags.command_timeout_secs)."
        raise CommandFailed(told, TIMEOUT) from None
    except Interrupted:
        work.tell(f"Interrupted; {len(several.results)} were over.")
        raise
    if not several.whole:
        raise CommandFailed("The answer ended in the middle; ask again.", of_code("answer_cut"))
    return several


def result_of(content: Mapping[str, Any], ended: str) -> dict[str, Any]:
    """A result in the words of the command; when it began follows from how long it took."""
    seconds = content["duration_ms"] / 1000
    told = {name: content[name] for name in ("step", "name", "backend", "exit_code") if name in content}
    told |= {name: content[name] for name in TOLD if content.get(name)}
    began = datetime.fromisoformat(ended.replace("Z", "+00:00")).timestamp() - seconds
    return {**told, "start_time": moment(began), "end_time": ended, "duration_seconds": seconds}


def moment(seconds: float) -> str:
    """Seconds since 1970 as the API writes them."""
    told = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")
    return told.replace("+00:00", "Z")


def span(began: float, ended: float) -> dict[str, Any]:
    """From when to when, for the whole."""
    return {
        "total_duration_seconds": round(ended - began, 3),
        "start_time": moment(began),
        "end_time": moment(ended),
    }


def status_of(result: Mapping[str, Any]) -> str:
    """One word for it."""
    return {0: "OK", -1: "CANCELED"}.get(result["exit_code"], "FAILED")


def words_of(result: Mapping[str, Any]) -> str:
    """What it said, and what went wrong."""
    error = f"Error: {result['error']}" if result.get("error") else ""
    return "\n".join(filter(None, (str(result.get("output", "")).rstrip("\n"), error)))
