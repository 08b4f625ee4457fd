"""
Python's garbage collector, kept from looking at what stays.

Code and tables are most of what it would look through, again and again, for tens of milliseconds in
which no stream moves.
"""

from __future__ import annotations

import gc


def work() -> None:
    """Collect from now on, and only of what is made from now on."""
    gc.freeze()
    gc.enable()
