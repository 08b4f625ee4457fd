"""What is told of requests as spans."""

from __future__ import annotations

import os
from threading import Event
from typing import Any, cast
from unittest.mock import patch

from msgspec.structs import replace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from clinvoker import __version__
from clinvoker.config.tracing import Tracing
from clinvoker.model import Facts, Usage
from clinvoker.service.spans import Spans
from clinvoker.web.paths import Paths
from tests.service.test_logging import ENTRY

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "b7ad6b7169203331"
ROUTES = Paths(["/openai/v1/chat/completions", "/api/v1/sessions/<name>"])
OWNERS = {"claude": "anthropic"}
OWN = replace(ENTRY, trace=TRACE, span=SPAN)
FACTS = Facts(
    request_id="r1",
    principal="ada",
    backend="claude",
    model="opus",
    outcome="done",
    usage=Usage(input=3, output=2),
    admitted=0.25,
    first=0.5,
    total=1.0,
    attempts=1,
)


class SpansTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.exporter = InMemorySpanExporter()

    def told(self, entry: object, *runs: Facts, sample: float | None = None) -> dict[str, ReadableSpan]:
        """The spans of a request that ended at 1000; its runs ended 1.25 seconds after its begin."""
        spans = Spans(None, Tracing(sample=sample), self.exporter, ROUTES.of, OWNERS, now=lambda: 1000.0)
        spans.told(entry, [(1.25, facts) for facts in runs])  # type: ignore[arg-type]
        spans.flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}

    def lasts(self, span: ReadableSpan) -> tuple[float, float]:
        return (span.start_time or 0) / 1e9, (span.end_time or 0) / 1e9

    def test_request(self) -> None:
        """A request is a span with the ids that were told; what it was is said, and no more."""
        spans = self.told(OWN)
        [span] = spans.values()
        self.assertEqual("POST /openai/v1/chat/completions", span.name)
        self.assertEqual((int(TRACE, 16), int(SPAN, 16)), (span.context.trace_id, span.context.span_id))
        self.assertIsNone(span.parent)
        self.assertEqual((998.5, 1000.0), self.lasts(span))
        attributes = dict(span.attributes or {})
        self.assertEqual((200, "ada"), (attributes["http.response.status_code"], attributes["clinvoker.key"]))
        self.assertEqual("/openai/v1/chat/completions", attributes["http.route"])

    def test_few_names(self) -> None:
        """Whatever clients ask for, spans have as many names as there are routes and methods."""
        for method, path, name, route in (
            ("GET", "/api/v1/sessions/7", "GET /api/v1/sessions/:id", "/api/v1/sessions/:id"),
            ("GET", "/nothing/there", "GET", None),
            ("BREW", "/nothing/there", "HTTP", None),
        ):
            self.exporter.clear()
            [span] = self.told(replace(OWN, method=method, path=path)).values()
            attributes = dict(span.attributes or {})
            told = span.name, attributes.get("http.route"), attributes["url.path"]
            self.assertEqual((name, route, path), told)
        self.assertEqual("_OTHER", attributes["http.request.method"])
        self.assertEqual("BREW", attributes["http.request.method_original"])

    def test_answer(self) -> None:
        """Below it its answers, and below these what they waited for, when it was."""
        spans = self.told(OWN, FACTS)
        answer, agent = spans["chat opus"], spans["agent"]
        assert answer.parent
        assert agent.parent
        self.assertEqual(int(SPAN, 16), answer.parent.span_id)
        self.assertEqual(answer.context.span_id, agent.parent.span_id)
        self.assertEqual((998.75, 999.75), self.lasts(answer))
        self.assertEqual((998.75, 999.0), self.lasts(spans["admission"]))
        self.assertEqual((999.0, 999.25), self.lasts(agent))
        self.assertEqual(["first token"], [event.name for event in answer.events])
        attributes = dict(answer.attributes or {})
        self.assertEqual(3, attributes["gen_ai.usage.input_tokens"])
        self.assertEqual(
            ("anthropic", "opus"), (attributes["gen_ai.provider.name"], attributes["gen_ai.request.model"])
        )
        self.assertNotIn("error.type", attributes)

    def test_nobody(self) -> None:
        """What nobody answered to has no provider and no backend, not empty ones."""
        facts = replace(
            FACTS, backend="", model="none-such", outcome="model_not_found", usage=None, first=0.0
        )
        attributes = dict(self.told(OWN, facts)["chat"].attributes or {})
        self.assertNotIn("", attributes.values())
        self.assertNotIn("gen_ai.provider.name", attributes)
        self.assertNotIn("clinvoker.backend", attributes)

    def test_part(self) -> None:
        """With a traceparent it is part of the client's trace, and its answers are."""
        spans = self.told(replace(OWN, parent=PARENT), FACTS, sample=0.0)
        request = spans["POST /openai/v1/chat/completions"]
        assert request.parent
        self.assertEqual((int(TRACE, 16), int(PARENT, 16)), (request.parent.trace_id, request.parent.span_id))
        self.assertEqual({int(TRACE, 16)}, {span.context.trace_id for span in spans.values()})

    def test_other_ids(self) -> None:
        """Ids of the earlier program's kind are none for this one: it has its own."""
        [span] = self.told(replace(OWN, trace="my-trace", parent="my-span")).values()
        self.assertNotEqual(0, span.context.trace_id)
        self.assertIsNone(span.parent)

    def test_odd_ids(self) -> None:
        """What Python takes for a number and nobody else does is no id."""
        for odd in ("-" + "f" * 31, "_".join("f" * 16) + "f", "0x" + "f" * 30, " " * 31 + "f"):
            self.exporter.clear()
            [span] = self.told(replace(OWN, trace=odd, parent=odd[:16])).values()
            self.assertTrue(0 < span.context.trace_id < 1 << 128, odd)
            self.assertIsNone(span.parent)

    def test_not_sampled(self) -> None:
        """A trace that the client does not keep is not kept here."""
        self.assertEqual({}, self.told(replace(OWN, parent=PARENT, sampled=False), FACTS))

    def test_failed(self) -> None:
        """What failed is marked so; a client's own mistake and its leaving are no failures of ours."""
        for entry, expected in (
            (replace(OWN, status=503, outcome="overloaded"), False),
            (replace(OWN, outcome="answer_cut"), False),
            (replace(OWN, status=400, outcome="invalid_request"), True),
            (replace(OWN, status=0, outcome="left"), True),
        ):
            self.exporter.clear()
            [span] = self.told(entry).values()
            self.assertEqual(expected, span.status.is_ok or span.status.is_unset, entry)
            attributes = dict(span.attributes or {})
            self.assertEqual(None if expected else entry.outcome, attributes.get("error.type"))
            self.assertEqual(entry.status or None, attributes.get("http.response.status_code"))

    def environment(self, **variables: str) -> None:
        """The library reads it by itself."""
        patched = patch.dict(os.environ, variables)
        patched.start()
        self.addCleanup(patched.stop)

    def resource(self, config: Tracing) -> dict[str, object]:
        """What is told of who sends the spans."""
        spans = Spans(None, config, self.exporter, ROUTES.of, OWNERS)
        self.exporter.clear()
        spans.told(OWN, [])
        spans.flush()
        [span] = self.exporter.get_finished_spans()
        return dict(span.resource.attributes)

    def test_resource(self) -> None:
        """Nobody says how the service is called: it is clinvoker, in its version."""
        told = self.resource(Tracing())
        self.assertEqual(("clinvoker", __version__), (told["service.name"], told["service.version"]))

    def test_resource_of_environment(self) -> None:
        """The standard variables say it where the configuration is silent."""
        self.environment(OTEL_SERVICE_NAME="edge", OTEL_RESOURCE_ATTRIBUTES="service.version=7,team=blue")
        told = self.resource(Tracing())
        self.assertEqual(("edge", "7", "blue"), (told["service.name"], told["service.version"], told["team"]))
        self.assertEqual("mine", self.resource(Tracing(service_name="mine"))["service.name"])

    def test_sampler_of_environment(self) -> None:
        """`OTEL_TRACES_SAMPLER` holds where the configuration does not say how many are kept."""
        self.environment(OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        self.assertEqual({}, self.told(OWN, sample=None))
        self.assertNotEqual({}, self.told(OWN, sample=1.0))

    def test_sampled(self) -> None:
        """Of traces that begin here a part is sent."""
        self.assertEqual({}, self.told(OWN, FACTS, sample=0.0))


class Stuck(SpanExporter):
    """Whose collector never answers."""

    def __init__(self) -> None:
        self.given_up = Event()

    def export(self, spans: object) -> SpanExportResult:
        self.given_up.wait()
        return SpanExportResult.FAILURE


class StopTests(TestCase):
    timeout = 20

    def test_sent(self) -> Deferred[Any]:
        """What is still to be sent is sent before the daemon has stopped."""
        exporter = InMemorySpanExporter()
        spans = Spans(reactor, Tracing(), exporter, ROUTES.of, OWNERS)
        spans.told(OWN, [])

        def stopped(_: object) -> None:
            self.assertEqual(1, len(exporter.get_finished_spans()))

        return spans.stopService().addCallback(stopped)

    def test_stuck(self) -> Deferred[Any]:
        """A collector that never answers is given up, and that is logged."""
        exporter = Stuck()
        spans = Spans(reactor, Tracing(), exporter, ROUTES.of, OWNERS, bound=0.1)
        spans.told(OWN, [])
        self.addCleanup(exporter.given_up.set)
        heard: list[LogEvent] = []
        observer = cast("ILogObserver", heard.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

        def stopped(_: object) -> None:
            self.assertIn("spans were not sent in 0.1 seconds", "".join(map(formatEvent, heard)))

        return spans.stopService().addCallback(stopped)
