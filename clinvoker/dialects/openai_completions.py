"""
OpenAI's legacy completions: the dialect as `web` sees it.
"""

from __future__ import annotations

from zope.interface import implementer

from clinvoker.dialects.completions_answer import StreamedTexts, TextCompletion, WholeTexts
from clinvoker.dialects.completions_request import CompletionRequest, read_request
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IDialect, IRenderer
from clinvoker.model import Asked


@implementer(IDialect)
class OpenAICompletions:
    """`POST /completions`, for clients from before there were chats.  Keeps no state."""

    def parse(self, body: bytes) -> CompletionRequest:
        """
        Raises `BadRequest` if the body is no such request, `UnsupportedParameter` if it asks
        for what `completions_parameters` says is refused.
        """
        return read_request(body)

    def renderer(self, asked: Asked, identity: str, created: int) -> IRenderer:
        """`asked` is what `parse` gave; the answer is called by the model name the client used."""
        if not isinstance(asked, CompletionRequest):
            raise TypeError(f"not a request for completions: {type(asked).__name__}")
        model = asked.invocation.model
        answer = TextCompletion(id=f"cmpl-{identity}", created=created, model=model, choices=())
        if asked.stream:
            return StreamedTexts(answer, asked.choices, asked.include_usage)
        return WholeTexts(answer, asked.choices)

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error)
