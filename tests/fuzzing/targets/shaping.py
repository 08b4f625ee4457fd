"""JSON schemas and patterns of clients, and answers that are held against them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clinvoker.dialects.json_schemas import object_schema
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError, OutputInvalid, ToolNotCalled
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    Message,
    Output,
    Sampling,
    Started,
    Text,
    TextDelta,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
    Tools,
    Treatment,
    Usage,
)
from clinvoker.shaping import plan_for
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Input, Target
from tests.fuzzing.targets.bodies import check_error
from tests.fuzzing.targets.lives import Watched
from tests.fuzzing.targets.seeds import SCHEMA

ASKED = (Message("user", (Text("Hello"),)),)
SEEDS: list[Any] = [
    {"schema": SCHEMA, "texts": ['{"city":', ' "Oslo", "days": [1, 2]}'], "want": "schema"},
    {"schema": SCHEMA, "texts": ['```json\n{"city": "Oslo", "unit": "c"}\n```'], "want": "named"},
    {"schema": {}, "texts": ["{}"], "want": "object"},
    {
        "schema": {},
        "texts": ["It is ", "sunny\nthere."],
        "want": "text",
        "stop": ["\n", "the"],
        "max_tokens": 3,
    },
    {"schema": SCHEMA, "texts": ["Well"], "want": "required", "calls": ["c1", "c2"]},
    {"schema": SCHEMA, "texts": [], "want": "single", "calls": ["c1", "c2"]},
    {
        "schema": {
            "type": "object",
            "patternProperties": {"^a+$": {"type": ["integer", "null"]}},
            "additionalProperties": {"const": 1},
            "minProperties": 1,
            "allOf": [{"if": {"required": ["a"]}, "then": {"maxProperties": 2}, "else": {"not": {}}}],
            "dependentRequired": {"b": ["a"]},
            "propertyNames": {"maxLength": 3, "format": "x"},
            "unevaluatedItems": False,
        },
        "texts": ['{"a": 1, "b": 1}'],
        "want": "schema",
    },
    {
        "schema": {
            "$id": "http://x/y",
            "type": "object",
            "properties": {"n": {"$ref": "#/$defs/n"}},
            "$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "$anchor": "q"}},
        },
        "texts": ['{"n": {"n": {"n": {}}}}'],
        "want": "schema",
    },
]
TREATMENTS: Sequence[Mapping[str, Treatment]] = (
    {},
    {"response_format": "honoured"},
    {"max_tokens": "enforced"},
)


class Shaping(Target):
    """An input is a schema, the pieces of an answer, and what was wanted of it."""

    name = "shaping"
    planted = ("clinvoker.shaping.checked", "bare")

    def read_seeds(self) -> Sequence[Input]:
        return SEEDS

    def made(self, chance: Chance) -> Input:
        seed = {**chance.pick(self.seeds)}
        what = "schema" if chance.below(3) else chance.pick(("texts", "texts", "stop", "max_tokens", "want"))
        if what == "want":
            return {**seed, what: chance.pick(self.seeds)["want"]}
        if what == "texts":
            texts = self.damage.trees(seed["texts"], chance)
            return {
                **seed,
                what: [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else [],
            }
        return {**seed, what: self.damage.trees(seed.get(what, {}), chance)}

    def run(self, given: Input) -> bool:
        try:
            given = {**given, "schema": msgspec.json.decode(json.dumps(given["schema"]))}
        except (ValueError, RecursionError):
            return False  # no client's body can hold it
        try:
            plan = plan_for(_invocation(given), TREATMENTS[len(given["texts"]) % 3], lambda: "call_new")
            shown: list[Event] = []
            for event in _events(given):
                shown += [] if plan.cut else plan.feed([event])
            _check(shown, given)
            return not plan.again()
        except (OutputInvalid, ToolNotCalled):
            return False
        except ClinvokerError as error:
            check_error(error, error_body(error))
            return False


def _invocation(given: Mapping[str, Any]) -> Invocation:
    want, sent = given["want"], given["schema"]
    schema = object_schema(sent if isinstance(sent, dict) else {}, "schema")
    tools = Tools()
    if want in ("named", "required", "single"):
        choice = {"named": "named", "required": "required"}.get(want, "auto")
        offered = (Tool("f", "d", schema),)
        tools = Tools(
            offered=offered, choice=choice, name="f" if want == "named" else "", parallel=want != "single"
        )
    kind = {"schema": "json_schema", "object": "json_object"}.get(want, "text")
    stop, most = given.get("stop"), given.get("max_tokens")
    stops = tuple(each for each in stop if isinstance(each, str) and each) if isinstance(stop, list) else ()
    sampling = Sampling(stop=stops, max_tokens=most if isinstance(most, int) and most > 0 else 0)
    output = Output(kind=kind, name="n", schema=schema if kind == "json_schema" else {})
    return Invocation(model="m", messages=ASKED, tools=tools, output=output, sampling=sampling)


def _events(given: Mapping[str, Any]) -> Sequence[Event]:
    calls = given.get("calls", ())
    told: list[Event] = [Started("m"), *map(TextDelta, given["texts"])]
    for call in calls:
        told += [ToolCallStarted(call, "f"), ToolCallDelta(call, '{"city":'), ToolCallDelta(call, '"Oslo"}')]
    return [*told, Finished("tool_calls" if calls else "stop", Usage(input=1, output=2))]


def _check(shown: Sequence[Event], given: Mapping[str, Any]) -> None:
    watched = Watched()
    for event in shown:
        watched.hear(event)
    text = "".join(event.text for event in shown if isinstance(event, TextDelta))
    whole = "".join(given["texts"])
    if given["want"] == "text":
        assert whole.startswith(text), "it says what was not said"
    stop = given.get("stop")
    for each in stop if isinstance(stop, list) else ():
        assert not (isinstance(each, str) and each and each in text), "a stop sequence was told"
    if (
        given["want"] in ("schema", "object")
        and text
        and not given.get("stop")
        and not given.get("max_tokens")
    ):
        json.loads(text)
