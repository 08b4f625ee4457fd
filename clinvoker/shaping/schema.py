"""Whether a text is the JSON that was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

_FENCE = re.compile(r"\A\s*```[A-Za-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class NotThat(Exception):
    """The text is not what was asked for; the words of this say why, to the model or the client."""


def bare(text: str, schema: Mapping[str, object]) -> str:
    """
    The JSON in a text, without a code fence around it.  An empty schema takes any object.

    Raises `NotThat`.
    """
    fenced = _FENCE.match(text)
    inner = (fenced.group(1) if fenced else text).strip()
    try:
        value = json.loads(inner)
    except (ValueError, RecursionError) as error:
        raise NotThat(f"it is not JSON: {error}") from None
    fault = best_match(Draft202012Validator(dict(schema) or {"type": "object"}).iter_errors(value))
    if fault is not None:
        raise NotThat(f"at {fault.json_path}: {fault.message[:300]}")
    return inner


def fault_of(schema: Mapping[str, object]) -> str:
    """What is wrong with a schema itself; empty if nothing is."""
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return f"at {error.json_path}: {error.message[:300]}"
    return ""
