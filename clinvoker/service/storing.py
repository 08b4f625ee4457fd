"""The store of the daemon: where it is, when it is swept, and its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from secrets import token_hex
from typing import Any, NoReturn

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from clinvoker.config import Config, ConfigError
from clinvoker.errors import StoreFailed
from clinvoker.records import Session
from clinvoker.service.clocks import Wall
from clinvoker.service.counting import utc_day
from clinvoker.service.earlier import earlier_sessions
from clinvoker.service.refusing import EXIT_CONFIG, give_up
from clinvoker.settings import Keeping
from clinvoker.sources import home
from clinvoker.storage.opening import open_store
from clinvoker.storage.shelf import StoreUnusable
from clinvoker.stores import IStore

_MEGABYTE = 1024 * 1024

# Seconds between two looks at what is too old, and at daemons beside this one that were killed.
SWEEP_SECS = 300.0


def make_store(reactor: Any, config: Config, kept: Keeping, environ: Mapping[str, str]) -> IStore:
    """
    The store that is configured.  Touches nothing before it is opened: this may be called before twistd
    forks.  Raises `ConfigError`.
    """
    try:
        store: IStore = open_store(
            address(config, environ),
            kept,
            owner=token_hex(16),
            way_back=reactor.callFromThread,
            now=Wall().seconds,
            day=utc_day,
        )
    except StoreUnusable as error:
        raise ConfigError([str(error)]) from error
    return store


def address(config: Config, environ: Mapping[str, str]) -> str:
    """Where the store is: `memory:`, or `sqlite:` and an absolute path."""
    store = config.session.store.removeprefix("sqlite:")
    if store == "memory:":
        return store
    return "sqlite:" + os.path.abspath(os.path.expanduser(store or home(environ) / "state.db"))


def first_sessions(config: Config, environ: Mapping[str, str], principal: str) -> list[Session]:
    """
    What the earlier program left, for a store that is about to be made.  None where there are keys: it
    had all sessions in common, and one key must not see what came of another.
    """
    place = address(config, environ)
    if config.keys or place == "memory:" or os.path.exists(place.removeprefix("sqlite:")):
        return []
    return list(earlier_sessions(home(environ), principal, keeping(config).prompts_of(resumable=True)))


def keeping(config: Config) -> Keeping:
    """What is kept, and how long, as the rooms take it."""
    session = config.session
    return Keeping(
        days=session.retention_days,
        sessions=session.max_sessions,
        responses=session.max_responses,
        conversations=session.max_conversations,
        bytes=session.max_size * _MEGABYTE,
        usage_days=session.usage_days,
        prompts=session.store_prompts,
        token_usage=session.store_token_usage,
        tags=session.default_tags,
    )


class Storing(Service):
    """
    Opens the store when the daemon starts, sweeps it now and then, and closes it at the end.  Where it
    cannot be used, `startService` calls `unusable` with the reason, which ends the process unless told
    otherwise.  `first` is asked before the store is opened for what is to be in it.
    """

    _log = Logger()

    def __init__(
        self,
        store: IStore,
        clock: IReactorTime,
        first: Callable[[], Iterable[Session]] = tuple,
        unusable: Callable[[Iterable[str], int], NoReturn] = give_up,
    ) -> None:
        self._store = store
        self._unusable = unusable
        self._first = first
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = clock
        self._swept: Deferred[None] | None = None

    def startService(self) -> None:
        super().startService()
        first = self._first()
        try:
            self._store.open()
        except StoreUnusable as error:
            self._unusable([str(error)], EXIT_CONFIG)
        for session in first:
            self._store.put_session(session)
        self._sweeping.start(SWEEP_SECS)

    def stopService(self) -> Deferred[None]:
        super().stopService()
        if self._sweeping.running:
            self._sweeping.stop()
        return Deferred.fromCoroutine(self._close())

    def _sweep(self) -> Deferred[None]:
        self._swept = Deferred.fromCoroutine(self._sweep_once())
        return self._swept

    async def _sweep_once(self) -> None:
        try:
            gone = await self._store.sweep()
        except StoreFailed as error:  # the next time will do; the daemon answers without it
            self._log.error("what is too old stays: {error}", error=error)
        except Exception:
            self._log.failure("what is too old could not be removed")
        else:
            if gone:
                self._log.info("{gone} old things were removed from the store", gone=gone)

    async def _close(self) -> None:
        if self._swept is not None and not self._swept.called:
            await self._swept
        await self._store.close()
