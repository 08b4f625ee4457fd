"""
Routes whose path has no variable part, found by a look into a table.

Klein matches patterns, and prepares each request for whatever a route may give back; ours give bytes or
have written already.  That is a third of what a small request costs.  All routes are Klein's still: the
table is made of its own, and what is not in it, Klein answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from klein import Klein
from twisted.internet.defer import CancelledError, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from werkzeug.routing import Map

from clinvoker.web.request import ApiRequest

# What answers a request that failed; gives the body.
Failed = Callable[[ApiRequest, Failure], bytes]


def exact_routes(routes: Map) -> Mapping[tuple[bytes, bytes], str]:
    """The endpoints of all routes without a variable part that name their methods, by method and path."""
    found: dict[tuple[bytes, bytes], str] = {}
    for rule in routes.iter_rules():
        for method in rule.methods or ():
            if not rule.arguments:
                found.setdefault((method.encode("ascii"), rule.rule.encode("utf-8")), rule.endpoint)
    return found


class ExactRoutes(Resource):
    """
    Stands before Klein's resource.  `failed` is the router's handler of all errors.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, router: Klein, failed: Failed) -> None:
        super().__init__()
        self._router = router
        self._failed = failed
        self._patterns = router.resource()
        self._routes = exact_routes(router.url_map)

    def render(self, request: ApiRequest) -> object:
        endpoint = self._routes.get((request.method, request.path))
        if endpoint is None:
            return self._patterns.render(request)
        answer = maybeDeferred(self._router.execute_endpoint, endpoint, request)
        request.notifyFinish().addErrback(lambda _: answer.cancel())
        answer.addErrback(partial(self._tell, request))
        answer.addCallback(partial(_write, request))
        answer.addErrback(partial(self._give_up, request))
        return NOT_DONE_YET

    def _tell(self, request: ApiRequest, reason: Failure) -> bytes:
        if request.channel is not None:
            return self._failed(request, reason)
        if not reason.check(CancelledError):
            self._log.failure("a request failed whose client had gone", reason)
        return b""

    def _give_up(self, request: ApiRequest, reason: Failure) -> None:
        """Whoever waits for an answer that cannot be written must not wait for ever."""
        self._log.failure("an answer could not be written", reason)
        if request.channel is None or request.finished:
            return
        if request.startedWriting:
            request.loseConnection()
        else:
            request.responseHeaders.removeHeader(b"content-length")
            request.setResponseCode(HTTPStatus.INTERNAL_SERVER_ERROR)
            request.finish()


def _write(request: ApiRequest, body: object) -> None:
    """End the answer; `body` is what is left to be written, if anything is."""
    if request.channel is None:  # the client has gone
        return
    if isinstance(body, bytes) and body:
        request.write(body)
    request.finish()
