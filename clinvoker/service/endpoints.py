"""The endpoints that the configuration describes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint

from clinvoker.config import Config, ConfigError
from clinvoker.config.listening import with_backlog

if TYPE_CHECKING:
    from clinvoker.service.certificates import Certificates

TLS = "tls:"
# Connections that may wait to be taken (the kernel has a bound too, net.core.somaxconn).  Of a burst
# the others try again after a second: all but 50, as Twisted would have it.
BACKLOG = 1024


class Endpoints:
    """Makes endpoints; all that speak TLS share `certificates`."""

    def __init__(self, reactor: Any, config: Config) -> None:
        self._reactor = reactor
        self._tls = config.server.tls

    @cached_property
    def certificates(self) -> Certificates:
        """Raises `ConfigError` where they cannot be used."""
        try:
            from clinvoker.service.certificates import Certificates
        except ImportError as error:
            missing = f"server.tls: {error}; TLS needs the extra `tls`: in the sources, pip install '.[tls]'"
            raise ConfigError([missing]) from None
        return Certificates(self._tls, self._reactor)

    def look(self) -> None:
        """Look now whether the certificates have changed, if there are any."""
        if "certificates" in self.__dict__:
            self.certificates.look()

    def understood(self, setting: str, listen: Sequence[str]) -> dict[str, IStreamServerEndpoint]:
        """By description; raises `ConfigError` if one is not understood."""
        endpoints: dict[str, IStreamServerEndpoint] = {}
        complaints: list[str] = []
        for description in listen:
            try:
                endpoints[description] = self._made(description)
            except ConfigError as error:
                complaints += error.complaints
            except (IndexError, KeyError):  # of `systemd:`, where the unit has no such socket
                complaints.append(f"{setting}: {description!r}: no such socket was handed over")
            except Exception as error:  # each parser of endpoints fails in its own way
                complaints.append(f"{setting}: {description!r} is not understood: {error}")
        if complaints:
            raise ConfigError(complaints)
        return endpoints

    def _made(self, description: str) -> IStreamServerEndpoint:
        """Twisted has no server called `tls`: ours is its `tcp` with the certificates of `server.tls`."""
        if not description.startswith(TLS):
            found: IStreamServerEndpoint = serverFromString(self._reactor, with_backlog(description, BACKLOG))
            return found
        tcp = "tcp:" + description.removeprefix(TLS)
        plain = serverFromString(self._reactor, with_backlog(tcp, BACKLOG))
        certificates = self.certificates
        from clinvoker.service.certificates import Encrypted

        return Encrypted(plain, certificates)
