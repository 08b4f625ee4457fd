"""
Where a request comes from.
"""

from __future__ import annotations

from twisted.internet.interfaces import IAddress


def address_of(peer: IAddress) -> str:
    """The address of whoever connected; `unix` over a UNIX socket."""
    return getattr(peer, "host", None) or "unix"
