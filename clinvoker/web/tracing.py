"""
By which trace a request is known: W3C Trace Context (level 2, section 3.2), and the headers of the earlier
program, `X-Trace-ID`, `X-Span-ID` and `X-Parent-Span-ID`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
from twisted.web.http_headers import Headers

from clinvoker.web.status import Header

# Of later versions all that is known is that more may follow.
_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@attrs.frozen
class Trace:
    """
    A trace, this request's span in it, and the span it was asked for in, if that was told; and whether
    whoever asked keeps the trace.
    """

    trace: str
    span: str
    parent: str = ""
    sampled: bool = True

    def headers(self) -> Iterator[Header]:
        """What the answer tells of it."""
        yield b"x-trace-id", self.trace.encode("ascii")
        yield b"x-span-id", self.span.encode("ascii")
        if self.parent:
            yield b"x-parent-span-id", self.parent.encode("ascii")


NO_TRACE = Trace("", "")


def trace_of(headers: Headers, made: str) -> Trace:
    """
    The trace that a request says it is part of, else one of its own.  What is not sane is passed over.
    `made` is 24 hexadecimal digits of chance.
    """
    span = made[:16]
    parents = headers.getRawHeaders(b"traceparent") or ()
    if len(parents) == 1 and (found := _parent(parents[0])) is not None:
        return Trace(found[0], span, found[1], found[2])
    trace = _sane(headers, b"x-trace-id") or made.ljust(32, "0")
    return Trace(trace, span, _sane(headers, b"x-span-id"))


def _parent(value: bytes) -> tuple[str, str, bool] | None:
    """Trace, span and the flag `sampled`, if this is a traceparent."""
    found = _TRACEPARENT.fullmatch(value.strip())
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == b"ff" or (version == b"00" and more) or not (int(trace, 16) and int(span, 16)):
        return None
    return trace.decode("ascii"), span.decode("ascii"), bool(int(flags, 16) & 1)


def _sane(headers: Headers, name: bytes) -> str:
    sent = headers.getRawHeaders(name) or ()
    return sent[0].decode("ascii") if len(sent) == 1 and _SANE.fullmatch(sent[0]) else ""
