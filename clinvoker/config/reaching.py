"""Who can reach the daemon, and as whom: what `server` says about it must fit together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from clinvoker.config.listening import address, only_local
from clinvoker.config.values import Server

EXPOSED = (
    "{listen!r} can be reached from other machines, or may be, and there are no API keys: anyone could "
    "use your accounts. Set CLINVK_API_KEYS or server.api_keys_file, or listen on 127.0.0.1"
)


def complaints_about_reaching(server: Server, keys: Collection[str]) -> list[str]:
    """
    Sentences about the listeners and about who is known without a key.  `keys` are names of keys.

    A certificate or a peer stands for a key, so that neither makes a listener safe that has none.
    """
    return [
        *_exposed(server, keys),
        *_twice(server),
        *_tls(server),
        *_nobody("server.unix_peers", server.unix_peers, keys),
        *_nobody("server.tls.client_names", server.tls.client_names, keys),
    ]


def _exposed(server: Server, keys: Collection[str]) -> Iterator[str]:
    if keys or server.api_keys_gopass_path:
        return
    for setting, listeners in (("listen", server.listen), ("admin", server.admin)):
        for listen in listeners:
            if not only_local(listen):
                yield f"server.{setting}: {EXPOSED.format(listen=listen)}"


def _twice(server: Server) -> Iterator[str]:
    for listen in server.admin:
        if listen in server.listen:
            yield f"server.admin: {listen!r} is in server.listen too; a listener is for one of both"


def _tls(server: Server) -> Iterator[str]:
    tls = server.tls
    listeners = [listen for listen in (*server.listen, *server.admin) if address(listen)[0] == "tls"]
    if listeners and not tls.certificate:
        yield f"server.tls.certificate: {listeners[0]!r} needs the path of a certificate (PEM)"
    if not tls.client_ca and (tls.client_names or tls.client_certificate == "required"):
        yield "server.tls.client_ca: Without it no certificate of a client is looked at; name a file (PEM)"


def _nobody(setting: str, names: Mapping[str, str], keys: Collection[str]) -> Iterator[str]:
    for who, key in names.items():
        if key not in keys:
            yield f"{setting}.{who}: There is no API key of the name {key!r}"
