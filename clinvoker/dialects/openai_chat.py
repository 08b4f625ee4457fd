"""
OpenAI's chat completions: the dialect as `web` sees it.
"""

from __future__ import annotations

from zope.interface import implementer

from clinvoker.dialects.chat_request import ChatRequest, read_request
from clinvoker.dialects.chat_stream import StreamedAnswer
from clinvoker.dialects.chat_whole import WholeAnswer
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IDialect, IRenderer
from clinvoker.model import Asked


@implementer(IDialect)
class OpenAIChat:
    """`POST /chat/completions`, as the OpenAI SDKs speak it.  Keeps no state."""

    def parse(self, body: bytes) -> ChatRequest:
        """
        Raises `BadRequest` if the body is no chat request, `UnsupportedParameter` if it asks
        for what `chat_parameters` says is refused.
        """
        return read_request(body)

    def renderer(self, asked: Asked, identity: str, created: int) -> IRenderer:
        """`asked` is what `parse` gave; the answer is called by the model name the client used."""
        if not isinstance(asked, ChatRequest):
            raise TypeError(f"not a chat request: {type(asked).__name__}")
        identity = f"chatcmpl-{identity}"  # as OpenAI's begin, and logs of clients are searched for
        model, actions = asked.invocation.model, asked.invocation.agency.actions
        if asked.stream:
            return StreamedAnswer(identity, created, model, asked.include_usage, asked.choices, actions)
        return WholeAnswer(identity, created, model, asked.choices, actions)

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error)
