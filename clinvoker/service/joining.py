"""The parts of the daemon, joined: the one place that knows how all of them are made."""

from __future__ import annotations

import atexit
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from random import random
from secrets import token_hex
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from typing import Any, NoReturn

import attrs
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutput

from clinvoker.config import Config, ConfigError
from clinvoker.interfaces import IBackend, ISpawner
from clinvoker.model import BackendHealth, Used
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.quotas import Quotas
from clinvoker.runs.service import Runs
from clinvoker.runs.spawning import Spawner
from clinvoker.service import collector
from clinvoker.service.backends import enabled, overrides
from clinvoker.service.changing import Current, Parts
from clinvoker.service.counting import Counting, utc_day
from clinvoker.service.daemon import Daemon
from clinvoker.service.examination import Examiner
from clinvoker.service.greeting import greeting
from clinvoker.service.keys import Keys
from clinvoker.service.logging import Threshold
from clinvoker.service.notify import Notify, notifier
from clinvoker.service.pictures import fetching
from clinvoker.service.ports import Ports
from clinvoker.service.refusing import refuse
from clinvoker.service.reloading import Reload
from clinvoker.service.signals import Signals
from clinvoker.service.storing import Storing, first_sessions, keeping, make_store
from clinvoker.service.values import limits, names, permission, pool, web_settings
from clinvoker.tasks.service import Tasks
from clinvoker.tasks.sessions import Sessions
from clinvoker.web.desk import Desk
from clinvoker.web.site import make_site


@attrs.frozen
class Joined:
    """A daemon, and those of its parts that others need."""

    daemon: Daemon
    ports: Ports
    parts: Parts


def join(
    reactor: Any,
    load: Callable[[], Config],
    backends: Mapping[str, IBackend],
    environ: Mapping[str, str],
    greet: bool = False,
) -> Daemon:
    """
    Join the parts.  The only function that knows them all.  `load` gives the configuration as it then is.

    Raises `ConfigError`, also for an endpoint that Twisted does not understand.
    """
    config, notify = load(), notifier(environ)
    whole = joined(reactor, config, backends, environ, notify)
    runs, threshold = whole.parts.runs, Threshold(config.log.level)

    def change(old: Config, new: Config) -> None:
        whole.parts.change(old, new)
        threshold.change(new.log.level)

    reload = Reload(config, load, change, notify, monotonic, lambda: runs.draining)
    whole.parts.site.settings.reload = reload
    terminal = sys.stdin is not None and sys.stdin.isatty()
    Signals(reactor.stop, runs.interrupt_all, reload.on_signal, reactor, terminal).install(reactor)
    reactor.callWhenRunning(threshold.install)
    reactor.callWhenRunning(collector.work)
    reactor.callWhenRunning(runs.warm_up)
    if greet:
        reactor.callWhenRunning(_greet, whole.ports, runs, config)
    return whole.daemon


def joined(
    reactor: Any,
    config: Config,
    backends: Mapping[str, IBackend],
    environ: Mapping[str, str],
    notify: Notify,
    unusable: Callable[[Iterable[str]], NoReturn] = refuse,
) -> Joined:
    """The parts, which leave alone what a whole process has: its signals, its log, its collector."""
    endpoints = understood(reactor, config)
    guardian, spawner = spawning(reactor, config, environ)
    wanted = enabled(backends, config, spawner.locate)
    current = Current(limits(config), names(config), pool(config), keeping(config))
    keys = Keys(config, reactor, lambda: runs.keep_apart())
    store = make_store(reactor, config, current.keeping, environ)
    quotas = Quotas(reactor, utc_day, keys.allowance, store.usage)
    counting = Counting(store, reactor.seconds, quotas.count, config.prices)
    runs = running(reactor, config, current, wanted, spawner, keys, counting, quotas)
    tasks = Tasks(runs, reactor, config.server.strict_parameters, config.limits.answer_bytes)
    sessions = Sessions(tasks, store, reactor, lambda: token_hex(16), current.keeping)
    settings = web_settings(config, wanted, reactor.seconds(), keys.locks)
    site = make_site(runs, Desk(tasks, sessions, store), settings, reactor, lambda: token_hex(12))

    daemon = Daemon(runs, notify, config.warnings, guardian.stop)
    # The first to start and the last to stop.
    first = partial(first_sessions, config, environ, "anonymous")
    Storing(store, reactor, first, unusable).setServiceParent(daemon)
    ports = Ports(endpoints, site)
    ports.setServiceParent(daemon)
    return Joined(
        daemon, ports, Parts(reactor, backends, current, spawner, keys, counting, runs, tasks, site)
    )


def running(
    reactor: Any,
    config: Config,
    current: Current,
    backends: Mapping[str, IBackend],
    spawner: ISpawner,
    keys: Keys,
    count: Callable[[Used], None],
    quotas: Quotas,
) -> Runs:
    """What carries out every run."""
    return Runs(
        backends,
        spawner,
        current.limits,
        current.names,
        reactor,
        lambda: f"call_{token_hex(12)}",
        permission(config, keys.rights),
        fetching(reactor, config),
        current.pool,
        random,
        count,
        quotas,
    )


async def examination(
    reactor: Any, config: Config, backends: Mapping[str, IBackend], environ: Mapping[str, str]
) -> AsyncIterator[BackendHealth]:
    """How each installed backend is, told one after the other; its programs are started for it."""

    async def ask_version(path: str) -> str:
        asked = getProcessOutput(path, ["--version"], environ, errortoo=True, reactor=reactor)
        said: bytes = await asked.addErrback(lambda _: b"").addTimeout(10, reactor, lambda _, secs: b"")
        return said.decode("utf-8", "replace").strip().partition("\n")[0][:100]

    guardian, spawner = spawning(reactor, config, environ)
    wanted = enabled(backends, config, spawner.locate)
    try:
        examiner = Examiner(spawner, reactor, config.limits.ready_secs, ask_version)
        async for health in examiner.examine(backends, wanted):
            yield health
    finally:
        guardian.stop()


def understood(reactor: Any, config: Config) -> dict[str, IStreamServerEndpoint]:
    """The endpoints of the configuration, by description; raises `ConfigError` if one is not understood."""
    endpoints: dict[str, IStreamServerEndpoint] = {}
    complaints = []
    for description in config.server.listen:
        try:
            endpoints[description] = serverFromString(reactor, description)
        except (IndexError, KeyError):  # of `systemd:`, where the unit has no such socket
            complaints.append(f"server.listen: {description!r}: no such socket was handed over")
        except Exception as error:  # each parser of endpoints fails in its own way
            complaints.append(f"server.listen: {description!r} is not understood: {error}")
    if complaints:
        raise ConfigError(complaints)
    return endpoints


def spawning(reactor: Any, config: Config, environ: Mapping[str, str]) -> tuple[Guardian, Spawner]:
    """What starts processes, in a new private directory that goes when the guardian does."""
    directory = mkdtemp(prefix="clinvoker-")
    # The guardian removes it, but there is none before the first process.
    atexit.register(rmtree, directory, ignore_errors=True)
    guardian = Guardian(directory)
    spawner = Spawner(
        reactor,
        reactor,
        directory,
        environ,
        overrides(config),
        guardian,
        lambda: token_hex(16),
        lambda path: deferToThread(rmtree, path, ignore_errors=True),
    )
    return guardian, spawner


def _greet(ports: Ports, runs: Runs, config: Config) -> None:
    text = greeting([port.getHost() for port in ports.open], runs.health(), bool(config.keys))
    print(text, file=sys.__stdout__, flush=True)  # sys.stdout has become the log
