"""
From a tool's call to the order that it is.
"""

from __future__ import annotations

import msgspec
from twisted.internet.interfaces import IReactorTime

from clinvoker.agency import Agency
from clinvoker.carrying import ITaskListener
from clinvoker.dialects.mcp import Call
from clinvoker.dialects.mcp_tools import PARALLEL_TOOL, named_session
from clinvoker.dialects.native_requests import Prompted, read_resume
from clinvoker.orders import Order
from clinvoker.web.desk import Desk
from clinvoker.web.mcp_call import Begin, Begun, ToolCall
from clinvoker.web.native import named
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings

OURS = "mcp"  # the tag of sessions that were begun here


class Orders:
    """Makes orders of calls.  What cannot be one is raised as a `ClinvokerError`."""

    def __init__(self, desk: Desk, settings: WebSettings, clock: IReactorTime) -> None:
        self._tasks = desk.tasks
        self._sessions = desk.sessions
        self._settings = settings
        self._clock = clock

    async def call(self, call: Call, request: ApiRequest) -> ToolCall:
        """The call, to be begun."""
        if call.tool.read is None:
            return await self._resumed(call, request)
        at_once = {"at_once": self._settings.max_parallel} if call.tool is PARALLEL_TOOL else {}
        asked = named(call.tool.read(msgspec.json.encode(call.arguments), **at_once), request)
        if call.tool.kind is None:
            return self._prompted(call, asked, request)
        return ToolCall(call, asked.order, self._alone(asked.order), self._clock)

    def _alone(self, order: Order) -> Begin:
        """What keeps no session."""
        return lambda listener: Begun(self._tasks.begin(order, listener))

    def _prompted(self, call: Call, asked: Prompted, request: ApiRequest) -> ToolCall:
        """One prompt, in a session of its own unless it is ephemeral."""
        [task] = asked.order.tasks
        request.model = task.asked.invocation.model
        self._tasks.unheard(task)

        def begin(listener: ITaskListener) -> Begun:
            session = self._sessions.opened(request.principal, task, (OURS, *asked.tags), asked.metadata)
            return Begun(self._sessions.begin(session, asked.order, listener), session.id)

        how = self._alone(asked.order) if asked.ephemeral else begin
        return ToolCall(call, asked.order, how, self._clock)

    async def _resumed(self, call: Call, request: ApiRequest) -> ToolCall:
        """The next prompt of a session."""
        prefix, body = named_session(call.arguments)
        session, history = await self._sessions.resumed(request.principal, prefix)
        agency = Agency(mode=session.mode, workdir=session.workdir)
        order = named(read_resume(body, session.backend, session.model, agency), request).order
        request.model = order.tasks[0].asked.invocation.model
        self._tasks.unheard(order.tasks[0])

        def begin(listener: ITaskListener) -> Begun:
            return Begun(self._sessions.begin(session, order, listener, history), session.id)

        return ToolCall(call, order, begin, self._clock)
