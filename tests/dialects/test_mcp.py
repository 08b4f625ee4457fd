"""The Model Context Protocol without a transport: whatever comes in, there is something sound to do."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects import mcp
from clinvoker.dialects.mcp_http import AsJson, status_of, takes_events
from clinvoker.dialects.mcp_messages import Answer, Body, Notification, Request, read, written
from clinvoker.dialects.mcp_tools import TOOLS, listed, named_session
from clinvoker.dialects.mcp_versions import KNOWN, Headers, agreed, plain, repeated, sendable
from clinvoker.errors import BadRequest

SERVER = mcp.McpServer("1", lambda: ("claude",))
STATED = {
    "io.modelcontextprotocol/protocolVersion": KNOWN[-1],
    "io.modelcontextprotocol/clientCapabilities": {},
}

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
methods = st.sampled_from([*SERVER._methods, "notifications/cancelled", "notifications/progress", "x"])
names = st.sampled_from([*TOOLS, "x"])
uris = st.sampled_from(["clinvk://sessions/ab", "clinvk://sessions/ab.md", "x"])
known = st.fixed_dictionaries(
    {},
    optional={
        "name": names | values,
        "arguments": st.dictionaries(st.text(), values) | values,
        "uri": uris | values,
        "cursor": st.sampled_from(["after-50"]) | values,
        "requestId": values,
        "protocolVersion": st.sampled_from(KNOWN) | values,
        "_meta": st.just(STATED) | st.fixed_dictionaries({"progressToken": values}) | values,
    },
)
messages = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | values, "method": methods | values},
    optional={"id": st.integers() | st.text() | values, "params": known | values},
)
bodies = st.binary() | (messages | values | st.lists(messages, max_size=3)).map(
    lambda value: json.dumps(value).encode()
)


def step(method: str, params: Any = None) -> mcp.Step:
    """What is to be done about a request."""
    return SERVER.step(Request(id=1, method=method, params=params or {}))


class AnyTests(SynchronousTestCase):
    @given(bodies)
    def test_any(self, body: bytes) -> None:
        """Whatever comes: each request has one answer or is to be carried out, nothing else has any."""
        for heard in read(body).messages:
            done = SERVER.step(heard)
            if isinstance(heard, Notification):
                self.assertIsInstance(done, mcp.Cancel | mcp.Nothing)
                continue
            self.assertNotIsInstance(done, mcp.Cancel | mcp.Nothing)
            answer = done.answer if isinstance(done, mcp.Say) else Answer(id=getattr(done, "id", None))
            self.assertEqual(answer.id, getattr(heard, "id", None))
            told = json.loads(written(answer))
            if isinstance(done, mcp.Say):
                self.assertEqual(1, ("result" in told) + ("error" in told))
                self.assertIn(status_of(answer, True), (200, 400, 404))

    @given(messages)
    def test_read(self, message: dict[str, Any]) -> None:
        """Read, written and read again, a message is the same."""
        [heard] = read(json.dumps(message).encode()).messages or (None,)
        if isinstance(heard, Request | Notification):
            self.assertEqual(Body((heard,)), read(msgspec.json.encode(heard)))

    @given(st.text())
    def test_headers(self, text: str) -> None:
        """Whatever a name is, it comes through a header."""
        sent = sendable(text)
        self.assertTrue(sent.isascii() and sent == sent.strip())
        self.assertEqual(text, plain(sent))

    @given(names | st.text(), st.sampled_from(["tools/call", "resources/read", "tools/list"]))
    def test_repeated(self, name: str, method: str) -> None:
        """The headers that a message is given are those that it is held against."""
        params = {"name": name, "uri": name, "_meta": STATED}
        told = {key[4:].lower(): value for key, value in repeated(method, params).items()}
        version, name_sent = told["protocol-version"], told.get("name")
        headers = Headers(version=version, method=told["method"], name=name_sent)
        done = SERVER.step(Request(id=1, method=method, params=params), headers)
        if isinstance(done, mcp.Say) and not isinstance(done.answer.error, msgspec.UnsetType):
            self.assertEqual(-32602, done.answer.error.code)


class StepTests(SynchronousTestCase):
    def test_call(self) -> None:
        """A call has its tool, what is asked, and a token if there is one."""
        asked = {"name": "clinvk_prompt", "arguments": {"prompt": "x"}, "_meta": {"progressToken": 0}}
        call = step("tools/call", asked)
        assert isinstance(call, mcp.Call)
        self.assertEqual(("clinvk_prompt", 0, False), (call.tool.name, call.token, call.stated))
        for token in (True, 1.5, None, []):
            call = step("tools/call", {**asked, "_meta": {"progressToken": token}})
            assert isinstance(call, mcp.Call)
            self.assertIsNone(call.token)

    def test_versions(self) -> None:
        """The client's version, if it is one that is agreed on, else our latest of these."""
        self.assertEqual("2024-11-05", agreed("2024-11-05"))
        for wished in (KNOWN[-1], None, 5, "x", []):
            self.assertEqual("2025-11-25", agreed(wished))

    def test_described(self) -> None:
        """Every field that a model can fill in says what it is for."""

        def fields(schema: Any) -> Any:
            for name, each in schema.get("properties", {}).items():
                yield name, each
                yield from fields(each.get("items", {}))

        for tool in listed(("claude",)):
            for name, schema in fields(tool["inputSchema"]):
                self.assertTrue(schema.get("description"), f"{tool['name']}: {name}")

    def test_schemas_hold(self) -> None:
        """What a schema takes is what is carried out: no field of it is refused."""
        task = {"backend": "demo", "prompt": "x"}
        for name, asked in (
            ("clinvk_prompt", {**task, "tags": ["a"], "max_tokens": 5, "dry_run": True}),
            ("clinvk_parallel", {"tasks": [task], "max_parallel": 2, "fail_fast": True}),
            ("clinvk_chain", {"steps": [{**task, "name": "a"}], "pass_working_dir": True}),
            ("clinvk_compare", {"backends": ["demo"], "prompt": "x", "sequential": True}),
        ):
            [schema] = [tool["inputSchema"] for tool in listed(()) if tool["name"] == name]
            self.assertLessEqual(asked.keys(), schema["properties"].keys())
            self.assertLessEqual({*schema["required"]}, asked.keys())
            reader = TOOLS[name].read
            assert reader is not None
            self.assertEqual(1, len(reader(json.dumps(asked).encode()).order.tasks))

    def test_session(self) -> None:
        """The session that is gone on with is taken out of what is asked; without one nothing is."""
        self.assertEqual(("ab", b'{"prompt":"x"}'), named_session({"session_id": "ab", "prompt": "x"}))
        for wrong in ({"prompt": "x"}, {"session_id": "", "prompt": "x"}, {"session_id": "ab"}):
            self.assertRaises(BadRequest, named_session, wrong)


class HttpTests(SynchronousTestCase):
    def test_accept(self) -> None:
        """Who takes events."""
        for accept in ("application/json, text/event-stream", "*/*", "TEXT/*;q=0.1"):
            self.assertTrue(takes_events([accept]))
        self.assertFalse(takes_events(["application/json"]))
        self.assertFalse(takes_events([]))

    def test_json(self) -> None:
        """One answer is an object, those to a batch an array, and none is nothing."""
        answer = Answer(id=1, result={})
        for many, expected in ((False, written(answer)), (True, written([answer]))):
            whole = AsJson(many)
            self.assertEqual(b"", whole.end())
            self.assertEqual(b"", whole.message(answer) + whole.message(Notification(method="x")))
            self.assertEqual(expected, whole.end())
