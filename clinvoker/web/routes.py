"""
Which routes there are.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug import exceptions
from werkzeug.routing import RequestRedirect

from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_models import model_body, models_body
from clinvoker.errors import MethodNotAllowed, NotFound, UnknownModel
from clinvoker.interfaces import IRuns
from clinvoker.web.completions import Completions
from clinvoker.web.health import Health, http_status, overall
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings


class Api:
    """
    The routes.  Who comes here has been let in already, by `entrance`.
    """

    router = Klein()
    # Clients do not follow redirects of a POST: a slash too many is forgiven instead.
    router.url_map.strict_slashes = False
    router.url_map.merge_slashes = False

    def __init__(
        self, runs: IRuns, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        self._runs = runs
        self._settings = settings
        self._clock = clock
        self._completions = Completions(runs, settings, clock, new_id)
        self._openai_chat = OpenAIChat()

    @router.route("/openai/v1/chat/completions", methods=["POST"])
    async def openai_chat(self, request: ApiRequest) -> None:
        """A completion in OpenAI's chat format."""
        await self._completions.answer(request, self._openai_chat)

    @router.route("/openai/v1/models", methods=["GET"])
    def openai_models(self, request: ApiRequest) -> bytes:
        """The models that can be asked for now."""
        return request.json_answer(
            models_body(self._runs.models(), self._settings.owners, int(self._settings.started_at))
        )

    @router.route("/openai/v1/models/<path:name>", methods=["GET"])
    def openai_model(self, request: ApiRequest, name: str) -> bytes:
        """One model; its name may hold slashes, as `claude/opus` does."""
        models = {model.name: model for model in self._runs.models()}
        if name not in models:
            raise UnknownModel(name, [*models])
        return request.json_answer(
            model_body(models[name], self._settings.owners, int(self._settings.started_at))
        )

    @router.route("/health", methods=["GET"])
    def health(self, request: ApiRequest) -> bytes:
        """How the daemon and each backend are."""
        backends = self._runs.health()
        status = overall(backends)
        request.setResponseCode(http_status(status))
        report = Health(
            status=status,
            version=self._settings.version,
            uptime_seconds=round(self._clock.seconds() - self._settings.started_at, 3),
            backends=backends,
        )
        return request.json_answer(msgspec.json.encode(report))

    @router.handle_errors(Exception)
    def failed(self, request: IRequest, failure: Failure) -> bytes:
        """Every error of every route ends here, unless the answer had begun."""
        assert isinstance(request, ApiRequest)
        error = _ours(failure.value)
        if isinstance(error, MethodNotAllowed) and request.method == b"OPTIONS":
            request.setHeader(b"allow", ", ".join(error.allowed).encode("ascii"))
            return request.no_content()
        return request.error_answer(request.told(error))


def _ours(error: BaseException | None) -> BaseException | None:
    """The router's errors in our words; others as they are."""
    if isinstance(error, exceptions.MethodNotAllowed):
        methods = sorted({*(error.valid_methods or ()), "OPTIONS"})
        return MethodNotAllowed(f"This route takes {', '.join(methods)}.", methods)
    if isinstance(error, exceptions.NotFound | RequestRedirect):
        return NotFound("There is no such route.")
    return error
