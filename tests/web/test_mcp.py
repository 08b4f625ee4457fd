"""The Model Context Protocol over the wire: versions, lists, resources, errors."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from clinvoker.dialects.mcp_tools import TOOLS
from clinvoker.errors import StoreFailed
from tests.web.mcps import ACCEPT, PATH, VERSION, McpCase, headers_of, message, notice, prompt, stated
from tests.web.natives import NativeHouse


class HelloTests(McpCase):
    def test_agreed(self) -> None:
        """A client's version is kept to if it is known, else ours is offered; it gets a session's name."""
        for wished, agreed in (
            ("2024-11-05", "2024-11-05"),
            ("2025-06-18", "2025-06-18"),
            ("9", "2025-11-25"),
        ):
            reply = self.said(message("initialize", {"protocolVersion": wished, "capabilities": {}}))
            told = reply.json["result"]
            self.assertEqual((agreed, "clinvoker"), (told["protocolVersion"], told["serverInfo"]["name"]))
            self.assertEqual({"tools": {}, "resources": {}}, told["capabilities"])
            self.assertTrue(reply.headers["mcp-session-id"])
        self.assertEqual({}, self.result("ping"))
        self.assertEqual({}, self.result("logging/setLevel", {"level": "debug"}))

    def test_discovered(self) -> None:
        """A client that states its version in each message learns which there are, and is told more."""
        asked = stated(message("server/discover"))
        told = self.said(asked, **headers_of(asked)).json["result"]
        self.assertIn("2026-07-28", told["supportedVersions"])
        self.assertEqual(("complete", "private"), (told["resultType"], told["cacheScope"]))
        self.assertEqual("1.2", told["_meta"]["io.modelcontextprotocol/serverInfo"]["version"])

    def test_gone(self) -> None:
        """What such versions no longer have is unknown there; so is what earlier ones never had."""
        for method in ("ping", "initialize", "logging/setLevel", "odd"):
            asked = stated(message(method))
            self.assertEqual((404, -32601), self.error(asked, **headers_of(asked)))
        for method in ("server/discover", "odd", "prompts/list"):
            self.assertEqual((200, -32601), self.error(message(method)))

    def test_unknown_version(self) -> None:
        """A version that is none is refused with those that there are, whether in a message or a header."""
        asked = stated(message("tools/list"))
        asked["params"]["_meta"][VERSION] = "2031-01-01"
        reply = self.said(asked, **headers_of(asked))
        self.assertEqual((400, -32022), (reply.status, reply.json["error"]["code"]))
        self.assertIn("2026-07-28", reply.json["error"]["data"]["supported"])
        self.assertEqual((400, -32022), self.error(message("ping"), Mcp_Protocol_Version="1.0"))

    def test_headers(self) -> None:
        """Headers that say something else than the message are refused; a name may come in base64."""
        asked = stated(message("resources/read", {"uri": "clinvk://sessions/ab"}))
        headers = headers_of(asked)
        encoded = {**headers, "Mcp-Name": "=?base64?Y2xpbnZrOi8vc2Vzc2lvbnMvYWI=?="}
        self.assertEqual((400, -32602), self.error(asked, **encoded))  # there is no such session
        for name in headers:
            self.assertEqual((400, -32020), self.error(asked, **{**headers, name: "other"}), name)
        self.assertEqual((400, -32020), self.error(asked))

    def test_capabilities(self) -> None:
        """What has to be stated besides the version is asked for."""
        asked = stated(message("tools/list"))
        del asked["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
        self.assertEqual((400, -32602), self.error(asked, **headers_of(asked)))


class ListTests(McpCase):
    def test_tools(self) -> None:
        """Each has schemas that are such, without references; the backends that are there are told."""
        tools = self.result("tools/list")["tools"]
        self.assertEqual([*TOOLS], [tool["name"] for tool in tools])
        for tool in tools:
            for schema in (tool["inputSchema"], tool["outputSchema"]):
                Draft202012Validator.check_schema(schema)
                self.assertEqual("object", schema["type"])
            self.assertNotIn("$", json.dumps(tool).replace("^[A-Za-z0-9_-]*$", ""))
        self.assertIn("claude, codex", tools[0]["inputSchema"]["properties"]["backend"]["description"])

    def test_sessions(self) -> None:
        """Sessions are listed in pages, the last used first; those of other keys are not."""
        house = NativeHouse(keys=(("ada", "a"), ("bob", "b")))
        self.house, self.wire = house, house.wire()
        for _ in range(60):
            self.said(prompt(dry_run=True), X_Api_Key="a")
        page = self.said(message("resources/list"), X_Api_Key="a").json["result"]
        rest = message("resources/list", {"cursor": page["nextCursor"]})
        last = self.said(rest, X_Api_Key="a").json["result"]
        self.assertEqual((50, 10), (len(page["resources"]), len(last["resources"])))
        self.assertNotIn("nextCursor", last)
        others = self.said(message("resources/list"), X_Api_Key="b").json["result"]
        self.assertEqual([], others["resources"])
        uri = {"uri": page["resources"][0]["uri"]}
        self.assertIn("result", self.said(message("resources/read", uri), X_Api_Key="a").json)
        self.assertEqual((200, -32002), self.error(message("resources/read", uri), X_Api_Key="b"))

    def test_cursor(self) -> None:
        """A cursor that was not given out is refused."""
        for cursor in ("x", "after-", 5, "after--1"):
            self.assertEqual((200, -32602), self.error(message("resources/list", {"cursor": cursor})))

    def test_read(self) -> None:
        """A session is shown as JSON or to be read, by its whole id or the beginning of it."""
        self.say(prompt(prompt="Why?"))
        self.answer("Because.")
        session = self.outcome()["structuredContent"]["session_id"]
        [listed] = self.result("resources/list")["resources"]
        self.assertEqual(f"clinvk://sessions/{session}", listed["uri"])
        [told] = self.result("resources/read", {"uri": listed["uri"]})["contents"]
        said = [each["text"] for each in json.loads(told["text"])["turns"][0]["messages"]]
        self.assertEqual((["Why?", "Because."], "application/json"), (said, told["mimeType"]))
        [told] = self.result("resources/read", {"uri": f"clinvk://sessions/{session[:6]}.md"})["contents"]
        self.assertEqual("text/markdown", told["mimeType"])
        self.assertRegex(told["text"], r"(?s)# Session .*## You .*\nWhy\?\n.*## Answer .*\nBecause\.")
        templates = self.result("resources/templates/list")["resourceTemplates"]
        self.assertIn("clinvk://sessions/{id}", [each["uriTemplate"] for each in templates])

    def test_no_resource(self) -> None:
        """What is no resource is an error that says so."""
        for uri in ("clinvk://sessions/ffff", "file:///etc/passwd", None, "clinvk://sessions/"):
            self.assertEqual((200, -32002), self.error(message("resources/read", {"uri": uri})))


class MessageTests(McpCase):
    def test_notifications(self) -> None:
        """What wants no answer gets none."""
        for method in ("notifications/initialized", "notifications/cancelled", "odd"):
            reply = self.said(notice(method, requestId=1))
            self.assertEqual((202, b""), (reply.status, reply.body))
        self.assertEqual(202, self.said({"jsonrpc": "2.0", "id": 7, "result": {}}).status)

    def test_garbled(self) -> None:
        """What is no message is told so, with its id if it has one."""
        self.assertEqual((400, -32700), self.error(b"{"))
        self.assertEqual((400, -32700), self.error(b"[" * 100_000))
        self.assertEqual((400, -32600), self.error(b"3"))
        self.assertEqual((400, -32600), self.error({"id": None, "jsonrpc": "2.0", "method": "ping"}))
        reply = self.said({"id": 7, "method": "ping"})
        self.assertEqual((7, -32600), (reply.json["id"], reply.json["error"]["code"]))
        self.assertEqual((200, -32602), self.error(message("tools/call", {"name": "x"})))
        bad = message("tools/call", {"name": "clinvk_prompt", "arguments": [1]})
        self.assertEqual((200, -32602), self.error(bad))

    def test_batch(self) -> None:
        """The first versions have batches: all answers come together.  Later ones refuse them."""
        batch = [message("ping"), notice("notifications/initialized"), message("odd", identity="b")]
        reply = self.said(batch)
        self.assertEqual([1, "b"], [answer["id"] for answer in reply.json])
        self.assertEqual(202, self.said(batch[1:2]).status)
        self.assertEqual((400, -32600), self.error(batch, Mcp_Protocol_Version="2025-06-18"))
        self.assertEqual((400, -32600), self.error([]))
        self.assertEqual((400, -32600), self.error([message("ping")] * 33))

    def test_entrance(self) -> None:
        """Keys, origins, sizes and methods are as everywhere; the errors are messages."""
        keyed = NativeHouse(keys=(("ada", "k"),)).wire()
        small = NativeHouse(max_body_bytes=10).wire()
        for status, reply in (
            (401, keyed.posted(message("ping"), path=PATH)),
            (403, self.wire.posted(message("ping"), {"Origin": "http://evil.test"}, PATH)),
            (413, small.posted(message("ping"), path=PATH)),
            (415, self.wire.posted(b"{}", {"Content-Type": "text/plain"}, PATH)),
            (405, self.wire.get(PATH, ACCEPT)),
        ):
            self.assertEqual((status, None), (reply.status, reply.json["id"]))
            self.assertTrue(reply.json["error"]["message"])

    def test_store_failed(self) -> None:
        """A store that cannot be read is an error with its sentence."""

        async def sessions(principal: str, wanted: object) -> object:
            raise StoreFailed("the disk is gone")

        self.patch(self.house.store, "sessions", sessions)
        reply = self.said(message("resources/list"))
        self.assertEqual((503, "the disk is gone"), (reply.status, reply.json["error"]["message"]))
