"""
One connection: what Twisted lets pass, or refuses without a word, is refused here in our way.

Who is refused while he sends would see a reset instead of the answer if the connection was closed at once.
So it is only half closed, and what still comes is thrown away: so many bytes, and for a while.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.tcp import Connection
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from clinvoker.errors import (
    ClinvokerError,
    HeadersTooLarge,
    Malformed,
    RequestLineTooLong,
    UnknownCoding,
)
from clinvoker.web.addresses import UNIX, address_of

if TYPE_CHECKING:
    from clinvoker.web.request import ApiRequest
    from clinvoker.web.site import ApiSite

_CODINGS = re.compile(rb"transfer-encoding:[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*,[^\x00-\x1f]*)?", re.I)


class ApiChannel(HTTPChannel):
    """
    HTTP/1.1 on one connection.  `address` is whose it is; it is `parting` once it has said its last.
    """

    address = "-"
    parting = False
    site: ApiSite
    transport: Any
    _networkProducer: Any
    requests: list[ApiRequest]
    _early = False  # an answer is given before the request has come to its end
    _discarded = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        address = address_of(self.transport.getPeer())
        self.address = (self.site.settings.origin(self.transport) or UNIX) if address == UNIX else address
        self.site.opened(self)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        self.site.closed(self)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        if not self.parting:
            super().dataReceived(data)
            return
        self._discarded += len(data)
        if self._discarded > self.site.settings.max_discarded_bytes:
            self.transport.abortConnection()

    @property
    def latest(self) -> ApiRequest | None:
        """The request that came last, until it is answered."""
        return self.requests[-1] if self.requests else None

    @property
    def stage(self) -> str:
        """What comes next: nothing (`idle`), `headers`, a `body`, or its end; or an answer goes out."""
        if self.parting or self.transport.disconnecting:
            return "closing"
        if self.latest is None:
            return "headers" if getattr(self, "_buffer", b"") else "idle"
        return self.latest.stage

    def begun(self) -> tuple[bytes, bytes, bytes]:
        """Method, target and version of the request whose headers or body are coming."""
        return self._command, self._path, self._version

    def target(self) -> bytes:
        """Its target; nothing before there is one."""
        return self._path if self._is_in_headers() else b""

    def answer_early(self, request: ApiRequest) -> None:
        """Have a request answered of whose body nothing is wanted, and part."""
        self._early = True
        request.close_after()
        request.requestHeaders.removeHeader(b"expect")  # or Twisted would ask for the body yet
        request.requestReceived(*self.begun())

    def refuse(self, error: ClinvokerError, secs: float = 0.0) -> None:
        """Answer what never became a request, and part; `secs` is how long it took."""
        if not (self.parting or self.transport.disconnecting):
            self.site.refusals.refuse(self, error, secs)

    def part(self) -> None:
        """End the connection when the client does, or has been given the time to."""
        self.parting = True
        self.setTimeout(None)
        self.clearLineBuffer()
        for request in self.requests:
            request.forget()
        self._networkProducer.unregisterProducer()
        if isinstance(self.transport, Connection):
            self.transport.loseWriteConnection()
        else:  # TLS waits for its other end by itself
            self.transport.loseConnection()

    def loseConnection(self) -> None:
        if self._early:
            self.part()
        else:
            super().loseConnection()

    def timeoutConnection(self) -> None:
        # Not Twisted's: it writes a line for each, and knows of no time but this between two requests.
        if self.stage == "idle":
            self.loseConnection()

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(HeadersTooLarge() if self._is_in_headers() else RequestLineTooLong())

    def _respondToBadRequestAndDisconnect(self) -> None:
        size, count = self._receivedHeaderSize, self._receivedHeaderCount
        large = size > self.totalHeadersSize or count > self.maxHeaders
        self.refuse(HeadersTooLarge() if large else Malformed())

    def _failChooseTransferDecoder(self) -> bool:
        found = _CODINGS.fullmatch(cast(Any, self)._HTTPChannel__header)
        if found and (found[1].lower() != b"chunked" or found.end(1) != found.end()):
            self.refuse(UnknownCoding())
        failed: bool = super()._failChooseTransferDecoder()
        return failed

    def _finishRequestBody(self, data: bytes) -> None:
        if not self.parting:
            super()._finishRequestBody(data)

    def _is_in_headers(self) -> bool:
        """Whether the first line of a request has come, and not its end."""
        return "_command" in self.__dict__
