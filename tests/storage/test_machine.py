"""The file and the dictionaries answer alike, whatever they are told in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Message, Text, Usage
from clinvoker.records import Item, SessionFilter, Turn
from clinvoker.storage import changes
from clinvoker.storage.changes import Change
from clinvoker.storage.database import opened, scripts
from clinvoker.storage.memory import MemoryTables
from clinvoker.storage.sqlite import SqliteTables
from clinvoker.storage.tables import KINDS, Kind
from clinvoker.testing.store_case import RESPONSE, SESSION, TALK, USED

one_of = strategies.sampled_from
PRINCIPALS = ("ann", "ben")
IDS = ("a", "aa", "ß%")
principals = one_of(["ann", "ann", "ann", "ben"])
ids = one_of(IDS)
times = one_of([0.0, 1.0, 1.5, 2.0])
counts = strategies.integers(0, 3)
responding = one_of(["queued", "in_progress", "completed", "failed"])


class BothTables(RuleBasedStateMachine):
    """Every change goes to both; every question has one answer."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.connection = opened(self.folder / "state.db", scripts(), "me")
        self.tables = MemoryTables(), SqliteTables(self.connection, "me")

    @initialize()
    def begin(self) -> None:
        """Something of each kind, or most of what follows would be about nothing."""
        for name in IDS[:2]:
            self.tell(changes.PutSession(replace(SESSION, id=name)))
            self.tell(changes.PutConversation(replace(TALK, id=name)))
            self.tell(changes.AddItems("ann", name, tuple(Item(each, b"") for each in IDS), 1.0))
        for name in IDS:
            self.put_turn("ann", name, 1, name)
            self.tell(changes.PutResponse(replace(RESPONSE, id=name, previous={"aa": "a"}.get(name, ""))))

    def teardown(self) -> None:
        self.connection.close()
        shutil.rmtree(self.folder)

    def tell(self, change: Change) -> None:
        for tables in self.tables:
            tables.apply(change)

    def ask(self, question: str, *given: Any) -> None:
        memory, file = (getattr(tables, question)(*given) for tables in self.tables)
        assert memory == file, (question, given, memory, file)

    @rule(
        who=principals,
        name=ids,
        at=times,
        status=one_of(["active", "completed", "failed"]),
        tags=strategies.lists(ids, max_size=2),
        backend=one_of(["claude", "codex"]),
        title=one_of(["", "Große Straße", "a\0b", "100%"]),
        tokens=counts,
    )
    def put_session(self, who: str, name: str, at: float, title: str, tokens: int, **fields: Any) -> None:
        fields["tags"] = tuple(fields["tags"])
        usage = Usage(input=tokens, output=1)
        session = replace(
            SESSION, principal=who, id=name, updated=at, title=title, usage=usage, cost=tokens / 4, **fields
        )
        self.tell(changes.PutSession(session))

    @rule(who=principals, name=ids, number=counts, text=ids)
    def put_turn(self, who: str, name: str, number: int, text: str) -> None:
        messages = (Message("user", (Text(text),)),)
        turn = Turn(principal=who, session=name, number=number, created=1.0, messages=messages)
        self.tell(changes.PutTurn(turn))

    @rule(who=principals, name=ids, previous=ids | one_of(["", "z"]), status=responding, at=times)
    def put_response(self, who: str, name: str, previous: str, status: Any, at: float) -> None:
        # Backwards only: a chain that bites its tail is followed a long way.
        previous = previous if previous < name else ""
        messages = (Message("user", (Text(name),)),)
        self.tell(
            changes.PutResponse(
                replace(
                    RESPONSE,
                    principal=who,
                    id=name,
                    previous=previous,
                    status=status,
                    created=at,
                    messages=messages,
                )
            )
        )

    @rule(who=principals, name=ids, at=times)
    def put_conversation(self, who: str, name: str, at: float) -> None:
        self.tell(changes.PutConversation(replace(TALK, principal=who, id=name, updated=at)))

    @rule(who=principals, name=ids, items=strategies.lists(ids, max_size=3), at=times)
    def add_items(self, who: str, name: str, items: list[str], at: float) -> None:
        made = tuple(Item(each, f"{each}{at}".encode()) for each in items)
        self.tell(changes.AddItems(who, name, made, at))

    @rule(who=principals, name=ids, kind=one_of(["DropSession", "DropResponse", "DropConversation"]))
    def drop(self, who: str, name: str, kind: str) -> None:
        self.tell(getattr(changes, kind)(who, name))

    @rule(who=principals, name=ids, item=ids)
    def drop_item(self, who: str, name: str, item: str) -> None:
        self.tell(changes.DropItem(who, name, item))

    @rule(who=principals, day=one_of(["1970-01-01", "1970-01-02"]), model=ids, tokens=counts)
    def add_usage(self, who: str, day: str, model: str, tokens: int) -> None:
        self.tell(changes.AddUsage(replace(USED, principal=who, day=day, model=model, requests=tokens)))

    @rule(kind=one_of(KINDS), before=times, most=counts, portion=strategies.integers(1, 3))
    def expire(self, kind: Kind, before: float, most: int, portion: int) -> None:
        self.ask("expire", kind, before, most, portion)

    @rule(before=one_of(["1970-01-01", "1970-01-02"]))
    def expire_usage(self, before: str) -> None:
        self.ask("expire_usage", before)

    @invariant()
    def same(self) -> None:
        for who, name in product(PRINCIPALS, IDS):
            memory, file = (sorted(t.sessions_called(who, name), key=lambda s: s.id) for t in self.tables)
            assert len(memory) == len(file)
            assert len(memory) != 1 or memory == file
            for question in ("turns", "response", "history", "conversation", "items"):
                self.ask(question, who, name)

    @rule(
        who=principals,
        backend=one_of(["", "claude"]),
        status=one_of(["", "active", "failed"]),
        tag=one_of(["", "a", "ß%"]),
        search=one_of(["", "SS", "%", "A", "\0", "a\0b"]),
        limit=counts,
        offset=counts,
    )
    def list_sessions(self, who: str, **wanted: Any) -> None:
        self.ask("sessions", who, SessionFilter(**wanted))
        self.ask("session_stats", who)
        self.ask("usage", who, "", "1970-01-01")
        self.ask("usage", who, "1970-01-02", "")
        self.ask("everybodys_usage", "", "1970-01-01")

    @rule(excess=one_of([1, 100, 10_000]), portion=counts)
    def make_room(self, excess: int, portion: int) -> None:
        self.ask("make_room", excess, portion)


class BothTablesTests(SynchronousTestCase):
    def test_alike(self) -> None:
        """No sequence of changes and questions tells them apart."""
        few = settings(max_examples=25, stateful_step_count=40, deadline=None)
        run_state_machine_as_test(BothTables, settings=few)
