"""
What never became a request: refused on the connection itself, and written down as requests are.

Twisted answers what is malformed by itself, without a body, and tells nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.web.http_headers import Headers

from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.web.journal import Journal
from clinvoker.web.status import phrase_of, status_of
from clinvoker.web.tracing import trace_of


@attrs.define(eq=False)
class Refusals:
    """Ends connections with an answer; `new_id` names it, as any other."""

    _journal: Journal
    _new_id: Callable[[], str]

    def refuse(self, channel: Any, client: str, error: ClinvokerError, secs: float = 0.0) -> None:
        """Answer, and end the connection; one that is ended already is left alone."""
        transport = channel.transport
        if transport.disconnecting:
            return
        made, status, body = self._new_id(), status_of(error), error_body(error)
        trace = trace_of(Headers(), made)
        headers = (
            (b"content-type", b"application/json"),
            (b"connection", b"close"),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", made.encode("ascii")),
            *trace.headers(),
        )
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        transport.write(b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, phrase_of(status), lines, body))
        channel.loseConnection()
        self._journal.refused(made, trace, client, status, error.code, secs, len(body))
