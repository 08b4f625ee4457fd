"""A thread's place taken by whoever pumps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class MemoryWorker:
    """
    Keeps tasks until `pump` carries them out, and what they send back until then too: a test sees every
    state between, without a thread.
    """

    def __init__(self) -> None:
        self.tasks: deque[Callable[[], None]] = deque()
        self.back: deque[Callable[[], None]] = deque()
        self.running = False

    def start(self) -> None:
        self.running = True

    def do(self, task: Callable[[], None]) -> None:
        self.tasks.append(task)

    def stop(self) -> None:
        self.running = False

    def way_back(self, call: Callable[[], None]) -> None:
        """Instead of `reactor.callFromThread`."""
        self.back.append(call)

    def pump(self) -> None:
        """Carry out everything, and what follows from it."""
        while self.tasks or self.back:
            (self.tasks or self.back).popleft()()
