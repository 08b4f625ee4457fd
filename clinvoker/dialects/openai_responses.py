"""
OpenAI's Responses API: the dialect as `web` sees it.
"""

from __future__ import annotations

from msgspec.structs import replace
from zope.interface import implementer

from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.responses_request import ResponsesRequest, read_request
from clinvoker.dialects.responses_stream import StreamedResponse, WholeResponse
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IDialect
from clinvoker.model import Asked


def response_id(identity: str) -> str:
    """The id of the response that `identity` names."""
    return f"resp_{identity}"


@implementer(IDialect)
class OpenAIResponses:
    """`POST /responses`, as the OpenAI SDKs speak it.  Keeps no state: what is kept comes by `joined`."""

    def parse(self, body: bytes) -> ResponsesRequest:
        """
        Raises `BadRequest` if the body is no Responses request, `UnsupportedParameter` if it asks
        for what `responses_parameters` says is refused.
        """
        return read_request(body)

    def renderer(self, asked: Asked, identity: str, created: int) -> StreamedResponse:
        """
        `asked` is what `responses_joining.joined` gave for the same identity.  One in the background is
        always rendered as a stream: it may be asked for as one later.
        """
        if not isinstance(asked, ResponsesRequest):
            raise TypeError(f"not a Responses request: {type(asked).__name__}")
        response = replace(asked.response, id=response_id(identity), created_at=created)
        kind = StreamedResponse if asked.stream or asked.background else WholeResponse
        return kind(response, identity, asked.invocation.agency.actions)

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error)
