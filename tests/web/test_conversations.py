"""Conversation objects: made, added to, answered in, forgotten."""

from __future__ import annotations

from typing import Any

from clinvoker import errors
from clinvoker.model import Finished, Message, Text, TextDelta, ToolCall, ToolCallStarted, Usage
from tests.web.test_responses import ADA, BOB, KEYS, TOOL, ResponsesCase
from tests.web.wire import House, Reply

CONVERSATIONS = "/openai/v1/conversations"


def user(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": text}


class ConversationsCase(ResponsesCase):
    def post(self, path: str, headers: dict[str, str] = {}, **fields: Any) -> Reply:
        return self.wire.posted(fields, headers, CONVERSATIONS + path)

    def at(self, path: str, headers: dict[str, str] = {}, method: str = "GET") -> Reply:
        return self.wire.get(f"{CONVERSATIONS}/{path}", headers, method)

    def begun(self, *texts: str, headers: dict[str, str] = {}) -> str:
        """A conversation that begins with these; gives its id."""
        return self.post("", headers, items=[user(text) for text in texts]).json["id"]

    def texts(self, identity: str, query: str = "?order=asc") -> list[str]:
        listed = self.at(f"{identity}/items{query}").json["data"]
        return [item["content"][0]["text"] for item in listed]


class ObjectTests(ConversationsCase):
    def test_life(self) -> None:
        """Made, had, changed, forgotten; then it is 404."""
        made = self.post("", metadata={"a": "b"}).json
        expected = {"id": made["id"], "object": "conversation", "created_at": 1000, "metadata": {"a": "b"}}
        self.assertEqual(expected, made)
        self.assertTrue(made["id"].startswith("conv_"))
        self.assertEqual(made, self.at(made["id"]).json)
        changed = self.post(f"/{made['id']}", metadata={"c": "d"}).json
        self.assertEqual({"c": "d"}, changed["metadata"])
        self.assertEqual(changed, self.at(made["id"]).json)
        gone = self.at(made["id"], method="DELETE").json
        self.assertEqual({"id": made["id"], "object": "conversation.deleted", "deleted": True}, gone)
        for reply in (
            self.at(made["id"]),
            self.at(f"{made['id']}/items"),
            self.at(made["id"], method="DELETE"),
        ):
            self.assertEqual((404, "conversation_not_found"), (reply.status, reply.code))

    def test_metadata(self) -> None:
        """OpenAI's bounds hold."""
        for metadata in ({"a": "b" * 513}, {"a" * 65: "b"}, {f"{n}": "" for n in range(17)}, {"a": 1}):
            self.assertEqual("metadata", self.post("", metadata=metadata).json["error"]["param"])

    def test_never_kept(self) -> None:
        """Where nothing may be kept there are none."""
        self.wire = House(keep_responses=False).wire()
        self.assertEqual((400, "unsupported_parameter"), (self.post("").status, self.post("").code))


class ItemTests(ConversationsCase):
    def test_life(self) -> None:
        """Items are added, listed page by page, had one by one, and forgotten."""
        identity = self.begun("a", "b")
        added = self.post(f"/{identity}/items", items=[user("c"), user("d")]).json
        self.assertEqual(["c", "d"], [item["content"][0]["text"] for item in added["data"]])
        self.assertEqual(["a", "b", "c", "d"], self.texts(identity))
        self.assertEqual(["d", "c"], self.texts(identity, "?limit=2"))
        third = added["data"][0]
        self.assertEqual(["d"], self.texts(identity, f"?order=asc&after={third['id']}"))
        self.assertEqual(third, self.at(f"{identity}/items/{third['id']}").json)
        kept = self.at(f"{identity}/items/{third['id']}", method="DELETE").json
        self.assertEqual(identity, kept["id"])
        self.assertEqual(["a", "b", "d"], self.texts(identity))
        self.assertEqual("item_not_found", self.at(f"{identity}/items/{third['id']}").code)

    def test_refused(self) -> None:
        """What is no item, or none at all, is refused with its place."""
        identity = self.begun()
        for place, fields in {
            "items": {"items": []},
            "items[0].type": {"items": [{"type": "item_reference", "id": "x"}]},
            "items[1].role": {"items": [user("a"), {"role": "tool", "content": "x"}]},
        }.items():
            self.assertEqual(place, self.post(f"/{identity}/items", **fields).json["error"]["param"])
        self.assertEqual(404, self.post("/conv_x/items", items=[user("a")]).status)


class AnsweringTests(ConversationsCase):
    def test_goes_on(self) -> None:
        """What came and what was answered become part of it, and the next response hears all."""
        identity = self.begun("a")
        made = self.made(conversation=identity, input="b")
        self.assertEqual({"id": identity}, made["conversation"])
        self.assertEqual(["a", "b", "Hi"], self.texts(identity))
        self.made(conversation={"id": identity}, input="c")
        self.assertEqual(["a", "b", "Hi", "c"], [message.text for message in self.heard()])

    def test_not_stored(self) -> None:
        """`store: false` is about the response: the conversation goes on."""
        identity = self.begun()
        self.made(conversation=identity, store=False)
        self.assertEqual(["Hello", "Hi"], self.texts(identity))

    def test_one_message(self) -> None:
        """An answer of text and calls is one message when it is read again."""
        identity = self.begun()
        end = Finished("tool_calls", Usage())
        self.made(
            TextDelta("a"),
            ToolCallStarted("c1", "f"),
            TextDelta("b"),
            end,
            conversation=identity,
            tools=[TOOL],
        )
        output = {"type": "function_call_output", "call_id": "c1", "output": "x"}
        self.made(conversation=identity, input=[output], tools=[TOOL])
        answer = Message("assistant", (Text("a"), Text("b")), (ToolCall("c1", "f", "{}"),))
        self.assertEqual(answer, self.heard()[1])

    def test_failed(self) -> None:
        """A failed response leaves it as it was."""
        identity = self.begun("a")
        self.ask(conversation=identity, stream=True)
        self.house.run.hear(TextDelta("Hi"))
        self.house.run.fail(errors.AnswerCut("cut"))
        self.wire.take()
        self.assertEqual(["a"], self.texts(identity))

    def test_references(self) -> None:
        """Its items can be named in it."""
        identity = self.begun("a")
        item = self.at(f"{identity}/items").json["data"][0]["id"]
        self.made(conversation=identity, input=[{"type": "item_reference", "id": item}])
        self.assertEqual(["a", "a"], [message.text for message in self.heard()])

    def test_many_references(self) -> None:
        """However many are named, the store is not asked for each of them."""
        identity = self.begun("a")
        item = self.at(f"{identity}/items").json["data"][0]["id"]
        asked: list[str] = []
        for name in ("item", "items"):
            ask = getattr(self.house.store, name)
            self.patch(self.house.store, name, lambda *given, ask=ask: (asked.append("one"), ask(*given))[1])
        self.made(conversation=identity, input=[{"type": "item_reference", "id": item}] * 9)
        wrong = [{"type": "item_reference", "id": f"msg_{number}"} for number in range(9)]
        self.assertEqual("input[0].id", self.refused(400, conversation=identity, input=wrong)["param"])
        self.assertEqual(4, len(asked))

    def test_refused(self) -> None:
        """An unknown one is 404; two ways to continue are 400."""
        self.assertEqual("conversation_not_found", self.refused(404, conversation="conv_x")["code"])
        made = self.made()
        error = self.refused(400, conversation=self.begun(), previous_response_id=made["id"])
        self.assertEqual("previous_response_id", error["param"])


class IsolationTests(ConversationsCase):
    settings = {"keys": KEYS}

    def test_another(self) -> None:
        """Another's conversation does not exist, nor do its items."""
        identity = self.begun("a", headers=ADA)
        item = self.at(f"{identity}/items", ADA).json["data"][0]["id"]
        for path, method in (
            ("", "GET"),
            ("", "DELETE"),
            ("/items", "GET"),
            (f"/items/{item}", "GET"),
            (f"/items/{item}", "DELETE"),
        ):
            self.assertEqual(404, self.at(identity + path, BOB, method).status)
        for path, fields in (("", {"metadata": {}}), ("/items", {"items": [user("b")]})):
            self.assertEqual(404, self.post(f"/{identity}{path}", BOB, **fields).status)
        self.refused(404, BOB, conversation=identity)
        self.assertEqual(200, self.at(identity, ADA).status)
