"""
What concerns the daemon itself, for those who may.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.dialects.described import ALWAYS, Content, Errors, Operation
from clinvoker.settings import Reloaded
from clinvoker.web.native import TOLD
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

RELOAD = Operation(
    name="reload",
    summary="Read the configuration and the keys anew; all of it holds from now on, or nothing.",
    tag="Administration",
    answers={200: (Content(Reloaded),)},
    errors=Errors(TOLD, (*ALWAYS, 422, 503)),
)


class AdministrationRoutes:
    """One route."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (Route("POST", "/api/v1/reload", self.reload, RELOAD),)

    def reload(self, request: ApiRequest) -> bytes:
        """Read the configuration anew."""
        self._settings.check_admin(request.principal)
        return request.json_answer(msgspec.json.encode(self._settings.reload()))
