"""
What holds programs on this machine: what the configuration wants, in words of the programs that do it.

Each of these replaces itself by the next, but for bwrap, which stays in front.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping, Sequence

from clinvoker.config import ConfigError
from clinvoker.config.confining import Confinement
from clinvoker.model import Launch
from clinvoker.runs.box import Box
from clinvoker.runs.confining import Confined, Free
from clinvoker.service.commands import TooMuch, located, output_of

# By program: what it is wanted for, and the package that has it.
_TOOLS = {
    "systemd-run": ("scope", "systemd"),
    "setpriv": ("user", "util-linux"),
    "bwrap": ("bubblewrap", "bubblewrap"),
    "prlimit": ("open_files and other bounds", "util-linux"),
}
_MEGABYTE = 1024 * 1024
_SECS = 10  # that a program which does nothing may take
# What one user's environment says that is not so for another.
_OWN = ("XDG_", "DBUS_SESSION_BUS_ADDRESS")
# What a program says, and what there is to do.
_DROP_IN = "etc/clinvoker.service.d/boxes.conf has it"
_HINTS = {
    "Can't mount proc": "Parts of /proc are covered here. A unit of systemd's needs ProtectKernelTunables=no,"
    f" ProtectKernelLogs=no and ProtectHostname=no ({_DROP_IN}); a container has to show all of /proc"
    " (docker: --security-opt systempaths=unconfined)",
    "new namespace": f"A unit of systemd's needs RestrictNamespaces=no ({_DROP_IN})",
    "overflowuid": "A unit of systemd's must set no ProcSubset=",
}
_NOTHING = Launch(key="", arguments=("true",))


def confined(wanted: Confinement, environ: Mapping[str, str], first: Sequence[str] = ()) -> Free:
    """
    What holds programs as it is wanted, tried with one that does nothing.  `environ` is the daemon's, and
    `first` goes before all else.

    Raises `ConfigError` where this machine does not do it: no program runs without what was asked for.
    """
    entry = _user(wanted.user) if wanted.user else None
    environ = as_user(environ, entry) if entry else environ
    tools = _Tools(environ)
    before, box = [], None
    if wanted.scope != "none":
        before += [tools.at("systemd-run"), *scope_words(wanted)]
    if entry:
        before += [tools.at("setpriv"), *user_words(entry)]
    if wanted.bubblewrap:
        root = os.geteuid() == 0 and not entry
        box = Box(tools.at("bwrap"), root, wanted.network, wanted.readable, wanted.writable, environ)
    limits = limit_words(wanted)
    within = [tools.at("prlimit"), *limits] if limits else []
    tools.check()
    if not (before or box or within):
        return Free(environ, first)
    owner = (entry.pw_uid, entry.pw_gid) if entry else None
    held = Confined(environ, before, box, within, owner, first)
    if trouble := _trouble(held):
        raise ConfigError([f"confinement: A program that is to run so cannot be started: {trouble}"])
    return held


def possible(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What could be wanted, and what this machine says to it: why not, or nothing."""
    trials = {
        "user": Confinement(user="nobody"),
        "bubblewrap": Confinement(bubblewrap=True),
        "scope: user": Confinement(scope="user"),
        "scope: system": Confinement(scope="system"),
        "bounds": Confinement(open_files=100),
    }
    for name, trial in trials.items():
        try:
            confined(trial, environ)
        except ConfigError as error:
            yield name, error.complaints[0].partition(": ")[2]
        else:
            yield name, ""


def as_user(environ: Mapping[str, str], entry: pwd.struct_passwd) -> dict[str, str]:
    """An environment, as that user has it: of PATH all that is not in the home of whose it was."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_OWN)}
    home = os.path.join(environ.get("HOME") or "/nowhere", "")
    path = [each for each in environ.get("PATH", "").split(os.pathsep) if not each.startswith(home)]
    who = {"USER": entry.pw_name, "LOGNAME": entry.pw_name}
    where = {"PATH": os.pathsep.join(path), "HOME": entry.pw_dir, "SHELL": entry.pw_shell}
    return {**kept, **who, **where}


def scope_words(wanted: Confinement) -> Iterator[str]:
    """What systemd-run is told: systemd.resource-control(5)."""
    yield from ("--scope", f"--{wanted.scope}", "--quiet", "--collect")
    properties = {
        "MemoryMax": f"{wanted.memory}M" if wanted.memory else "",
        "MemorySwapMax": "0" if wanted.memory else "",
        "CPUQuota": f"{wanted.cpu_percent}%" if wanted.cpu_percent else "",
        "TasksMax": str(wanted.processes or ""),
        "IPAddressDeny": "" if wanted.network else "any",
    }
    yield from (f"--property={name}={value}" for name, value in properties.items() if value)
    yield from (f"--property={each}" for each in wanted.properties)
    yield "--"


def user_words(entry: pwd.struct_passwd) -> Iterator[str]:
    """What setpriv is told: all is dropped that a program could become another user by."""
    yield from (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups", "--no-new-privs")
    yield from ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--")


def limit_words(wanted: Confinement) -> list[str]:
    """What prlimit is told; nothing where there are no bounds but a scope's."""
    scoped = wanted.scope != "none"
    limits = {
        # Not the address space, of which node takes many times what it uses.
        "data": 0 if scoped else wanted.memory * _MEGABYTE,
        "nproc": 0 if scoped else wanted.processes,
        "cpu": wanted.cpu_secs,
        "nofile": wanted.open_files,
        "fsize": wanted.file_size * _MEGABYTE,
    }
    return [f"--{name}={limit}:{limit}" for name, limit in limits.items() if limit]


class _Tools:
    """Where the programs are that it takes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._missing: list[str] = []

    def at(self, name: str) -> str:
        found = located(name, self._environ)
        if not found:
            setting, package = _TOOLS[name]
            self._missing.append(f"confinement: {setting}: There is no {name} here; it comes with {package}")
        return found or name

    def check(self) -> None:
        if self._missing:
            raise ConfigError(self._missing)


def user_of(name: str) -> pwd.struct_passwd:
    """Whom the setting names.  Raises `ConfigError` where nobody can be held as such."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ConfigError([f"confinement.user: There is no user {name!r} on this machine"]) from None
    if entry.pw_uid == 0:
        raise ConfigError(["confinement.user: root is held by nothing; name another user"])
    return entry


def _user(name: str) -> pwd.struct_passwd:
    entry = user_of(name)
    if os.geteuid() != 0:
        raise ConfigError(["confinement.user: Only a daemon that runs as root can start programs as others"])
    return entry


def _trouble(held: Confined) -> str:
    """Why a program that does nothing cannot be started; empty if it can."""
    program = located("true", {}) or "true"
    try:
        code, _, complained = output_of(
            [*held.around(program, _NOTHING), program], held.environ, _SECS, folder="/"
        )
    except (OSError, TooMuch) as error:
        return str(error)
    said = complained.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return _explained(said or f"exit status {code}") if code else ""


def _explained(said: str) -> str:
    hints = [hint for words, hint in _HINTS.items() if words in said]
    return ". ".join([said.rstrip("."), *hints])
