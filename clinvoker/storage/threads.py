"""The one thread of the house, as something that can be handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from twisted.logger import Logger


class Worker(Protocol):
    """Carries out tasks elsewhere, one after the other.  Tasks raise nothing."""

    def start(self) -> None:
        """Be ready for tasks; called once."""

    def do(self, task: Callable[[], None]) -> None:
        """Carry this out after all that came before."""

    def stop(self) -> None:
        """End after what is there."""


class ThreadWorker:
    """
    A thread.  A daemon in Python's sense: where the interpreter ends without `stop`, it is not waited
    for, which loses nothing (see `pending`).
    """

    _log = Logger()

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def do(self, task: Callable[[], None]) -> None:
        self._tasks.put(task)

    def stop(self) -> None:
        self._tasks.put(None)

    def _run(self) -> None:
        while task := self._tasks.get():
            try:
                task()
            except Exception:  # a bug; what is still to be done must not wait for ever
                self._log.failure("a task of {name} failed", name=self._name)
