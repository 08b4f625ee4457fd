"""The daemon's ports, as a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NoReturn

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.service.refusing import EXIT_BUSY, give_up


class Ports(Service):
    """
    Listens at endpoints, each known by its description.

    Where a port cannot be had, `unusable` is called with why, which ends the program while it starts: a
    daemon that nobody can reach is worse than none, since whoever started it believes that it runs.
    """

    _log = Logger()

    def __init__(
        self,
        endpoints: Mapping[str, IStreamServerEndpoint],
        factory: IProtocolFactory,
        unusable: Callable[[Iterable[str], int], NoReturn] = give_up,
    ) -> None:
        self.open: list[tuple[str, IListeningPort]] = []  # with what each was described by
        self._endpoints = endpoints
        self._factory = factory
        self._unusable = unusable

    def privilegedStartService(self) -> None:
        for description, endpoint in self._endpoints.items():
            failures: list[Failure] = []
            listening = endpoint.listen(self._factory)
            listening.addCallbacks(partial(self._opened, description), failures.append)
            for failure in failures:
                why = f"cannot listen at {description}: {failure.getErrorMessage()}"
                self._unusable([why], EXIT_BUSY)
        for _, port in self.open:
            self._log.info("listening at {address}", address=port.getHost())

    def stopService(self) -> Deferred[None]:
        super().stopService()
        ports, self.open = self.open, []
        closed = DeferredList([maybeDeferred(port.stopListening) for _, port in ports])
        return closed.addCallback(lambda _: None)

    def _opened(self, description: str, port: IListeningPort) -> None:
        self.open.append((description, port))
