"""The daemon killed in the midst of many prompts: what was answered is kept, and nothing seems to go on."""

from __future__ import annotations

import json
import os
import random
import selectors
import shutil
import signal
import socket
import tempfile
import time
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.real.daemon import Daemon
from tests.real.natives import Native

PROMPTS = 200
ROUNDS = int(os.environ.get("CLINVOKER_TEST_ROUNDS", "5"))
SETTINGS = {"backends": {"demo": {"enabled": True}}, "limits": {"runs": PROMPTS, "queue": PROMPTS}}


def asking(daemon: Daemon, number: int) -> socket.socket:
    """A connection on which a prompt was sent."""
    asked = {"backend": "demo", "prompt": f"demo: words={5 + number % 40} pause_ms=5"}
    body = json.dumps(asked).encode()
    connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=30)
    head = "POST /api/v1/prompt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def answered(connections: list[socket.socket], enough: int = PROMPTS) -> dict[socket.socket, bytes]:
    """What came on them until so many had ended."""
    came = dict.fromkeys(connections, b"")
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        deadline = time.monotonic() + 20
        under_way = len(connections) - enough
        while len(selector.get_map()) > under_way and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                read(selector, key.fileobj, came)
    return came


def read(selector: selectors.BaseSelector, connection: Any, came: dict[socket.socket, bytes]) -> None:
    """Take what there is on a connection, and forget one that has ended."""
    try:
        data = connection.recv(65536)
    except ConnectionError:
        data = b""
    came[connection] += data
    if not data:
        selector.unregister(connection)


def whole(answer: bytes) -> Any:
    """The answer's JSON, if all of it came and it is one; else None."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200") or not body.endswith(b"0\r\n\r\n"):
        return None
    _, _, chunk = body.partition(b"\r\n")
    return json.loads(chunk.partition(b"\r\n")[0])


class KilledTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.home = tempfile.mkdtemp(prefix="clinvoker-home-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.chance = random.Random(1)

    def killed(self) -> dict[str, str]:
        """A daemon killed while it answers: the sessions whose answers came, and these."""
        with Daemon(SETTINGS, {"CLINVK_HOME": self.home}) as daemon:
            connections = [asking(daemon, number) for number in range(PROMPTS)]
            came = answered(connections, self.chance.randrange(PROMPTS // 4, PROMPTS * 3 // 4))
            daemon.signal(signal.SIGKILL)
            rest = answered(connections)
            for connection in connections:
                connection.close()
        told = [whole(came[each] + rest[each]) for each in connections]
        return {each["session_id"]: each["output"] for each in told if each}

    def test_killed(self) -> None:
        """After each of many kills no answer that came whole is missing, and no session seems under way."""
        kept: dict[str, str] = {}
        for _ in range(ROUNDS):
            kept |= self.killed()
        self.assertGreater(len(kept), PROMPTS)
        with Daemon(SETTINGS, {"CLINVK_HOME": self.home}) as daemon:
            native = Native(daemon)
            _, listed = native.ask("sessions")
            status = {session["id"]: session["status"] for session in listed["sessions"]}
            self.assertEqual(set(), {"active"} & {*status.values()})
            self.assertEqual({"completed"}, {status.get(session) for session in kept})
            self.assertLess(len(kept), len(status))
            for session in self.chance.sample(sorted(kept), 50):
                _, told = native.ask(f"sessions/{session}/export")
                self.assertEqual(kept[session], told["turns"][0]["messages"][-1]["text"])
