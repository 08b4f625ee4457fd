"""The parts of the daemon, joined: the one place that knows how all of them are made."""

from __future__ import annotations

import atexit
import os
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
from twisted.internet.threads import deferToThread

from clinvoker.config import Config, ConfigError
from clinvoker.config.listening import address
from clinvoker.interfaces import IBackend, ISpawner
from clinvoker.model import BackendHealth, Facts, Used
from clinvoker.runs.confining import Free
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.quotas import Quotas
from clinvoker.runs.service import Runs
from clinvoker.runs.spawning import Spawner
from clinvoker.service import collector
from clinvoker.service.backends import enabled, overrides
from clinvoker.service.changing import Current, Parts
from clinvoker.service.clocks import Wall, steady
from clinvoker.service.confining import confined
from clinvoker.service.counting import Counting, utc_day
from clinvoker.service.daemon import Daemon
from clinvoker.service.descriptors import lower_words, tell_shortage
from clinvoker.service.endpoints import Endpoints
from clinvoker.service.examination import Examiner, version_of
from clinvoker.service.greeting import greeting
from clinvoker.service.keys import Keys
from clinvoker.service.logging import Levels, usual
from clinvoker.service.metering import Metering
from clinvoker.service.notify import Notify, notifier
from clinvoker.service.optional import where_wanted
from clinvoker.service.peers import Peers, user_numbers
from clinvoker.service.pictures import fetching
from clinvoker.service.ports import Ports
from clinvoker.service.refusing import give_up
from clinvoker.service.reloading import Reload
from clinvoker.service.signals import Signals
from clinvoker.service.storing import Storing, first_sessions, keeping, make_store
from clinvoker.service.values import limits, names, permission, pool, web_settings
from clinvoker.service.watchdog import Watchdog, beat_secs
from clinvoker.service.watching import Watching
from clinvoker.stores import IStore
from clinvoker.tasks.service import Tasks
from clinvoker.tasks.sessions import Sessions
from clinvoker.web.desk import Desk
from clinvoker.web.site import ApiSite, make_sites


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
    open_files: int = 0,
    own_log: bool = False,
) -> Daemon:
    """
    Join the parts.  The only function that knows them all.  `load` gives the configuration as it then is,
    `open_files` is how many programs may have if that is fewer than this process may; with `own_log` text
    goes where the configuration says, too, and not where `twistd` has it.

    Raises `ConfigError`, also for an endpoint that Twisted does not understand.
    """
    steady(reactor)
    config, notify = load(), notifier(environ)
    whole = joined(reactor, config, backends, environ, notify, open_files=open_files)
    runs, levels = whole.parts.runs, Levels(config.log)
    # sys.stdout becomes the log once twistd has begun it.
    stream = sys.__stderr__ if config.log.to == "stderr" else sys.__stdout__
    if stream is not None and (own_log or not usual(config.log)):
        whole.daemon.observer = levels.observer(config.log, stream)

    def change(old: Config, new: Config) -> None:
        whole.parts.change(old, new)
        levels.change(new.log)

    reload = Reload(config, load, change, notify, monotonic, lambda: runs.draining)
    whole.parts.sites[0].settings.reload = reload  # which all of them share
    terminal = sys.stdin is not None and sys.stdin.isatty()
    Signals(reactor.stop, runs.interrupt_all, reload.on_signal, reactor, terminal).install(reactor)
    reactor.callWhenRunning(levels.install, config.log, stream)
    reactor.callWhenRunning(tell_shortage, config)
    reactor.callWhenRunning(collector.work)
    reactor.callWhenRunning(runs.warm_up)
    if greet and config.log.format == "text":  # else what reads the log reads records
        reactor.callWhenRunning(_greet, whole.ports, runs, config)
    return whole.daemon


def joined(
    reactor: Any,
    config: Config,
    backends: Mapping[str, IBackend],
    environ: Mapping[str, str],
    notify: Notify,
    unusable: Callable[[Iterable[str], int], NoReturn] = give_up,
    open_files: int = 0,
) -> Joined:
    """The parts, which leave alone what a whole process has: its signals, its log, its collector."""
    server, endpoints = config.server, Endpoints(reactor, config)
    public = endpoints.understood("server.listen", server.listen)
    admin = endpoints.understood("server.admin", server.admin)
    guardian, spawner = spawning(reactor, config, environ, open_files)
    wanted = enabled(backends, config, spawner.locate)
    current, wall = Current(limits(config), names(config), pool(config), keeping(config)), Wall()
    keys = Keys(config, reactor, lambda: runs.keep_apart())
    store = make_store(reactor, config, current.keeping, environ)
    quotas = Quotas(reactor, utc_day, keys.allowance, store.usage, wall.seconds)
    counting, watching = Counting(store, wall.seconds, config.prices), Watching()
    counting.add(quotas.count)
    runs = running(reactor, config, current, wanted, spawner, keys, counting, quotas, watching)
    tasks = Tasks(runs, reactor, server.strict_parameters, config.limits.answer_bytes)
    sessions = Sessions(tasks, store, wall.seconds, partial(token_hex, 16), current.keeping)
    sites = serving(reactor, config, wanted, wall, keys, runs, Desk(tasks, sessions, store))
    site, admin_site = sites
    watching.add(site.journal.run_over)
    daemon = Daemon(runs, notify, config.warnings, guardian.stop, server.drain_secs)
    storing(reactor, config, store, environ, unusable).setServiceParent(daemon)  # the first to start
    metering = partial(Metering, reactor, site, runs, sessions, watching, counting)
    for service in where_wanted(reactor, config, wanted, keys, environ, metering, site):
        service.setServiceParent(daemon)
    Watchdog(notify, beat_secs(environ, os.getpid()), reactor).setServiceParent(daemon)
    Ports(admin, admin_site, unusable).setServiceParent(daemon)
    (ports := Ports(public, site, unusable)).setServiceParent(daemon)
    parts = Parts(reactor, backends, current, spawner, keys, counting, runs, tasks, sites, endpoints)
    return Joined(daemon, ports, parts)


def serving(
    reactor: Any,
    config: Config,
    backends: Mapping[str, IBackend],
    wall: Wall,
    keys: Keys,
    runs: Runs,
    desk: Desk,
) -> tuple[ApiSite, ApiSite]:
    """What the listeners serve, and those of the owner."""
    peers = Peers(user_numbers(config.server.unix_peers), config.server.tls.client_names)
    settings = web_settings(config, backends, wall.seconds(), keys.locks, peer=peers.name)
    settings.now, settings.began = wall.seconds, reactor.seconds()
    return make_sites(runs, desk, settings, reactor, partial(token_hex, 12))


def storing(
    reactor: Any,
    config: Config,
    store: IStore,
    environ: Mapping[str, str],
    unusable: Callable[[Iterable[str], int], NoReturn],
) -> Storing:
    """What opens the store, and closes it when all else has stopped."""
    return Storing(store, reactor, partial(first_sessions, config, environ, "anonymous"), unusable)


def running(
    reactor: Any,
    config: Config,
    current: Current,
    backends: Mapping[str, IBackend],
    spawner: ISpawner,
    keys: Keys,
    count: Callable[[Used], None],
    quotas: Quotas,
    watch: Callable[[Facts], None],
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
        watch,
    )


async def examination(
    reactor: Any, config: Config, backends: Mapping[str, IBackend], environ: Mapping[str, str]
) -> AsyncIterator[BackendHealth]:
    """How each installed backend is, told one after the other; its programs are started for it."""
    guardian, spawner = spawning(reactor, config, environ)
    wanted = enabled(backends, config, spawner.locate)
    try:
        examiner = Examiner(
            spawner,
            reactor,
            config.limits.ready_secs,
            lambda path: deferToThread(version_of, environ, path),
        )
        async for health in examiner.examine(backends, wanted):
            yield health
    finally:
        guardian.stop()


def private_directory() -> str:
    """A new one, for what programs keep while they run.  Raises `ConfigError`."""
    try:
        return mkdtemp(prefix="clinvoker-")
    except OSError as error:
        why = f"No directory can be made for the programs' files: {error}. Make room there, or set TMPDIR."
        raise ConfigError([why]) from error


def spawning(
    reactor: Any, config: Config, environ: Mapping[str, str], open_files: int = 0
) -> tuple[Guardian, Spawner]:
    """
    What starts processes, in a new private directory that goes when the guardian does.  Raises `ConfigError`.
    """
    first = lower_words(open_files, environ)
    held = confined(config.confinement, environ, first)
    directory = private_directory()
    if config.confinement.user:
        os.chmod(directory, 0o711)  # on the way to directories of that user's
    # The guardian removes it, but there is none before the first process.
    atexit.register(rmtree, directory, ignore_errors=True)
    guardian = Guardian(directory)
    spawner = Spawner(
        reactor,
        reactor,
        directory,
        Free(environ, first),
        held,
        overrides(config),
        guardian,
        lambda: token_hex(16),
        lambda path: deferToThread(rmtree, path, ignore_errors=True),
    )
    return guardian, spawner


def _greet(ports: Ports, runs: Runs, config: Config) -> None:
    addresses = [(address(description)[0], port.getHost()) for description, port in ports.open]
    keys = bool(config.keys or config.server.api_keys_gopass_path)
    text = greeting(addresses, runs.health(), keys)
    print(text, file=sys.__stdout__, flush=True)  # sys.stdout has become the log
