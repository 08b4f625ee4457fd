"""
Spans by OpenTelemetry: one for each request, below it one for each of its answers, with what it waited for.

Names and attributes are those of its semantic conventions (HTTP spans, generative client AI spans) where
these have some.  Spans are made when a request has ended, of what is known then, so that nothing is done
for them before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from twisted.application.service import Service
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from clinvoker import __version__
from clinvoker.config.tracing import Tracing
from clinvoker.model import LEFT, WHOLE, Facts
from clinvoker.web.journal import Entry
from clinvoker.web.paths import OTHER

NANOSECONDS = 1_000_000_000
# That the conventions know: clients can send what they like.
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
# What is still to be sent when the daemon stops may take so long.
STOP_SECS = 3.0
_HEXADECIMAL = re.compile("[0-9a-fA-F]+")


class _Ids(IdGenerator):
    """Ids by chance, but for the span that a request has told already, and its trace."""

    def __init__(self) -> None:
        self.trace = self.span = 0
        self._chance = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        found, self.trace = self.trace, 0
        return found or self._chance.generate_trace_id()

    def generate_span_id(self) -> int:
        found, self.span = self.span, 0
        return found or self._chance.generate_span_id()


class _Aside(ThreadPool):
    """Nobody waits for its threads when the program ends."""

    threadFactory = partial(ThreadPool.threadFactory, daemon=True)  # type: ignore[assignment]


class Spans(Service):
    """
    Has spans sent, by a thread of the library's.  When the daemon stops, what is still to be sent is, unless
    it takes more than `bound` seconds.  `route_of` tells of each path which route's it is; `owners`, of each
    backend who makes its models.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        config: Tracing,
        exporter: SpanExporter,
        route_of: Callable[[str], str],
        owners: Mapping[str, str],
        bound: float = STOP_SECS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._reactor = reactor
        self._route_of = route_of
        self._owners = owners
        self._bound = bound
        self._now = now
        self._ids = _Ids()
        self._provider = TracerProvider(
            # None: as the environment has it.
            sampler=None if config.sample is None else ParentBased(TraceIdRatioBased(config.sample)),
            resource=_resource(config),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("clinvoker", __version__)

    def stopService(self) -> Deferred[Any]:
        super().stopService()
        # The library waits for half a minute, and the reactor for all threads of its own.
        aside = _Aside(0, 1)
        aside.start()
        shut = deferToThreadPool(self._reactor, aside, self._provider.shutdown)
        return shut.addTimeout(self._bound, self._reactor).addErrback(self._given_up)

    def _given_up(self, reason: Failure) -> None:
        reason.trap(TimeoutError)
        self._log.warn("the last spans were not sent in {bound} seconds", bound=self._bound)

    def flush(self) -> None:
        """Send what is there, now.  Blocks."""
        self._provider.force_flush()

    def told(self, entry: Entry, runs: Sequence[tuple[float, Facts]]) -> None:
        """A request has ended; of each run it is told how many seconds after the request's begin it had."""
        end = self._now()
        begin = end - entry.secs
        found = self._route_of(entry.path)
        route = "" if found == OTHER else found
        self._ids.trace, self._ids.span = _number(entry.trace, 32), _number(entry.span, 16)
        span = self._tracer.start_span(
            f"{_method(entry)} {route}" if route else _method(entry),
            context=_parent(entry),
            kind=SpanKind.SERVER,
            attributes=_of_request(entry, route),
            start_time=_nanoseconds(begin),
        )
        self._ids.trace = self._ids.span = 0
        if entry.status >= 500 or (entry.outcome not in (WHOLE, LEFT) and entry.status < 400):
            span.set_status(Status(StatusCode.ERROR, entry.outcome))
            span.set_attribute("error.type", entry.outcome)
        below = trace.set_span_in_context(span)
        for ended, facts in runs:
            self._run(below, begin + ended - facts.total, facts)
        span.end(_nanoseconds(end))

    def _run(self, below: Context, begin: float, facts: Facts) -> None:
        span = self._tracer.start_span(
            f"chat {facts.model}" if facts.backend and facts.model else "chat",
            context=below,
            kind=SpanKind.CLIENT,
            attributes=_of_run(facts, self._owners.get(facts.backend, facts.backend)),
            start_time=_nanoseconds(begin),
        )
        if facts.outcome not in (WHOLE, LEFT):
            span.set_status(Status(StatusCode.ERROR, facts.outcome))
            span.set_attribute("error.type", facts.outcome)
        inside = trace.set_span_in_context(span)
        steps = (("admission", 0.0, facts.admitted), ("agent", facts.admitted, facts.first))
        for name, start, end in steps:
            if end:
                step = self._tracer.start_span(name, context=inside, start_time=_nanoseconds(begin + start))
                step.end(_nanoseconds(begin + end))
        if facts.first:
            span.add_event("first token", timestamp=_nanoseconds(begin + facts.first))
        span.end(_nanoseconds(begin + facts.total))


def _resource(config: Tracing) -> Resource:
    """Who sends the spans, as the configuration says, or else the environment."""
    own = Resource({"service.name": "clinvoker", "service.version": __version__})
    said = Resource({"service.name": config.service_name} if config.service_name else {})
    # `create` adds which library it is, and a name of its own where there is none.
    return Resource.create(own.merge(OTELResourceDetector().detect()).merge(said).attributes)


def _method(entry: Entry) -> str:
    return entry.method if entry.method in _METHODS else "HTTP"


def _of_request(entry: Entry, route: str) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "http.request.method": entry.method,
        "url.path": entry.path,
        "client.address": entry.client,
        "clinvoker.key": entry.key,
        "clinvoker.request_id": entry.request,
        "clinvoker.outcome": entry.outcome,
    }
    if entry.method not in _METHODS:
        told |= {"http.request.method": "_OTHER", "http.request.method_original": entry.method}
    if route:
        told["http.route"] = route
    if entry.status:
        told["http.response.status_code"] = entry.status
    return told


def _of_run(facts: Facts, owner: str) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": facts.model,
        "clinvoker.outcome": facts.outcome,
        "clinvoker.attempts": facts.attempts,
    }
    if facts.backend:
        told |= {"gen_ai.provider.name": owner, "clinvoker.backend": facts.backend}
    if facts.usage is not None:
        told |= {
            "gen_ai.usage.input_tokens": facts.usage.input,
            "gen_ai.usage.cache_read.input_tokens": facts.usage.cached,
            "gen_ai.usage.output_tokens": facts.usage.output,
            "gen_ai.usage.reasoning.output_tokens": facts.usage.reasoning,
        }
    if facts.first:
        told["gen_ai.response.time_to_first_chunk"] = facts.first
    return told


def _parent(entry: Entry) -> Context:
    """What the client said that this is part of, if that was by W3C's rules."""
    found, parent = _number(entry.trace, 32), _number(entry.parent, 16)
    if not (found and parent):
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if entry.sampled else TraceFlags.DEFAULT)
    context = SpanContext(found, parent, is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(context), Context())


def _number(text: str, digits: int) -> int:
    """Of a hexadecimal id; 0 for one that is none."""
    # Not all that `int` takes: a sign would make one that cannot be sent, and all beside it is lost.
    return int(text, 16) if len(text) == digits and _HEXADECIMAL.fullmatch(text) else 0


def _nanoseconds(seconds: float) -> int:
    return int(seconds * NANOSECONDS)
