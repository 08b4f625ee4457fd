"""Tests for the table of parameters: each row does what it says."""

from __future__ import annotations

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_parameters import HONOURED, IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.chat_request import Body, read_request
from clinvoker.errors import BadRequest, UnsupportedParameter
from tests.dialects import parameters_page
from tests.dialects.chats import body

# A value of each that asks for something, and values that no server would take.
ASKING: dict[str, object] = {
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "auto",
    "functions": [{"name": "f"}],
    "function_call": {"name": "f"},
    "response_format": {"type": "json_object"},
    "stop": ["END"],
    "n": 2,
    "max_tokens": 1,
    "max_completion_tokens": 4096,
    "logprobs": True,
    "top_logprobs": 3,
    "modalities": ["text", "audio"],
    "audio": {"voice": "ash", "format": "wav"},
    "web_search_options": {},
    "temperature": 0,
    "top_p": 0.5,
    "seed": -1,
    "frequency_penalty": -2,
    "presence_penalty": 2.0,
    "logit_bias": {"50256": -100},
    "reasoning_effort": "high",
    "verbosity": "low",
    "prediction": {"type": "content", "content": "x"},
    "service_tier": "flex",
    "store": True,
    "metadata": {"a": "b"},
    "user": "u",
    "safety_identifier": "u",
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
}
WRONG: dict[str, tuple[object, ...]] = {
    "temperature": (-0.1, 2.1, "1", True, [], 10**400),
    "top_p": (-1, 1.5, "x"),
    "seed": (0.5, 2**63, "x"),
    "frequency_penalty": (-2.1, 3),
    "presence_penalty": (-2.1, 3),
    "logit_bias": ([], {"1": "x"}, {"1": 101}),
    "reasoning_effort": ("enormous", 1),
    "verbosity": ("none", 1),
    "n": (0, 129, "1", 1.5),
    "max_tokens": (0, -1, "x"),
    "stop": (1, [1]),
    "logprobs": ("yes",),
    "top_logprobs": (21, -1),
    "tools": ({}, "x"),
    "response_format": ("json_object",),
    "parallel_tool_calls": ("no",),
    "store": ("no",),
    "user": (1,),
}


class TableTests(SynchronousTestCase):
    def test_each_once(self) -> None:
        """Every parameter stands in the table once, under its treatment."""
        names = [known.name for known in PARAMETERS]
        self.assertEqual(len(names), len(set(names)))
        for rows, treatment in ((HONOURED, "honoured"), (REFUSED, "refused"), (IGNORED, "ignored")):
            self.assertEqual({known.treatment for known in rows}, {treatment})

    def test_honoured(self) -> None:
        """The fields that are read by name are the ones the table calls honoured."""
        self.assertEqual(
            [field.name for field in msgspec.structs.fields(Body)], [known.name for known in HONOURED]
        )

    def test_refused(self) -> None:
        """W34, W35: what is not offered is refused by name, never dropped."""
        for known in REFUSED:
            error = self.assertRaises(
                UnsupportedParameter, read_request, body(**{known.name: ASKING[known.name]})
            )
            self.assertEqual((error.param, error.code), (known.name, "unsupported_parameter"))

    def test_ignored(self) -> None:
        """What has no effect is accepted and named."""
        for known in IGNORED:
            if known.name in ASKING:
                asked = read_request(body(**{known.name: ASKING[known.name]}))
                self.assertEqual(asked.ignored, (known.name,))

    def test_every_row_is_tried(self) -> None:
        """Only parameters that can ask for nothing have no value that asks for something."""
        untried = {known.name for known in REFUSED + IGNORED} - set(ASKING)
        self.assertEqual(untried, {"parallel_tool_calls"})

    def test_neutral(self) -> None:
        """W22: a value that asks for nothing equals absence."""
        for known in PARAMETERS:
            for value in (None, *known.neutral):
                if known not in HONOURED:
                    self.assertEqual(read_request(body(**{known.name: value})), read_request(body()))

    def test_several(self) -> None:
        """All that is ignored is named, in the order of the table."""
        asked = read_request(body(user="u", temperature=1, seed=7, max_tokens=None))
        self.assertEqual(asked.ignored, ("temperature", "seed", "user"))

    def test_wrong(self) -> None:
        """W80: wrong types and ranges are refused with the place, whatever becomes of the field."""
        for name, values in WRONG.items():
            for value in values:
                error = self.assertRaises(BadRequest, read_request, body(**{name: value}))
                self.assertEqual((error.param or "").split("[")[0], name)
                self.assertNotIsInstance(error, UnsupportedParameter)


class PageTests(SynchronousTestCase):
    def test_up_to_date(self) -> None:
        """`docs/parameters.md` says what the table says."""
        self.assertEqual(parameters_page.PAGE.read_text(encoding="utf-8"), parameters_page.page())
