"""
Anthropic's Messages API: the dialect as `web` sees it.
"""

from __future__ import annotations

import msgspec
from zope.interface import implementer

from clinvoker.dialects.anthropic_errors import error_body
from clinvoker.dialects.anthropic_request import MessageRequest, read_request
from clinvoker.dialects.anthropic_stream import StreamedMessage
from clinvoker.dialects.anthropic_whole import WholeMessage
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IDialect, IRenderer
from clinvoker.model import Asked, Invocation
from clinvoker.tokens import of_invocation


class TokenCount(msgspec.Struct, frozen=True):
    """The answer of `POST /messages/count_tokens`."""

    input_tokens: int


@implementer(IDialect)
class AnthropicMessages:
    """
    `POST /messages`, as the Anthropic SDKs and Claude Code speak it.  Errors tell `request_id`.
    """

    def __init__(self, request_id: str = "") -> None:
        self._request_id = request_id

    def parse(self, body: bytes) -> MessageRequest:
        """
        Raises `BadRequest` if the body is no such request, `UnsupportedParameter` if it asks for
        what `anthropic_parameters` says is refused.
        """
        return read_request(body)

    def renderer(self, asked: Asked, identity: str, created: int) -> IRenderer:
        """`asked` is what `parse` gave; the answer is called by the model name the client used."""
        if not isinstance(asked, MessageRequest):
            raise TypeError(f"not a request for a message: {type(asked).__name__}")
        identity = f"msg_{identity}"  # as Anthropic's begin, and logs of clients are searched for
        invocation = asked.invocation
        actions = invocation.agency.actions
        if not asked.stream:
            return WholeMessage(identity, invocation.model, asked.thoughts, actions)
        expected = of_invocation(invocation)
        return StreamedMessage(identity, invocation.model, expected, asked.thoughts, actions, self.error)

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error, self._request_id)


def count_body(invocation: Invocation) -> bytes:
    """The body that says about how many tokens it is: an estimate, for nobody asks the provider."""
    return msgspec.json.encode(TokenCount(of_invocation(invocation)))
