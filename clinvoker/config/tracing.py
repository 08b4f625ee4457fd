"""Where traces are sent."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from clinvoker.config.section import Section


class Tracing(Section, frozen=True, kw_only=True):
    """Of each request, to an endpoint that speaks OTLP over HTTP; none where it is empty."""

    endpoint: str = ""  # such as http://localhost:4318/v1/traces
    service_name: str = "clinvoker"
    sample: Annotated[float, Meta(ge=0, le=1)] = 1.0  # of the traces that begin here
