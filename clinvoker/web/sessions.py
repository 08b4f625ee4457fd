"""
The routes under `/api/v1/sessions`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.agency import Agency
from clinvoker.carrying import ISessions, ITasks
from clinvoker.dialects import native_sessions as shown
from clinvoker.dialects.bodies import converted
from clinvoker.dialects.described import ALWAYS, LINES, OF_BODIES, OF_RUNS, Content, Errors, Operation
from clinvoker.dialects.native_bodies import ResumeRequest, SessionChange, SessionQuery
from clinvoker.dialects.native_events import PROMPT_LINES
from clinvoker.dialects.native_import import SessionImport, SessionsImported, read_import
from clinvoker.dialects.native_requests import read_change, read_resume
from clinvoker.dialects.native_results import PromptResult
from clinvoker.stores import ISessionStore
from clinvoker.web.native import TAG, TOLD, NativeRoutes, named
from clinvoker.web.request import ApiRequest
from clinvoker.web.table import Route

READING = Errors(TOLD, (*ALWAYS, 503))
FINDING = Errors(TOLD, (*ALWAYS, 404, 409, 503))
RUNNING = Errors(TOLD, (*ALWAYS, 409, *OF_BODIES, *OF_RUNS))

LIST = Operation(
    name="listSessions",
    summary="The sessions of your key, the last used first.",
    tag=TAG,
    query=SessionQuery,
    answers={200: (Content(shown.SessionList),)},
    errors=Errors(TOLD, (*ALWAYS, 503)),
)
GET = Operation(
    name="getSession",
    summary="One session, by its id or the beginning of it.",
    tag=TAG,
    answers={200: (Content(shown.SessionObject),)},
    errors=FINDING,
)
DELETE = Operation(
    name="deleteSession",
    summary="Forget a session and what was said in it.",
    tag=TAG,
    answers={200: (Content(shown.SessionDeleted),)},
    errors=FINDING,
)
EXPORT = Operation(
    name="exportSession",
    summary="A session with all that was said in it.",
    tag=TAG,
    answers={200: (Content(shown.SessionExport),)},
    errors=FINDING,
)
CHANGE = Operation(
    name="changeSession",
    summary="Give a session another title or other tags.",
    tag=TAG,
    asks=SessionChange,
    answers={200: (Content(shown.SessionObject),)},
    errors=Errors(TOLD, (*ALWAYS, *OF_BODIES, 404, 409)),
)
IMPORT = Operation(
    name="importSessions",
    summary="Take over sessions that were exported, or come from elsewhere.",
    tag=TAG,
    asks=SessionImport,
    answers={200: (Content(SessionsImported),)},
    errors=Errors(TOLD, (*ALWAYS, *OF_BODIES)),
)
FORK = Operation(
    name="forkSession",
    summary="A new session in which the same was said.",
    tag=TAG,
    answers={201: (Content(shown.SessionObject),)},
    errors=FINDING,
)
RESUME = Operation(
    name="resumeSession",
    summary="The next prompt of a session.",
    tag=TAG,
    asks=ResumeRequest,
    answers={200: (Content(PromptResult), Content(PROMPT_LINES, LINES, many=True))},
    errors=RUNNING,
)


class SessionRoutes:
    """What is kept of prompts.  Each key sees its own only."""

    def __init__(
        self, native: NativeRoutes, tasks: ITasks, sessions: ISessions, store: ISessionStore
    ) -> None:
        self._native = native
        self._tasks = tasks
        self._sessions = sessions
        self._store = store

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (
            Route("GET", "/api/v1/sessions", self.list, LIST),
            Route("GET", "/api/v1/sessions/<name>", self.get, GET),
            Route("POST", "/api/v1/sessions/import", self.take_over, IMPORT),
            Route("PATCH", "/api/v1/sessions/<name>", self.change, CHANGE),
            Route("DELETE", "/api/v1/sessions/<name>", self.delete, DELETE),
            Route("GET", "/api/v1/sessions/<name>/export", self.export, EXPORT),
            Route("POST", "/api/v1/sessions/<name>/fork", self.fork, FORK),
            Route("POST", "/api/v1/sessions/<name>/resume", self.resume, RESUME),
        )

    async def list(self, request: ApiRequest) -> bytes:
        """A page of those that are asked for."""
        query = converted(request.strict_query(), SessionQuery)
        page = await self._store.sessions(request.principal, shown.wanted(query))
        return _json(request, shown.session_list(page, query))

    async def get(self, request: ApiRequest, name: str) -> bytes:
        """One."""
        return _json(request, shown.session_object(await self._store.session(request.principal, name)))

    async def delete(self, request: ApiRequest, name: str) -> bytes:
        """Forget one."""
        session = await self._sessions.deleted(request.principal, name)
        return _json(request, shown.SessionDeleted(deleted=True, id=session.id))

    async def change(self, request: ApiRequest, name: str) -> bytes:
        """Another title, other tags."""
        asked = read_change(request.json_body())
        session = await self._sessions.changed(request.principal, name, asked.title, asked.tags)
        return _json(request, shown.session_object(session))

    async def take_over(self, request: ApiRequest) -> bytes:
        """Keep what is not here yet."""
        told: dict[bool, list[str]] = {True: [], False: []}
        for session, turns in read_import(request.json_body(), request.principal):
            told[await self._sessions.taken_over(session, turns)].append(session.id)
        return _json(request, SessionsImported(imported=tuple(told[True]), skipped=tuple(told[False])))

    async def export(self, request: ApiRequest, name: str) -> bytes:
        """All of one."""
        session = await self._store.session(request.principal, name)
        turns = await self._store.turns(request.principal, session.id)
        return _json(request, shown.session_export(session, turns))

    async def fork(self, request: ApiRequest, name: str) -> bytes:
        """Another that begins where this one is."""
        fork = await self._sessions.forked(request.principal, name)
        request.setResponseCode(201)
        return _json(request, shown.session_object(fork))

    async def resume(self, request: ApiRequest, name: str) -> None:
        """Go on with one."""
        body = request.json_body()
        session, history = await self._sessions.resumed(request.principal, name)
        agency = Agency(mode=session.mode, workdir=session.workdir)
        asked = named(read_resume(body, session.backend, session.model, agency), request)
        request.model = asked.order.tasks[0].asked.invocation.model
        unheard = self._tasks.unheard(asked.order.tasks[0])
        await self._native.answer_prompt(request, asked, unheard, session, history)


def _json(request: ApiRequest, told: object) -> bytes:
    return request.json_answer(msgspec.json.encode(told))
