"""Routes for the owner of the box, at a listener apart."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import read_config
from clinvoker.config.values import Session
from clinvoker.service.joining import join
from clinvoker.web.health import HEALTH, HealthRoutes
from clinvoker.web.table import Route
from tests.service.test_service import BACKENDS, ThreadlessReactor

PUBLIC, ADMIN = "tcp:1:interface=127.0.0.1", "tcp:2:interface=127.0.0.1"

FIGURES, FIGURE = (replace(HEALTH, name=name) for name in ("getFigures", "getFigure"))


class AdminTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = ThreadlessReactor()
        routes = HealthRoutes.routes
        more = (
            Route("GET", "/figures", lambda request: b"12", FIGURES, admin=True),
            Route("GET", "/figures/<name>", lambda request, name: b"13", FIGURE, admin=True),
        )
        self.patch(HealthRoutes, "routes", lambda health: (*routes(health), *more))

    def listen(self, *admin: str) -> None:
        """A daemon with these listeners apart."""
        config = read_config(flags={"listen": [PUBLIC], "admin": [*admin]})
        config = replace(config, session=Session(store="memory:"))
        join(self.reactor, lambda: config, BACKENDS, {"PATH": "/nowhere"}).privilegedStartService()

    def status(self, port: int, path: str) -> bytes:
        """What a listener answers."""
        [factory] = [server[1] for server in self.reactor.tcpServers if server[0] == port]
        protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 3))
        transport = StringTransport(hostAddress=IPv4Address("TCP", "127.0.0.1", port))
        protocol.makeConnection(transport)
        protocol.dataReceived(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        protocol.connectionLost(None)
        return transport.value().split(b" ")[1]

    def test_apart(self) -> None:
        """What is marked is there alone, however it is asked for; what is not marked is not there."""
        self.listen(ADMIN)
        for path in ("/figures", "/figures/", "/figures/x", "/figures?x", "/%66igures"):
            self.assertEqual((b"404", b"200"), (self.status(1, path), self.status(2, path)), path)
        # Which takes POST only.
        reload = "/api/v1/reload"
        self.assertEqual((b"404", b"405"), (self.status(1, reload), self.status(2, reload)))
        self.assertEqual((b"200", b"404"), (self.status(1, "/docs"), self.status(2, "/docs")))

    def test_health(self) -> None:
        """Health is everywhere; here no program is installed."""
        self.listen(ADMIN)
        unhealthy = (self.status(1, "/health"), self.status(2, "/health"))
        self.assertEqual((b"503", b"503"), unhealthy)

    def test_everywhere(self) -> None:
        """Without such a listener all is served at the others."""
        self.listen()
        self.assertEqual((b"200", b"200"), (self.status(1, "/figures"), self.status(1, "/docs")))
