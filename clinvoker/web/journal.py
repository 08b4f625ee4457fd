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
        self._log.info(
            "{request_id} {principal} {method} {path!r} {status} {outcome}"
            " model={model!r} {seconds:.3f}s {sent}B",
            request_id=request.request_id,
            principal=request.principal,
            method=request.method.decode("ascii"),
            path=request.path.decode("ascii")[:_LONGEST],
            status=int(request.code) if request.startedWriting else 0,
            outcome=request.error_code or ("done" if reason is None else "left"),
            model=request.model[:_LONGEST],
            seconds=self._clock.seconds() - request.began,
            sent=request.sentLength,
        )
