"""
Tasks for programs, alone or several together, as values: what is ordered and what became of it.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from clinvoker.errors import ClinvokerError
from clinvoker.model import Asked, FinishReason, Launch, Usage

# What in a prompt of a chain stands for a result: of the task before, or of one by its name.
HOLE = re.compile(r"\{\{\s*(?:(previous)|steps\.([A-Za-z0-9_-]+))\s*\}\}")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """
    One prompt to one program, as its dialect understood it.  `backend` and `model` are the client's
    words, `name` is what other tasks may call it.
    """

    asked: Asked
    backend: str
    model: str = ""
    name: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """
    Tasks, at least one, and how they are carried out.

    In a chain, which is carried out one by one, prompts may speak of the results before them:
    `{{previous}}`, `{{steps.NAME}}`.
    """

    tasks: tuple[Task, ...]
    at_once: int = 1
    chained: bool = False
    same_workdir: bool = False  # a task of a chain that names no directory works where the one before did
    stop: bool = False  # after a failure what is under way is given up, and nothing more is begun
    rehearsed: bool = False  # nothing is started; it is told what would be


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What would be started: `arguments` of `launch` begin with the program's path."""

    backend: str
    model: str  # what the program is told; empty: nothing
    launch: Launch


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a task.  One that failed has an `error`, besides what was said before; one that was
    given up because of another is `cancelled` and has none.
    """

    text: str = ""
    model: str = ""  # what answered, as far as it was told
    reason: FinishReason | Literal[""] = ""
    usage: Usage | None = None
    seconds: float = 0.0
    error: ClinvokerError | None = None
    cancelled: bool = False
    rehearsal: Rehearsal | None = None
    unheard: tuple[str, ...] = ()  # parameters that had no effect

    @property
    def good(self) -> bool:
        """Whether the task was carried out."""
        return self.error is None and not self.cancelled
