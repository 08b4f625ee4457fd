"""
The composition root: the only room that knows all rooms, and the only one below which nothing
takes the reactor, the clock, the environment or randomness for itself.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from clinvoker.config import ConfigError
from clinvoker.service.backends import installed
from clinvoker.service.descriptors import raise_limit
from clinvoker.service.joining import join
from clinvoker.service.refusing import EXIT_CONFIG, refuse
from clinvoker.sources import loading

__all__ = ["EXIT_CONFIG", "Options", "makeService"]


class Options(usage.Options):
    """Of `twistd clinvoker`."""

    synopsis = "[options]"
    longdesc = "AI command-line programs as an OpenAI-compatible HTTP API."
    optParameters = [
        ["config", "c", "", "The configuration file; default: the first that exists of "
         "$CLINVK_CONFIG, ~/.clinvk/config.yaml, /etc/clinvoker/clinvoker.yaml."],
        ["host", None, None, "The address to listen at; default: 127.0.0.1."],
        ["port", "p", None, "The TCP port to listen at; default: 8080."],
    ]  # fmt: skip
    optFlags = [["greet", None, "Print what was found and a line to try, once it listens."]]
    compData = usage.Completions(optActions={"config": usage.CompleteFiles()})

    def __init__(self) -> None:
        super().__init__()
        self["listen"] = []

    def opt_listen(self, description: str) -> None:
        """A Twisted endpoint to listen at, in place of host and port; may be repeated."""
        self["listen"].append(description)

    opt_l = opt_listen

    def flags(self) -> dict[str, object]:
        """Those keys of `server` that were given."""
        return {name: self[name] for name in ("host", "port", "listen") if self[name]}


def makeService(options: Options) -> IService:
    """
    Make the daemon that `twistd` runs.  Where the configuration cannot be used, everything that is
    wrong goes to stderr and the process exits with 3, nothing having been started.
    """
    from twisted.internet import reactor

    try:
        keep_descriptors()
        dump_no_core()
        backends = installed()
        load = loading(options["config"], os.environ, options.flags(), backends)
        logs = logs_here(options.parent)
        return join(reactor, load, backends, os.environ, options["greet"], raise_limit(), logs)
    except ConfigError as error:
        refuse(error.complaints)


def logs_here(twistd: Mapping[str, Any] | None) -> bool:
    """Whether `twistd`, by its options, would log to stdout."""
    return twistd is not None and twistd["nodaemon"] and not twistd["logfile"] and not twistd["syslog"]


def keep_descriptors() -> None:
    """
    What was handed to this process when it started, such as the sockets of systemd, is not for
    the programs it starts: they would hold a port that the daemon has closed.
    """
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with suppress(OSError):  # the listing's own
                os.set_inheritable(int(name), False)


def dump_no_core() -> None:
    """Keys and prompts are in memory: neither this process nor one that it starts leaves that on the disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
