"""
The answer schemas of OpenAI's own OpenAPI document (openai/openai-openapi of 21 August 2026,
version 2.3.0; `nullable` already written as a type).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from jsonschema import Draft202012Validator

DOCUMENT = Path(__file__).with_name("openai_schemas.json")


@functools.cache
def _components() -> object:
    return json.loads(DOCUMENT.read_bytes())["components"]


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """What checks values against `#/components/schemas/<name>`."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": _components()})


def complaints(name: str, value: object) -> list[str]:
    """What in `value` breaks the schema of that name; empty if nothing does."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(value)]
