"""
Regular expressions of clients, by an engine whose time grows with the text alone.

Python's own may take for ever, on the reactor's thread: `^(a+)+$` against thirty letters and one that does
not fit.  RE2 knows neither look-around nor references to what was matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import re2

from clinvoker.shaping.unusable import Unusable

# Instructions of RE2 in all expressions of a schema: `\\p{L}{1,100}` has 120,000 and takes 50 ms to compile.
LARGEST = 200_000
_AROUND = 100  # that each costs besides

# As JavaScript writes characters, whose expressions these are.
_CODE = re.compile(r"\\u(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))")


def compiled(pattern: str) -> Any:
    """What searches a text; raises `Unusable` for an expression that this engine does not know."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_CODE.sub(_character, pattern), options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if error.args else ""
        raise Unusable(f"the pattern {pattern[:100]!r} is not supported: {said}") from None


def check_patterns(schema: object) -> None:
    """Raises `Unusable` for the first expression in a schema that cannot be used, or for too many."""
    check_unevaluated(schema)
    size = 0
    for pattern in {*patterns_in(schema)}:
        size += compiled(pattern).programsize + _AROUND
        if size > LARGEST:
            raise Unusable("its patterns are too large, or too many")


def check_unevaluated(schema: object) -> None:
    """The library tries patterns for these keywords by itself, by Python's own expressions."""
    nodes = [*_objects(schema)]
    for word in ("unevaluatedProperties", "unevaluatedItems"):
        if any(word in node for node in nodes) and any("patternProperties" in node for node in nodes):
            raise Unusable(f"{word!r} and 'patternProperties' are not supported in one schema")


def patterns_in(schema: object) -> Iterator[str]:
    """Those in a schema, at whatever depth; its data too, which does no harm."""
    for node in _objects(schema):
        pattern, by_name = node.get("pattern"), node.get("patternProperties")
        if isinstance(pattern, str):
            yield pattern
        if isinstance(by_name, Mapping):
            yield from (name for name in by_name if isinstance(name, str))


def _objects(schema: object) -> Iterator[Mapping[str, Any]]:
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            yield part
            left += part.values()
        elif isinstance(part, list | tuple):
            left += part


def _character(found: re.Match[str]) -> str:
    return rf"\x{{{found[1] or found[2]}}}"
