"""
The tables in `docs/anthropic.md`, made from those in `clinvoker.dialects.anthropic_parameters`.

Written anew by `python -m tests.dialects.anthropic_page`; a test holds that they are up to date.
"""

from __future__ import annotations

import re

from clinvoker.dialects.anthropic_parameters import DEPENDING, HONOURED, IGNORED, PARAMETERS, REFUSED
from tests.dialects.parameters_page import PAGE as OTHER
from tests.dialects.parameters_page import section

PAGE = OTHER.with_name("anthropic.md")
GENERATED = re.compile(r"(?<=<!-- tables -->\n).*(?=<!-- end of tables -->)", re.DOTALL)

SECTIONS = (
    ("Honoured", "By every backend.", HONOURED),
    (
        "Depending on the backend",
        "What becomes of them says the last table of [parameters](parameters.md#by-backend): `stop` there is"
        " `stop_sequences`, `reasoning_effort` is `output_config.effort` or what `thinking` stands for,"
        " `response_format` is `output_config.format`, `parallel_tool_calls` is `disable_parallel_tool_use`.",
        DEPENDING,
    ),
    ("Refused", "`400`, with the name in the message, unless the value asks for nothing.", REFUSED),
    (
        "Ignored",
        "Accepted, without effect, and named in `x-clinvoker-ignored`, unless the value asks for nothing.",
        IGNORED,
    ),
)


def tables() -> str:
    """All of them."""
    return "\n" + "\n".join(section(title, text, rows) for title, text, rows in SECTIONS) + "\n"


if __name__ == "__main__":
    PAGE.write_text(GENERATED.sub(lambda _: tables(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{len(PARAMETERS)} parameters written to {PAGE}")
