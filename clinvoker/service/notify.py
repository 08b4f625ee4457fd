"""Telling systemd how we are: sd_notify(3), for units of `Type=notify`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

Notify = Callable[[str], None]


def notifier(environ: Mapping[str, str]) -> Notify:
    """
    What sends lines such as "READY=1" to the socket that NOTIFY_SOCKET names; where there is
    none, or nobody listens there, it does nothing.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]

    def notify(text: str) -> None:
        if address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), address)

    return notify
