"""Responses over the wire: made, kept, continued, forgotten."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.model import (
    Finished,
    Message,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from tests.dialects.responses import told
from tests.web.wire import House, Reply

RESPONSES = "/openai/v1/responses"
ASK: dict[str, Any] = {"model": "claude", "input": "Hello"}
END = Finished("stop", Usage(input=3, output=2))
KEYS = (("ada", "a"), ("bob", "b"))
ADA = {"Authorization": "Bearer a"}
BOB = {"Authorization": "Bearer b"}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}


class ResponsesCase(SynchronousTestCase):
    """A house, a connection, and what is said over it."""

    settings: dict[str, Any] = {}

    def setUp(self) -> None:
        self.house = House(**self.settings)
        self.wire = self.house.wire()

    def ask(self, headers: dict[str, str] = {}, **fields: Any) -> None:
        """Ask for a response, which is not there yet."""
        self.wire.post(RESPONSES, {**ASK, **fields}, headers)

    def made(self, *events: Any, headers: dict[str, str] = {}, **fields: Any) -> Any:
        """A response that these events make."""
        self.ask(headers, **fields)
        self.house.run.hear(*(events or (TextDelta("Hi"), END)))
        return Reply(self.wire.take(), "POST").json

    def refused(self, status: int, headers: dict[str, str] = {}, **fields: Any) -> Any:
        """The error that a request meets at once."""
        self.ask(headers, **fields)
        reply = Reply(self.wire.take(), "POST")
        self.assertEqual(status, reply.status)
        return reply.json["error"]

    def get(self, path: str, headers: dict[str, str] = {}, method: str = "GET") -> Reply:
        """What is answered below the route."""
        return self.wire.get(f"{RESPONSES}/{path}", headers, method)

    def heard(self) -> tuple[Message, ...]:
        """The conversation of the latest run."""
        return self.house.run.invocation.messages


class MakingTests(ResponsesCase):
    def test_whole(self) -> None:
        """One JSON object, named by the id it can be asked for."""
        made = self.made()
        self.assertEqual(("completed", "response"), (made["status"], made["object"]))
        self.assertEqual("Hi", made["output"][0]["content"][0]["text"])
        self.assertEqual(5, made["usage"]["total_tokens"])

    def test_streamed(self) -> None:
        """Events as they happen, over a connection that then takes another request."""
        self.ask(stream=True)
        self.assertEqual(b"", self.wire.take())
        self.house.run.hear(TextDelta("Hi"))
        begun = self.wire.take()
        self.assertIn(b"text/event-stream", begun)
        self.house.run.hear(END)
        events = told(Reply(begun + self.wire.take()).body)
        self.assertEqual("response.completed", events[-1]["type"])
        self.assertEqual(200, self.wire.get("/health").status)

    def test_failure_before_first_byte(self) -> None:
        """W71: a status, and nothing is kept."""
        for stream in (True, False):
            self.ask(stream=stream)
            self.house.run.fail(errors.RateLimited("slow"))
            self.assertEqual(429, Reply(self.wire.take()).status)

    def test_failure_later(self) -> None:
        """W105: a later one is `response.failed`, and is kept as such."""
        self.ask(stream=True)
        self.house.run.hear(TextDelta("Hi"))
        self.house.run.fail(errors.AnswerCut("cut"))
        last = told(Reply(self.wire.take()).body)[-1]
        self.assertEqual("response.failed", last["type"])
        kept = self.get(last["response"]["id"]).json
        self.assertEqual(("failed", "cut"), (kept["status"], kept["error"]["message"]))

    def test_leaving(self) -> None:
        """W87: the client's leaving stops the run."""
        self.ask(stream=True)
        self.wire.leave()
        self.assertTrue(self.house.run.cancelled)

    def test_named(self) -> None:
        """What has no effect is named; what cannot be done is refused by name."""
        self.ask(user="u", truncation="auto")
        self.house.run.hear(TextDelta("Hi"), END)
        self.assertEqual("truncation, user", Reply(self.wire.take()).headers["x-clinvoker-ignored"])
        self.assertEqual("tools[0].type", self.refused(400, tools=[{"type": "web_search"}])["param"])

    def test_unknown_model(self) -> None:
        """W78: 404 with the names there are, where the model is asked for what depends on it."""
        self.house.runs.treatments = {}
        self.assertEqual("max_output_tokens", self.refused(400, max_output_tokens=5)["param"])


class KeptTests(ResponsesCase):
    def test_retrieve(self) -> None:
        """W108: it is kept as it was told, whole or streamed."""
        made = self.made(ReasoningDelta("hm"), TextDelta("Hi"), END, metadata={"a": "b"}, tools=[TOOL])
        self.assertEqual(made, self.get(made["id"]).json)
        self.ask(stream=True)
        self.house.run.hear(TextDelta("Hi"), END)
        last = told(Reply(self.wire.take()).body)[-1]["response"]
        self.assertEqual(last, self.get(last["id"]).json)

    def test_not_stored(self) -> None:
        """W108: with `store: false` there is nothing to be had."""
        made = self.made(store=False)
        self.assertIs(False, made["store"])
        self.assertEqual(
            (404, "response_not_found"), (self.get(made["id"]).status, self.get(made["id"]).code)
        )
        self.assertEqual(
            "previous_response_not_found", self.refused(400, previous_response_id=made["id"])["code"]
        )

    def assert_gone(self, identity: str) -> None:
        """It can be neither had nor continued."""
        reply = self.get(identity)
        self.assertEqual((404, "response_not_found"), (reply.status, reply.code))
        refused = self.refused(400, previous_response_id=identity)
        self.assertEqual("previous_response_not_found", refused["code"])

    def test_deleted(self) -> None:
        """W108: nor is there after it was deleted, to nobody."""
        made = self.made()
        gone = self.get(made["id"], method="DELETE").json
        self.assertEqual({"id": made["id"], "object": "response", "deleted": True}, gone)
        for path in (made["id"], f"{made['id']}/input_items"):
            self.assertEqual(404, self.get(path).status)
        self.assertEqual(404, self.get(made["id"], method="DELETE").status)
        self.assertEqual(
            "previous_response_not_found", self.refused(400, previous_response_id=made["id"])["code"]
        )

    def test_input_items(self) -> None:
        """The items that came, the last first unless told, page by page."""
        made = self.made(input=[{"role": "user", "content": text} for text in "abc"], instructions="i")
        path = f"{made['id']}/input_items"

        def texts(query: str) -> Any:
            listed = self.get(path + query).json
            said = "".join(item["content"][0]["text"] for item in listed["data"])
            return said, listed["has_more"]

        self.assertEqual(("cba", False), texts(""))
        self.assertEqual(("ab", True), texts("?order=asc&limit=2"))
        last = self.get(f"{path}?order=asc&limit=2").json["last_id"]
        self.assertEqual(("c", False), texts(f"?order=asc&after={last}"))
        for query in ("?limit=0", "?limit=101", "?limit=x"):
            self.assertEqual(
                (400, "limit"), (self.get(path + query).status, self.get(path + query).json["error"]["param"])
            )
        self.assertEqual("order", self.get(f"{path}?order=up").json["error"]["param"])
        self.assertEqual(
            (404, "item_not_found"), (self.get(f"{path}?after=x").status, self.get(f"{path}?after=x").code)
        )

    def test_never_kept(self) -> None:
        """Where nothing may be kept, `store` is named as without effect, and the background refused."""
        self.house = House(keep_responses=False)
        self.wire = self.house.wire()
        self.ask()
        self.house.run.hear(TextDelta("Hi"), END)
        reply = Reply(self.wire.take())
        self.assertEqual("store", reply.headers["x-clinvoker-ignored"])
        self.assertEqual(404, self.get(reply.json["id"]).status)
        self.assertEqual("background", self.refused(400, background=True)["param"])


class ContinuedTests(ResponsesCase):
    """W107: `previous_response_id`."""

    def test_chain(self) -> None:
        """The conversation is what a client of chat completions would send; instructions stay behind."""
        first = self.made(TextDelta("H"), TextDelta("i"), END, instructions="Be brief.")
        self.made(previous_response_id=first["id"], input="More", instructions="Be long.")
        expected = (
            Message("system", (Text("Be long."),)),
            Message("user", (Text("Hello"),)),
            Message("assistant", (Text("Hi"),)),
            Message("user", (Text("More"),)),
        )
        self.assertEqual(expected, self.heard())

    def test_branches(self) -> None:
        """Any earlier response can be continued, again and again."""
        first = self.made(input="1")
        second = self.made(input="2", previous_response_id=first["id"])
        for before, expected in ((first, "1Hi3"), (second, "1Hi2Hi3"), (first, "1Hi3")):
            self.made(input="3", previous_response_id=before["id"])
            self.assertEqual(expected, "".join(message.text for message in self.heard()))

    def test_calls(self) -> None:
        """Calls are part of the answer's message, their results follow; without them it is 400."""
        calls = (ToolCallStarted("c1", "f"), ToolCallDelta("c1", "{}"), ToolCallStarted("c2", "f"))
        end = Finished("tool_calls", Usage())
        first = self.made(TextDelta("Well."), *calls, end, tools=[TOOL])
        results = [{"type": "function_call_output", "call_id": each, "output": "x"} for each in ("c2", "c1")]
        self.made(previous_response_id=first["id"], input=results, tools=[TOOL])
        answer = Message(
            "assistant", (Text("Well."),), (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))
        )
        self.assertEqual(answer, self.heard()[1])
        self.assertEqual(["c2", "c1"], [message.call_id for message in self.heard()[2:]])
        refused = self.refused(400, previous_response_id=first["id"], input="never mind", tools=[TOOL])
        self.assertEqual("input", refused["param"])

    def test_unknown(self) -> None:
        """400 with the field's name."""
        error = self.refused(400, previous_response_id="resp_x")
        self.assertEqual(
            ("previous_response_not_found", "previous_response_id"), (error["code"], error["param"])
        )

    def test_failed(self) -> None:
        """One without an answer cannot be continued."""
        self.ask(stream=True)
        self.house.run.hear(TextDelta("Hi"))
        self.house.run.fail(errors.AnswerCut("cut"))
        failed = told(Reply(self.wire.take()).body)[-1]["response"]["id"]
        self.assertEqual("previous_response_id", self.refused(400, previous_response_id=failed)["param"])


class CountingTests(ResponsesCase):
    def count(self, **fields: Any) -> int:
        reply = self.wire.posted(fields, path=f"{RESPONSES}/input_tokens")
        self.assertEqual("response.input_tokens", reply.json["object"])
        return reply.json["input_tokens"]

    def test_counts(self) -> None:
        """It grows with what is asked and what is continued; no model is needed, and no run begun."""
        short = self.count(input="Hello")
        self.assertLess(short, self.count(input="Hello " * 20))
        self.assertLess(short, self.count(input="Hello", tools=[TOOL], model="claude"))
        self.assertEqual([], self.house.runs.runs)
        made = self.made()
        self.assertLess(short, self.count(input="Hello", previous_response_id=made["id"]))


class IsolationTests(ResponsesCase):
    settings = {"keys": KEYS}

    def test_another(self) -> None:
        """What one has made does not exist for another."""
        made = self.made(headers=ADA)
        for path, method in (("", "GET"), ("", "DELETE"), ("/input_items", "GET"), ("/cancel", "POST")):
            self.assertEqual(404, self.get(made["id"] + path, BOB, method).status)
        error = self.refused(400, BOB, previous_response_id=made["id"])
        self.assertEqual("previous_response_not_found", error["code"])
        item = made["output"][0]["id"]
        self.refused(400, BOB, input=[{"type": "item_reference", "id": item}])
        self.assertEqual(200, self.get(made["id"], ADA).status)

    def test_principal(self) -> None:
        """The run knows whose it is."""
        self.made(headers=BOB)
        self.assertEqual("bob", self.house.run.invocation.principal)
