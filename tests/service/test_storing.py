"""The store of the daemon."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, Key, read_config
from clinvoker.config.spending import Price
from clinvoker.errors import SessionNotFound, StoreFailed
from clinvoker.model import Usage, Used
from clinvoker.service import EXIT_CONFIG
from clinvoker.service.counting import Counting, utc_day
from clinvoker.service.storing import (
    SWEEP_SECS,
    Storing,
    address,
    first_sessions,
    keeping,
)
from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.shelf import StoreUnusable
from clinvoker.storage.store import DAY, Store
from clinvoker.stores import IStore
from clinvoker.testing.store_case import NOW, SESSION
from tests.storage.test_memory import day

OLD = replace(SESSION, status="completed")


class StuckShelf(MemoryShelf):
    """Answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Deferred[Any]] = []
        self.closed = False

    def ask(self, question: Any) -> Deferred[Any]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def close(self) -> Deferred[None]:
        self.closed = True
        return super().close()


class ShutShelf(MemoryShelf):
    """Cannot be opened."""

    def open(self) -> None:
        raise StoreUnusable("it is damaged")


class AddressTests(SynchronousTestCase):
    def address(self, text: str = "", **environ: str) -> str:
        return address(read_config(text), environ)

    def test_default(self) -> None:
        """A file in the home of the program, wherever that is."""
        self.assertEqual(f"sqlite:{os.path.expanduser('~')}/.clinvk/state.db", self.address())
        self.assertEqual("sqlite:/srv/c/state.db", self.address(CLINVK_HOME="/srv/c"))
        self.assertEqual(f"sqlite:{os.getcwd()}/c/state.db", self.address(CLINVK_HOME="c"))

    def test_configured(self) -> None:
        """What is configured holds, with or without its scheme."""
        for text in ("/srv/x.db", "sqlite:/srv/x.db"):
            found = self.address(f"session: {{store: '{text}'}}", CLINVK_HOME="/srv/c")
            self.assertEqual("sqlite:/srv/x.db", found)
        self.assertEqual("memory:", self.address("session: {store: 'memory:'}"))
        self.assertEqual(f"sqlite:{os.path.expanduser('~')}/x", self.address("session: {store: ~/x}"))

    def test_keeping(self) -> None:
        """The defaults of the configuration are those of the house; what is set arrives."""
        self.assertEqual(Keeping(), keeping(Config()))
        text = (
            "session: {retention_days: 1, usage_days: 2, max_sessions: 3, max_responses: 4, "
            "max_conversations: 5, max_size: 6, store_prompts: never, store_token_usage: false, "
            "default_tags: [a]}"
        )
        expected = Keeping(
            days=1,
            usage_days=2,
            sessions=3,
            responses=4,
            bytes=6 * 1024 * 1024,
            conversations=5,
            prompts="never",
            token_usage=False,
            tags=("a",),
        )
        self.assertEqual(expected, keeping(read_config(text)))


class FirstTests(SynchronousTestCase):
    """What the earlier program left is taken over once, by whoever comes without a key."""

    def setUp(self) -> None:
        self.home = Path(self.mktemp()).absolute()
        (self.home / "sessions").mkdir(parents=True)
        left = {"id": "ab" * 8, "backend": "claude"} | dict.fromkeys(
            ("created_at", "last_used"), "2026-01-02T03:04:05Z"
        )
        (self.home / "sessions" / "x.json").write_text(json.dumps(left))

    def first(self, config: Config) -> list[str]:
        """The ids, and for whom."""
        found = first_sessions(config, {"CLINVK_HOME": str(self.home)}, "anonymous")
        return [f"{each.principal} {each.id}" for each in found]

    def test_new(self) -> None:
        """For a store that is not there yet; but nobody with a key is given what was everybody's."""
        self.assertEqual([f"anonymous {'ab' * 8}"], self.first(Config()))
        self.assertEqual([], self.first(Config(keys=(Key("ann", "secret"),))))
        self.assertEqual([], self.first(read_config("session: {store: 'memory:'}")))

    def test_once(self) -> None:
        """A store that is there has them, or has forgotten them."""
        (self.home / "state.db").touch()
        self.assertEqual([], self.first(Config()))


class ServiceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.rightNow = NOW

    def start(self, shelf: MemoryShelf) -> IStore:
        store = Store(shelf, Keeping(days=1), self.clock.seconds, day)
        self.service = Storing(store, self.clock)
        self.service.startService()
        self.addCleanup(self.service.stopService)
        return store

    def test_unusable(self) -> None:
        """Where the store cannot be used the process says why and ends, as for a bad configuration."""
        with capturedLogs() as said:
            end = self.assertRaises(SystemExit, self.start, ShutShelf())
        self.assertEqual(EXIT_CONFIG, end.code)
        self.assertEqual(["it is damaged"], [event["complaint"] for event in said])

    def test_sweeps(self) -> None:
        """F148: what is too old goes when the daemon starts, and while it runs."""
        store = self.start(MemoryShelf())
        store.put_session(OLD)
        self.clock.advance(SWEEP_SECS)
        self.successResultOf(store.session("ann", OLD.id))
        self.clock.pump([SWEEP_SECS] * int(DAY / SWEEP_SECS))
        self.failureResultOf(store.session("ann", OLD.id), SessionNotFound)

    def test_failure(self) -> None:
        """A sweep that fails is logged, a failing disk in a sentence, and the next one comes nevertheless."""
        shelf = StuckShelf()
        self.start(shelf)
        with capturedLogs() as events:
            shelf.asked[0].errback(StoreFailed("The disk is full."))
        self.assertEqual(["what is too old stays: The disk is full."], list(map(formatEvent, events)))
        self.clock.advance(SWEEP_SECS)
        self.assertEqual(2, len(shelf.asked))
        shelf.asked[1].errback(ZeroDivisionError())
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_end(self) -> None:
        """A sweep under way ends before the store is closed; no timer is left."""
        shelf = StuckShelf()
        self.start(shelf)
        stopped = self.service.stopService()
        self.assertNoResult(stopped)
        self.assertFalse(shelf.closed)
        shelf.asked[0].errback(StoreFailed("full"))
        self.successResultOf(stopped)
        self.assertTrue(shelf.closed)
        self.assertEqual([], self.clock.getDelayedCalls())


class CountingTests(SynchronousTestCase):
    """What is used, told to the store."""

    def test_days(self) -> None:
        """It is added up by key, day, backend and model, whatever was asked for."""
        clock = Clock()
        clock.advance(NOW)
        store = Store(MemoryShelf(), Keeping(), clock.seconds, day)
        told: list[Used] = []
        count = Counting(store, clock.seconds, {"claude/op*": Price(input=1e6, output=2e6)})
        count.add(told.append)
        used = Used(principal="ann", backend="claude", model="opus", usage=Usage(input=3, output=2))
        for each in (used, used, replace(used, principal="bob")):
            count(each)
        clock.advance(DAY)
        count(used)
        rows = self.successResultOf(store.usage("ann"))
        self.assertEqual([utc_day(NOW), utc_day(NOW + DAY)], [row.day for row in rows])
        self.assertEqual([2, 1], [row.requests for row in rows])
        self.assertEqual(Usage(input=6, output=4), rows[0].usage)
        self.assertEqual(([14.0, 7.0], [7.0] * 4), ([row.cost for row in rows], [each.cost for each in told]))
        count.change({})
        count(used)
        self.assertEqual(0.0, told[-1].cost)
