"""What `clinvk serve` says once the daemon answers: what was found, and a line to try."""

from __future__ import annotations

import os
from collections.abc import Sequence
from shlex import quote

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from clinvoker.model import BackendHealth

TRY = """\
curl {url}/openai/v1/chat/completions \\
  -H 'Content-Type: application/json' {key}\\
  -d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello!"}}]}}'"""


def greeting(addresses: Sequence[tuple[str, IAddress]], backends: Sequence[BackendHealth], keys: bool) -> str:
    """The text, in lines, of addresses with what listens there.  `keys` says whether a key is needed."""
    found = [backend for backend in backends if backend.path]
    lines = [f"  {backend.name:8} {backend.path or 'not found'}" for backend in backends]
    if not found:
        return "\n".join(["clinvoker found no program to serve:", *lines, "See `clinvk doctor`."])
    key = '-H "Authorization: Bearer $KEY" ' if keys else ""
    places = [_place(*each) for each in addresses]
    tries = [TRY.format(url=url, key=key, model=found[0].name) for _, url in places[:1]]
    listens = f"clinvoker listens at {', '.join(name for name, _ in places)}"
    return "\n".join(["", listens, *lines, "", "Try:", "", *tries, ""])


def _place(kind: str, address: IAddress) -> tuple[str, str]:
    """How an address is called, and how curl is told of it."""
    if isinstance(address, UNIXAddress):
        path = os.fsdecode(address.name or b"")
        return f"unix:{path}", f"--unix-socket {quote(path)} http://localhost"
    if not isinstance(address, IPv4Address | IPv6Address):
        return (str(address),) * 2
    host = "localhost" if address.host in ("0.0.0.0", "::") else address.host
    scheme = "https" if kind in ("tls", "ssl") else "http"
    url = f"{scheme}://[{host}]:{address.port}" if ":" in host else f"{scheme}://{host}:{address.port}"
    return url, url
