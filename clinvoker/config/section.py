"""What all parts of the file are."""

from __future__ import annotations

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the file that has a fixed set of keys."""
