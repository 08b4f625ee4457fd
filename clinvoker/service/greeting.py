"""What `clinvk serve` says once the daemon answers: what was found, and a line to try."""

from __future__ import annotations

from collections.abc import Sequence

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
    model = found[0].name
    key = '-H "Authorization: Bearer $KEY" ' if keys else ""
    urls = [url for url in map(_url, addresses) if url]
    tries = [TRY.format(url=url, key=key, model=model) for url in urls[:1]]
    return "\n".join(["", f"clinvoker listens at {', '.join(urls)}", *lines, "", "Try:", "", *tries, ""])


def _url(address: IAddress) -> str:
    """Empty for what is no TCP address."""
    host, port = getattr(address, "host", None), getattr(address, "port", None)
    if host is None or port is None:
        return ""
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
