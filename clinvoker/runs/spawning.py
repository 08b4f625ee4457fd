"""
Starting processes: the only place where one is made.

What an agent sees of the machine is decided here: a private directory that is removed after it,
an environment by allow-list, its own session and process group, the guardian's watch.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from tempfile import mkdtemp

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorFDSet, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.errors import BackendMissing, BackendUnusable, RunError
from clinvoker.interfaces import IAgent, IBackend, ISpawner
from clinvoker.model import Launch
from clinvoker.runs import memory
from clinvoker.runs.child import Child
from clinvoker.runs.confining import Free
from clinvoker.runs.furnishing import furnish
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.locating import Locations, stamp
from clinvoker.runs.priority import give_way, go_on
from clinvoker.settings import Override

# What any program may see of the daemon's environment, besides what its backend names.
COMMON = (
    *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TERM", "TZ", "XDG_*"),
    *("DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"),
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ),
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
# What a machine can be short of for a while.
_SHORT = (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT)
_NEVER = "CLINVK_*"  # the daemon's own secrets, whatever a pattern says


@implementer(ISpawner)
class Spawner:
    """
    Starts real processes below `directory`, which must exist and be private to this daemon.

    `free` has the daemon's environment, and `confined` holds what is to be held by the operating system;
    `overrides` says by backend what the configuration wants; `token` gives a new unguessable word at each
    call; `remove` removes a directory, elsewhere than on the reactor's thread.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: IReactorFDSet,
        clock: IReactorTime,
        directory: str,
        free: Free,
        confined: Free,
        overrides: Mapping[str, Override],
        guardian: Guardian,
        token: Callable[[], str],
        remove: Callable[[str], object],
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._directory = directory
        self._free = free
        self._confined = confined
        self._overrides = overrides
        self._guardian = guardian
        self._token = token
        self._remove = remove
        self._groups: dict[IAgent, int] = {}  # of the living
        self._locations = Locations(clock, self._search)
        self._passed: dict[str, dict[str, str]] = {}  # by backend, of the daemon's environment

    def locate(self, backend: IBackend) -> str:
        return self._locations.of(self._program(backend))

    def edition(self, backend: IBackend) -> object:
        return stamp(self._locations.of(self._program(backend)))

    def change(self, overrides: Mapping[str, Override]) -> None:
        """The configuration wants this from now on."""
        self._overrides = overrides
        self._passed.clear()

    def further(self, backend: IBackend, launch: Launch) -> Sequence[str]:
        override = self._override(backend)
        return (*override.arguments, *(override.at_work if launch.workdir else ()))

    def spawn(self, backend: IBackend, launch: Launch, ahead: bool = False) -> IAgent:
        try:
            directory = mkdtemp(prefix=f"{backend.name}-", dir=self._directory)
        except OSError as error:
            agent = backend.agent(launch, self._clock)
            agent.processEnded(Failure(_not_now(backend, error)))
            return agent
        placed = launch.placed(directory)
        placed = replace(placed, environment=self.environment(backend, placed))
        agent = backend.agent(placed, self._clock)
        try:
            held = self._held(backend)
            furnish(directory, placed, held.environ)
            held.give(directory)
            self._start(agent, backend, placed)
        except (OSError, ValueError) as error:  # the latter for words that no program can be given
            self._remove(directory)
            agent.processEnded(Failure(self._missing(backend, error)))
        else:
            agent.when_gone().addCallback(lambda _: self._remove(directory))
            if ahead:
                give_way(self._groups[agent])
                agent.when_ready().addBoth(lambda _: self.hurry(agent))
        return agent

    def hurry(self, agent: IAgent) -> None:
        if agent in self._groups:
            go_on(self._groups[agent])

    def resident(self, agent: IAgent) -> int:
        return memory.resident(self._groups[agent]) if agent in self._groups else 0

    def available(self) -> int:
        return memory.available()

    def _start(self, agent: IAgent, backend: IBackend, launch: Launch) -> None:
        path = self._locations.anew(self._program(backend))
        if not path:
            raise FileNotFoundError("no such program on PATH")
        token = self._token()
        around = self._held(backend).around(path, launch)
        arguments = (*around, path, *launch.arguments[1:], *self.further(backend, launch))
        environment = {**launch.environment, Guardian.variable: token}
        folder = launch.workdir or f"{launch.directory}/work"
        child = Child(self._reactor, agent, arguments, environment, folder)
        pid = child.pid
        assert pid is not None  # just started
        self._guardian.add(pid, token)
        self._groups[agent] = pid
        agent.when_gone().addCallback(lambda _: self._gone(agent))
        self._log.info("{backend} started as process {pid}", backend=backend.name, pid=pid)

    def _gone(self, agent: IAgent) -> None:
        self._guardian.remove(self._groups.pop(agent))

    def environment(self, backend: IBackend, launch: Launch) -> dict[str, str]:
        """What a process of this launch sees: what is let through, then the launch's, then the configured."""
        if backend.name not in self._passed:
            self._passed[backend.name] = self._let_through(backend)
        passed, configured = self._passed[backend.name], self._override(backend).environment
        return _with_loopback({**passed, **launch.environment, **configured})

    def _let_through(self, backend: IBackend) -> dict[str, str]:
        allowed = (*COMMON, *backend.environment, *self._override(backend).pass_environment)
        return {
            name: value
            for name, value in self._held(backend).environ.items()
            if not fnmatchcase(name, _NEVER) and any(fnmatchcase(name, pattern) for pattern in allowed)
        }

    def _held(self, backend: IBackend) -> Free:
        return self._confined if self._override(backend).confined else self._free

    def _search(self, program: str) -> str:
        return (
            shutil.which(os.path.expanduser(program), path=self._free.environ.get("PATH", os.defpath)) or ""
        )

    def _program(self, backend: IBackend) -> str:
        return self._override(backend).program or backend.program

    def _override(self, backend: IBackend) -> Override:
        return self._overrides.get(backend.name, _NOTHING)

    def _missing(self, backend: IBackend, error: OSError | ValueError) -> RunError:
        if isinstance(error, OSError) and error.errno in _SHORT:
            return _not_now(backend, error)
        program = self._program(backend)
        return BackendMissing(
            f"The program {program!r} of the backend {backend.name!r} cannot be started: {_why(error)}. "
            f"Install it, or set backends.{backend.name}.program.",
            backend.name,
        )


_NOTHING = Override()


def _not_now(backend: IBackend, error: OSError) -> BackendUnusable:
    said = f"No process of {backend.name} can be started: {_why(error)}"
    return BackendUnusable(f"{said}. See to the daemon's machine and its temporary files.", backend.name)


def _why(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _with_loopback(environment: dict[str, str]) -> dict[str, str]:
    """Where a proxy is set, what an agent asks of this machine must not go through it."""
    if any(environment.get(name) for name in _PROXIES):
        spared = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
        spared = ",".join(filter(None, (spared, "127.0.0.1")))
        environment |= {"NO_PROXY": spared, "no_proxy": spared}
    return environment
