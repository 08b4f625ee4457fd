"""
Tables as docs/performance.md has them, and under what conditions they came to be.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.rounds import Results, Spread


def cell(figure: Spread | float | str | None) -> str:
    """A figure as it is printed: `median (least-most)`, about three digits each."""
    if figure is None:
        return ""
    if isinstance(figure, str):
        return figure
    if isinstance(figure, Spread):
        return f"{number(figure.median)} ({number(figure.least)}-{number(figure.most)})"
    return number(figure)


def number(value: float) -> str:
    """About three digits of a number."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(columns: Sequence[str], rows: Mapping[str, Sequence[Spread | float | str | None]]) -> str:
    """A table in Markdown; the first of the columns names the rows."""
    lines = [list(columns), *([name, *map(cell, cells)] for name, cells in rows.items())]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def results_table(first: str, columns: Mapping[str, str], results: Results) -> str:
    """A table of results: `columns` maps the names of figures to what stands above them."""
    rows = {name: [figures.get(figure) for figure in columns] for name, figures in results.items()}
    return table([first, *columns.values()], rows)


def conditions() -> str:
    """One line about the machine and what else it did."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} CPUs, Linux {platform.release()}, "
        f"Python {platform.python_version()}; load average at the end {load}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
