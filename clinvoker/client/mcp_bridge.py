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
        self._under_way: dict[object, tuple[Carried, Deferred[None]]] = {}
        self._ended: Deferred[None] | None = None

    def take(self, line: bytes) -> None:
        """Carry one line."""
        carried = looked_at(line, self._version)
        if carried.cancels is not None:
            self._give_up(carried.cancels)
        elif len(self._under_way) >= MOST:
            self._write(failed(carried, f"More than {MOST} requests are under way; wait for some of them."))
        else:
            self._begin(carried, line)

    def end(self) -> Deferred[None]:
        """The client is gone: calls are given up, and it fires when nothing is under way any more."""
        for key, (carried, _) in [*self._under_way.items()]:
            if carried.method == "tools/call":
                self._give_up(key)
        self._ended = Deferred()
        self._settle()
        return self._ended

    def stop(self) -> None:
        """Give up everything at once."""
        for key in [*self._under_way]:
            self._give_up(key)

    # --- within

    def _begin(self, carried: Carried, line: bytes) -> None:
        key = object() if carried.id is None else carried.id
        waiting = Deferred.fromCoroutine(self._carry(carried, line))
        if not waiting.called:
            self._under_way[key] = (carried, waiting)
            waiting.addBoth(self._forget, key, waiting)
        waiting.addErrback(lambda reason: self._log.failure("a message could not be carried", reason))

    def _forget(self, result: Any, key: object, waiting: Deferred[None]) -> Any:
        if (known := self._under_way.get(key)) is not None and known[1] is waiting:
            del self._under_way[key]
        self._settle()
        return result

    def _settle(self) -> None:
        if self._ended is not None and not self._ended.called and not self._under_way:
            self._ended.callback(None)

    def _give_up(self, key: object) -> None:
        if key in self._under_way:
            self._under_way[key][1].cancel()

    async def _carry(self, carried: Carried, line: bytes) -> None:
        headers = {**self._api.key, **_HEADERS, **carried.headers}
        try:
            response = await self._api.passed("POST", PATH, headers, line)
            answered = await self._answered(carried, response)
        except Interrupted:
            return
        except CommandFailed as error:
            answered = carried.id is None
            message = error.message
        else:
            message = _CUT
        if not answered and carried.id is not None:
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
