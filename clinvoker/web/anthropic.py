"""
The routes of Anthropic's Messages API.
"""

from __future__ import annotations

from klein import Klein

from clinvoker.dialects.anthropic_messages import AnthropicMessages, count_body
from clinvoker.dialects.anthropic_models import model_body, models_body, read_wanted
from clinvoker.dialects.anthropic_request import read_counting
from clinvoker.errors import UnknownModel
from clinvoker.interfaces import IRuns
from clinvoker.web.completions import Completions
from clinvoker.web.request import ApiRequest


class AnthropicRoutes:
    """
    What is below `/anthropic/v1`, and below `/anthropic/v1/v1`: the SDKs put `/v1` behind a
    `base_url` that ends in it already.
    """

    router = Klein()

    def __init__(self, runs: IRuns, completions: Completions) -> None:
        self._runs = runs
        self._completions = completions

    @router.route("/messages", methods=["POST"])
    @router.route("/v1/messages", methods=["POST"])
    async def messages(self, request: ApiRequest) -> None:
        """A message in Anthropic's format."""
        await self._completions.answer(request, AnthropicMessages(request.request_id))

    @router.route("/messages/count_tokens", methods=["POST"])
    @router.route("/v1/messages/count_tokens", methods=["POST"])
    def count(self, request: ApiRequest) -> bytes:
        """About how many tokens a request is."""
        asked = read_counting(request.json_body())
        request.model = asked.model
        self._runs.parameters(asked.model)  # raises for a name that nobody knows
        return request.json_answer(count_body(asked))

    @router.route("/models", methods=["GET"])
    @router.route("/v1/models", methods=["GET"])
    def models(self, request: ApiRequest) -> bytes:
        """A page of the models that can be asked for now."""
        query = {name.decode("latin-1"): values[-1].decode("utf-8", "replace") for name, values in _query(request)}
        return request.json_answer(models_body(self._runs.models(), read_wanted(query)))

    @router.route("/models/<path:name>", methods=["GET"])
    @router.route("/v1/models/<path:name>", methods=["GET"])
    def model(self, request: ApiRequest, name: str) -> bytes:
        """One model; its name may hold slashes, as `claude/opus` does."""
        models = {model.name: model for model in self._runs.models()}
        if name not in models:
            raise UnknownModel(name, [*models])
        return request.json_answer(model_body(models[name]))
