"""
What never became a request: refused on the connection itself, and written down as requests are.

Twisted answers what is malformed by itself, without a body, and tells nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from twisted.web.http_headers import Headers

from clinvoker.errors import ClinvokerError
from clinvoker.web.doors import ANYWHERE, door_of
from clinvoker.web.journal import Journal
from clinvoker.web.status import headers_of, phrase_of, status_of
from clinvoker.web.tracing import trace_of

if TYPE_CHECKING:
    from clinvoker.web.channel import ApiChannel


@attrs.define(eq=False)
class Refusals:
    """Ends connections with an answer; `new_id` names it, as any other."""

    _journal: Journal
    _new_id: Callable[[], str]

    def refuse(self, channel: ApiChannel, error: ClinvokerError, secs: float = 0.0) -> None:
        """Answer in the words of the door that was asked for, if that is known, and part."""
        target = channel.target()
        door = door_of(target.partition(b"?")[0]) if target else ANYWHERE
        made, status = self._new_id(), status_of(error, door.statuses)
        body, trace = door.error_body(error, made), trace_of(Headers(), made)
        headers = (
            (b"content-type", door.error_type),
            (b"connection", b"close"),
            (b"content-length", b"%d" % len(body)),
            *((name, made.encode("ascii")) for name in (b"x-request-id", door.id_header) if name),
            *headers_of(error),
            *trace.headers(),
        )
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        head = b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, phrase_of(status), lines)
        channel.transport.write(head + body)
        channel.part()
        self._journal.refused(made, trace, channel.address, status, error.code, secs, len(body))
