"""
The way in, the same for every route: a name for the request, the guard, the key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from clinvoker.errors import BadRequest, ClinvokerError, NotFound, Unauthorized
from clinvoker.keys import Standing
from clinvoker.web import cors
from clinvoker.web.addresses import Pace, Proxies
from clinvoker.web.auth import NOBODY, Keyring, sends_key
from clinvoker.web.guard import Guard
from clinvoker.web.journal import Journal
from clinvoker.web.ratelimits import anthropic_headers, openai_headers
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings

# What needs no key: exactly these, and what lies below the last.
OPEN = (
    b"/health",
    b"/docs",
    b"/openapi.json",
    b"/openapi.yaml",
    b"/schemas",
    b"/health/live",
    b"/health/ready",
)
BELOW = b"/schemas/"
UNBOUNDED = 1 << 62
METRICS = b"/metrics"  # without a key, what names none is told


class Entrance(Resource):
    """
    Stands before `inner`, which sees only requests that may come in.
    """

    isLeaf = True

    def __init__(
        self,
        inner: IResource,
        settings: WebSettings,
        journal: Journal,
        clock: IReactorTime,
        standing: Callable[[str], Standing | None],
    ) -> None:
        super().__init__()
        self._clock = clock
        self._standing = standing
        self._inner = inner
        self._settings = settings
        self._journal = journal
        self._keyring = Keyring(settings.locks, settings.peer)
        self.change()

    def change(self) -> None:
        """The settings have changed."""
        settings = self._settings
        self._guard = Guard(settings.allowed_hosts, settings.cors_allowed_origins)
        self._proxies = Proxies(settings.trusted_proxies)
        self._pace = Pace(self._clock, settings.rate_limit_rps, settings.rate_limit_burst)

    def room(self, request: ApiRequest) -> int:
        """
        How many bytes of its body are kept: none if its headers alone will have it refused.
        Asked when the headers are known and neither method nor path.
        """
        try:
            self._guard.check(b"POST", request.requestHeaders, request.getHost())
            self._asker(request)
        except ClinvokerError:
            return 0
        return self._settings.max_body_bytes or UNBOUNDED

    def tell(self, request: ApiRequest) -> None:
        """Put into the headers of an answer that begins now what its key has left."""
        standing = self._standing(request.principal)
        if standing is None:
            return
        for name, value in openai_headers(standing):
            request.setHeader(name, value)
        if request.door.own_limits:
            for name, value in anthropic_headers(standing, self._settings.now()):
                request.setHeader(name, value)

    def _asker(self, request: ApiRequest) -> str:
        return self._keyring.principal(request.requestHeaders, request.channel.transport)

    def render(self, request: ApiRequest) -> int:
        request.client = self._proxies.client(request.getClientAddress(), request.requestHeaders)
        self._journal.follow(request)
        try:
            self._pace.check(request.client)
            answer = self._admit(request)
        except ClinvokerError as error:
            answer = request.error_answer(request.told(error))
        if answer is None:
            return cast(int, self._inner.render(request))
        # Returned to Twisted, it would get a Content-Length, which a 204 must not have.
        request.write(answer)
        request.finish()
        return NOT_DONE_YET

    def _known(self, request: ApiRequest) -> str:
        path = request.path.rstrip(b"/")
        if path in OPEN or path.startswith(BELOW):
            return NOBODY
        try:
            return self._asker(request)
        except Unauthorized:
            if path != METRICS or sends_key(request.requestHeaders):
                raise
            return NOBODY

    def _admit(self, request: ApiRequest) -> bytes | None:
        """Give the answer if it can be given here, or nothing."""
        asked, told = request.requestHeaders, request.responseHeaders
        if len(asked.getRawHeaders(b"transfer-encoding", [])) > 1:
            # Twisted obeys one of them, a proxy before us perhaps another: what follows may be anybody's.
            request.close_after()
            raise BadRequest("Transfer-Encoding is there twice.")
        told.setRawHeaders(b"vary", [b"origin"])
        self._guard.check(request.method, asked, request.getHost())
        for origin in asked.getRawHeaders(b"origin", []):
            cors.let_read(origin, told, self._settings.cors)
        if cors.is_preflight(request.method, asked):
            cors.let_call(asked, told, self._settings.cors)
            return request.no_content()
        request.principal = self._known(request)
        _check_path(request)
        return None


def _check_path(request: ApiRequest) -> None:
    try:
        b"/".join(request.postpath or []).decode("utf-8")
    except UnicodeDecodeError:
        raise NotFound("There is no such route: its path is not UTF-8.") from None
