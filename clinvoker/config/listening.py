"""Where the daemon listens, and who can reach it there."""

from __future__ import annotations

import ipaddress
import re

# Twisted's endpoint descriptions: fields separated by ':', where '\' takes a character's meaning away.
FIELD = re.compile(r"(?:\\.|[^:\\])*")
# Of Twisted's own, those that take a backlog.
_WAITED_AT = ("tcp", "tcp6", "unix", "ssl")


def description(host: str, port: int) -> str:
    """The Twisted endpoint description of a TCP port; an empty host means every interface."""
    return f"tcp:{port}:interface={quoted(host)}" if host else f"tcp:{port}"


def only_local(listen: str) -> bool:
    """
    Whether nobody but programs of this machine can reach a listener.

    True only where the description itself proves it; a socket that systemd hands over may be any.
    """
    kind, *fields = (re.sub(r"\\(.)", r"\1", field) for field in _fields(listen))
    if kind == "unix":
        return True
    if kind not in ("tcp", "ssl", "tls"):
        return False
    interfaces = [field.removeprefix("interface=") for field in fields if field.startswith("interface=")]
    return bool(interfaces) and all(is_loopback(interface) for interface in interfaces)


def address(listen: str) -> tuple[str, str, str]:
    """The kind of a listener, its interface (empty: all) or path, and its port as it is written."""
    kind, *fields = (re.sub(r"\\(.)", r"\1", field) for field in _fields(listen))
    said = dict(field.split("=", 1) for field in fields if "=" in field)
    plain = [field for field in fields if "=" not in field]
    if kind == "unix":
        return kind, said.get("address") or "".join(plain[:1]), ""
    return kind, said.get("interface", ""), said.get("port") or "".join(plain[:1])


def with_backlog(listen: str, backlog: int) -> str:
    """
    The same listener, where so many connections may wait to be taken, unless it says how many itself.  What
    says more than its port or path without names is left as it is: the number may be there.
    """
    kind, *fields = _fields(listen)
    said = any("=" not in field for field in fields[1:]) or any(
        field.startswith("backlog=") for field in fields
    )
    return listen if said or kind not in _WAITED_AT else f"{listen}:backlog={backlog}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fields(text: str) -> list[str]:
    fields = [FIELD.match(text)]
    while (last := fields[-1]) and last.end() < len(text):
        fields.append(FIELD.match(text, last.end() + 1))
    return [field.group() for field in fields if field]


def quoted(text: str) -> str:
    """A text as a field of a description."""
    return text.replace("\\", "\\\\").replace(":", "\\:")
