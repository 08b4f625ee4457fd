"""
The route of the Model Context Protocol: one message in each request, its answer in the response.

Nothing is kept between requests but the calls under way, by which a client that said hello can give one up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime

from clinvoker.dialects import mcp, mcp_http, mcp_messages, mcp_sessions, mcp_versions
from clinvoker.dialects.mcp_messages import Answer, Id, Json, Notification, Request
from clinvoker.dialects.mcp_results import refused
from clinvoker.errors import ClinvokerError, Missing
from clinvoker.interfaces import IRuns
from clinvoker.web.completions import Answer as Following
from clinvoker.web.desk import Desk
from clinvoker.web.mcp_call import ToolCall
from clinvoker.web.mcp_orders import Orders
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

PATH = "/mcp"
SESSION = b"mcp-session-id"
_SANE = re.compile(rb"[\x21-\x7e]{1,128}")


@attrs.frozen
class Client:
    """Who sent a message: its key and the session it is in, if it said hello."""

    principal: str
    session: str


class McpRoutes:
    """Answers messages."""

    def __init__(
        self, runs: IRuns, desk: Desk, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        self._server = mcp.McpServer(settings.version, lambda: _names(runs))
        self._orders = Orders(desk, settings, clock)
        self._store = desk.store
        self._settings = settings
        self._clock = clock
        self._new_id = new_id
        self._under_way: dict[tuple[Client, Id], ToolCall] = {}

    def routes(self) -> Sequence[Route]:
        """What there is.  No stream of the server's own is offered, so there is no GET."""
        return (
            Route("POST", PATH, self.answer, mcp_http.ANSWER),
            Route("DELETE", PATH, self.end, mcp_http.END),
        )

    def end(self, request: ApiRequest) -> bytes:
        """The client is done."""
        client = _client(request)
        for (whose, _), call in [*self._under_way.items()]:
            if client.session and whose == client:
                call.give_up()
        return request.no_content()

    async def answer(self, request: ApiRequest) -> bytes:
        """Do what the messages of a body ask."""
        body = mcp_messages.read(request.json_body())
        headers = _headers(request)
        if wrong := _misversed(body, headers):
            return _alone(request, wrong, True)
        answers: list[Answer] = []
        calls: list[ToolCall] = []
        for heard in body.messages:
            done = await self._done(self._server.step(heard, headers), request)
            if isinstance(done, ToolCall):
                calls.append(done)
            elif done is not None:
                answers.append(done)
        if any(isinstance(heard, Request) and heard.method == "initialize" for heard in body.messages):
            request.setHeader(SESSION, self._new_id().encode("ascii"))
        if not calls and len(answers) == 1 and not body.many:
            return _alone(request, answers[0], _stated(body))
        if not calls and not answers:
            request.setResponseCode(202)
            request.setHeader(b"content-length", b"0")
            return b""
        await self._carried_out(request, calls, answers, body.many)
        return b""

    async def _done(self, step: mcp.Step, request: ApiRequest) -> Answer | ToolCall | None:
        """What one message asks, as far as it is done at once."""
        if isinstance(step, mcp.Say):
            return step.answer
        if isinstance(step, mcp.Call):
            try:
                return await self._orders.call(step, request)
            except ClinvokerError as error:
                return self._server.result(step.id, refused(error), step.stated)
        if isinstance(step, mcp.ListSessions):
            page = await self._store.sessions(request.principal, step.wanted)
            listed = mcp_sessions.listed(page, step.wanted)
            return self._server.result(step.id, listed, step.stated, "resources/list")
        if isinstance(step, mcp.ReadSession):
            return await self._read(step, request.principal)
        if isinstance(step, mcp.Cancel):
            self._cancel(_client(request), step.id)
        return None

    async def _read(self, step: mcp.ReadSession, principal: str) -> Answer:
        try:
            session = await self._store.session(principal, step.place.session)
        except Missing as error:
            return mcp.no_resource(step.id, step.uri, error.message, step.stated)
        turns = await self._store.turns(principal, session.id)
        told = mcp_sessions.contents(step.uri, step.place, session, turns)
        return self._server.result(step.id, told, step.stated, "resources/read")

    def _cancel(self, client: Client, identity: Id) -> None:
        call = self._under_way.get((client, identity))
        if client.session and call is not None:
            call.give_up()

    async def _carried_out(
        self, request: ApiRequest, calls: Sequence[ToolCall], answers: Sequence[Answer], many: bool
    ) -> None:
        """Carry out calls and write all answers.  The client's leaving cancels them."""
        written = _written(request, calls, many)
        following = Following(request, written, self._clock, self._settings.keepalive_secs)

        def say(message: Answer | Notification) -> None:
            following.send(written.message(message))

        def finish(call: mcp.Call, result: Json) -> None:
            say(self._server.result(call.id, result, call.stated))

        request.setHeader(b"content-type", written.content_type)
        request.setHeader(b"cache-control", b"no-cache")
        request.setHeader(b"x-accel-buffering", b"no")
        for answer in answers:
            say(answer)
        client = _client(request)
        for call in calls:
            call.start(say, finish)
            self._under_way[client, call.call.id] = call
        try:
            await following.follow(calls)
        except Exception as error:
            if request.channel is None or not request.startedWriting:
                raise  # nobody hears it, or there is a status to say it with
            following.send(written.fail(request.told(error)))
        finally:
            self._forget(client, calls)
        _end(request, written.end())

    def _forget(self, client: Client, calls: Sequence[ToolCall]) -> None:
        for call in calls:
            if self._under_way.get((client, call.call.id)) is call:
                del self._under_way[client, call.call.id]


def _names(runs: IRuns) -> Sequence[str]:
    """The backends that are there."""
    return [health.name for health in runs.health() if health.state not in ("missing", "disabled")]


def _client(request: ApiRequest) -> Client:
    sent = request.getHeader(SESSION) or b""
    return Client(request.principal, sent.decode("ascii") if _SANE.fullmatch(sent) else "")


def _headers(request: ApiRequest) -> mcp_versions.Headers:
    def header(name: str) -> str | None:
        value = request.getHeader(name)
        return value if value is None else value.strip()

    version, method = header("mcp-protocol-version"), header("mcp-method")
    return mcp_versions.Headers(version=version, method=method, name=header("mcp-name"))


def _misversed(body: mcp_messages.Body, headers: mcp_versions.Headers) -> Answer | None:
    """What is wrong with the version as far as a header told it."""
    version = headers.version or mcp_versions.ASSUMED
    if version not in mcp_versions.KNOWN and not _stated(body):
        return mcp_versions.unknown(None, version)
    if body.many and version not in mcp_versions.BATCHED:
        said = f"The protocol version {version} has no batches; send each message by itself."
        return mcp_messages.failed(None, mcp_messages.INVALID_REQUEST, said)
    return None


def _stated(body: mcp_messages.Body) -> bool:
    return any(isinstance(each, Request) and mcp_versions.stated(each) for each in body.messages)


def _alone(request: ApiRequest, answer: Answer, stated: bool) -> bytes:
    request.setResponseCode(mcp_http.status_of(answer, stated))
    return request.json_answer(mcp_messages.written(answer))


def _end(request: ApiRequest, rest: bytes) -> None:
    """Write the rest; where there is nothing at all, since all was given up, say so."""
    if rest:
        request.write(rest)
    elif not request.startedWriting:
        request.setResponseCode(202)
        request.responseHeaders.removeHeader(b"content-type")


def _written(
    request: ApiRequest, calls: Sequence[ToolCall], many: bool
) -> mcp_http.AsEvents | mcp_http.AsJson:
    accepted: Sequence[Any] = request.requestHeaders.getRawHeaders("accept", [])
    if calls and mcp_http.takes_events(accepted):
        return mcp_http.AsEvents(lambda: [told for call in calls if (told := call.idle())])
    return mcp_http.AsJson(many)
