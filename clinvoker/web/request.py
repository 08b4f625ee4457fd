"""
One HTTP request: its body bounded and in memory, its name and its asker, its errors as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, cast

from twisted.internet.interfaces import ITransport
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.server import Request

from clinvoker.dialects.bodies import QUERY
from clinvoker.errors import BadRequest, ClinvokerError, UnsupportedMediaType
from clinvoker.model import Facts
from clinvoker.web import eager
from clinvoker.web.auth import NOBODY
from clinvoker.web.doors import ANYWHERE, door_of
from clinvoker.web.status import headers_of, phrase_of, status_of
from clinvoker.web.tracing import NO_TRACE, trace_of

if TYPE_CHECKING:
    from clinvoker.web.channel import ApiChannel
    from clinvoker.web.site import ApiSite

# Bytes of a body that is read to its end though it is refused: it is here already, or soon.
AWAITED = 65536

_SANE_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class ApiRequest(Request):
    """
    A request to this daemon, and what is found out about it.

    What its headers alone have refused is answered at once, and so is a body as soon as it goes beyond a
    bound.  A short one that is refused is read to its end, so that the connection lives on.
    """

    request_id = ""
    principal = NOBODY
    model = ""
    error_code = ""
    client = "-"  # its address
    stage = "headers"  # what comes of it: these, its `body`, or it is `whole`
    arrived = 0  # bytes of its body
    trace = NO_TRACE
    runs: tuple[tuple[float, Facts], ...] = ()  # that have ended, and after how many seconds
    began = 0.0
    announced = False  # there is a body, and what the headers say has been looked at
    guarded = False  # and no page has sent it that has no business here
    refusal: ClinvokerError | None = None  # found before the body had come to its end
    sender = ""  # for whom the body is counted
    held = 0  # bytes of it that are
    error_body: Callable[[ClinvokerError], bytes]  # a dialect puts its own
    door = ANYWHERE

    channel: ApiChannel
    content: BytesIO
    _log = Logger()

    @property
    def api(self) -> ApiSite:
        """The site this request came to."""
        return self.channel.site

    def gotLength(self, length: int | None) -> None:
        # Not twisted's temporary file: prompts are not for the disk.
        self.content = BytesIO()
        if length == 0:
            return
        self.stage, self.announced, self._length = "body", True, length
        self.method, self.uri, self.clientproto = self.channel.begun()
        self.path = self.uri.partition(b"?")[0]
        self.refusal = self.api.entrance.refusal(self, length)
        if self.refusal is not None and not self._is_awaited(length):
            self.channel.answer_early(self)

    def _is_awaited(self, length: int | None) -> bool:
        """Whether a body of which nothing is wanted is read all the same."""
        return length is not None and length <= AWAITED and not self.requestHeaders.hasHeader(b"expect")

    def handleContentChunk(self, data: bytes) -> None:
        self.arrived += len(data)
        if self.refusal is not None:
            return
        if self.arrived == self._length:  # it is whole, and was found not to be too large
            self.content.write(data)
            return
        try:
            self.api.entrance.take(self, len(data))
        except ClinvokerError as error:
            self.end_early(error)
        else:
            self.content.write(data)

    def end_early(self, error: ClinvokerError) -> None:
        """Refuse it while its body is coming."""
        self.refusal = error
        self.channel.answer_early(self)

    def forget(self) -> None:
        """Let go of the body, which nobody wants any more."""
        self._arrives_no_more()
        self.content = BytesIO()

    def _arrives_no_more(self) -> None:
        if self.held:
            self.api.entrance.let_go(self)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self._arrives_no_more()
        if self.refusal is not None:
            self.content = BytesIO()
        super().requestReceived(command, path, version)

    def connectionLost(self, reason: Failure) -> None:
        self._arrives_no_more()
        super().connectionLost(reason)

    def process(self) -> None:
        self.stage = "whole"
        # Before anything can fail: every answer has a name.
        self.door = door_of(self.uri.partition(b"?")[0])
        made = self.api.new_id()
        self._take_name(made)
        self.trace = trace_of(self.requestHeaders, made)
        for name, value in self.trace.headers():
            self.setHeader(name, value)
        self.error_body = lambda error: self.door.error_body(error, self.request_id)
        super().process()

    def getRequestHostname(self) -> bytes:
        # Klein routes by path alone, yet hands this to an IDNA decoder that raises on odd names.
        return b"localhost"

    def processingFailed(self, reason: Failure) -> Failure:
        if not self.startedWriting:
            self.write(self.error_answer(self.told(reason.value)))
        self.finish()
        return reason

    def write(self, data: bytes) -> None:
        # Every piece of a stream comes this way.
        if not self.startedWriting:
            self.api.entrance.tell(self)
        if not (self.startedWriting and self.chunked and data) or self.finished or self._disconnected:
            super().write(data)
            return
        self.sentLength += len(data)
        eager.write(cast("ITransport", self.channel.transport), b"%x\r\n%b\r\n" % (len(data), data))

    def json_body(self) -> bytes:
        """
        The body.  Can be had once; it is not kept while the answer is made.

        Raises `UnsupportedMediaType` if it is not declared as JSON: a page can send any other type
        without asking first.
        """
        declared = self.requestHeaders.getRawHeaders(b"content-type", [b""])
        if any(kind.partition(b";")[0].strip().lower() != b"application/json" for kind in declared):
            raise UnsupportedMediaType("Send the body with 'Content-Type: application/json'.")
        content, self.content = self.content, BytesIO()
        return content.getvalue()

    @property
    def query(self) -> dict[str, str]:
        """What stands behind the `?`; of a name that is there twice, the last."""
        return {
            name.decode("utf-8", "replace"): values[-1].decode("utf-8", "replace")
            for name, values in (self.args or {}).items()
        }

    def strict_query(self) -> dict[str, str]:
        """The same; raises `BadRequest` for what is not UTF-8, or there twice."""
        for name, values in (self.args or {}).items():
            if len(values) > 1:
                raise BadRequest(
                    "A parameter is in the query twice.", QUERY + name.decode("utf-8", "replace")
                )
            try:
                (name + values[0]).decode()
            except UnicodeDecodeError:
                raise BadRequest("The query is not UTF-8.") from None
        return self.query

    def close_after(self) -> None:
        """Have the connection end with this answer; what came behind the request is not looked at."""
        self.channel.persistent = False
        self.setHeader(b"connection", b"close")

    def told(self, error: BaseException | None) -> ClinvokerError:
        """What the client is told of an error.  One that is not ours is a bug and is logged here."""
        if not isinstance(error, ClinvokerError):
            self._log.failure(
                "a bug was met by request {request_id}", Failure(error), request_id=self.request_id
            )
            error = ClinvokerError(f"Internal error; the daemon's log has it under {self.request_id!r}.")
        self.error_code = error.code
        return error

    def no_content(self) -> bytes:
        """Make the answer one without a body; gives none."""
        self.setResponseCode(HTTPStatus.NO_CONTENT)
        return b""

    def error_answer(self, error: ClinvokerError) -> bytes:
        """Make the answer one that is only this error; gives its body."""
        status = status_of(error, self.door.statuses)
        self.setResponseCode(status, phrase_of(status))
        for name, value in headers_of(error):
            self.setHeader(name, value)
        return self.answered(self.error_body(error), self.door.error_type)

    def json_answer(self, body: bytes) -> bytes:
        """Make the answer this JSON; gives it back."""
        return self.answered(body, b"application/json")

    def answered(self, body: bytes, media: bytes) -> bytes:
        """Make the answer this, of this type; gives it back."""
        self.setHeader(b"content-type", media)
        self.setHeader(b"content-length", b"%d" % len(body))
        return body

    def _take_name(self, made: str) -> None:
        """The client's `X-Request-Id` if that is sane, else the one made for it."""
        sent = self.getHeader(b"x-request-id") or b""
        self.request_id = sent.decode("ascii") if _SANE_ID.fullmatch(sent) else made
        for header in filter(None, (b"x-request-id", self.door.id_header)):
            self.setHeader(header, self.request_id.encode("ascii"))
