"""Tasks under way, shown on a terminal while they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from clinvoker.client.several import status_of
from clinvoker.client.tables import cut, harmless, one_line
from clinvoker.client.work import Work

EVERY_SECS = 0.1
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
COLOURS = {"OK": "green", "FAILED": "red", "CANCELED": "yellow"}
TAIL = 200  # characters of what was said last


class Row:
    """One task: what it is called, and how it is getting on."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.since: float | None = None
        self.seconds = 0.0
        self.status = ""
        self.tail = ""


class Progress:
    """
    A watcher that shows nothing where nobody looks, or with -q.  As a context it has its place on the
    terminal, and what is to stay there goes through `print`.
    """

    def __init__(self, work: Work, labels: Sequence[str]) -> None:
        self.rows = [Row(label) for label in labels]
        self._work = work
        self._clock: IReactorTime = work.clock
        self._live: Live | None = None
        self._turning = LoopingCall(self._turn)
        self._turning.clock = work.clock

    def __enter__(self) -> Progress:
        file = self._work.out if self._work.terminal else self._work.err
        if not self._work.given.quiet and (self._work.terminal or file.isatty()):
            console = Console(
                file=file, force_terminal=True, no_color=not self._work.coloured, highlight=False
            )
            self._live = Live(
                self._table(),
                console=console,
                auto_refresh=False,  # that would be a thread
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
            console.show_cursor(True)  # a second Ctrl-C ends without a farewell
            self._turning.start(EVERY_SECS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._turning.running:
            self._turning.stop()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def print(self, text: str) -> None:
        """A text that stays, on stdout."""
        if self._live is not None and self._work.terminal:
            self._live.console.print(Text(harmless(text)), soft_wrap=True)
        else:
            self._work.say(text)

    # --- Watcher

    def begun(self, place: int, about: Mapping[str, Any]) -> None:
        self.rows[place].since = self._clock.seconds()

    def said(self, place: int, text: str) -> None:
        row = self.rows[place]
        row.tail = (row.tail + text)[-TAIL:]

    def over(self, place: int, result: Mapping[str, Any]) -> None:
        row = self.rows[place]
        row.status, row.seconds = status_of(result), result["duration_seconds"]
        row.tail = str(result.get("error") or "")[:TAIL]

    # --- within

    def _turn(self) -> None:
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(no_wrap=True, width=1)
        table.add_column(no_wrap=True, width=min(max(len(row.label) for row in self.rows), 32))
        table.add_column(no_wrap=True, width=6, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1, style="dim")
        for row in self._shown():
            table.add_row(*self._cells(row))
        return table

    def _shown(self) -> list[Row]:
        """All where there is room, else those that are under way first."""
        room = max(self._live.console.height - 2, 1) if self._live is not None else len(self.rows)
        if len(self.rows) <= room:
            return self.rows
        return sorted(self.rows, key=lambda row: (bool(row.status), row.since is None))[:room]

    def _cells(self, row: Row) -> tuple[RenderableType, ...]:
        now = self._clock.seconds()
        if row.status:
            mark = Text("✓" if row.status == "OK" else "✗", style=COLOURS[row.status])
        else:
            mark = Text(SPINNER[int(now * 10) % len(SPINNER)] if row.since is not None else "·")
        seconds = row.seconds if row.status else now - (row.since if row.since is not None else now)
        tail = one_line(row.tail if row.status else row.tail[-60:])
        return mark, Text(cut(row.label, 32)), Text(f"{seconds:.1f}s"), Text(cut(tail, 120))
