"""Tests for the table of Anthropic's parameters: each row does what it says."""

from __future__ import annotations

import re

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.anthropic_parameters import DEPENDING, HONOURED, IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.anthropic_request import Body
from clinvoker.errors import UnsupportedParameter
from clinvoker.testing.runs import PARAMETERS as NAMES
from tests.dialects import anthropic_page
from tests.dialects.messages import SCHEMA, read, refusal, tool

FORMAT = {"type": "json_schema", "schema": SCHEMA}

# A value of each that asks for something, and the names by which backends are asked about it.
DEPENDS: dict[str, tuple[object, set[str]]] = {
    "max_tokens": (5, set()),
    "tools": ([tool()], {"tools"}),
    "tool_choice": (
        {"type": "any", "disable_parallel_tool_use": True},
        {"tool_choice", "parallel_tool_calls"},
    ),
    "output_config": ({"effort": "low", "format": FORMAT}, {"reasoning_effort", "response_format"}),
    "output_format": (FORMAT, {"response_format"}),
    "stop_sequences": (["END"], {"stop"}),
    "temperature": (0, {"temperature"}),
    "top_p": (0.5, {"top_p"}),
}
ASKING: dict[str, object] = {
    "thread": {"type": "create"},
    "mcp_servers": [{"type": "url", "url": "https://example.com", "name": "x"}],
    "container": "c",
    "compaction": {"type": "auto"},
    "inference_geo": "eu",
    "top_k": 40,
    "metadata": {"user_id": "u"},
    "service_tier": "standard_only",
    "speed": "fast",
    "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": []},
    "diagnostics": {"previous_message_id": "m"},
    "fallbacks": [{"model": "x"}],
    "billing_policy": {"type": "x"},
    "user_profile_id": "u",
}
WRONG: dict[str, tuple[object, ...]] = {
    "max_tokens": (0, -1, "x", 1.5),
    "temperature": (-0.1, 1.1, "1", True),
    "top_p": (-1, 1.5),
    "top_k": (-1, "x"),
    "stop_sequences": ("x", [1], [""]),
    "thinking": ("on", {"type": "enabled", "budget_tokens": 10}, {"type": "hard"}, {"display": 1}),
    "output_config": ("x", {"effort": "none"}, {"format": 1}),
    "tool_choice": ("any", {"type": "any"}),
    "tools": ({}, "x"),
    "system": (1, [1]),
    "service_tier": ("flex",),
    "metadata": ("x",),
    "stream": ("yes",),
    "clinvoker": ([], {"mode": "root"}, {"colour": "red"}),
}


class TableTests(SynchronousTestCase):
    def test_each_once(self) -> None:
        """Every parameter stands in the table once, in its lot."""
        names = [known.name for known in PARAMETERS]
        self.assertEqual(len(names), len(set(names)))
        lots = {"honoured": HONOURED, "depending": DEPENDING, "refused": REFUSED, "ignored": IGNORED}
        for lot, rows in lots.items():
            self.assertEqual({known.lot for known in rows}, {lot})

    def test_read_by_name(self) -> None:
        """What is read by name is what is honoured or depends on the backend."""
        read_by_name = {field.name for field in msgspec.structs.fields(Body)}
        self.assertEqual(read_by_name, {known.name for known in HONOURED + DEPENDING})

    def test_depending(self) -> None:
        """What depends on the backend is handed on by a name that backends know, and not called ignored."""
        self.assertEqual(set(DEPENDS), {known.name for known in DEPENDING})
        for name, (value, names) in DEPENDS.items():
            asked = read(**{"tools": [tool()], name: value})
            self.assertEqual(set(asked.depending), {"tools", "max_tokens"} | names)
            self.assertEqual((asked.ignored, set(asked.depending) - set(NAMES)), ((), set()))

    def test_refused(self) -> None:
        """W119: what is not offered is refused by name, never dropped."""
        for known in REFUSED:
            error = refusal(**{known.name: ASKING[known.name]})
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, known.name)

    def test_ignored(self) -> None:
        """W119: what has no effect is accepted and named."""
        for known in IGNORED:
            self.assertEqual(read(**{known.name: ASKING[known.name]}).ignored, (known.name,))
        budget = {"type": "tokens", "total": 9}
        asked = read(output_config={"task_budget": budget})
        self.assertEqual(asked.ignored, ("output_config.task_budget",))

    def test_neutral(self) -> None:
        """A value that asks for nothing equals absence."""
        for known in PARAMETERS:
            for value in (None, *known.neutral):
                if known.name not in ("model", "messages", "max_tokens"):
                    self.assertEqual(read(**{known.name: value}), read())

    def test_wrong(self) -> None:
        """Wrong types and ranges are refused with the place, whatever becomes of the field."""
        for name, values in WRONG.items():
            for value in values:
                error = refusal(**{name: value})
                self.assertEqual(re.split(r"[.\[]", error.param or "")[0], name, f"{value!r}")


class PageTests(SynchronousTestCase):
    def test_up_to_date(self) -> None:
        """`docs/anthropic.md` says what the table says."""
        [found] = anthropic_page.GENERATED.findall(anthropic_page.PAGE.read_text(encoding="utf-8"))
        self.assertEqual(found, anthropic_page.tables())
