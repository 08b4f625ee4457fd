"""
Spans by OpenTelemetry: one for each request, below it one for each of its answers, with what it waited for.

They are made when a request has ended, of what is known then, so that nothing is done for them before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
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
from clinvoker.model import WHOLE, Facts
from clinvoker.web.journal import Entry

NANOSECONDS = 1_000_000_000
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
    it takes more than `bound` seconds.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        config: Tracing,
        exporter: SpanExporter,
        bound: float = STOP_SECS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._reactor = reactor
        self._bound = bound
        self._now = now
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(config.sample)),
            resource=Resource.create({"service.name": config.service_name, "service.version": __version__}),
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
        self._ids.trace, self._ids.span = _number(entry.trace, 32), _number(entry.span, 16)
        span = self._tracer.start_span(
            f"{entry.method} {entry.path}",
            context=_parent(entry),
            kind=SpanKind.SERVER,
            attributes=_of_request(entry),
            start_time=_nanoseconds(begin),
        )
        self._ids.trace = self._ids.span = 0
        if entry.status >= 500 or (entry.outcome not in (WHOLE, "left") and entry.status < 400):
            span.set_status(Status(StatusCode.ERROR, entry.outcome))
        below = trace.set_span_in_context(span)
        for ended, facts in runs:
            self._run(below, begin + ended - facts.total, facts)
        span.end(_nanoseconds(end))

    def _run(self, below: Context, begin: float, facts: Facts) -> None:
        attributes: dict[str, str | int] = {
            "gen_ai.system": facts.backend,
            "gen_ai.request.model": facts.model,
            "clinvoker.outcome": facts.outcome,
            "clinvoker.attempts": facts.attempts,
        }
        if facts.usage is not None:
            attributes |= {
                "gen_ai.usage.input_tokens": facts.usage.input,
                "gen_ai.usage.output_tokens": facts.usage.output,
            }
        span = self._tracer.start_span(
            "answer", context=below, attributes=attributes, start_time=_nanoseconds(begin)
        )
        if facts.outcome not in (WHOLE, "left"):
            span.set_status(Status(StatusCode.ERROR, facts.outcome))
        inside = trace.set_span_in_context(span)
        steps = (("admission", 0.0, facts.admitted), ("agent", facts.admitted, facts.first))
        for name, start, end in steps:
            if end:
                step = self._tracer.start_span(name, context=inside, start_time=_nanoseconds(begin + start))
                step.end(_nanoseconds(begin + end))
        if facts.first:
            span.add_event("first token", timestamp=_nanoseconds(begin + facts.first))
        span.end(_nanoseconds(begin + facts.total))


def _of_request(entry: Entry) -> dict[str, str | int]:
    return {
        "http.request.method": entry.method,
        "url.path": entry.path,
        "http.response.status_code": entry.status,
        "client.address": entry.client,
        "clinvoker.key": entry.key,
        "clinvoker.request_id": entry.request,
        "clinvoker.outcome": entry.outcome,
    }


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
