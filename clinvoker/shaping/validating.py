"""
A validator of JSON schemas (draft 2020-12) that neither fetches anything nor takes for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from clinvoker.shaping.patterns import compiled


def _pattern(validator: Any, pattern: str, value: object, schema: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and not compiled(pattern).search(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _by_name(
    validator: Any, by_pattern: Mapping[str, Any], value: Any, schema: object
) -> Iterator[ValidationError]:
    for pattern, below in by_pattern.items() if isinstance(value, dict) else ():
        for name, item in value.items():
            if compiled(pattern).search(name):
                yield from validator.descend(item, below, path=name, schema_path=pattern)


def _further(
    validator: Any, further: Any, value: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    known, patterns = schema.get("properties", {}), [*map(compiled, schema.get("patternProperties", {}))]
    for name, item in value.items():
        if name in known or any(pattern.search(name) for pattern in patterns):
            continue
        if further is False:
            yield ValidationError(f"Additional properties are not allowed ({name!r} was unexpected)")
        elif further is not True:
            yield from validator.descend(item, further, path=name)


# These three would use Python's own regular expressions.
_Validator = extend(
    Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _by_name, "additionalProperties": _further},
)


def validator(schema: Mapping[str, object]) -> Any:
    """What looks for faults; an empty schema takes any object."""
    # The empty registry knows no remote schema, so that none is ever fetched.
    return _Validator(dict(schema) or {"type": "object"}, registry=Registry())
