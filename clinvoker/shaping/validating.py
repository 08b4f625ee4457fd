"""
A validator of JSON schemas (draft 2020-12) that neither fetches anything nor takes for ever.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from clinvoker.shaping.effort import Effort, Keyword
from clinvoker.shaping.patterns import check_unevaluated, compiled


class _Expressions:
    """The keywords that would use Python's own regular expressions; each of these is compiled once."""

    def __init__(self) -> None:
        self._compiled = lru_cache(maxsize=None)(compiled)  # for one check

    def pattern(
        self, validator: Any, pattern: str, value: object, schema: object
    ) -> Iterator[ValidationError]:
        if isinstance(value, str) and not self._compiled(pattern).search(value):
            yield ValidationError(f"{value!r} does not match {pattern!r}")

    def by_name(
        self, validator: Any, by_pattern: Mapping[str, Any], value: Any, schema: object
    ) -> Iterator[ValidationError]:
        for pattern, below in by_pattern.items() if isinstance(value, dict) else ():
            for name, item in value.items():
                if self._compiled(pattern).search(name):
                    yield from validator.descend(item, below, path=name, schema_path=pattern)

    def further(
        self, validator: Any, further: Any, value: object, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if not isinstance(value, dict):
            return
        known, patterns = (
            schema.get("properties", {}),
            [*map(self._compiled, schema.get("patternProperties", {}))],
        )
        for name, item in value.items():
            if name in known or any(pattern.search(name) for pattern in patterns):
                continue
            if further is False:
                yield ValidationError(f"Additional properties are not allowed ({name!r} was unexpected)")
            elif further is not True:
                yield from validator.descend(item, further, path=name)


def _unique(validator: Any, unique: Any, value: object, schema: object) -> Iterator[ValidationError]:
    """The library compares each with each."""
    if unique and isinstance(value, list) and len({*map(_same, value)}) < len(value):
        yield ValidationError(f"{value!r} has non-unique elements")


def _same(value: object) -> Hashable:
    """Equal for what is equal as JSON."""
    if isinstance(value, bool):
        return bool, value  # else True were 1
    if isinstance(value, dict):
        return frozenset((name, _same(item)) for name, item in value.items())
    return tuple(map(_same, value)) if isinstance(value, list) else value


def validator(schema: Mapping[str, object]) -> Any:
    """
    What looks for faults, once; an empty schema takes any object.

    It raises `Unusable` when that takes too long, as this does for what it cannot check.
    """
    check_unevaluated(schema)
    own, effort = _Expressions(), Effort()
    keywords: dict[str, Keyword] = {
        **Draft202012Validator.VALIDATORS,
        "pattern": own.pattern,
        "patternProperties": own.by_name,
        "additionalProperties": own.further,
        "uniqueItems": _unique,
    }

    def is_boolean(_: object, value: object) -> bool:
        effort.spend(1)  # all that follows references without a keyword asks for this
        return isinstance(value, bool)

    kind = extend(
        Draft202012Validator,
        {name: effort.counted(name, keyword) for name, keyword in keywords.items()},
        type_checker=Draft202012Validator.TYPE_CHECKER.redefine("boolean", is_boolean),
    )
    # The empty registry knows no remote schema, so that none is ever fetched.
    return kind(dict(schema) or {"type": "object"}, registry=Registry())
