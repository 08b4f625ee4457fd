"""The routes that start no run."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import ClinvokerError
from clinvoker.model import BackendHealth
from clinvoker.web.health import http_status, overall
from tests.web.wire import CHAT, House

MODELS = "/openai/v1/models"


class ModelsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.wire = House().wire()

    def test_list(self) -> None:
        """W89: each model has an id, an integer time and an owner."""
        reply = self.wire.get(MODELS)
        self.assertEqual((200, "application/json"), (reply.status, reply.headers["content-type"]))
        model = {"id": "claude", "object": "model", "created": 990, "owned_by": "anthropic"}
        self.assertEqual("list", reply.json["object"])
        self.assertEqual(model, reply.json["data"][0])

    def test_one(self) -> None:
        """W90: one model, its name with a slash as it is or escaped."""
        for path in ("/claude/opus", "/claude%2Fopus"):
            self.assertEqual("claude/opus", self.wire.get(MODELS + path).json["id"])

    def test_unknown(self) -> None:
        """W78: an unknown one is 404, and the names there are are told."""
        reply = self.wire.get(MODELS + "/gpt-99")
        self.assertEqual((404, "model_not_found"), (reply.status, reply.code))
        self.assertEqual("model", reply.json["error"]["param"])
        self.assertIn("claude/opus", reply.json["error"]["message"])

    def test_no_redirect(self) -> None:
        """W1: a slash at the end and a query string change nothing."""
        for path in (MODELS + "/", MODELS + "?beta=true", MODELS + "/?a=b"):
            self.assertEqual(200, self.wire.get(path).status, path)


class RoutesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.wire = House().wire()

    def test_unknown_route(self) -> None:
        """W15: an unknown route is 404 in JSON, however odd its path."""
        for path in ("/", "/openai", "/openai/v1/nothing", "/openai//v1/models", "/%ff", "/..%2f", "/%00"):
            reply = self.wire.get(path)
            self.assertEqual((404, "not_found"), (reply.status, reply.code), path)
            self.assertEqual({"message", "type", "param", "code"}, set(reply.json["error"]))

    def test_wrong_method(self) -> None:
        """W15: a wrong method, a made-up one too, is 405 in JSON, with Allow."""
        for method, path, allowed in (
            ("GET", CHAT, "OPTIONS, POST"),
            ("DELETE", MODELS, "GET, HEAD, OPTIONS"),
            ("BREW", "/health", "GET, HEAD, OPTIONS"),
        ):
            reply = self.wire.get(path, method=method)
            self.assertEqual((405, "method_not_allowed"), (reply.status, reply.code))
            self.assertEqual(allowed, reply.headers["allow"])

    def test_options(self) -> None:
        """OPTIONS tells the methods and has no body, hence no length."""
        reply = self.wire.get(CHAT, method="OPTIONS")
        self.assertEqual((204, "OPTIONS, POST"), (reply.status, reply.headers["allow"]))
        self.assertIsNone(reply.headers["content-length"])

    def test_head(self) -> None:
        """HEAD has the headers of GET, errors too, and no body."""
        for path in ("/health", "/nothing"):
            got, headed = self.wire.get(path), self.wire.get(path, method="HEAD")
            self.assertEqual((got.status, b""), (headed.status, headed.body))
            self.assertEqual(got.headers["content-length"], headed.headers["content-length"])

    def test_request_id(self) -> None:
        """W7: every answer has an id: the client's if it is sane, else one made for it."""
        for path in ("/health", "/nothing", "*"):
            reply = self.wire.get(path, {"X-Request-Id": "abc-1"})
            self.assertEqual("abc-1", reply.headers["x-request-id"], path)
        for odd in ("a b", "x" * 129, "ü"):
            self.assertTrue(
                self.wire.get("/", {"X-Request-Id": odd}).headers["x-request-id"].startswith("id-")
            )

    def test_unique_ids(self) -> None:
        """W7: two requests have two."""
        first, second = self.wire.get("/health"), self.wire.get("/health")
        self.assertNotEqual(first.headers["x-request-id"], second.headers["x-request-id"])

    def test_bug(self) -> None:
        """What is not an error of ours is logged once, by the request's id, which is all the client gets."""
        house = House()
        house.runs.models = lambda principal: 1 / 0  # type: ignore[assignment, return-value]
        reply = house.wire().get(MODELS, {"X-Request-Id": "abc"})
        self.assertEqual((500, "internal_error"), (reply.status, reply.code))
        self.assertIn("abc", reply.json["error"]["message"])
        self.assertNotIn("division", reply.body.decode())
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_bug_before_the_routes(self) -> None:
        """So is one that strikes before a route is found: no page of HTML."""
        house = House()
        house.site.entrance.render = lambda request: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        reply = house.wire().get(MODELS)
        self.assertEqual((500, "internal_error"), (reply.status, reply.code))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_own_error(self) -> None:
        """An error of ours is no bug: nothing is logged as one."""
        house = House()

        def models(principal: str) -> list[object]:
            raise ClinvokerError("we know")

        house.runs.models = models  # type: ignore[assignment]
        self.assertEqual("we know", house.wire().get(MODELS).json["error"]["message"])


class HealthTests(SynchronousTestCase):
    def test_body(self) -> None:
        """Version, seconds up, and each backend as it is."""
        reply = House().wire().get("/health")
        self.assertEqual(200, reply.status)
        told = reply.json
        self.assertEqual(("ok", "1.2", 10.0), (told["status"], told["version"], told["uptime_seconds"]))
        self.assertEqual("/bin/claude", told["backends"][0]["path"])
        self.assertEqual("ready", told["backends"][0]["state"])

    def test_open(self) -> None:
        """It needs no key, with a slash at the end neither."""
        wire = House(keys=(("ada", "k"),)).wire()
        self.assertEqual(200, wire.get("/health").status)
        self.assertEqual(200, wire.get("/health/", {"Authorization": "Bearer wrong"}).status)
        self.assertEqual(401, wire.get("/healthy").status)

    def test_overall(self) -> None:
        """One that fails degrades, one that is not installed does not; none usable is unhealthy."""
        ready, untried = BackendHealth(name="a", state="ready"), BackendHealth(name="b", state="untried")
        missing, failing = BackendHealth(name="c", state="missing"), BackendHealth(name="d", state="failing")
        self.assertEqual("ok", overall([ready, untried, missing]))
        self.assertEqual("ok", overall([untried]))
        self.assertEqual("degraded", overall([ready, failing]))
        self.assertEqual("unhealthy", overall([missing, failing]))
        self.assertEqual("unhealthy", overall([]))

    def test_statuses(self) -> None:
        """Only an unhealthy daemon is to be avoided."""
        self.assertEqual([200, 200, 503], [http_status(s) for s in ("ok", "degraded", "unhealthy")])
