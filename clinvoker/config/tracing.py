"""Where traces are sent."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from clinvoker.config.section import Section


class Tracing(Section, frozen=True, kw_only=True):
    """
    Of each request, to an endpoint that speaks OTLP over HTTP.  What is not said here, OpenTelemetry's own
    variables in the environment say: if they do not either, nothing is sent.
    """

    endpoint: str = ""  # such as http://localhost:4318/v1/traces
    service_name: str = ""  # clinvoker
    sample: Annotated[float, Meta(ge=0, le=1)] | None = None  # of the traces that begin here: all
