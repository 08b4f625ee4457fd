"""Messages of an MCP client, carried to the daemon, and what it answers carried back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from clinvoker.client.connection import Connection, Interrupted, Response
from clinvoker.client.exits import CommandFailed
from clinvoker.client.mcp_lines import Carried, Events, decoded, failed, looked_at

PATH = "/mcp"
# Requests of one client at the same time.
MOST = 100

_HEADERS: Mapping[str, str] = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
}
_CUT = "The daemon ended in the middle of the answer; ask again."


class Way:
    """One message under way; `given_up` once nobody wants its answer."""

    given_up = False

    def __init__(self, carried: Carried) -> None:
        self.carried = carried
        self.waiting: Deferred[None]

    def give_up(self) -> None:
        """Stop it."""
        self.given_up = True
        self.waiting.cancel()


class Bridge:
    """
    Takes lines of one client; `write` is given those for it.  A call that the client gives up is given up
    by leaving it: then the daemon stops what it does.
    """

    _log = Logger()

    def __init__(self, api: Connection, write: Callable[[bytes], None]) -> None:
        self._api = api
        self._write = write
        self._version = ""  # that was agreed on, if one was
        self._under_way: dict[object, Way] = {}
        self._ended: Deferred[None] | None = None

    def take(self, line: bytes) -> None:
        """Carry one line."""
        carried = looked_at(line, self._version)
        if carried.cancels is not None:
            if (way := self._under_way.get(carried.cancels)) is not None:
                way.give_up()
        elif len(self._under_way) >= MOST:
            self._write(failed(carried, f"More than {MOST} requests are under way; wait for some of them."))
        else:
            self._begin(carried, line)

    def end(self) -> Deferred[None]:
        """The client is gone: calls are given up, and it fires when nothing is under way any more."""
        for way in [*self._under_way.values()]:
            if way.carried.method == "tools/call":
                way.give_up()
        self._ended = Deferred()
        self._settle()
        return self._ended

    def stop(self) -> None:
        """Give up everything at once."""
        for way in [*self._under_way.values()]:
            way.give_up()

    # --- within

    def _begin(self, carried: Carried, line: bytes) -> None:
        key, way = object() if carried.id is None else carried.id, Way(carried)
        way.waiting = Deferred.fromCoroutine(self._carry(way, line))
        if not way.waiting.called:
            self._under_way[key] = way
            way.waiting.addBoth(self._forget, key, way)
        way.waiting.addErrback(lambda reason: self._log.failure("a message could not be carried", reason))

    def _forget(self, result: Any, key: object, way: Way) -> Any:
        if self._under_way.get(key) is way:
            del self._under_way[key]
        self._settle()
        return result

    def _settle(self) -> None:
        if self._ended is not None and not self._ended.called and not self._under_way:
            self._ended.callback(None)

    async def _carry(self, way: Way, line: bytes) -> None:
        carried, message = way.carried, _CUT
        headers = {**self._api.key, **_HEADERS, **carried.headers}
        answered = False
        try:
            response = await self._api.passed("POST", PATH, headers, line)
            answered = await self._answered(carried, response)
        except Interrupted:
            return
        except CommandFailed as error:
            message = error.message
        if not answered and not way.given_up and carried.id is not None:
            self._write(failed(carried, message))

    async def _answered(self, carried: Carried, response: Response) -> bool:
        """Carry back what is answered; gives whether there was an answer."""
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            return self._whole(carried, await self._api.content(response))
        events, answers = Events(), 0

        def hear(data: bytes) -> None:
            nonlocal answers
            for payload in events.feed(data):
                answers += "method" not in (decoded(payload) or {})
                self._write(payload + b"\n")

        await self._api.read(response, hear)
        return answers > 0

    def _whole(self, carried: Carried, body: bytes) -> bool:
        found = decoded(body)
        if isinstance(found, dict):
            if carried.method == "initialize" and isinstance(found.get("result"), dict):
                self._version = str(found["result"].get("protocolVersion", ""))
            if found.get("id") is None and carried.id is not None:
                body = msgspec.json.encode({**found, "id": carried.id})
        elif not isinstance(found, list):
            return not body and carried.id is None
        self._write(body + b"\n")
        return True
