"""Records that are not what they should be."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.outcome import usage
from clinvoker.model import Usage
from clinvoker.talk import Step
from tests.backends.gemini.playing import Played, ended, greeted, lines, made

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CHAT = lines("acp-gemini-chat")
READ = [number for number, line in enumerate(CHAT) if line.get("dir") == "in"]
KEYS = st.sampled_from(["id", "method", "params", "result", "error"])


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in inside for place in _places(inner, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The capture with one value of one record replaced."""
    number = draw(st.sampled_from(READ))
    record = copy.deepcopy(CHAT[number]["msg"])
    *path, key = draw(st.sampled_from(_places(record)[1:]))
    target: Any = record
    for step in path:
        target = target[step]
    target[key] = draw(JSON)
    return [*CHAT[:number], {"dir": "in", "msg": record}, *CHAT[number + 1 :]]


class MalformedTests(SynchronousTestCase):
    """Nothing the program writes makes the talk raise."""

    @settings(max_examples=200, deadline=None)
    @given(damaged())
    def test_damaged(self, told: list[dict[str, Any]]) -> None:
        """With one value wrong the runs go on, hang or fail, and none ends twice."""
        self.assertLessEqual(set(Played(told).ends), {1, 2, 3, 4})

    @settings(max_examples=200, deadline=None)
    @given(st.dictionaries(KEYS, JSON, max_size=4))
    def test_anything(self, record: dict[str, object]) -> None:
        """Any object at all is taken, as the answer to the greeting and later."""
        starting = made()
        starting.start()
        for step in (*starting.receive(record), *greeted().receive(record)):
            self.assertIsInstance(step, Step)

    def test_counts(self) -> None:
        """Counts that no store could hold, or less than none, count as none."""
        self.assertEqual(Usage(input=3), usage(ended((3, 2**60))))
        self.assertEqual(Usage(output=2), usage(ended((-1, 2))))
