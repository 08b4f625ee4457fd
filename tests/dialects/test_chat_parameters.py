"""Tests for the table of parameters: each row does what it says."""

from __future__ import annotations

import re

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_parameters import DEPENDING, HONOURED, IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.chat_request import Body, read_request
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.testing.runs import PARAMETERS as NAMES
from tests.dialects import parameters_page
from tests.dialects.chats import body

# A value of each that asks for something, and values that no server would take.
ASKING: dict[str, object] = {
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "required",
    "parallel_tool_calls": False,
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
    "n": (0, 9, "1", 1.5),
    "max_tokens": (0, -1, "x"),
    "max_completion_tokens": (0, 1.5),
    "stop": (1, [1], "", ["a", ""], ["a", "b", "c", "d", "e"]),
    "tool_choice": ("any", 1, {"type": "function"}, "required"),
    "clinvoker": ([], {"mode": "root"}, {"colour": "red"}, {"workdir": 1}, {"workdir": "/tmp"}),
    "logprobs": ("yes",),
    "top_logprobs": (21, -1),
    "tools": ({}, "x"),
    "response_format": ("json_object", {}, {"type": "grammar"}, {"type": "json_schema"}),
    "parallel_tool_calls": ("no",),
    "store": ("no",),
    "user": (1,),
}


# Those that nobody has a setting for.
UNREAD = {"seed", "presence_penalty", "frequency_penalty", "logit_bias", "verbosity"}

TOOL = {"type": "function", "function": {"name": "f"}}


class TableTests(SynchronousTestCase):
    def test_each_once(self) -> None:
        """Every parameter stands in the table once, in its lot."""
        names = [known.name for known in PARAMETERS]
        self.assertEqual(len(names), len(set(names)))
        lots = {"honoured": HONOURED, "depending": DEPENDING, "refused": REFUSED, "ignored": IGNORED}
        for lot, rows in lots.items():
            self.assertEqual({known.lot for known in rows}, {lot})

    def test_read_by_name(self) -> None:
        """What is read by name is what the dialect honours, and what an invocation has a place for."""
        read = {field.name for field in msgspec.structs.fields(Body)}
        self.assertEqual(read, {known.name for known in HONOURED + DEPENDING} - UNREAD)

    def test_depending(self) -> None:
        """What depends on the backend is handed on by its name, and not called ignored."""
        for known in DEPENDING:
            fields = {"tools": [TOOL], known.name: ASKING[known.name]}
            asked = read_request(body(**fields))
            name = "max_tokens" if known.name == "max_completion_tokens" else known.name
            self.assertEqual((asked.depending, asked.ignored), (tuple(dict.fromkeys(["tools", name])), ()))

    def test_names(self) -> None:
        """What can depend on a backend is what a backend can speak of."""
        names = {known.name for known in DEPENDING} - {"max_completion_tokens"} | {"images"}
        names |= {"clinvoker.mode", "clinvoker.max_turns"}
        self.assertEqual(names, set(NAMES))
        for said in parameters_page.treatments().values():
            self.assertEqual(set(), set(said) - names)

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
        """There is a value that asks for something for each."""
        untried = {known.name for known in DEPENDING + REFUSED + IGNORED} - set(ASKING)
        self.assertEqual(untried, set())

    def test_neutral(self) -> None:
        """W22: a value that asks for nothing equals absence."""
        for known in PARAMETERS:
            for value in (None, *known.neutral):
                if known.name not in ("model", "messages", "stream"):
                    self.assertEqual(read_request(body(**{known.name: value})), read_request(body()))

    def test_several(self) -> None:
        """All that is ignored is named, in the order of the table."""
        asked = read_request(body(user="u", store=True, metadata={}, prediction={}))
        self.assertEqual(asked.ignored, ("prediction", "store", "user"))

    def test_wrong(self) -> None:
        """W80: wrong types and ranges are refused with the place, whatever becomes of the field."""
        for name, values in WRONG.items():
            for value in values:
                error = self.assertRaises(BadRequest, read_request, body(**{name: value}))
                self.assertEqual(re.split(r"[.\[]", error.param or "")[0], name)


class PageTests(SynchronousTestCase):
    def test_up_to_date(self) -> None:
        """`docs/parameters.md` says what the table says."""
        self.assertEqual(parameters_page.PAGE.read_text(encoding="utf-8"), parameters_page.page())
