"""Who is at the other end of a connection, where the kernel or a certificate says so."""

from __future__ import annotations

import pwd
import socket
import struct
from collections.abc import Callable, Mapping

from twisted.internet.unix import Server

from clinvoker.config import ConfigError

_UCRED = struct.Struct("3i")  # pid, uid, gid: unix(7)
# What the kernel calls every user that has no number in our user namespace.
OVERFLOW_UID = 65534


class Peers:
    """
    Names of keys that peers stand for: `users` by the number of a user at a UNIX socket, `certificates` by
    a name in a certificate that was verified.
    """

    def __init__(self, users: Mapping[int, str], certificates: Mapping[str, str]) -> None:
        self._users = users
        self._certificates = certificates

    def name(self, transport: object) -> str:
        """Of the peer of a transport; empty if it stands for nothing."""
        if self._users and isinstance(transport, Server):
            return self._users.get(peer_uid(transport.socket), "")
        if self._certificates and (shown := getattr(transport, "getPeerCertificate", None)):
            from clinvoker.service.certificates import names_in

            found = shown()
            names = names_in(found.to_cryptography()) if found else ()
            return next((self._certificates[name] for name in names if name in self._certificates), "")
        return ""


def origin(transport: object) -> str:
    """What stands for whoever is at the other end of a UNIX socket: `unix:1000`; empty elsewhere."""
    if not isinstance(transport, Server):
        return ""
    uid = peer_uid(transport.socket)
    return f"unix:{uid}" if uid >= 0 else ""


def peer_uid(connection: socket.socket) -> int:
    """The user who connected; -1 if the connection has gone."""
    try:
        found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    except OSError:
        return -1
    uid: int = _UCRED.unpack(found)[1]
    return uid


def user_numbers(
    peers: Mapping[str, str], number: Callable[[str], int] = lambda name: pwd.getpwnam(name).pw_uid
) -> dict[int, str]:
    """The same by number; raises `ConfigError` for users whom this machine does not know."""
    found: dict[int, str] = {}
    complaints = []
    for who, key in peers.items():
        try:
            uid = int(who) if who.isdecimal() else number(who)
        except KeyError:
            complaints.append(f"server.unix_peers.{who}: There is no such user on this machine")
            continue
        if uid == OVERFLOW_UID:
            complaints.append(f"server.unix_peers.{who}: Stands for users of every other namespace as well")
        elif found.setdefault(uid, key) != key:
            complaints.append(f"server.unix_peers.{who}: User {uid} is there twice")
    if complaints:
        raise ConfigError(complaints)
    return found
