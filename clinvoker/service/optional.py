"""The services that not every daemon has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twisted.application.service import IService

from clinvoker.config import Config, ConfigError
from clinvoker.interfaces import IBackend
from clinvoker.service.gopass import Gopass
from clinvoker.service.keys import Keys
from clinvoker.web.site import ApiSite


def where_wanted(
    reactor: Any,
    config: Config,
    backends: Mapping[str, IBackend],
    keys: Keys,
    environ: Mapping[str, str],
    metering: Callable[[], IService],
    site: ApiSite,
) -> Iterator[IService]:
    """Those that this one has."""
    path = config.server.api_keys_gopass_path
    if path:
        yield Gopass(reactor, path, keys, environ)
    if config.server.metrics_enabled:
        yield metering()
    named = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if config.tracing.endpoint or named:
        owners = {name: backend.owner for name, backend in backends.items()}
        yield tracing(reactor, config, owners, site)


def tracing(reactor: Any, config: Config, owners: Mapping[str, str], site: ApiSite) -> IService:
    """What sends spans; raises `ConfigError` where it cannot."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from clinvoker.service.spans import Spans
    except ImportError:
        raise ConfigError(
            ["tracing.endpoint: Needs the extra `otel`: in the sources, pip install '.[otel]'"]
        ) from None
    # The variables are the library's to read.
    exporter = OTLPSpanExporter(endpoint=config.tracing.endpoint or None)
    spans = Spans(reactor, config.tracing, exporter, site.paths.of, owners)
    site.journal.add(spans.told)
    return spans
