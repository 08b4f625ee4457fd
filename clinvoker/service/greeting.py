"""What `clinvk serve` says once the daemon answers: what was found, and a line to try."""

from __future__ import annotations

import os
from collections.abc import Sequence

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from clinvoker.model import BackendHealth

TRY = """\
curl {url}/openai/v1/chat/completions \\
  -H 'Content-Type: application/json' {key}\\
  -d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello!"}}]}}'"""


def greeting(addresses: Sequence[IAddress], backends: Sequence[BackendHealth], keys: bool) -> str:
    """The text, in lines.  `keys` says whether a key is needed."""
    found = [backend for backend in backends if backend.path]
    lines = [f"  {backend.name:8} {backend.path or 'not found'}" for backend in backends]
    if not found:
        return "\n".join(["clinvoker found no program to serve:", *lines, "See `clinvk doctor`."])
    key = '-H "Authorization: Bearer $KEY" ' if keys else ""
    places = [_place(address) for address in addresses]
    tries = [TRY.format(url=place, key=key, model=found[0].name) for place in places[:1]]
    return "\n".join(["", f"clinvoker listens at {', '.join(places)}", *lines, "", "Try:", "", *tries, ""])


def _place(address: IAddress) -> str:
    """How curl is told of an address."""
    if isinstance(address, UNIXAddress):
        return f"--unix-socket {os.fsdecode(address.name or b'')} http://localhost"
    if not isinstance(address, IPv4Address | IPv6Address):
        return str(address)
    host = "localhost" if address.host in ("0.0.0.0", "::") else address.host
    return f"http://[{host}]:{address.port}" if ":" in host else f"http://{host}:{address.port}"
