"""Routes that are looked up before Klein is asked."""

from __future__ import annotations

from typing import cast

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IRequest

from clinvoker.web.exact import ExactRoutes
from clinvoker.web.request import ApiRequest
from tests.web.wire import House, Reply

PATHS = (
    "/",
    "/health/",
    "//health",
    "/HEALTH",
    "/%68ealth",
    "/health?x=1",
    "/openai/v1/models/claude",
    "/none",
)


def routes_of(house: House) -> ExactRoutes:
    return cast(ExactRoutes, house.site.entrance._inner)


def answers(house: House, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """A whole answer to a request that says nothing."""
    wire = house.wire()
    wire.ask(method, path, body=b"" if method == "POST" else None)
    reply = Reply(wire.take(), method)
    headers = {name: value for name, value in reply.headers.items() if name.lower() != "date"}
    return reply.status, headers, reply.body


class SameAnswersTests(SynchronousTestCase):
    """What is looked up is what Klein would have found."""

    def setUp(self) -> None:
        self.house, self.kleins = House(), House()
        self.house.undescribed()
        self.kleins.undescribed()
        self.kleins.site.entrance._inner = routes_of(self.kleins)._patterns

    def test_endpoints(self) -> None:
        """For each route of the table the router finds the same one, without variables."""
        routes = routes_of(self.house)
        adapter = routes._router.url_map.bind("localhost")
        self.assertIn((b"GET", b"/health"), routes._routes)
        for (method, path), endpoint in routes._routes.items():
            self.assertEqual((endpoint, {}), adapter.match(path.decode(), method.decode()))

    def test_all_of_them(self) -> None:
        """A route without a variable part is missing for none of its methods."""
        routes = routes_of(self.house)
        for rule in routes._router.url_map.iter_rules():
            for method in rule.methods or ():
                known = (method.encode(), rule.rule.encode()) in routes._routes
                self.assertEqual(not rule.arguments, known, rule)

    def test_answers(self) -> None:
        """To the byte, whatever the method, and whatever else a path can look like."""
        known = {path.decode() for _, path in routes_of(self.house)._routes}
        for path in (*sorted(known), *PATHS):
            for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                here, there = answers(self.house, method, path), answers(self.kleins, method, path)
                self.assertEqual(there, here, (method, path))


class EndTests(SynchronousTestCase):
    """How answers end."""

    def setUp(self) -> None:
        self.router = router = Klein()
        self.waiting: Deferred[bytes] = Deferred()

        @router.route("/later", methods=["GET"])
        def later(request: IRequest) -> Deferred[bytes]:
            return self.waiting

        @router.route("/nothing", methods=["GET"])
        def nothing(request: IRequest) -> None:
            pass

        self.house = house = House()
        house.undescribed()
        house.site.entrance._inner = ExactRoutes(router, self.failed)
        self.failures: list[Failure] = []
        self.wire = house.wire()

    def failed(self, request: ApiRequest, failure: Failure) -> bytes:
        self.failures.append(failure)
        request.setResponseCode(500)
        return b"failed"

    def test_later(self) -> None:
        """A body may come later."""
        self.wire.ask("GET", "/later")
        self.assertEqual(b"", self.wire.take())
        self.waiting.callback(b"here it is")
        self.assertEqual(b"here it is", Reply(self.wire.take()).body)

    def test_nothing(self) -> None:
        """A route that gives nothing has nothing more to say."""
        self.assertEqual((200, b""), ((reply := self.wire.get("/nothing")).status, reply.body))

    def test_failure(self) -> None:
        """A failure is told as the router's are."""
        self.wire.ask("GET", "/later")
        self.waiting.errback(ValueError("no"))
        self.assertEqual((500, b"failed"), ((reply := Reply(self.wire.take())).status, reply.body))
        self.failures[0].trap(ValueError)

    def test_cannot_be_told(self) -> None:
        """A failure that cannot even be told ends the answer all the same: nobody waits for ever."""
        self.patch(routes_of(self.house), "_failed", lambda request, failure: 1 / 0)
        self.wire.ask("GET", "/later")
        self.waiting.errback(ValueError("no"))
        self.assertEqual((500, b""), ((reply := Reply(self.wire.take())).status, reply.body))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_left(self) -> None:
        """Whoever leaves has the route cancelled, and is told nothing."""
        self.wire.ask("GET", "/later")
        self.wire.leave()
        self.assertTrue(self.waiting.called)
        self.assertEqual([], self.failures)

    def test_failed_after_leaving(self) -> None:
        """What fails when nobody hears it any more is logged."""

        def fails(_: Deferred[bytes]) -> None:
            self.waiting.errback(ValueError("too late"))

        self.waiting._canceller = fails
        self.wire.ask("GET", "/later")
        self.wire.leave()
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
