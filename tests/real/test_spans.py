"""Spans as a collector gets them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.real.raw import JSON, PATH, fetch, question
from tests.real.rigs import Rig
from tests.real.test_web_pages import DemoTestCase

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class SpansTests(DemoTestCase):
    shared = False

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """A collector beside the daemon, whose address is known by now."""
        cls.got = []

        class Collector(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                cls.got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        cls.collector = HTTPServer(("127.0.0.1", 0), Collector)
        threading.Thread(target=cls.collector.serve_forever, daemon=True).start()
        cls.settings = {"tracing": {"endpoint": f"http://127.0.0.1:{cls.collector.server_port}/v1/traces"}}
        return super().configured(rig)

    got: list[bytes]
    collector: HTTPServer

    def test_collected(self) -> None:
        """A request and its answer arrive when the daemon stops, if not before; and nothing that was said."""
        self.addCleanup(self.collector.server_close)
        self.addCleanup(self.collector.shutdown)
        headers = {**JSON, "traceparent": f"00-{TRACE}-{SPAN}-01"}
        answer = fetch(self.daemon.port, "POST", PATH, headers, question("demo", "a canary"))
        self.assertEqual((200, TRACE), (answer.status, answer.headers["x-trace-id"]))
        self.daemon.signal()
        self.assertEqual(0, self.daemon.exit_code())
        spans = {}
        for body in self.got:
            sent = ExportTraceServiceRequest.FromString(body)
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    spans |= {span.name: span for span in scope.spans if span.trace_id.hex() == TRACE}
        self.assertLessEqual({f"POST {PATH}", "chat demo", "admission"}, {*spans})
        self.assertEqual(SPAN, spans[f"POST {PATH}"].parent_span_id.hex())
        self.assertEqual(answer.headers["x-span-id"], spans[f"POST {PATH}"].span_id.hex())
        self.assertNotIn(b"canary", b"".join(self.got))
