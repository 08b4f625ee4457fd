"""
The way in, the same for every route: a name for the request, the guard, the key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from clinvoker.errors import (
    BadRequest,
    ClinvokerError,
    ExpectationFailed,
    NotFound,
    Unauthorized,
    UnknownCoding,
)
from clinvoker.keys import Standing
from clinvoker.web import cors
from clinvoker.web.addresses import Pace, Proxies
from clinvoker.web.auth import ANONYMOUS, NOBODY, Keyring, sends_key
from clinvoker.web.bodies import Bodies
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
METRICS = b"/metrics"  # without a key, what names none is told
_UNNAMED = (NOBODY, ANONYMOUS)


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
        bodies: Bodies,
    ) -> None:
        super().__init__()
        self._bodies = bodies
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

    def refusal(self, request: ApiRequest, length: int | None) -> ClinvokerError | None:
        """
        Why a request can be refused of which only the body is missing, if it can; `length` is None where
        that is not told.  What was looked at is not looked at again when the body has come.
        """
        asked = request.requestHeaders
        try:
            self._meet(request)
            self._guard.check(request.method, asked, request.getHost())
            request.guarded = True
            if not cors.is_preflight(request.method, asked):
                request.principal = self._known(request)
            request.sender = request.client if request.principal in _UNNAMED else request.principal
            self._bodies.check(request, length or 0, length or 0)
        except ClinvokerError as error:
            return error
        return None

    def take(self, request: ApiRequest, count: int) -> None:
        """So many bytes of its body have come.  Raises `BodyTooLarge` or `Busy` if that is too much."""
        self._bodies.check(request, request.arrived, count)
        self._bodies.add(request, count)

    def let_go(self, request: ApiRequest) -> None:
        """Its body arrives no longer."""
        self._bodies.remove(request)

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
        self._journal.follow(request)
        try:
            if not request.announced:
                self._meet(request)
            answer = self._admit(request)
        except ClinvokerError as error:
            answer = request.error_answer(request.told(error))
        if answer is None:
            return cast(int, self._inner.render(request))
        # Returned to Twisted, it would get a Content-Length, which a 204 must not have.
        request.write(answer)
        request.finish()
        return NOT_DONE_YET

    def _meet(self, request: ApiRequest) -> None:
        """What is looked at once, as soon as the headers are there.  Raises what is wrong with it."""
        request.client = self._proxies.client(request.channel.address, request.requestHeaders)
        self._pace.check(request.client)
        _check_form(request)

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
        told.setRawHeaders(b"vary", [b"origin"])
        if not request.guarded:
            self._guard.check(request.method, asked, request.getHost())
        for origin in asked.getRawHeaders(b"origin", []):
            cors.let_read(origin, told, self._settings.cors)
        if request.refusal is not None:
            raise request.refusal
        if cors.is_preflight(request.method, asked):
            cors.let_call(asked, told, self._settings.cors)
            return request.no_content()
        request.principal = self._known(request)
        _check_path(request)
        return None


def _check_form(request: ApiRequest) -> None:
    """Raises an error for headers that could be understood in another way than ours, or not at all."""
    asked = request.requestHeaders
    codings = asked.getRawHeaders(b"transfer-encoding")
    if codings is not None and [coding.lower() for coding in codings] != [b"chunked"]:
        # Twisted obeys one of them, a proxy before us perhaps another: what follows may be anybody's.
        request.close_after()
        raise BadRequest("Transfer-Encoding is there twice.") if len(codings) > 1 else UnknownCoding()
    if request.clientproto != b"HTTP/1.1":
        return
    if len(asked.getRawHeaders(b"host", ())) != 1:
        request.close_after()
        raise BadRequest("HTTP/1.1 has a request name its Host, once.")
    for expected in asked.getRawHeaders(b"expect", ()):
        if expected.lower() != b"100-continue":
            raise ExpectationFailed


def _check_path(request: ApiRequest) -> None:
    try:
        b"/".join(request.postpath or []).decode("utf-8")
    except UnicodeDecodeError:
        raise NotFound("There is no such route: its path is not UTF-8.") from None
