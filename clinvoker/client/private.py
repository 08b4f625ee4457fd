"""The daemon's service inside a command, where no daemon answers."""

from __future__ import annotations

import os
from shutil import rmtree
from tempfile import gettempdir, mkdtemp
from types import TracebackType
from typing import Any

from twisted.application.service import IService
from twisted.internet.defer import maybeDeferred

from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.client.interrupts import before_end
from clinvoker.client.places import Place, at_socket
from clinvoker.client.start import started as collect

# Bytes of a directory's path: that of a socket in it must stay below 108, on other systems 104.
LONGEST = 70


class Private:
    """
    As an asynchronous context: the place of a service that only this user can reach, and that ends with
    the context.  If it is `shared`, others are let in by the command.
    """

    def __init__(self, reactor: Any, named_config: str, key: str, shared: bool = False) -> None:
        self._reactor = reactor
        self._named_config = named_config
        self._key = key
        self._shared = shared
        self._directory = ""
        self._service: IService | None = None

    async def __aenter__(self) -> Place:
        from clinvoker.service.private import private_service, socket_in, started

        self._directory = new_directory()
        before_end(self._remove)
        try:
            service = private_service(
                self._reactor, self._named_config, os.environ, socket_in(self._directory), self._shared
            )
            started(service)
        except BaseException:
            self._remove()
            raise
        self._service = service
        collect()
        return at_socket(socket_in(self._directory), self._key, within=True)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._service is not None
        try:
            await maybeDeferred(self._service.stopService)
        finally:
            self._remove()

    def _remove(self) -> None:
        rmtree(self._directory, ignore_errors=True)


def new_directory() -> str:
    """For this user alone (0700).  Raises `CommandFailed`."""
    try:
        return mkdtemp(prefix="clinvk-", dir=short_place())
    except OSError as error:
        said = f"No temporary directory can be made: {error.strerror}. Make room there, or set TMPDIR."
        raise CommandFailed(said, CONFIG) from None


def short_place() -> str:
    """The directory for temporary files, or /tmp where its path is too long for a socket's."""
    usual = gettempdir()
    return usual if len(os.fsencode(usual)) <= LONGEST else "/tmp"
