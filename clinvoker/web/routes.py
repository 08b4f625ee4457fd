"""
Which routes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug import exceptions
from werkzeug.routing import RequestRedirect

from clinvoker.dialects.openapi import Entry
from clinvoker.errors import MethodNotAllowed, NotFound
from clinvoker.interfaces import IRuns
from clinvoker.web.administration import AdministrationRoutes
from clinvoker.web.anthropic import AnthropicRoutes
from clinvoker.web.backends import BackendRoutes
from clinvoker.web.completions import Completions
from clinvoker.web.conversations import ConversationsRoutes
from clinvoker.web.desk import Desk
from clinvoker.web.documents import Documents
from clinvoker.web.health import HealthRoutes
from clinvoker.web.mcp import McpRoutes
from clinvoker.web.native import NativeRoutes
from clinvoker.web.openai import OpenAIRoutes
from clinvoker.web.request import ApiRequest
from clinvoker.web.responses import ResponsesRoutes
from clinvoker.web.sessions import SessionRoutes
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route, routed
from clinvoker.web.usage import UsageRoutes

# Asked for at every listener, by whoever looks after it.
HEALTH_PATHS = ("/health", "/health/live", "/health/ready", "/api/v1/health")


class Api:
    """
    The routes.  Who comes here has been let in already, by `entrance`.
    """

    def __init__(
        self, runs: IRuns, desk: Desk, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        completions = Completions(runs, settings, clock, new_id)
        native = NativeRoutes(desk.tasks, desk.sessions, settings, clock)
        every: Sequence[Route] = (
            *OpenAIRoutes(completions, runs, settings).routes(),
            *ResponsesRoutes(completions, desk.store, settings, clock, new_id).routes(),
            *ConversationsRoutes(desk.store, settings, clock, new_id).routes(),
            *AnthropicRoutes(completions, runs).routes(),
            *native.routes(),
            *SessionRoutes(native, desk.tasks, desk.sessions, desk.store).routes(),
            *McpRoutes(runs, desk, settings, clock, new_id).routes(),
            *BackendRoutes(runs).routes(),
            *AdministrationRoutes(settings).routes(),
            *UsageRoutes(desk.store, settings).routes(),
            *HealthRoutes(runs, desk.store, settings, clock).routes(),
            *Documents(self.entries, settings.version).routes(),
        )
        self.paths = [route.path for route in every]
        apart = settings.admin_apart
        self.routes = [route for route in every if not (apart and route.admin)]
        self.router = routed(self.routes, self.failed)
        self._admin = [route for route in every if route.admin or route.path in HEALTH_PATHS]

    def admin_router(self) -> Klein:
        """What the admin listener serves."""
        return routed(self._admin, self.failed)

    def entries(self) -> Sequence[Entry]:
        """What the document is made of."""
        return [route.entry for route in self.routes]

    def failed(self, request: IRequest, failure: Failure) -> bytes:
        """Every error of every route ends here, unless the answer had begun."""
        assert isinstance(request, ApiRequest)
        error = _ours(failure.value)
        if isinstance(error, MethodNotAllowed) and request.method == b"OPTIONS":
            request.setHeader(b"allow", ", ".join(error.allowed).encode("ascii"))
            return request.no_content()
        return request.error_answer(request.told(error))


def _ours(error: BaseException | None) -> BaseException | None:
    """The router's errors in our words; others as they are."""
    if isinstance(error, exceptions.MethodNotAllowed):
        methods = sorted({*(error.valid_methods or ()), "OPTIONS"})
        return MethodNotAllowed(f"This route takes {', '.join(methods)}.", methods)
    if isinstance(error, exceptions.NotFound | RequestRedirect):
        return NotFound("There is no such route.")
    return error
