"""What `clinvk parallel` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clinvoker.client.progress import Progress
from clinvoker.client.results_folder import Folder
from clinvoker.client.several import Several, carried, span, status_of, words_of
from clinvoker.client.tables import cut, one_line, table
from clinvoker.client.task_bodies import bodies_of, place_of, rehearses
from clinvoker.client.task_files import Task, TaskFile
from clinvoker.client.work import Work

HEAD = ("#", "BACKEND", "STATUS", "DURATION", "TASK")


async def parallel(
    work: Work, file: TaskFile, at_once: int | None, fail_fast: bool | None, as_json: bool
) -> int:
    """Carry the tasks out; gives 1 if one of them failed."""
    bodies = await bodies_of(work, file.tasks)
    body = {
        "tasks": bodies,
        "max_parallel": at_once or file.max_parallel,
        "fail_fast": _first(fail_fast, file.fail_fast, work.config.parallel.fail_fast),
        "dry_run": rehearses(work, file.tasks, file.dry_run),
    }
    as_json = as_json or work.given.output in ("json", "stream-json")
    count = f"{len(bodies)} task{'s' if len(bodies) > 1 else ''}"
    work.tell(f"Running {count}{', the first failure ends all' if body['fail_fast'] else ''}...")
    labels = [f"{told['backend']} {_called(task)}" for told, task in zip(bodies, file.tasks, strict=True)]
    began = work.clock.seconds()
    with Progress(work, labels) as progress:
        telling = Telling(work, file, progress, as_json)
        several = await carried(work, "/api/v1/parallel", body, telling)
    whole = whole_of(several, file, began, work.clock.seconds())
    if telling.folder is not None:
        telling.folder.summary(whole)
    if as_json:
        work.say(json.dumps(whole, indent=2, ensure_ascii=False))
    elif work.config.parallel.aggregate_output:
        work.say(_summary(work, whole, file))
    return int(whole["completed"] < whole["total_tasks"])


class Telling:
    """Hands on what happens to the progress, and tells and keeps each result as it comes."""

    def __init__(self, work: Work, file: TaskFile, progress: Progress, as_json: bool) -> None:
        self.folder = Folder(place_of(work, file.output_dir), file.tasks) if file.output_dir else None
        self._file = file
        self._progress = progress
        self._silent = as_json or work.given.quiet
        self.begun = progress.begun
        self.said = progress.said

    def over(self, place: int, result: Mapping[str, Any]) -> None:
        """Tell it."""
        self._progress.over(place, result)
        if self.folder is not None:
            self.folder.task(place, labelled(place, self._file.tasks[place], result))
        if not self._silent:
            self._progress.print(f"[{place + 1}] {words_of(result)}")


def whole_of(several: Several, file: TaskFile, began: float, ended: float) -> dict[str, Any]:
    """All of it, in the order of the tasks."""
    results = [
        labelled(place, file.tasks[place], result) for place, result in sorted(several.results.items())
    ]
    statuses = [status_of(result) for result in results]
    return {
        "total_tasks": len(file.tasks),
        "completed": statuses.count("OK"),
        "failed": statuses.count("FAILED"),
        "cancelled": statuses.count("CANCELED"),
        **span(began, ended),
        "results": results,
    }


def labelled(place: int, task: Task, result: Mapping[str, Any]) -> dict[str, Any]:
    """A result with what the file calls its task."""
    said = {"task_id": task.id, "task_name": task.name, "tags": task.tags, "meta": task.meta}
    return {"index": place, **{name: value for name, value in said.items() if value}, **result}


def _summary(work: Work, whole: Mapping[str, Any], file: TaskFile) -> str:
    rows = [
        (
            result["index"] + 1,
            result["backend"],
            status_of(result),
            f"{result['duration_seconds']:.2f}s",
            _called(file.tasks[result["index"]]),
        )
        for result in whole["results"]
    ]
    total = ", ".join(f"{whole[word]} {word}" for word in ("completed", "failed", "cancelled") if whole[word])
    told = table(HEAD, rows, work.width() if work.terminal else 0)
    return f"\n{told}\n\nTotal: {total} ({whole['total_duration_seconds']:.2f}s)"


def _called(task: Task) -> str:
    return cut(one_line(task.name or task.id or task.prompt), 50)


def _first(*said: bool | None) -> bool:
    return bool(next((each for each in said if each is not None), False))
