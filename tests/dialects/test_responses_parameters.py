"""Tests for the tables of parameters of Responses and of legacy completions: each row does what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects import completions_parameters as legacy
from clinvoker.dialects import responses_parameters as responses
from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.completions_request import read_request as read_legacy
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.testing.runs import PARAMETERS as NAMES
from tests.dialects import responses_page
from tests.dialects.responses import TOOL, body, refusal, request

# A value of each that asks for something.
ASKING: Mapping[str, object] = {
    "tools": [TOOL],
    "tool_choice": "none",
    "parallel_tool_calls": False,
    "text": {"format": {"type": "json_object"}, "verbosity": "low"},
    "reasoning": {"effort": "high"},
    "max_output_tokens": 1,
    "temperature": 0,
    "top_p": 0.5,
    "top_logprobs": 3,
    "prompt": {"id": "pmpt_1"},
    "context_management": [{"type": "compaction"}],
    "moderation": {"model": "m"},
    "include": ["reasoning.encrypted_content"],
    "truncation": "auto",
    "max_tool_calls": 3,
    "stream_options": {"include_obfuscation": False},
    "service_tier": "flex",
    "user": "u",
    "safety_identifier": "s",
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "prompt_cache_options": {"mode": "implicit"},
    "metadata": {"a": "b"},
}
# Values that no server would take.
WRONG: Mapping[str, tuple[object, ...]] = {
    "input": (1, {}, [1]),
    "instructions": (1, []),
    "stream": ("yes",),
    "store": ("no", 1),
    "background": (1,),
    "previous_response_id": (1, ""),
    "conversation": (1, {}, ""),
    "metadata": ([], {"a": 1}, {"a": "b" * 513}),
    "tools": ({}, "x"),
    "tool_choice": ("any", 1),
    "parallel_tool_calls": ("no",),
    "text": ("json_object", {"format": 1}, {"verbosity": "none"}),
    "reasoning": ("high", {"effort": "enormous"}, {"summary": "long"}),
    "max_output_tokens": (0, -1, "x"),
    "temperature": (-0.1, 2.1, "1"),
    "top_p": (-1, 1.5),
    "top_logprobs": (21, -1),
    "include": ("x", [1]),
    "truncation": ("middle",),
    "user": (1,),
}
SENT: Mapping[str, Mapping[str, object]] = {
    "tool_choice": {"tools": [TOOL]},
    "parallel_tool_calls": {"tools": [TOOL]},
}


class TableTests(SynchronousTestCase):
    def test_each_once(self) -> None:
        """Every parameter stands in its table once, in its lot."""
        for table in (responses, legacy):
            names = [known.name for known in table.PARAMETERS]
            self.assertEqual(len(names), len(set(names)))
            lots: dict[str, tuple[Parameter, ...]] = {
                "honoured": table.HONOURED,
                "depending": table.DEPENDING,
                "refused": table.REFUSED,
                "ignored": table.IGNORED,
            }
            for lot, rows in lots.items():
                self.assertEqual({known.lot for known in rows}, {lot})

    def test_page(self) -> None:
        """The page is what the tables make."""
        self.assertEqual(responses_page.PAGE.read_text(encoding="utf-8"), responses_page.page())

    def test_depending(self) -> None:
        """What depends on the backend is told by names that backends know."""
        for known in responses.DEPENDING:
            asked = request(**{known.name: ASKING[known.name]}, **SENT.get(known.name, {}))
            self.assertTrue(asked.depending, known.name)
            self.assertLessEqual(set(asked.depending), set(NAMES))

    def test_refused(self) -> None:
        """Each that is refused is, by its name."""
        for known in responses.REFUSED:
            error = refusal(body(**{known.name: ASKING[known.name]}))
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, known.name)

    def test_ignored(self) -> None:
        """Each that is ignored is named."""
        for known in responses.IGNORED:
            self.assertEqual(request(**{known.name: ASKING[known.name]}).ignored, (known.name,))

    def test_neutral(self) -> None:
        """What asks for nothing is neither refused nor named, nor does anything depend on it."""
        for known in responses.PARAMETERS:
            for value in known.neutral:
                asked = request(**{known.name: value})
                self.assertEqual((asked.ignored, asked.depending), ((), ()), known.name)

    def test_wrong(self) -> None:
        """W80: a wrong type or range is refused with its place, whatever becomes of the parameter."""
        for name, values in WRONG.items():
            for value in values:
                param = refusal(body(**{name: value})).param or ""
                self.assertTrue(param.startswith(name), f"{name} {value!r}: {param}")

    def test_wrong_in_legacy(self) -> None:
        """The same for legacy completions."""
        wrong: dict[str, Any] = {
            "n": 0,
            "max_tokens": 0,
            "temperature": 3,
            "stop": 1,
            "logit_bias": [],
            "echo": 1,
        }
        for name, value in wrong.items():
            sent = json.dumps({"model": "m", "prompt": "p", name: value}).encode()
            error = self.assertRaises(BadRequest, read_legacy, sent)
            self.assertEqual(error.param, name)
