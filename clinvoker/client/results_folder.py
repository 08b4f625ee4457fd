"""What became of tasks, in files of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from clinvoker.client.exits import GENERAL
from clinvoker.client.replacing import replace_file
from clinvoker.client.task_files import Task

LONGEST = 64


class Folder:
    """
    A directory, which is made if need be, for its owner alone: `summary.json`, and a file for each task as
    soon as it is over.  What is there of an earlier time is written over.
    """

    def __init__(self, path: str, tasks: Sequence[Task]) -> None:
        self._path = Path(path)
        self._tasks = tasks

    def task(self, place: int, result: Mapping[str, Any]) -> None:
        """Write what became of one.  Raises `CommandFailed`, as `summary` does."""
        task = self._tasks[place]
        asked = {name: value for name, value in msgspec.to_builtins(task).items() if value is not None}
        self._write(file_name(place, task), {"task": asked, "result": result})

    def summary(self, whole: Mapping[str, Any]) -> None:
        """Write what became of all."""
        self._write("summary.json", whole)

    def _write(self, name: str, told: object) -> None:
        replace_file(self._path / name, json.dumps(told, indent=2, ensure_ascii=False) + "\n", GENERAL)


def file_name(place: int, task: Task) -> str:
    """`001_NAME.json`: what it is called, without whatever a file's name should not have."""
    number = place + 1
    called = re.sub(r"[^A-Za-z0-9._-]+", "-", task.id or task.name or "").strip("-.")[:LONGEST]
    return f"{number:03d}_{called or f'task-{number}'}.json"
