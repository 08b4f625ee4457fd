"""
The names of the client's functions as this program shows them to the model, and back.  Pure.

The program calls a function of an MCP server `mcp_SERVER_NAME`, replaces what is not of `A-Za-z0-9_.:-`
and cuts the middle out of what has more than 63 characters (0.61.0): two functions could become one.
So a name that would be changed gets one of our own, made of the name alone, which says the same in every
turn of a conversation.
"""

from __future__ import annotations

import re
from hashlib import sha256

SERVER = "client"
PREFIX = f"mcp_{SERVER}_"

_LONGEST = 63 - len(PREFIX)
_FOREIGN = re.compile(r"[^A-Za-z0-9_.:-]")
_DIGITS = 8  # of the digest in a name of our own


def served(name: str) -> str:
    """What our MCP server calls a function."""
    plain = _FOREIGN.sub("_", name)
    if plain == name and len(name) <= _LONGEST:
        return name
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{plain[: _LONGEST - _DIGITS - 1]}_{digest}"


def shown(name: str) -> str:
    """What the model sees of it."""
    return PREFIX + served(name)
