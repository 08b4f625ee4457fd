"""
The web, joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
        self,
        entrance: Entrance,
        journal: Journal,
        settings: WebSettings,
        clock: IReactorTime,
        new_id: Callable[[], str],
    ) -> None:
        # Twisted would parse every Content-Type with `email`: half the cost of a small POST.
        super().__init__(entrance, ApiRequest, reactor=clock, parsePOSTFormSubmission=False)
        self.entrance = entrance
        self.journal = journal
        self.settings = settings
        self.new_id = new_id
        self.paths: Sequence[str] = ()  # of its routes, as their table has them

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
    api = Api(runs, desk, settings, clock, new_id)
    journal = Journal(clock)
    entrance = Entrance(ExactRoutes(api.router, api.failed), settings, journal, clock, runs.standing)
    site = ApiSite(entrance, journal, settings, clock, new_id)
    site.paths = [route.path for route in api.routes]
    return site
