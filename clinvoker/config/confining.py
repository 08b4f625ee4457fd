"""What programs are held to by the operating system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from clinvoker.config.numbers import CountOrNone
from clinvoker.config.patterns import Path, Property, UserName
from clinvoker.config.section import Section


class Confinement(Section, frozen=True, kw_only=True):
    """
    Of every program whose backend is `confined`.  0 is no bound; sizes are megabytes.

    Bounds are of a process and all that it starts where it has a scope of systemd's, else of each process
    by itself.
    """

    user: UserName = ""  # as whom; empty: as the daemon
    bubblewrap: bool = False  # with a file system and processes of its own
    network: bool = True
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    scope: Literal["none", "user", "system"] = "none"  # in a scope of that systemd's
    properties: tuple[Property, ...] = ()  # more of that scope's
    memory: CountOrNone = 0
    cpu_percent: CountOrNone = 0  # of one processor
    cpu_secs: CountOrNone = 0
    processes: CountOrNone = 0  # and threads
    open_files: CountOrNone = 0
    file_size: CountOrNone = 0


def complaints_about_confinement(wanted: Confinement) -> Iterator[str]:
    """Sentences about what does not fit together."""
    boxed, scoped = wanted.bubblewrap, wanted.scope != "none"
    if (wanted.readable or wanted.writable) and not boxed:
        yield "confinement.readable, writable: All is as it is without confinement.bubblewrap: true"
    if not (wanted.network or boxed or scoped):
        yield "confinement.network: Can be kept from programs with confinement.bubblewrap or a scope"
    if (wanted.properties or wanted.cpu_percent) and not scoped:
        yield "confinement.properties, cpu_percent: Need confinement.scope: user or system"
    if wanted.scope == "user" and wanted.user:
        yield "confinement.scope: The daemon's own systemd has no other users' programs; set it to system"
    if wanted.processes and not (scoped or boxed or wanted.user):
        yield (
            "confinement.processes: Would count all that the daemon's user runs; "
            "set confinement.scope, bubblewrap or user"
        )
