"""Sessions of the earlier program."""

from __future__ import annotations

import json
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Usage
from clinvoker.records import Session, SessionFilter
from clinvoker.service.earlier import earlier_sessions
from clinvoker.service.storing import Storing
from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.store import Store
from clinvoker.testing.store_case import SESSION
from tests.storage.test_memory import day

WHOLE = {
    "id": "0123456789abcdef" * 2,
    "backend": "codex",
    "created_at": "2026-01-02T03:04:05.123456789Z",
    "last_used": "2026-01-02T04:04:05+01:00",
    "working_dir": "/srv/x",
    "backend_session_id": "thread-1",
    "model": "o3",
    "initial_prompt": "Say ok",
    "status": "completed",
    "turn_count": 2,
    "token_usage": {"input_tokens": 5, "output_tokens": 3, "cached_tokens": 1},
    "tags": ["a"],
    "title": "T",
    "parent_id": "ff" * 16,
    "metadata": {"k": "v"},
}


class EarlierTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.home = Path(self.mktemp())
        (self.home / "sessions").mkdir(parents=True)

    def write(self, name: str, content: object) -> None:
        (self.home / "sessions" / name).write_text(json.dumps(content))

    def found(self, prompts: bool = True) -> list[Session]:
        return list(earlier_sessions(self.home, "anonymous", prompts))

    def test_whole(self) -> None:
        """Every field has its place; the program's own session can be resumed."""
        self.write(f"{WHOLE['id']}.json", WHOLE)
        expected = Session(
            id="0123456789abcdef" * 2,
            principal="anonymous",
            backend="codex",
            created=1767323045.123457,
            updated=1767323045.0,
            model="o3",
            mode="agent",
            workdir="/srv/x",
            title="T",
            prompt="Say ok",
            tags=("a",),
            metadata={"k": "v"},
            status="completed",
            turns=2,
            usage=Usage(input=5, cached=1, output=3),
            native="thread-1",
            parent="ff" * 16,
        )
        self.assertEqual([expected], self.found())
        self.assertEqual("", self.found(prompts=False)[0].prompt)

    def test_status(self) -> None:
        """What failed has failed; what was left active has too; a paused one is complete."""
        for number, status in enumerate(("active", "error", "paused")):
            self.write(f"{number}.json", {**WHOLE, "id": f"{number:016x}", "status": status})
        self.assertEqual(["failed", "failed", "completed"], [each.status for each in self.found()])

    def test_passed_over(self) -> None:
        """The index, other files, broken ones and ids that could be paths."""
        self.write("index.json", {"version": 1, "index": {}})
        self.write("a.json", {**WHOLE, "id": "../../etc/passwd"})
        self.write("b.json", {"id": "x"})
        self.write("c.json", ["no", "session"])
        (self.home / "sessions" / "d.json").write_bytes(b"\xff{")
        (self.home / "sessions" / "e.json").mkdir()
        self.write("f.txt", WHOLE)
        self.assertEqual([], self.found())

    def test_none(self) -> None:
        """Where the earlier program never was there are none."""
        self.assertEqual([], list(earlier_sessions(self.home / "nowhere", "anonymous", True)))


class TakenOverTests(SynchronousTestCase):
    def test_at_the_start(self) -> None:
        """They are kept when the store is opened, before anything is asked of it."""
        store = Store(MemoryShelf(), Keeping(), lambda: SESSION.updated, day)
        service = Storing(store, Clock(), lambda: [SESSION])
        service.startService()
        self.assertEqual(1, self.successResultOf(store.sessions("ann", SessionFilter())).total)
        self.successResultOf(service.stopService())
