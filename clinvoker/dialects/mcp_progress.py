"""
How a tool's call goes on, as its client is told while it waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinvoker.dialects.mcp_messages import Id, Notification
from clinvoker.dialects.surrogates import mended
from clinvoker.model import Action, Event, ReasoningDelta, TextDelta
from clinvoker.orders import Order, Outcome

EVERY = 0.25  # seconds between two
LONGEST_TITLE = 200

_DOES: Mapping[str, str] = {
    "command": "runs",
    "file_change": "edits",
    "read": "reads",
    "search": "searches",
    "tool": "uses",
}


class Progress:
    """
    Makes the notifications of one call: at most one in `EVERY` seconds, none where no `token` was given.
    Times are seconds by any clock.
    """

    def __init__(self, token: Id | None, order: Order) -> None:
        self._token = token
        self._order = order
        self._count = 0  # of what has happened: it has to grow from one to the next
        self._told_at: float | None = None
        self._written = [0] * len(order.tasks)
        self._over = 0

    def heard(self, place: int, events: Sequence[Event], now: float) -> Notification | None:
        """What to tell, if anything, now that these events of a task happened."""
        said = ""
        for event in events:
            self._count += 1
            said = self._said(place, event) or said
        return self._due(said, place, now)

    def done(self, place: int, outcome: Outcome, now: float) -> Notification | None:
        """The same now that a task is over."""
        self._count += 1
        self._over += 1
        return self._due("is done" if outcome.good else "failed", place, now)

    def idle(self) -> Notification | None:
        """That it is still under way, though nothing happened."""
        self._count += 1
        return self._notification(f"waiting{self._counted()}")

    def _said(self, place: int, event: Event) -> str:
        if isinstance(event, TextDelta):
            self._written[place] += len(event.text)
            return f"has written {self._written[place]} characters"
        if isinstance(event, ReasoningDelta):
            return "thinks"
        if isinstance(event, Action) and event.status == "started":
            return f"{_DOES[event.kind]} {mended(event.title)[:LONGEST_TITLE]}"
        return ""

    def _due(self, said: str, place: int, now: float) -> Notification | None:
        if not said or (self._told_at is not None and now - self._told_at < EVERY):
            return None
        self._told_at = now
        return self._notification(f"{self._order.tasks[place].backend} {said}{self._counted()}")

    def _counted(self) -> str:
        several = len(self._order.tasks)
        return f" ({self._over} of {several} done)" if several > 1 else ""

    def _notification(self, message: str) -> Notification | None:
        if self._token is None:
            return None
        params = {"progressToken": self._token, "progress": self._count, "message": message}
        return Notification(method="notifications/progress", params=params)
