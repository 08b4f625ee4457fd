"""
The page `docs/parameters.md`, made from the table in `clinvoker.dialects.chat_parameters`.

Written anew by `python -m tests.dialects.parameters_page`; a test holds that it is up to date.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from clinvoker.dialects.chat_parameters import HONOURED, IGNORED, PARAMETERS, REFUSED, Parameter

PAGE = Path(__file__).parents[2] / "docs" / "parameters.md"

INTRODUCTION = """\
# Parameters of `POST /openai/v1/chat/completions`

What becomes of each field of a request. Nothing is dropped silently: a field is honoured, or refused,
or accepted and named in the header `x-clinvoker-ignored` of the answer (names separated by commas).
`null` always equals absence. Every value is checked whatever becomes of it; a wrong type or range is
`400` with `error.param` naming the place, such as `messages[0].role`. Fields that are not listed are
unknown and have no effect.

In messages, the roles `system`, `developer`, `user` and `assistant` are honoured, in any order and
number, with text as a string or as parts of type `text`. Messages of role `tool` or `function`,
`tool_calls`, and parts with images, audio or files are refused with the place in `error.param`.
A text must not hold NUL.
"""

SECTIONS = (
    ("Honoured", "", HONOURED),
    (
        "Refused",
        "`400` with `error.code` `unsupported_parameter` and the name in `error.param`, "
        "unless the value asks for nothing.",
        REFUSED,
    ),
    (
        "Ignored",
        "Accepted, without effect, and named in `x-clinvoker-ignored`, unless the value asks for nothing.",
        IGNORED,
    ),
)

FOOTER = """\
Made from `clinvoker/dialects/chat_parameters.py` by `python -m tests.dialects.parameters_page`.
"""


def page() -> str:
    """The text of the page."""
    sections = (_section(title, text, parameters) for title, text, parameters in SECTIONS)
    return "\n".join((INTRODUCTION, *sections, FOOTER))


def _section(title: str, text: str, parameters: tuple[Parameter, ...]) -> str:
    rows = "\n".join(_row(parameter) for parameter in parameters)
    head = f"## {title}\n\n" + (f"{text}\n\n" if text else "")
    return f"{head}| field | values | asks for nothing | note |\n|---|---|---|---|\n{rows}\n"


def _row(parameter: Parameter) -> str:
    neutral = ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in parameter.neutral)
    return f"| `{parameter.name}` | {_values(parameter.type)} | {neutral} | {parameter.note} |"


def _values(kind: object) -> str:
    """What is accepted, in words, from the JSON schema of the type."""
    schema = msgspec.json.schema(kind)
    if "anyOf" in schema:
        return " or ".join(alternative["type"] for alternative in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    return f"{schema['type']}{_range(schema)}"


def _range(schema: dict) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    if high is not None and high > 2**32:
        return " of 64 bits"
    return f" ≥ {low}" if high is None else f" {low} to {high}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(PARAMETERS)} parameters written to {PAGE}")
