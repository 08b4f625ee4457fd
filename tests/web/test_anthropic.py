"""The routes below /anthropic, over the wire."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.model import Finished, TextDelta, ToolCallDelta, ToolCallStarted, Usage
from tests.dialects.messages import kinds, told, tool
from tests.web.wire import ASK, House, Reply

MESSAGES = "/anthropic/v1/messages"
COUNT = MESSAGES + "/count_tokens"
MODELS = "/anthropic/v1/models"
ASKED = {**ASK, "max_tokens": 9}
STREAMED = {**ASKED, "stream": True}
END = Finished("stop", Usage(input=3, output=2))


class AnthropicCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()

    def post(self, asked: Any, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.wire.post(MESSAGES, asked, {"X-Request-Id": "mine", **named})

    def assert_error(self, reply: Reply, status: int, kind: str) -> None:
        """The answer is an error in Anthropic's shape, named twice."""
        self.assertEqual(
            (status, "error", kind), (reply.status, reply.json["type"], reply.json["error"]["type"])
        )
        self.assertEqual(reply.headers["request-id"], reply.json["request_id"])
        self.assertEqual(reply.headers["request-id"], reply.headers["x-request-id"])
        self.assertEqual("application/json", reply.headers["content-type"])


class MessageTests(AnthropicCase):
    def test_whole(self) -> None:
        """F037, W8: the answer, with its name in the header of Anthropic's."""
        self.post(ASKED)
        self.house.run.hear(TextDelta("hi"), END)
        reply = Reply(self.wire.take())
        self.assertEqual((200, "hi"), (reply.status, reply.json["content"][0]["text"]))
        self.assertEqual("mine", reply.headers["request-id"])
        self.assertEqual("mine", self.house.run.invocation.request_id)

    def test_stream(self) -> None:
        """W112: events as they come, each with a name."""
        self.post(STREAMED)
        self.assertEqual(b"", self.wire.take())
        self.house.run.hear(TextDelta("hi"))
        begun = self.wire.take()
        self.assertIn(b"event: message_start\n", begun)
        self.assertIn(b'"text":"hi"', begun)
        call = (ToolCallStarted("c1", "get_weather"), ToolCallDelta("c1", "{}"))
        self.house.run.hear(*call, Finished("tool_calls", Usage(input=3, output=2)))
        reply = Reply(begun + self.wire.take())
        self.assertEqual("message_stop", kinds(reply.body)[-1])
        self.assertEqual("tool_use", told(reply.body)[-2]["delta"]["stop_reason"])

    def test_keep_alive(self) -> None:
        """W113: where nothing happens for a while the client is pinged."""
        self.post(STREAMED)
        self.house.clock.advance(15)
        self.house.run.hear(TextDelta("hi"), END)
        sent = kinds(Reply(self.wire.take()).body)
        self.assertEqual(["message_start", "ping", "content_block_start"], sent[:3])

    def test_paths(self) -> None:
        """F044, W110: the doubled path, a query and any version are the same."""
        for path in ("/anthropic/v1/v1/messages", MESSAGES + "?beta=true", MESSAGES + "/"):
            self.wire.post(path, ASKED, {"anthropic-version": "2099-01-01", "anthropic-beta": "x-2099"})
            self.house.run.hear(TextDelta("hi"), END)
            self.assertEqual(200, Reply(self.wire.take()).status, path)

    def test_ignored(self) -> None:
        """W119: what has no effect is named in the header, what a backend lets pass too."""
        self.house.runs.treatments = {
            "max_tokens": "honoured",
            "stop": "ignored",
            "reasoning_effort": "ignored",
        }
        asked = {"metadata": {"user_id": "u"}, "stop_sequences": ["x"], "output_config": {"effort": "low"}}
        self.post({**ASKED, **asked})
        self.house.run.hear(TextDelta("hi"), END)
        named = Reply(self.wire.take()).headers["x-clinvoker-ignored"]
        self.assertEqual("metadata, stop_sequences, output_config.effort", named)

    def test_refused_by_backend(self) -> None:
        """What a backend cannot do is refused by the client's word for it."""
        self.house.runs.treatments = {"max_tokens": "honoured", "tools": "honoured"}
        asked = {"tools": [tool()], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
        self.post({**ASKED, **asked})
        reply = Reply(self.wire.take())
        self.assert_error(reply, 400, "invalid_request_error")
        self.assertIn("disable_parallel_tool_use", reply.json["error"]["message"])


class ErrorTests(AnthropicCase):
    """W116, W117: every error in Anthropic's shape."""

    def failed(self, error: errors.ClinvokerError) -> Reply:
        self.post(STREAMED)
        self.house.run.fail(error)
        return Reply(self.wire.take())

    def test_failed_runs(self) -> None:
        """Each failure before the first byte has its status and its type."""
        failures: list[tuple[errors.ClinvokerError, int, str]] = [
            (errors.UnknownModel("x", ["claude"]), 404, "not_found_error"),
            (errors.ContextOverflow(), 400, "invalid_request_error"),
            (errors.RateLimited("slow down", retry_after=2), 429, "rate_limit_error"),
            (errors.ProviderOverloaded("full"), 529, "overloaded_error"),
            (errors.Busy("full"), 529, "overloaded_error"),
            (errors.Draining(), 529, "overloaded_error"),
            (errors.NotLoggedIn("log in"), 503, "api_error"),
            (errors.BackendForbidden("no"), 403, "permission_error"),
            (errors.ProviderFailed("broken"), 502, "api_error"),
            (errors.TimedOut("late"), 504, "timeout_error"),
            (errors.ClinvokerError("bug"), 500, "api_error"),
        ]
        for error, status, kind in failures:
            self.assert_error(self.failed(error), status, kind)

    def test_waiting(self) -> None:
        """How long to wait is told, and whether it is any use."""
        limited = self.failed(errors.RateLimited("slow down", retry_after=2))
        self.assertEqual("2", limited.headers["retry-after"])
        self.assertIsNone(limited.headers["x-should-retry"])
        self.assertEqual("1", self.failed(errors.Busy("full")).headers["retry-after"])
        self.assertEqual("false", self.failed(errors.NotLoggedIn("log in")).headers["x-should-retry"])

    def test_later(self) -> None:
        """After the first byte the error is the last event."""
        self.post(STREAMED)
        self.house.run.hear(TextDelta("hi"))
        self.house.run.fail(errors.AnswerCut("cut"))
        last = told(Reply(self.wire.take()).body)[-1]
        self.assertEqual(
            ("error", "api_error", "mine"), (last["type"], last["error"]["type"], last["request_id"])
        )

    def test_requests(self) -> None:
        """What is wrong with a request."""
        for sent in (b"", b"{", b"[]", {}, {**ASKED, "max_tokens": 0}, {**ASKED, "messages": []}):
            self.assert_error(self.wire.posted(sent, path=MESSAGES), 400, "invalid_request_error")
        text = self.wire.posted(ASKED, {"Content-Type": "text/plain"}, MESSAGES)
        self.assert_error(text, 415, "invalid_request_error")

    def test_routes(self) -> None:
        """W117: unknown routes and methods, of which Claude Code asks one at its start."""
        for path in (
            "/anthropic",
            "/anthropic/",
            "/anthropic/v1/nothing",
            "/anthropic/api/hello",
            "/anthropic/%ff",
        ):
            self.assert_error(self.wire.get(path), 404, "not_found_error")
        self.assert_error(self.wire.get(MESSAGES), 405, "invalid_request_error")
        self.assertEqual(
            "POST, OPTIONS", ", ".join(self.wire.get(MESSAGES).headers["allow"].split(", ")[::-1])
        )
        head = self.wire.get("/anthropic/api/hello", method="HEAD")
        self.assertEqual((404, b""), (head.status, head.body))
        self.assertTrue(head.headers["request-id"])

    def test_elsewhere(self) -> None:
        """Other doors keep their own shape, one that only begins so too."""
        for path in ("/anthropical", "/openai/v1/nothing"):
            reply = self.wire.get(path)
            self.assertEqual({"message", "type", "param", "code"}, set(reply.json["error"]))
            self.assertIsNone(reply.headers["request-id"])

    def test_too_large(self) -> None:
        """A body over the limit is called so."""
        self.house = House(max_body_bytes=100)
        reply = self.house.wire().posted({**ASKED, "system": "x" * 200}, path=MESSAGES)
        self.assert_error(reply, 413, "request_too_large")


class KeyTests(AnthropicCase):
    def setUp(self) -> None:
        self.house = House(keys=(("ada", "key-of-ada"),))
        self.wire = self.house.wire()

    def test_wrong(self) -> None:
        """W116: a key that is missing or wrong is told in Anthropic's shape."""
        for headers in ({}, {"X-Api-Key": "key-of-eve"}, {"Authorization": "Bearer key-of-eve"}):
            self.assert_error(self.wire.posted(ASKED, headers, MESSAGES), 401, "authentication_error")
        self.assert_error(self.wire.get("/anthropic/nothing"), 401, "authentication_error")

    def test_right(self) -> None:
        """W3: a key comes by either header."""
        for headers in ({"X-Api-Key": "key-of-ada"}, {"Authorization": "Bearer key-of-ada"}):
            self.assertEqual(200, self.wire.get(MODELS, headers).status)

    def test_pages(self) -> None:
        """A foreign page is refused in Anthropic's shape."""
        reply = self.wire.posted(ASKED, {"Origin": "https://evil.test", "X-Api-Key": "key-of-ada"}, MESSAGES)
        self.assert_error(reply, 403, "permission_error")


class CountTests(AnthropicCase):
    def count(self, path: str = COUNT, **fields: Any) -> Reply:
        return self.wire.posted({**ASK, **fields}, path=path)

    def test_count(self) -> None:
        """W118: a number, which grows; no run is begun."""
        least = self.count().json["input_tokens"]
        self.assertGreater(self.count(tools=[tool()]).json["input_tokens"], least)
        self.assertEqual(least, self.count("/anthropic/v1/v1/messages/count_tokens").json["input_tokens"])
        self.assertEqual([], self.house.runs.runs)

    def test_wrong(self) -> None:
        """Models that nobody knows, and requests that are none."""
        self.assert_error(self.count(model="gpt-99"), 404, "not_found_error")
        self.assert_error(self.count(messages=[]), 400, "invalid_request_error")


class ModelTests(AnthropicCase):
    """F046: the list in pages."""

    def test_pages(self) -> None:
        """The next page begins where the last one ended."""
        first = self.wire.get(MODELS + "?limit=1").json
        self.assertEqual((["claude"], True), ([model["id"] for model in first["data"]], first["has_more"]))
        second = self.wire.get(f"/anthropic/v1/v1/models?limit=1&after_id={first['last_id']}").json
        self.assertEqual(
            (["claude/opus"], False), ([model["id"] for model in second["data"]], second["has_more"])
        )

    def test_one(self) -> None:
        """One model, its name with a slash as it is or escaped; or none."""
        for path in ("/claude/opus", "/claude%2Fopus"):
            self.assertEqual("claude/opus", self.wire.get(MODELS + path).json["id"])
        self.assert_error(self.wire.get(MODELS + "/gpt-99"), 404, "not_found_error")

    def test_wrong(self) -> None:
        """A page that is none."""
        for query in ("limit=0", "limit=x", "after_id=gpt-99", "after_id=%ff"):
            self.assert_error(self.wire.get(f"{MODELS}?{query}"), 400, "invalid_request_error")
