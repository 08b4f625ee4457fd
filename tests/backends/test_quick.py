"""Records that are read as structs: the same steps as from dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.agent import Agent
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.framing import Record, RecordReader, line_of
from clinvoker.interfaces import IQuickTalk
from clinvoker.model import Event, Launch, TextDelta
from clinvoker.talk import Step
from clinvoker.testing.process import MemoryChild
from tests.backends.claude import playing as claude
from tests.backends.codex import playing as codex

TEXTS = st.text(st.characters(exclude_categories=[]))  # halves of emoji among them


class QuickClaude(ClaudeTalk):
    """One that `receive`s as its agent would have it: by way of the line."""

    structs = 0

    def receive(self, record: Record) -> Sequence[Step]:
        return by_line(self, record, super().receive)


class QuickCodex(CodexTalk):
    """The same of the other."""

    structs = 0

    def receive(self, record: Record) -> Sequence[Step]:
        return by_line(self, record, super().receive)


def by_line(talk: Any, record: Record, receive: Callable[[Record], Sequence[Step]]) -> Sequence[Step]:
    """The steps that follow from a record's line."""
    [read] = RecordReader(talk.quick).feed(line_of(record))
    if not isinstance(read, msgspec.Struct):
        return receive(read)
    talk.structs += 1
    return list(talk.receive_quick(read))


class CaptureTests(SynchronousTestCase):
    """Every capture, both ways.  Errors are equal to none but themselves, hence by their words."""

    def test_claude(self) -> None:
        for name in claude.names():
            lines = claude.capture(name)
            schema = lines[0].msg if lines[0].dir == "schema" else None
            quick = QuickClaude(schema)
            self.assertEqual(
                repr(claude.play(lines, ClaudeTalk(schema))), repr(claude.play(lines, quick)), name
            )
            streamed = [line for line in lines if line.msg.get("type") == "stream_event"]
            self.assertEqual(len(streamed), quick.structs, name)

    def test_codex(self) -> None:
        for path in codex.CAPTURES.glob("*.ndjson"):
            lines, quick = codex.capture(path.stem), QuickCodex()
            self.assertEqual(repr(codex.play(lines, CodexTalk())), repr(codex.play(lines, quick)), path.stem)
            pieces = [line for line in lines if line.msg.get("method") == "item/agentMessage/delta"]
            self.assertEqual(len(pieces), quick.structs, path.stem)


class TextTests(SynchronousTestCase):
    """Any text."""

    def test_promise(self) -> None:
        """They are what they say, their kind included."""
        for talk in (ClaudeTalk(), CodexTalk()):
            self.assertTrue(verifyObject(IQuickTalk, talk))
            self.assertTrue(issubclass(talk.quick, msgspec.Struct))

    @given(TEXTS)
    def test_codex(self, text: str) -> None:
        """What is not text, because an emoji was cut in two, takes the long way and arrives."""
        record = codex.delta(text)
        talk = codex.begun()
        [read] = RecordReader(CodexTalk.quick).feed(line_of(record))
        quick = isinstance(read, msgspec.Struct)
        self.assertEqual(quick, not any("\ud800" <= letter <= "\udfff" for letter in text))
        steps = talk.receive_quick(read) if isinstance(read, msgspec.Struct) else talk.receive(read)
        self.assertEqual(codex.begun().receive(record), steps)

    def test_agent(self) -> None:
        """Through the agent, in one read: pieces, half an emoji, and a record of another kind between."""
        agent = Agent("codex", codex.greeted(), Launch(key="k", arguments=("codex",)), Clock())
        child = MemoryChild(agent)
        heard: list[Event] = []
        agent.begin(codex.asking(), heard.extend)
        for result in (codex.MADE, {}, {"turn": {"id": "turn-1"}}):
            child.says({"id": child.records[-1]["id"], "result": result})
        child.says(
            codex.turn("started"),
            codex.delta("a"),
            codex.delta("\ud83d"),
            codex.note("thread/unknown"),
            codex.delta("b"),
        )
        self.assertEqual(["a", "\ud83d", "b"], [one.text for one in heard if isinstance(one, TextDelta)])
