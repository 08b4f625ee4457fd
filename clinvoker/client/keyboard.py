"""A person at a terminal: choosing from a list, typing a line."""

from __future__ import annotations

import os
import shutil
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.client.picker import MARK, Picker, keys_in
from clinvoker.client.work import Work

MOST_LINES = 15  # of a list at a time
LONGEST = 64 * 1024  # bytes of a typed line
HIDE, SHOW, CLEAR_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"


@implementer(IReadDescriptor)
class _Once:
    """Waits for one read; the terminal stays blocking, as it is whoever else uses it."""

    def __init__(self, reactor: Any, descriptor: int) -> None:
        self.arrived: Deferred[bytes] = Deferred(lambda _: reactor.removeReader(self))
        self._reactor = reactor
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return "keyboard"

    def doRead(self) -> None:
        self._reactor.removeReader(self)
        try:
            self.arrived.callback(os.read(self._descriptor, 4096))
        except OSError:
            self.arrived.errback()

    def connectionLost(self, reason: Failure) -> None:
        if not self.arrived.called:
            self.arrived.callback(b"")


def arrived(reactor: Any, descriptor: int) -> Deferred[bytes]:
    """What is typed next; nothing at the end."""
    once = _Once(reactor, descriptor)
    reactor.addReader(once)
    return once.arrived


@contextmanager
def unbuffered(descriptor: int) -> Iterator[None]:
    """Have the terminal hand over each key at once, and not show it.  Ctrl-C stays what it is."""
    before = termios.tcgetattr(descriptor)
    now = termios.tcgetattr(descriptor)
    now[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(descriptor, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def choose(work: Work, title: str, lines: Sequence[str]) -> int | None:
    """The place of the line that is chosen; None if none."""
    picker, screen = Picker(title, lines), Screen(work)
    with unbuffered(sys.stdin.fileno()), screen:
        while not picker.over:
            width, height = shutil.get_terminal_size()
            height = min(height - 1, MOST_LINES + 2)
            screen.draw(picker.drawn(width - 1, height))
            data = await arrived(work.clock, sys.stdin.fileno())
            for key in keys_in(data) or ([] if data else ["escape"]):
                if not picker.over:
                    picker.press(key, height - 2)
    return picker.chosen


async def typed_line(work: Work, before: str) -> str:
    """A line that a person types after this; empty if the end was typed."""
    print(work.styled(before, bold=True), end="", file=work.err, flush=True)
    data = b""
    while not data.endswith(b"\n") and len(data) < LONGEST:
        piece = await arrived(work.clock, sys.stdin.fileno())
        data += piece
        if not piece:
            work.tell("")
            break
    return data.decode("utf-8", "replace").rstrip("\n")


class Screen:
    """Some lines that are drawn again in the same place, and gone in the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._drawn = 0

    def __enter__(self) -> None:
        self._write(HIDE)

    def __exit__(self, *_: object) -> None:
        self._write(self._back() + SHOW)

    def draw(self, lines: Sequence[str]) -> None:
        """These, in place of those before; the first is the title, and one begins with a mark."""
        shown = [
            self._work.styled(line, bold=place == 0 or line.startswith(MARK), dim=place == len(lines) - 1)
            for place, line in enumerate(lines)
        ]
        back, self._drawn = self._back(), len(lines)
        self._write(back + "\n".join(shown) + "\n")

    def _back(self) -> str:
        return (f"\x1b[{self._drawn}A\r" if self._drawn else "") + CLEAR_BELOW

    def _write(self, text: str) -> None:
        self._work.err.write(text)
        self._work.err.flush()
