"""
The web, joined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from klein import Klein
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web.http import Request
from twisted.web.server import Site

from clinvoker.interfaces import IRuns
from clinvoker.web.addresses import UNIX, address_of, is_unix
from clinvoker.web.bodies import Bodies
from clinvoker.web.channel import ApiChannel
from clinvoker.web.desk import Desk
from clinvoker.web.entrance import Entrance
from clinvoker.web.exact import ExactRoutes
from clinvoker.web.journal import Journal
from clinvoker.web.paths import Paths
from clinvoker.web.patience import Connections
from clinvoker.web.refusals import Refusals
from clinvoker.web.request import ApiRequest
from clinvoker.web.routes import Api
from clinvoker.web.settings import WebSettings


class ApiSite(Site):
    """
    A site whose requests are `ApiRequest`s.  It keeps no access log: `journal` does.
    """

    protocol = ApiChannel  # type: ignore[assignment]

    def __init__(
        self,
        entrance: Entrance,
        journal: Journal,
        refusals: Refusals,
        connections: Connections,
        settings: WebSettings,
        clock: IReactorTime,
        new_id: Callable[[], str],
        paths: Paths,
    ) -> None:
        # Twisted would parse every Content-Type with `email`: half the cost of a small POST.
        idle = settings.patience.idle_secs or None
        super().__init__(entrance, ApiRequest, timeout=idle, reactor=clock, parsePOSTFormSubmission=False)
        self._connections = connections
        self.refusals = refusals
        self.entrance = entrance
        self.journal = journal
        self.settings = settings
        self.new_id = new_id
        self.paths = paths

    def buildProtocol(self, addr: IAddress | None) -> Any:
        address = address_of(addr)
        # Of a UNIX socket it is known later who that is, and asked then.
        if address != UNIX and not self._connections.may_open(address):
            return None
        return super().buildProtocol(addr)

    def opened(self, channel: ApiChannel) -> None:
        """A connection is there."""
        if is_unix(channel.address) and not self._connections.may_open(channel.address):
            channel.transport.abortConnection()
        else:
            self._connections.opened(channel)

    def closed(self, channel: ApiChannel) -> None:
        """It is gone."""
        self._connections.closed(channel)

    def acceptableProtocols(self) -> list[bytes]:
        # Not Site's: with the package `h2` installed it offers HTTP/2, which nothing here bounds.
        return [b"http/1.1"]

    def change(self, settings: WebSettings) -> None:
        """Behave so from now on."""
        self.settings.become(settings)
        self.timeOut = settings.patience.idle_secs or None
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
    journal, paths = Journal(clock), Paths(api.paths)
    refusals, bodies = Refusals(journal, new_id), Bodies(settings, clock)
    connections = Connections(clock, settings, journal)

    def site(router: Klein) -> ApiSite:
        routes = ExactRoutes(router, api.failed)
        entrance = Entrance(routes, settings, journal, clock, runs.standing, bodies)
        return ApiSite(entrance, journal, refusals, connections, settings, clock, new_id, paths)

    return site(api.router), site(api.admin_router())
