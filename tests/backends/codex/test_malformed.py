"""Records that are not what they should be."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.talk import Broken, Step
from tests.backends.codex.playing import Line, capture, ends, play

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CHATS = (capture("chat-turns"), capture("chat-tools"))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in inside for place in _places(inner, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> list[Line]:
    """A capture with one value of one record replaced."""
    chat = draw(st.sampled_from(CHATS))
    number = draw(st.sampled_from([number for number, line in enumerate(chat) if line.dir == "in"]))
    record = copy.deepcopy(chat[number].msg)
    *path, key = draw(st.sampled_from(_places(record)[1:]))
    target: Any = record
    for step in path:
        target = target[step]
    target[key] = draw(JSON)
    return [*chat[:number], Line("in", record), *chat[number + 1 :]]


class MalformedTests(SynchronousTestCase):
    """Nothing the program writes makes the talk raise."""

    @settings(max_examples=200, deadline=None)
    @given(damaged())
    def test_damaged(self, lines: list[Line]) -> None:
        """With one value wrong the run goes on, hangs or is broken, and never ends twice."""
        steps = play(lines)
        for run in (1, 2, 3):
            self.assertLessEqual(len(ends(steps, run)), 1)

    @settings(max_examples=200, deadline=None)
    @given(st.dictionaries(st.sampled_from(["id", "method", "params", "result", "error"]), JSON, max_size=4))
    def test_anything(self, record: dict[str, object]) -> None:
        """Any object at all is taken, also as the answer to the greeting."""
        talk = CodexTalk()
        talk.start()
        for step in talk.receive(record):
            self.assertIsInstance(step, Step)

    def test_greeting_of_another_shape(self) -> None:
        """An answer to the greeting that says nothing is another protocol."""
        talk = CodexTalk()
        talk.start()
        self.assertIsInstance(talk.receive({"id": 1, "result": 7})[0], Broken)
