"""
A store whose disk fills up, breaks or is read-only: who needs it is told so, who does not is answered, and
with room again all is as if nothing had been.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.attack.disks import OldDisk, SmallDisk, why_none
from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.raw import JSON, PATH, Answer, fetch, question

SAY = "demo: words=3 pause_ms=0"
LONG = f"{SAY} {'and so on ' * 300}"
BACKENDS: dict[str, Any] = {
    **{name: {"enabled": False} for name in ("claude", "codex", "gemini")},
    "demo": {"enabled": True},
}


class StoreTestCase(SynchronousTestCase):
    kind: type[SmallDisk] = SmallDisk

    def setUp(self) -> None:
        self.disk = self.enterContext(self.kind())
        self.settings = {"backends": BACKENDS, "session": {"store": str(self.disk.path / "state.db")}}
        self.answered = 0  # how many answers the books should hold

    def enterContext(self, manager: Any) -> Any:  # unittest has it since Python 3.11
        entered = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return entered

    def post(self, daemon: Daemon, path: str, **body: Any) -> Answer:
        answer = fetch(daemon.port, "POST", path, JSON, json.dumps(body).encode())
        self.answered += answer.status == 200 and path != "/openai/v1/conversations"
        return answer

    def prompt(self, daemon: Daemon, text: str = SAY) -> Answer:
        """One that makes a session."""
        return self.post(daemon, "/api/v1/prompt", backend="demo", prompt=text)

    def respond(self, daemon: Daemon, **more: Any) -> Answer:
        return self.post(daemon, "/openai/v1/responses", model="demo", input=SAY, **more)

    def chat(self, daemon: Daemon) -> Answer:
        """One of which only the books know."""
        return self.post(daemon, PATH, **json.loads(question("demo", SAY)))

    def ready(self, daemon: Daemon) -> bool:
        return daemon.get("/health/ready")[0] == 200

    def assert_fails(self, answer: Answer, word: str) -> None:
        """An honest error that does not say where the store is."""
        body = answer.body.decode()
        self.assertEqual((503, True), (answer.status, "store_failed" in body and word in body), body)
        self.assertNotIn(str(self.disk.path), body)

    def assert_in_trouble(self, daemon: Daemon, identity: str, word: str) -> None:
        """With something that waits to be kept, what needs the store fails, and nothing else does."""
        self.prompt(daemon)
        for answer in (
            fetch(daemon.port, "GET", "/api/v1/sessions"),
            fetch(daemon.port, "GET", "/api/v1/usage"),
            fetch(daemon.port, "GET", f"/openai/v1/responses/{identity}"),
            fetch(daemon.port, "DELETE", f"/openai/v1/responses/{identity}"),
            self.respond(daemon, previous_response_id=identity),
        ):
            self.assert_fails(answer, word)
        self.assertEqual([200] * 2, [self.chat(daemon).status, self.respond(daemon).status])
        self.assertEqual(200, fetch(daemon.port, "GET", "/openai/v1/models").status)
        self.assertFalse(self.ready(daemon))
        code, health = daemon.get("/health")
        self.assertEqual((200, "degraded"), (code, health["status"]))
        self.assertIn(word, health["session_store"]["error"])

    def assert_books(self, daemon: Daemon, *others: str) -> None:
        """Every answer counts once, and all sessions are completed, or are of `others`' states."""
        total = daemon.get("/api/v1/usage")[1]["total"]
        self.assertEqual((self.answered, 3 * self.answered), (total["requests"], total["tokens"]["output"]))
        statuses = {session["status"] for session in daemon.get("/api/v1/sessions")[1]["sessions"]}
        self.assertEqual({"completed"}, statuses - set(others))
        self.assertTrue(self.ready(daemon))

    def assert_whole(self) -> None:
        """Nothing in the file is half written, and nothing is left beside it."""
        with closing(sqlite3.connect(self.disk.path / "state.db")) as connection:
            self.assertEqual([("ok",)], connection.execute("PRAGMA integrity_check").fetchall())
        self.assertEqual([], list((self.disk.path / "state.db.pending").iterdir()))

    def assert_refused(self, *said: str) -> None:
        """A daemon ends with 3 and a sentence, and leaves nothing half made."""
        with self.assertRaises(AssertionError) as caught, Daemon(self.settings):
            pass
        log = str(caught.exception)
        self.assertIn("ended with 3", log)
        self.assertNotIn("Traceback", log)
        for words in said:
            self.assertIn(words, log)

    def end(self, daemon: Daemon) -> None:
        daemon.signal()
        self.assertEqual(0, daemon.exit_code(30))


class FullTests(StoreTestCase):
    skip = why_none()

    def fill_up(self, daemon: Daemon) -> None:
        """With the last of its room the store takes some more, then it is full."""
        self.disk.fill()

        def full() -> bool:
            self.assertEqual(200, self.prompt(daemon, LONG).status)
            return fetch(daemon.port, "GET", "/api/v1/sessions").status == 503

        wait_for(full, 20, "the store is full")

    def test_freed(self) -> None:
        """It fills up twice, much is told meanwhile, and once freed it holds everything."""
        with Daemon(self.settings) as daemon:
            self.prompt(daemon)
            identity = json.loads(self.respond(daemon).body)["id"]
            for _ in range(2):
                self.fill_up(daemon)
                for _ in range(50):
                    self.prompt(daemon, LONG)
                self.assert_in_trouble(daemon, identity, "full")
                self.disk.clear()
                self.assertEqual(200, fetch(daemon.port, "GET", f"/openai/v1/responses/{identity}").status)
                self.assert_books(daemon)
            self.end(daemon)
        self.assert_whole()

    def test_ends_full(self) -> None:
        """A daemon that ends, or is killed, while its store is full loses at most what came meanwhile."""
        for end in (self.end, lambda daemon: daemon.process.kill()):
            with Daemon(self.settings) as daemon:
                self.prompt(daemon)
                before = self.answered
                self.assertEqual(200, fetch(daemon.port, "GET", "/api/v1/sessions").status)
                self.fill_up(daemon)
                end(daemon)
                daemon.process.wait(20)
            self.disk.clear()
            with Daemon(self.settings) as daemon:
                counted = daemon.get("/api/v1/usage")[1]["total"]["requests"]
                self.assertTrue(before <= counted <= self.answered, (before, counted, self.answered))
                self.answered = counted
                self.assert_books(daemon, "failed")
                self.end(daemon)
            self.assert_whole()

    def test_starts_full(self) -> None:
        """A daemon does not start without room for its store, says so, and leaves nothing half made."""
        self.disk.fill()
        self.assert_refused("state.db cannot be opened", "is full. Make room on its disk")
        self.assertFalse((self.disk.path / "state.db").exists())
        self.disk.clear()
        with Daemon(self.settings) as daemon:
            self.prompt(daemon)
            self.assert_books(daemon)
            self.end(daemon)
        self.assert_whole()


class ReadOnlyTests(StoreTestCase):
    kind = OldDisk
    skip = why_none(OldDisk)
    disk: OldDisk

    def setUp(self) -> None:
        super().setUp()
        self.daemon = self.enterContext(Daemon(self.settings))
        self.prompt(self.daemon)
        self.identity = json.loads(self.respond(self.daemon).body)["id"]
        self.assert_books(self.daemon)

    def test_files(self) -> None:
        """The files become read-only while the daemon has them open, and writable again."""
        files = [path.name for path in self.disk.path.glob("state.db-wal")]
        files += [str(path.relative_to(self.disk.path)) for path in self.disk.path.glob("*.pending/*")]
        for _ in range(2):
            self.disk.seal("state.db", *files)
            self.assert_in_trouble(self.daemon, self.identity, "cannot be written")
            self.disk.unseal("state.db", *files)
            self.assert_books(self.daemon)
        self.end(self.daemon)
        self.assert_whole()

    def test_disk(self) -> None:
        """The disk breaks: the daemon goes on with what needs none; the next one has what was there."""
        kept = self.answered
        self.disk.break_down()
        self.assert_in_trouble(self.daemon, self.identity, "cannot be written")
        self.end(self.daemon)
        self.assert_refused("state.db cannot be opened", "ead-only file system")
        self.disk.unmount()
        self.disk.mount()
        self.answered = kept
        with Daemon(self.settings) as daemon:
            self.assert_books(daemon)
            self.end(daemon)
        self.assert_whole()
