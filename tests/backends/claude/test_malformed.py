"""Records that are not what they should be."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import AgentGarbled
from clinvoker.model import TextDelta
from clinvoker.talk import Broken, Ended, Step
from tests.backends.claude.playing import Line, begun, capture, ends, events, play

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "history",
    "error-429",
    "cut",
    "max-tokens",
    "not-logged-in",
    "calls",
    "calls-interrupted",
    "schema-calls",
    "reused",
    "rehearsed",
)
CHATS = {name: capture(name) for name in NAMES}
TYPES = ("control_response", "control_request", "stream_event", "assistant", "system", "result", "user")
KEYS = ("subtype", "event", "message", "response", "request_id", "is_error", "result", "error", "usage")


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in inside for place in _places(inner, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> list[Line]:
    """A capture with one value of one record replaced."""
    lines = CHATS[draw(st.sampled_from(sorted(CHATS)))]
    number = draw(st.sampled_from([number for number, line in enumerate(lines) if line.dir == "in"]))
    record = copy.deepcopy(lines[number].msg)
    *path, key = draw(st.sampled_from(_places(record)[1:]))
    target: Any = record
    for step in path:
        target = target[step]
    target[key] = draw(JSON)
    return [*lines[:number], Line("in", record), *lines[number + 1 :]]


class MalformedTests(SynchronousTestCase):
    """Nothing the program writes makes the talk raise."""

    @settings(max_examples=300, deadline=None)
    @given(damaged())
    def test_damaged(self, lines: list[Line]) -> None:
        """With one value wrong the run goes on, hangs or is broken, and never ends twice."""
        steps = play(lines)
        ended = [step.run for step in steps if isinstance(step, Ended)]
        self.assertEqual(len({*ended}), len(ended))
        said = "".join(event.text for event in events(steps) if isinstance(event, TextDelta))
        self.assertNotIn("API Error", said)

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
    def test_anything(self, kind: str, record: dict[str, object]) -> None:
        """Any object at all is taken, and answered by steps."""
        for step in begun().receive({**record, "type": kind}):
            self.assertIsInstance(step, Step)

    def test_type_of_no_kind(self) -> None:
        """A type that is no word is an unknown one."""
        for kind in ([], {}, None, 7):
            self.assertEqual([], list(begun().receive({"type": kind})))

    def test_said(self) -> None:
        """A known record of another shape breaks the process, and says which."""
        [step] = begun().receive({"type": "result", "usage": 7})
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, AgentGarbled)
        self.assertIn("result", str(step.error))
        self.assertEqual([step.error], ends([step]))
