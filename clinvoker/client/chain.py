"""What `clinvk chain` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clinvoker.client.several import Several, carried, span, status_of
from clinvoker.client.tables import harmless, table
from clinvoker.client.task_bodies import bodies_of
from clinvoker.client.task_files import ChainFile
from clinvoker.client.work import Work

HEAD = ("STEP", "NAME", "BACKEND", "STATUS", "DURATION")
HANDED_ON = ("pass_working_dir", "pass_session_id", "persist_sessions")


async def chain(work: Work, file: ChainFile, stop: bool | None, as_json: bool) -> int:
    """Carry the steps out, one after the other; gives 1 if one of them failed."""
    bodies = await bodies_of(work, file.steps)
    if file.pass_working_dir:
        bodies = [
            _inheriting(body, bool(step.workdir)) for body, step in zip(bodies, file.steps, strict=True)
        ]
    stops = stop if stop is not None else file.stop_on_failure is not False
    named = [{**body, "name": step.name or ""} for body, step in zip(bodies, file.steps, strict=True)]
    body = {
        "steps": named,
        "stop_on_failure": stops,
        "dry_run": bool(work.given.dry_run or work.config.unified_flags.dry_run or file.dry_run),
        **{name: getattr(file, name) for name in HANDED_ON},
    }
    as_json = as_json or work.given.output in ("json", "stream-json")
    began = work.clock.seconds()
    several = await carried(work, "/api/v1/chain", body, Steps(work, file, as_json or work.given.quiet))
    whole = whole_of(several, file, began, work.clock.seconds())
    if as_json:
        work.say(json.dumps(whole, indent=2, ensure_ascii=False))
    elif work.given.quiet:
        _last(work, whole)
    else:
        work.say(_summary(work, whole))
    return int(whole["completed_steps"] < whole["total_steps"])


class Steps:
    """Writes what each step says, as it comes, under a line that names it."""

    def __init__(self, work: Work, file: ChainFile, silent: bool) -> None:
        self._work = work
        self._file = file
        self._silent = silent
        self._headed: set[int] = set()
        self._midline = False

    def begun(self, place: int, about: Mapping[str, Any]) -> None:
        """Name it."""
        if not self._silent and place not in self._headed:
            self._headed.add(place)
            name = self._file.steps[place].name or f"step {place + 1}"
            title = f"[{place + 1}/{len(self._file.steps)}] {name} ({about['backend']})"
            self._work.say(self._work.styled(title, bold=True))

    def said(self, place: int, text: str) -> None:
        """Write it."""
        if text and not self._silent:
            self._work.out.write(harmless(text) if self._work.terminal else text)
            self._work.out.flush()
            self._midline = not text.endswith("\n")

    def over(self, place: int, result: Mapping[str, Any]) -> None:
        """Begin a new line, and tell what went wrong."""
        fresh = place not in self._headed
        self.begun(place, result)
        if fresh and result.get("output"):  # nothing came before the end, as in a dry run
            self.said(place, result["output"])
        if self._midline:
            self._work.say("")
            self._midline = False
        if result.get("error") and not self._silent:
            self._work.say(f"Error: {result['error']}")


def whole_of(several: Several, file: ChainFile, began: float, ended: float) -> dict[str, Any]:
    """All of it; of steps that were not begun there is nothing."""
    results = [several.results[place] for place in sorted(several.results)]
    failed = [result["step"] for result in results if result["exit_code"]]
    told: dict[str, Any] = {
        "total_steps": len(file.steps),
        "completed_steps": len(results) - len(failed),
        **span(began, ended),
        "results": results,
    }
    return {**told, "failed_step": failed[-1]} if failed else told


def _summary(work: Work, whole: Mapping[str, Any]) -> str:
    rows = [
        (
            each["step"],
            each.get("name") or "-",
            each["backend"],
            status_of(each),
            f"{each['duration_seconds']:.2f}s",
        )
        for each in whole["results"]
    ]
    told = table(HEAD, rows, work.width() if work.terminal else 0)
    done = f"{whole['completed_steps']}/{whole['total_steps']}"
    return f"\n{told}\n\nTotal: {done} steps completed ({whole['total_duration_seconds']:.2f}s)"


def _last(work: Work, whole: Mapping[str, Any]) -> None:
    """With -q: what the last step said, and on stderr what went wrong."""
    for result in whole["results"]:
        if result.get("error"):
            print(f"clinvk: step {result['step']}: {result['error']}", file=work.err)
    if whole["results"]:
        work.say(str(whole["results"][-1].get("output", "")).rstrip("\n"))


def _inheriting(body: Mapping[str, Any], placed: bool) -> dict[str, Any]:
    """Where a step has no directory of its own, that of the step before is for the daemon to give."""
    left_out = () if placed else ("workdir", "mode")
    return {name: value for name, value in body.items() if name not in left_out}
