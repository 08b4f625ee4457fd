"""
One line in the log for each request.  Never a prompt, a key or a query.
"""

from __future__ import annotations

from functools import partial

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.web.request import ApiRequest

_LONGEST = 200  # of what the client chose: its path, its model's name


class Journal:
    """
    Writes the line when the request is finished or its client has gone.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock

    def follow(self, request: ApiRequest) -> None:
        """Have this request written down at its end."""
        request.began = self._clock.seconds()
        request.notifyFinish().addBoth(partial(self._write, request))

    def _write(self, request: ApiRequest, reason: Failure | None) -> None:
        # Formatted here: Twisted's way to put a dozen fields into a line costs as much as the request.
        self._log.info(
            "{line}",
            line=(
                f"{request.request_id} {request.principal} {request.method.decode('ascii')}"
                f" {request.path.decode('ascii')[:_LONGEST]!r}"
                f" {int(request.code) if request.startedWriting else 0}"
                f" {request.error_code or ('done' if reason is None else 'left')}"
                f" model={request.model[:_LONGEST]!r}"
                f" {self._clock.seconds() - request.began:.3f}s {request.sentLength}B"
            ),
        )
