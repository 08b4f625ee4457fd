"""
The web, joined.
"""

from __future__ import annotations

from collections.abc import Callable

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.web.http import Request
from twisted.web.server import Site

from clinvoker.interfaces import IRuns
from clinvoker.web.desk import Desk
from clinvoker.web.entrance import Entrance
from clinvoker.web.exact import ExactRoutes
from clinvoker.web.journal import Journal
from clinvoker.web.request import ApiRequest
from clinvoker.web.routes import Api
from clinvoker.web.settings import WebSettings


class ApiSite(Site):
    """
    A site whose requests are `ApiRequest`s.  It keeps no access log: `journal` does.
    """

    def __init__(
        self, entrance: Entrance, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        # Twisted would parse every Content-Type with `email`: half the cost of a small POST.
        super().__init__(entrance, ApiRequest, reactor=clock, parsePOSTFormSubmission=False)
        self.entrance = entrance
        self.settings = settings
        self.new_id = new_id

    def change(self, settings: WebSettings) -> None:
        """Behave so from now on."""
        self.settings.become(settings)
        self.entrance.change()

    def startFactory(self) -> None:
        # Not Site's: it opens the log and wakes up every second to format the time for it.
        pass

    def log(self, request: Request) -> None:
        pass


def make_site(
    runs: IRuns, desk: Desk, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
) -> ApiSite:
    """
    Make what a listener serves.  `new_id` gives short unique words of printable ASCII: they name
    requests and answers.
    """
    return make_sites(runs, desk, settings, clock, new_id)[0]


def make_sites(
    runs: IRuns, desk: Desk, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
) -> tuple[ApiSite, ApiSite]:
    """The same for the listeners, and for those of the admin."""
    api = Api(runs, desk, settings, clock, new_id)

    def site(router: Klein) -> ApiSite:
        entrance = Entrance(ExactRoutes(router, api.failed), settings, Journal(clock), clock, runs.standing)
        return ApiSite(entrance, settings, clock, new_id)

    return site(api.router), site(api.admin_router())
