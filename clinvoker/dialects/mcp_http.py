"""
The Model Context Protocol over HTTP: an answer as JSON, or as events while it is made; statuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from zope.interface import implementer

from clinvoker.dialects import mcp_messages as rpc
from clinvoker.dialects import sse
from clinvoker.dialects.described import ALWAYS, EVENTS, OF_BODIES, Content, Errors, Operation
from clinvoker.dialects.mcp_messages import Answer, Notification, Request, failed, written
from clinvoker.errors import BadRequest, ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event

TAG = "MCP"
JSON = b"application/json"

TOLD = Content(Answer)

ANSWER = Operation(
    name="mcp",
    summary="One message of the Model Context Protocol, or a batch where its version has batches.",
    tag=TAG,
    asks=Request,
    answers={
        200: (Content((Answer, list[Answer])), Content((Answer, Notification), EVENTS, many=True)),
        202: (),
    },
    errors=Errors(TOLD, (*ALWAYS, *OF_BODIES, 404)),
)
END = Operation(
    name="mcpEnd",
    summary="Give up all that this client's session has under way.",
    tag=TAG,
    answers={204: ()},
    errors=Errors(TOLD, ALWAYS),
)

# Of single answers, since versions are stated.
_STATUSES = {
    rpc.PARSE_ERROR: 400,
    rpc.INVALID_REQUEST: 400,
    rpc.INVALID_PARAMS: 400,
    rpc.HEADER_MISMATCH: 400,
    rpc.UNKNOWN_VERSION: 400,
    rpc.UNKNOWN_METHOD: 404,
}


def status_of(answer: Answer, stated: bool) -> int:
    """The HTTP status of an answer that comes alone; what is no message is always refused by one."""
    if isinstance(answer.error, msgspec.UnsetType):
        return 200
    if stated or answer.id is None:
        return _STATUSES.get(answer.error.code, 200)
    return 200


def error_body(error: ClinvokerError, _: str) -> bytes:
    """The body of an answer that is only an error, to no message in particular."""
    code = rpc.INVALID_REQUEST if isinstance(error, BadRequest) else rpc.FAILED
    return written(failed(None, code, error.message, {"code": error.code}))


def takes_events(accept: Iterable[str]) -> bool:
    """Whether a client takes events, by the values of its `Accept` headers."""
    kinds = [kind.partition(";")[0].strip().lower() for value in accept for kind in value.split(",")]
    return not {EVENTS, "text/*", "*/*"}.isdisjoint(kinds)


@implementer(IRenderer)
class AsEvents:
    """Each message is sent at once.  `alive` gives what shows life."""

    content_type = sse.CONTENT_TYPE

    def __init__(self, alive: Callable[[], Sequence[Notification]]) -> None:
        self._alive = alive

    def message(self, message: Answer | Notification) -> bytes:
        """The bytes to send now."""
        return sse.named_event(b"message", written(message))

    def end(self) -> bytes:
        """The last bytes."""
        return b""

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        return b""

    def idle(self) -> bytes:
        return b"".join(map(self.message, self._alive())) or sse.KEEP_ALIVE

    def fail(self, error: ClinvokerError) -> bytes:
        return self.message(failed(None, rpc.FAILED, error.message, {"code": error.code}))


@implementer(IRenderer)
class AsJson:
    """The answers at the end; of notifications nothing can be told."""

    content_type = JSON

    def __init__(self, many: bool) -> None:
        self._many = many
        self._answers: list[Answer] = []

    def message(self, message: Answer | Notification) -> bytes:
        """The bytes to send now: none."""
        if isinstance(message, Answer):
            self._answers.append(message)
        return b""

    def end(self) -> bytes:
        """All of them."""
        if not self._answers:  # they were given up
            return b""
        return written(self._answers if self._many else self._answers[0])

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        return b""

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        return b""
