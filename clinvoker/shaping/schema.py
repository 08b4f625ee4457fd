"""Whether a text is the JSON that was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from clinvoker.shaping.unusable import Unusable

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_FENCE = re.compile(r"\A\s*```[A-Za-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class NotThat(Exception):
    """The text is not what was asked for; the words of this say why, to the model or the client."""


def bare(text: str, schema: Mapping[str, object]) -> str:
    """
    The JSON in a text, without a code fence around it.  An empty schema takes any object.

    Raises `NotThat`, `Unusable`.
    """
    fenced = _FENCE.match(text)
    inner = (fenced.group(1) if fenced else text).strip()
    try:
        value = json.loads(inner)
    except (ValueError, RecursionError) as error:
        raise NotThat(f"it is not JSON: {error}") from None
    fault = _fault(value, schema)
    if fault is not None:
        raise NotThat(f"at {fault.json_path}: {fault.message[:300]}")
    return inner


def _fault(value: object, schema: Mapping[str, object]) -> ValidationError | None:
    # Here, since few daemons ever check an answer, and the library takes a tenth of a start.
    from jsonschema.exceptions import best_match

    from clinvoker.shaping.validating import validator

    try:
        fault: ValidationError | None = best_match(validator(schema).iter_errors(value))
    except Unusable:
        raise
    except Exception as error:  # whatever a strange schema does: references in circles, bad patterns, ...
        raise Unusable(f"{type(error).__name__}: {str(error)[:200]}") from None
    return fault
