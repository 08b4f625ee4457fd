"""
A connection to the site in memory: the very bytes in, the very bytes out.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from http.client import HTTPResponse
from io import BytesIO
from typing import Any, cast

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from clinvoker.keys import locks_of
from clinvoker.model import BackendHealth, Model
from clinvoker.settings import Keeping
from clinvoker.storage.store import Store
from clinvoker.tasks.service import Tasks
from clinvoker.tasks.sessions import Sessions
from clinvoker.testing.runs import MemoryRun, MemoryRuns
from clinvoker.web.desk import Desk
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.site import ApiSite, make_site
from tests.web.described import DescribedRequest
from tests.web.stores import memory_store

CHAT = "/openai/v1/chat/completions"
ASK: Mapping[str, Any] = {"model": "claude", "messages": [{"role": "user", "content": "SECRET PROMPT"}]}
STREAM = {**ASK, "stream": True}


class Reply:
    """One whole answer, as Python's own HTTP client reads it."""

    def __init__(self, data: bytes, method: str = "GET") -> None:
        response = HTTPResponse(cast(Any, _Sock(data)), method=method)
        response.begin()
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return cast(str, self.json["error"]["code"])


class _Sock:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._data)


class Wire:
    """One client's connection.  `transport.value()` is what it has been sent and not taken."""

    def __init__(self, site: ApiSite, local: IPv4Address | UNIXAddress | None = None, user: str = "") -> None:
        self.transport = StringTransport(
            hostAddress=local or IPv4Address("TCP", "127.0.0.1", 8080),
            peerAddress=UNIXAddress(None) if user else None,
        )
        cast(Any, self.transport).user = user
        self._faults: list[str] = getattr(site, "faults", [])
        self._protocol = cast(Any, site.buildProtocol(self.transport.getPeer()))
        self._protocol.makeConnection(self.transport)

    @property
    def channel(self) -> Any:
        """Twisted's side of the connection."""
        return self._protocol

    def feed(self, data: bytes) -> None:
        self._protocol.dataReceived(data)

    def take(self) -> bytes:
        """What was sent since the last time.  Fails if the document tells otherwise of any answer."""
        if self._faults:
            raise AssertionError(self._faults)
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def ask(self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None) -> None:
        """Send a request; of the headers those with an empty value are left out."""
        lines = {"Host": "localhost:8080", **headers}
        if body is not None:
            lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **lines}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self.feed(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b""))

    def get(self, path: str, headers: Mapping[str, str] = {}, method: str = "GET") -> Reply:
        """Send a request without a body and take its answer."""
        self.ask(method, path, headers)
        return Reply(self.take(), method)

    def post(self, path: str, asked: Any, headers: Mapping[str, str] = {}) -> None:
        """Send JSON, or bytes as they are."""
        body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
        self.ask("POST", path, headers, body)

    def posted(self, asked: Any, headers: Mapping[str, str] = {}, path: str = CHAT) -> Reply:
        """Send JSON and take the answer, which must be whole already."""
        self.post(path, asked, headers)
        return Reply(self.take(), "POST")

    def stall(self) -> None:
        """The client does not read: the transport is full."""
        cast(Any, self.transport.producer).pauseProducing()

    def read_on(self) -> None:
        """It has read what there was."""
        cast(Any, self.transport.producer).resumeProducing()

    def leave(self) -> None:
        """The client is gone; in the order of a real transport."""
        producer = self.transport.producer
        if producer is not None:
            producer.stopProducing()
        self._protocol.connectionLost(Failure(ConnectionLost()))


class House:
    """A site over runs that the test carries out and a store in memory, with a clock that stands still."""

    keeping = Keeping(tags=("house",))

    def __init__(self, store: Store | None = None, ids: str = "id", **settings: Any) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.runs = MemoryRuns(
            [Model("claude", "claude"), Model("claude/opus", "claude")],
            [BackendHealth(name="claude", state="ready", path="/bin/claude", version="2.1")],
        )
        numbers = itertools.count(1)
        locks = locks_of(settings.pop("keys", ()))
        settings = {
            "locks": lambda: locks,
            "version": "1.2",
            "owners": {"claude": "anthropic"},
            "now": self.clock.seconds,
            "started_at": 990.0,
            "began": 990.0,
            **settings,
        }
        self.store = store or memory_store(self.clock)
        desk = self.desk(self.store, bool(settings.get("strict_parameters")))
        self.site = make_site(
            self.runs, desk, WebSettings(**settings), self.clock, lambda: f"{ids}-{next(numbers)}"
        )
        cast(Any, self.site).faults = []
        self.site.requestFactory = DescribedRequest

    def desk(self, store: Store, strict: bool) -> Desk:
        """Orders and sessions; the ids of sessions begin with 0000, 0001, ..."""
        numbers = itertools.count()
        tasks = Tasks(self.runs, self.clock, strict)
        new_id = lambda: f"{next(numbers):04x}".ljust(32, "0")  # noqa: E731
        return Desk(tasks, Sessions(tasks, store, self.clock.seconds, new_id, self.keeping), store)

    def wire(self, local: IPv4Address | UNIXAddress | None = None, user: str = "") -> Wire:
        """A connection to an address of ours; of a user, at a UNIX socket."""
        return Wire(self.site, local, user)

    def undescribed(self) -> None:
        """From now on answers may differ from the document: these are of routes that are not in it."""
        self.site.requestFactory = ApiRequest

    @property
    def run(self) -> MemoryRun:
        """The latest run."""
        return self.runs.runs[-1]
