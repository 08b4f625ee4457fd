"""By which trace a request is known."""

from __future__ import annotations

from hypothesis import given, strategies
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.web.tracing import Trace, trace_of
from tests.web.wire import House

MADE = "0123456789abcdef01234567"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OWN = Trace(MADE + "00000000", MADE[:16])


def trace(**headers: str) -> Trace:
    found = Headers()
    for name, value in headers.items():
        found.addRawHeader(name.replace("_", "-").encode(), value.encode())
    return trace_of(found, MADE)


class TraceTests(SynchronousTestCase):
    def test_own(self) -> None:
        """A request that says nothing has a trace of its own."""
        self.assertEqual(OWN, trace())

    def test_traceparent(self) -> None:
        """F107: W3C Trace Context, of later versions too."""
        expected = Trace(TRACE, MADE[:16], SPAN)
        for sent in (f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-03 ", f"cc-{TRACE}-{SPAN}-01-what"):
            self.assertEqual(expected, trace(traceparent=sent), sent)
        self.assertFalse(trace(traceparent=f"00-{TRACE}-{SPAN}-00").sampled)

    def test_bad(self) -> None:
        """F107: what is none is passed over: section 3.2.2 of the specification."""
        for sent in (
            "bad",
            "",
            f"ff-{TRACE}-{SPAN}-01",
            f"00-{'0' * 32}-{SPAN}-01",
            f"00-{TRACE}-{'0' * 16}-01",
            f"00-{TRACE.upper()}-{SPAN}-01",
            f"00-{TRACE}-{SPAN}-01-more",
            f"00-{TRACE}-{SPAN}",
            f"00-{TRACE}-{SPAN}-1",
        ):
            self.assertEqual(OWN, trace(traceparent=sent), sent)

    def test_twice(self) -> None:
        """Two of them are none."""
        headers = Headers({b"traceparent": [f"00-{TRACE}-{SPAN}-01".encode()] * 2})
        self.assertEqual(OWN, trace_of(headers, MADE))

    def test_earlier(self) -> None:
        """F107: the earlier program's headers; the span that is sent is the parent."""
        self.assertEqual(
            Trace("my-trace", MADE[:16], "my-span"), trace(x_trace_id="my-trace", x_span_id="my-span")
        )
        for sent in ("x" * 65, "a b", "a\tb", "\xe9", ""):
            self.assertEqual(OWN.trace, trace(x_trace_id=sent).trace)

    @given(strategies.binary(max_size=80))
    def test_anything(self, sent: bytes) -> None:
        """Whatever is sent, there is a trace, and it is sane."""
        found = trace_of(Headers({b"traceparent": [sent], b"x-trace-id": [sent]}), MADE)
        self.assertRegex(found.trace, r"\A[A-Za-z0-9._-]{1,64}\Z")


class AnswerTests(SynchronousTestCase):
    def test_told(self) -> None:
        """F107: every answer says which it is, errors too."""
        wire = House().wire()
        for path in ("/health", "/nothing"):
            headers = wire.get(path, {"traceparent": f"00-{TRACE}-{SPAN}-01"}).headers
            self.assertEqual((TRACE, SPAN), (headers["x-trace-id"], headers["x-parent-span-id"]))
            self.assertTrue(headers["x-span-id"])
