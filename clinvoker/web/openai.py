"""
The routes under `/openai/v1` that need no store: chat, legacy completions, models.
"""

from __future__ import annotations

from collections.abc import Sequence

from clinvoker.dialects.chat_described import ChatCompletionChunk
from clinvoker.dialects.chat_request import CHAT_BODY
from clinvoker.dialects.chat_whole import Completion
from clinvoker.dialects.completions_answer import TextCompletion
from clinvoker.dialects.completions_request import COMPLETION_BODY
from clinvoker.dialects.described import ALWAYS, EVENTS, OF_BODIES, OF_RUNS, Content, Errors, Operation
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_completions import OpenAICompletions
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.openai_models import ModelList, ModelObject, model_body, models_body
from clinvoker.errors import UnknownModel
from clinvoker.interfaces import IRuns
from clinvoker.web.completions import Completions
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

TAG = "OpenAI"
READING = Errors(Content(ErrorBody), ALWAYS)
FINDING = Errors(Content(ErrorBody), (*ALWAYS, 404))
RUNNING = Errors(Content(ErrorBody), (*ALWAYS, *OF_BODIES, *OF_RUNS))

CHAT = Operation(
    name="createChatCompletion",
    summary="A completion in OpenAI's chat format, whole or streamed.",
    tag=TAG,
    asks=CHAT_BODY,
    required=("model", "messages"),
    answers={200: (Content(Completion), Content((ChatCompletionChunk, ErrorBody), EVENTS, many=True))},
    errors=RUNNING,
)
COMPLETION = Operation(
    name="createCompletion",
    summary="Texts that go on from prompts, for clients from before there were chats.",
    tag=TAG,
    asks=COMPLETION_BODY,
    required=("model", "prompt"),
    answers={200: (Content(TextCompletion), Content((TextCompletion, ErrorBody), EVENTS, many=True))},
    errors=RUNNING,
)
MODELS = Operation(
    name="listModels",
    summary="The models that can be asked for now.",
    tag=TAG,
    answers={200: (Content(ModelList),)},
    errors=READING,
)
MODEL = Operation(
    name="retrieveModel",
    summary="One model.",
    tag=TAG,
    answers={200: (Content(ModelObject),)},
    errors=FINDING,
)


class OpenAIRoutes:
    """Chat completions, legacy completions and models."""

    def __init__(self, completions: Completions, runs: IRuns, settings: WebSettings) -> None:
        self._completions = completions
        self._runs = runs
        self._settings = settings
        self._dialect = OpenAIChat()
        self._legacy = OpenAICompletions()

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (
            Route("POST", "/openai/v1/chat/completions", self.chat, CHAT),
            Route("POST", "/openai/v1/completions", self.completion, COMPLETION),
            Route("GET", "/openai/v1/models", self.models, MODELS),
            Route("GET", "/openai/v1/models/<path:name>", self.model, MODEL),
        )

    async def chat(self, request: ApiRequest) -> None:
        """A completion in OpenAI's chat format."""
        await self._completions.answer(request, self._dialect)

    async def completion(self, request: ApiRequest) -> None:
        """Texts in OpenAI's legacy format."""
        await self._completions.answer(request, self._legacy)

    def models(self, request: ApiRequest) -> bytes:
        """The models that can be asked for now."""
        return request.json_answer(
            models_body(
                self._runs.models(request.principal), self._settings.owners, int(self._settings.started_at)
            )
        )

    def model(self, request: ApiRequest, name: str) -> bytes:
        """One model; its name may hold slashes, as `claude/opus` does."""
        models = {model.name: model for model in self._runs.models(request.principal)}
        if name not in models:
            raise UnknownModel(name, [*models])
        return request.json_answer(
            model_body(models[name], self._settings.owners, int(self._settings.started_at))
        )
