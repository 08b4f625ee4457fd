"""
The routes of Anthropic's Messages API.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.dialects.anthropic_described import EVENTS as STREAMED
from clinvoker.dialects.anthropic_errors import MessageError
from clinvoker.dialects.anthropic_messages import AnthropicMessages, TokenCount, count_body
from clinvoker.dialects.anthropic_models import (
    ModelInfo,
    ModelPage,
    ModelQuery,
    model_body,
    models_body,
    read_query,
)
from clinvoker.dialects.anthropic_request import MESSAGE_BODY, read_counting
from clinvoker.dialects.anthropic_stream import MessageDelta
from clinvoker.dialects.anthropic_whole import AnthropicMessage
from clinvoker.dialects.described import ALWAYS, EVENTS, OF_BODIES, OF_RUNS, Content, Errors, Operation
from clinvoker.errors import UnknownModel
from clinvoker.interfaces import IRuns
from clinvoker.web.completions import Completions
from clinvoker.web.request import ApiRequest
from clinvoker.web.status import OVERLOADED
from clinvoker.web.table import Route

TAG = "Anthropic"
_ERROR = Content(MessageError)

MESSAGE = Operation(
    name="createMessage",
    summary="A message in Anthropic's format, whole or streamed.",
    tag=TAG,
    asks=MESSAGE_BODY,
    required=("model", "max_tokens", "messages"),
    answers={
        200: (
            Content(AnthropicMessage),
            Content((*STREAMED, MessageDelta, MessageError), EVENTS, many=True),
        )
    },
    errors=Errors(_ERROR, (*ALWAYS, *OF_BODIES, *OF_RUNS, OVERLOADED)),
)
COUNT = Operation(
    name="countTokens",
    summary="About how many tokens a request is; `max_tokens` is not needed.",
    tag=TAG,
    asks=MESSAGE_BODY,
    answers={200: (Content(TokenCount),)},
    errors=Errors(_ERROR, (*ALWAYS, *OF_BODIES, 404)),
)
MODELS = Operation(
    name="listAnthropicModels",
    summary="A page of the models that can be asked for now.",
    tag=TAG,
    query=ModelQuery,
    answers={200: (Content(ModelPage),)},
    errors=Errors(_ERROR, ALWAYS),
)
MODEL = Operation(
    name="retrieveAnthropicModel",
    summary="One model.",
    tag=TAG,
    answers={200: (Content(ModelInfo),)},
    errors=Errors(_ERROR, (*ALWAYS, 404)),
)


class AnthropicRoutes:
    """Messages and models."""

    def __init__(self, completions: Completions, runs: IRuns) -> None:
        self._completions = completions
        self._runs = runs

    def routes(self) -> Sequence[Route]:
        """What there is, all of it twice: SDKs put `/v1` behind a `base_url` that ends in it already."""
        return (*self._below("/anthropic/v1"), *self._below("/anthropic/v1/v1", "Again"))

    def _below(self, root: str, mark: str = "") -> Sequence[Route]:
        def named(operation: Operation) -> Operation:
            return replace(operation, name=operation.name + mark)

        return (
            Route("POST", f"{root}/messages", self.message, named(MESSAGE)),
            Route("POST", f"{root}/messages/count_tokens", self.count, named(COUNT)),
            Route("GET", f"{root}/models", self.models, named(MODELS)),
            Route("GET", f"{root}/models/<path:name>", self.model, named(MODEL)),
        )

    async def message(self, request: ApiRequest) -> None:
        """A message in Anthropic's format."""
        await self._completions.answer(request, AnthropicMessages(request.request_id))

    def count(self, request: ApiRequest) -> bytes:
        """About how many tokens a request is."""
        asked = read_counting(request.json_body())
        request.model = asked.model
        self._runs.parameters(asked.model, request.principal)  # raises for a name that nobody knows
        return request.json_answer(count_body(asked))

    def models(self, request: ApiRequest) -> bytes:
        """A page of the models that can be asked for now."""
        query = {
            name.decode("latin-1"): values[-1].decode("utf-8", "replace")
            for name, values in (request.args or {}).items()
        }
        return request.json_answer(models_body(self._runs.models(request.principal), read_query(query)))

    def model(self, request: ApiRequest, name: str) -> bytes:
        """One model; its name may hold slashes, as `claude/opus` does."""
        models = {model.name: model for model in self._runs.models(request.principal)}
        if name not in models:
            raise UnknownModel(name, [*models])
        return request.json_answer(model_body(models[name]))
