"""By which names the daemon is called, and from which pages: what could never be met is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address

from clinvoker.config.listening import is_loopback

# Both as patterns: of fnmatch for hosts, with `*` for origins.
_HOST = re.compile(r"[a-z0-9._*?!\[\]-]+")
_ORIGIN = re.compile(r"([a-z*][a-z0-9+.*-]*)://([a-z0-9._*-]+|\[[0-9a-f:.]+\])(:\d+|:\*)?")
_URL = re.compile(
    r"(?:([a-z*][a-z0-9+.*-]*)://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(:[0-9*]*)?(?:[/?#].*)?", re.DOTALL
)
_USUAL = {"http": ":80", "https": ":443"}


def complaints_about_hosts(hosts: Iterable[str]) -> Iterator[str]:
    """Sentences about those that no `Host` can be, of which the name alone is looked at."""
    for host in hosts:
        if not _is_host(host.lower()):
            meant = _host_in(host.lower())
            said = f"; write {meant!r}" if _is_host(meant) else ""
            yield f"server.allowed_hosts: {host!r} is not the name of a host alone{said}"


def complaints_about_origins(origins: Iterable[str]) -> Iterator[str]:
    """Sentences about those that no `Origin` can be, as browsers write it."""
    for origin in origins:
        if not _is_origin(origin.lower()):
            meant = _origin_in(origin.lower())
            said = f"; write {meant!r}" if _is_origin(meant) else ", such as https://app.example.com"
            yield f"server.cors_allowed_origins: {origin!r} is not as browsers write an origin{said}"


def _is_host(host: str) -> bool:
    return _is_address(host) or (
        bool(_HOST.fullmatch(host)) and not host.endswith(".") and not _is_address(host[1:-1])
    )


def _is_address(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_origin(origin: str) -> bool:
    found = _ORIGIN.fullmatch(origin)
    usual = found is not None and found[3] is not None and found[3] == _USUAL.get(found[1])
    return origin in ("*", "null") or (found is not None and not usual)


def _host_in(text: str) -> str:
    """The name in a URL or what looks like a part of one; empty where there is none."""
    found = _URL.fullmatch(text.strip())
    return _ascii(found[2].strip("[]").removesuffix(".")) if found else ""


def _origin_in(text: str) -> str:
    found = _URL.fullmatch(text.strip())
    if found is None:
        return ""
    host, port = found[2], found[3] or ""
    scheme = found[1] or ("http" if is_loopback(host.strip("[]")) else "https")
    return f"{scheme}://{_ascii(host)}{port if port not in (':', _USUAL.get(scheme)) else ''}"


def _ascii(name: str) -> str:
    """As browsers send it."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
