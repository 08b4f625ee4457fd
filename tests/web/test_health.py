"""What orchestrators ask for."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import BackendHealth, BackendState, Census, Load
from clinvoker.model.health import CircuitState
from clinvoker.web.health import unready
from tests.web.wire import House

NONE = "No backend can be used."


def backend(state: BackendState, circuit: CircuitState = "closed") -> BackendHealth:
    return BackendHealth(name=f"{state}-{circuit}", state=state, agents=Census(circuit=circuit))


class UnreadyTests(SynchronousTestCase):
    def reasons(self, *backends: BackendHealth, trouble: str = "", draining: bool = False) -> list[str]:
        return [*unready(Load(draining=draining), backends, trouble)]

    def test_usable(self) -> None:
        """One that works, or may be tried, is enough."""
        for usable in (
            backend("ready"),
            backend("untried"),
            backend("failing"),
            backend("failing", "half-open"),
        ):
            self.assertEqual([], self.reasons(backend("missing"), usable), usable)

    def test_unusable(self) -> None:
        """What is not there, or is left alone for a while, cannot answer."""
        for unusable in (backend("missing"), backend("disabled"), backend("failing", "open")):
            self.assertEqual([NONE], self.reasons(unusable), unusable)
        self.assertEqual([NONE], self.reasons())

    def test_all(self) -> None:
        """Every reason is told."""
        self.assertEqual(
            ["It is shutting down.", NONE, "The disk is full."],
            self.reasons(trouble="The disk is full.", draining=True),
        )


class RouteTests(SynchronousTestCase):
    def test_statuses(self) -> None:
        """503 with the reasons, else 200; the daemon lives in both cases; no key is needed."""
        for state, expected in (("ready", (200, True, [])), ("missing", (503, False, [NONE]))):
            house = House(keys=(("ada", "key-of-ada"),))
            house.runs.health = lambda state=state: [backend(state)]  # type: ignore[method-assign]
            wire = house.wire()
            reply = wire.get("/health/ready")
            self.assertEqual(expected, (reply.status, reply.json["ready"], reply.json["reasons"]))
            self.assertEqual(200, wire.get("/health/live").status)
