"""Requests in a row, and what must not grow meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.daemon import Daemon
from tests.real.raw import JSON, PATH, fetch, question

Figures = dict[str, int]


def requests_in_a_row(daemon: Daemon, model: str, count: int) -> None:
    """Ask `count` times.  Raises `AssertionError` at the first that fails."""
    for number in range(count):
        text = f"!say number {number}"
        answer = fetch(daemon.port, "POST", PATH, JSON, question(model, text))
        assert answer.status == 200, (number, answer.status, answer.body)
        assert f"number {number}".encode() in answer.body, (number, answer.body)


def figures_over(daemon: Daemon, model: str, count: int, parts: int) -> Iterator[Figures]:
    """The daemon's figures after a first request and after each part of `count` more."""
    requests_in_a_row(daemon, model, 1)
    yield daemon.figures()
    for _ in range(parts):
        requests_in_a_row(daemon, model, count // parts)
        yield daemon.figures()
