"""
The page `docs/parameters.md`, made from the table in `clinvoker.dialects.chat_parameters` and from
what the backends say of themselves.

Written anew by `python -m tests.dialects.parameters_page`; a test holds that it is up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.chat_parameters import DEPENDING, HONOURED, IGNORED, PARAMETERS, REFUSED
from clinvoker.interfaces import IBackend
from clinvoker.model import Treatment
from clinvoker.testing.runs import PARAMETERS as NAMES
from twisted.plugins import clinvoker_plugin

PAGE = Path(__file__).parents[2] / "docs" / "parameters.md"

INTRODUCTION = """\
# Parameters of `POST /openai/v1/chat/completions`

What becomes of each field of a request. Nothing is dropped silently: a field is honoured, or refused,
or accepted and named in the header `x-clinvoker-ignored` of the answer (names separated by commas).
With `server.strict_parameters` whatever would be named there is refused instead. `null` always equals
absence. Every value is checked whatever becomes of it; a wrong type or range is `400` with `error.param`
naming the place, such as `messages[0].role`. Fields that are not listed are unknown and have no effect.

**Messages.** The roles `system`, `developer`, `user`, `assistant` and `tool`, in any order and number;
`function` is refused. Text is a string or parts of type `text`, and must not hold NUL. `name` is ignored
and named.

**Pictures.** Parts of type `image_url` in messages of role `user` and `tool`: a data URL with base64 of
PNG, JPEG, GIF or WebP up to 20 MiB, or an http(s) URL. The daemon fetches from hosts in `images.fetch` only;
other URLs are handed on to the provider (claude), or refused. `detail` is ignored and, unless `auto`, named.
Audio and files are refused with the place in `error.param`.

**Calls.** Each call in `tool_calls` is followed by its result, a message of role `tool` with the same id,
whoever made the id. Arguments that are no JSON object are shown to the model as `{"INVALID_JSON": "..."}`.
An answer has `tool_calls` with JSON text as arguments, `{}` where there are none.
"""

BACKENDS = """\
## By backend

What becomes of those that depend on the backend, `images` standing for pictures in messages and `max_tokens`
for both fields of the kind. *honoured*: the program does it. *enforced*: the daemon does, where the program
has no such setting. *refused*: `400` with `error.code` `unsupported_parameter`. *ignored*: accepted, without
effect, and named in `x-clinvoker-ignored`.
"""

SECTIONS = (
    ("Honoured", "By every backend.", HONOURED),
    ("Depending on the backend", "See the last table.", DEPENDING),
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
Made from `clinvoker/dialects/chat_parameters.py` and `IBackend.parameters` by
`python -m tests.dialects.parameters_page`.
"""


def page() -> str:
    """The text of the page."""
    sections = (section(title, text, parameters) for title, text, parameters in SECTIONS)
    return "\n".join((INTRODUCTION, *sections, BACKENDS, _by_backend(), FOOTER))


def treatments() -> Mapping[str, Mapping[str, Treatment]]:
    """What each backend that comes with the house says, by its name."""
    backends = [each for each in vars(clinvoker_plugin).values() if IBackend.providedBy(each)]
    return {each.name: getattr(each, "parameters", {}) for each in backends}


def _by_backend() -> str:
    columns = treatments()
    head = f"| parameter | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}\n"
    rows = (
        f"| `{name}` | {' | '.join(said.get(name, 'refused') for said in columns.values())} |\n"
        for name in NAMES
    )
    return head + "".join(rows)


def section(title: str, text: str, parameters: tuple[Parameter, ...]) -> str:
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
        return " or ".join(alternative.get("type", "object") for alternative in schema["anyOf"])
    if "$ref" in schema:
        return "object"
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
