"""
The part of an imitated provider that knows HTTP and no API: pace, faults, the log.

    GET  /_log     what was asked so far, oldest first: a list of `Entry`, as JSON
    POST /_reset   forget it
"""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Protocol

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure as Failed
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from tests.real.providers.script import Failure, Said, Script, read_script

Json = dict[str, Any]


class Question(msgspec.Struct, frozen=True):
    """
    What an API understood of a request: what the user and tools said, the names of the tools that
    are offered, and whether a stream is wanted.
    """

    said: tuple[Said, ...]
    model: str
    body: Json
    streamed: bool = True
    offered: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The newest text."""
        return self.said[-1].text if self.said else ""


class Piece(msgspec.Struct, frozen=True):
    """One server-sent event.  Only a `delta` is paced, counted and cut."""

    data: bytes
    delta: bool = False


class Api(Protocol):
    """One model API: which paths are its own, and its words."""

    def question(self, path: str, body: Json) -> Question | None:
        """Understand a request for an answer; None if it is another API's, or of another kind."""

    def other(self, method: str, path: str, body: Json) -> Json | None:
        """Answer what is not a question (a list of models, a count of tokens), or None."""

    def refusal(self, failure: Failure) -> Json:
        """The body of an HTTP error."""

    def pieces(self, question: Question, script: Script) -> Iterator[Piece]:
        """The answer as a stream."""

    def late(self, word: str) -> bytes:
        """The event that tells an error in the middle of a stream."""

    def whole(self, question: Question, script: Script) -> Json:
        """The answer in one piece."""


class Entry(msgspec.Struct):
    """One request in the log.  Times are seconds since 1970."""

    number: int
    method: str
    path: str
    body: Json
    at: float
    status: int = 0
    # '' while under way; then 'done', 'gone' (the client left), 'cut', 'reset', or a traceback.
    outcome: str = ""
    ended: float = 0.0
    process: str = ""  # what a test had the program say of itself, in a header


HEARD = 0.2  # seconds after which a program has surely read what was written before a cut
RUDE = struct.pack("ii", 1, 0)  # to close is to throw away what was not sent yet, and to send a RST
MALFORMED = b'data: {"type": "content_blo\n\n'


class Provider(Resource):
    """All the APIs behind one port."""

    isLeaf = True

    def __init__(self, clock: IReactorTime, apis: Sequence[Api]) -> None:
        super().__init__()
        self._clock = clock
        self._apis = apis
        self._log: list[Entry] = []
        self._seen: Counter[str] = Counter()

    def render(self, request: Request) -> bytes | int:
        """Answer now what is about the log, and everything else in its own time."""
        path = request.path.decode()
        if path == "/_log":
            return msgspec.json.encode(self._log)
        if path == "/_reset":
            self._log.clear()
            self._seen.clear()
            return b"{}"
        entry = self._note(request, path)
        answering = Deferred.fromCoroutine(self._answer(request, entry))
        request.notifyFinish().addBoth(lambda _: answering.cancel())
        answering.addErrback(self._leave, request, entry)
        return NOT_DONE_YET

    def _note(self, request: Request, path: str) -> Entry:
        assert request.content is not None
        body = request.content.read()
        entry = Entry(
            number=len(self._log) + 1,
            method=request.method.decode(),
            path=path,
            body=msgspec.json.decode(body) if body else {},
            at=time.time(),
            process=request.getHeader("x-process") or "",
        )
        self._log.append(entry)
        return entry

    def _leave(self, failure: Failed, request: Request, entry: Entry) -> None:
        """The client went while it was being answered, or this program has a bug."""
        gone = failure.check(CancelledError)
        if not gone:
            request.loseConnection()
        entry.outcome = entry.outcome or ("gone" if gone else failure.getTraceback())
        entry.ended = time.time()

    async def _answer(self, request: Request, entry: Entry) -> None:
        for api in self._apis:
            question = api.question(entry.path, entry.body)
            if question is not None:
                return await self._play(api, question, request, entry)
            other = api.other(entry.method, entry.path, entry.body)
            if other is not None:
                return self._reply(request, entry, 200, other)
        return self._reply(request, entry, 404, {"error": {"message": "no " + entry.path}})

    async def _play(self, api: Api, question: Question, request: Request, entry: Entry) -> None:
        """Carry out the script of a question."""
        script = read_script(question.said, question.offered)
        await self._wait(script.delay)
        if script.fault.at("headers"):
            await self._break(script, request, entry)
        self._seen[question.text] += 1
        if script.failure and (script.failures < 0 or self._seen[question.text] <= script.failures):
            if script.failure.retry_after:
                request.setHeader("retry-after", script.failure.retry_after)
            self._reply(request, entry, script.failure.status, api.refusal(script.failure))
        elif question.streamed:
            await self._stream(api, question, script, request, entry)
        else:
            self._reply(request, entry, 200, api.whole(question, script))

    async def _stream(
        self, api: Api, question: Question, script: Script, request: Request, entry: Entry
    ) -> None:
        entry.status = 200
        request.setHeader("content-type", "text/event-stream")
        request.write(MALFORMED if script.malformed else b"")
        if script.fault.at("start"):
            await self._break(script, request, entry)
        pieces = [] if script.malformed else list(api.pieces(question, script))
        deltas = 0
        for place, piece in enumerate(pieces):
            if piece.delta:
                await self._wait(script.slow)
                if deltas == script.cut:
                    await self._wait(HEARD)
                    return self._cut(request, entry)
                if deltas == script.hang or script.fault.at("delta", deltas):
                    await self._break(script, request, entry)
                if deltas == 1 and script.late:
                    request.write(api.late(script.late))
                    break
                if script.fault.at("line", deltas):
                    request.write(piece.data[: len(piece.data) // 2])
                    await self._break(script, request, entry)
                deltas += 1
            if script.fault.at("end") and place == len(pieces) - 1:
                await self._break(script, request, entry)
            request.write(piece.data)
        return self._finish(request, entry)

    async def _break(self, script: Script, request: Request, entry: Entry) -> None:
        """Say nothing more: until the client leaves, or until it is left."""
        if script.fault.reset:
            await self._wait(HEARD)
            entry.outcome, entry.ended = "reset", time.time()
            transport = request.channel.transport
            transport.getHandle().setsockopt(SOL_SOCKET, SO_LINGER, RUDE)
            transport.abortConnection()
        await Deferred()

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await deferLater(self._clock, seconds)

    def _reply(self, request: Request, entry: Entry, status: int, value: Json) -> None:
        request.setResponseCode(status)
        request.setHeader("content-type", "application/json")
        entry.status = status
        data = msgspec.json.encode(value)
        request.setHeader("content-length", str(len(data)))
        request.write(data)
        self._finish(request, entry)

    def _finish(self, request: Request, entry: Entry) -> None:
        entry.outcome, entry.ended = "done", time.time()
        request.finish()

    def _cut(self, request: Request, entry: Entry) -> None:
        """Drop the connection: no last chunk, so that the client can tell."""
        entry.outcome, entry.ended = "cut", time.time()
        request.channel.transport.loseConnection()
