"""The official MCP client over every way there is: it calls every tool, sees progress, gives up."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, ClassVar

from mcp import Client, MCPError

from clinvoker.dialects.mcp_tools import TOOLS
from tests.real.mcps import CLINVK, SLOW, McpTestCase, environment, over_http, over_stdio

KEY = "0123456789abcdef"
ASK = {"backend": "demo", "prompt": "demo: words=2 pause_ms=0"}


class EveryWay(McpTestCase):
    """To be done over each way."""

    def everything(self, server: Any, mode: str = "auto") -> None:
        """F151: all tools and resources; what is wrong is told in results."""

        async def use(client: Client) -> None:
            listed = await client.list_tools()
            self.assertEqual([*TOOLS], [tool.name for tool in listed.tools])
            await self.call_all(client)
            await self.read_all(client)
            refused = await client.call_tool("clinvk_prompt", {"backend": "nobody", "prompt": "x"})
            self.assertTrue(refused.is_error)
            self.assertIn("Known backends: demo", self.text(refused))

        self.with_client(server, use, mode)

    async def call_all(self, client: Client) -> None:
        """Each tool once."""
        first = await client.call_tool("clinvk_prompt", ASK)
        self.assertEqual("word1 word2", self.text(first).strip())
        session = self.told(first)["session_id"]
        again = await client.call_tool("clinvk_resume", {"session_id": session, "prompt": "demo: words=1"})
        self.assertEqual(("word1", session), (self.text(again).strip(), self.told(again)["session_id"]))
        parallel = await client.call_tool("clinvk_parallel", {"tasks": [ASK, ASK]})
        self.assertEqual(2, self.told(parallel)["completed"])
        steps = [{"backend": "demo", "prompt": "one"}, {"backend": "demo", "prompt": "and {{previous}}"}]
        chain = await client.call_tool("clinvk_chain", {"steps": steps})
        self.assertIn("You asked: “and You asked: “one”", self.told(chain)["results"][1]["output"])
        compare = await client.call_tool("clinvk_compare", {"backends": ["demo"], "prompt": ASK["prompt"]})
        self.assertEqual(["demo"], self.told(compare)["backends"])

    async def read_all(self, client: Client) -> None:
        """The session of the prompt, in both forms."""
        [resource] = (await client.list_resources()).resources
        [told] = (await client.read_resource(str(resource.uri))).contents
        self.assertEqual(2, json.loads(getattr(told, "text", ""))["session"]["turn_count"])
        [told] = (await client.read_resource(f"{resource.uri}.md")).contents
        self.assertIn("## Answer", getattr(told, "text", ""))
        self.assertEqual(2, len((await client.list_resource_templates()).resource_templates))
        with self.assertRaises(MCPError):
            await client.read_resource("clinvk://sessions/ffff0000")

    def progress(self, server: Any, mode: str = "auto") -> None:
        """Progress comes, a few times a second; a call that is given up ends the agent's turn."""
        told: list[tuple[float, str]] = []

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, message or ""))

        async def use(client: Client) -> None:
            slow = {"backend": "demo", "prompt": SLOW}
            call = asyncio.create_task(client.call_tool("clinvk_prompt", slow, progress_callback=hear))
            await asyncio.sleep(2)
            self.assertEqual("active", (await asyncio.to_thread(self.last_session))["status"])
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            await asyncio.to_thread(self.wait_until_cancelled)
            self.assertFalse((await client.call_tool("clinvk_prompt", ASK)).is_error)

        self.with_client(server, use, mode)
        self.assertIn("demo has written", told[0][1])
        self.assertTrue(3 <= len(told) <= 9, told)
        self.assertEqual(sorted({number for number, _ in told}), [number for number, _ in told])

    def text(self, result: Any) -> str:
        """The first text of a result."""
        return str(result.content[0].text)

    def told(self, result: Any) -> Any:
        """What a call gave.  Fails if it is an error."""
        self.assertFalse(result.is_error, result)
        return result.structured_content


class DaemonTests(EveryWay):
    """The daemon's own `/mcp`."""

    def test_everything(self) -> None:
        """Everything, with the latest version and with those that say hello."""
        self.everything(self.url)

    def test_hello(self) -> None:
        """The same for clients that say hello."""
        self.everything(self.url, "legacy")

    def test_progress(self) -> None:
        """Progress and giving up."""
        self.progress(self.url)

    def test_progress_hello(self) -> None:
        """The same for clients that say hello: they give up by a notification."""
        self.progress(self.url, "legacy")


class StdioTests(EveryWay):
    """`clinvk mcp`, which a client starts."""

    def test_everything(self) -> None:
        """Everything, over the daemon."""
        self.everything(over_stdio(self.folder, "--server", self.daemon.url))

    def test_hello(self) -> None:
        """The same for clients that say hello."""
        self.everything(over_stdio(self.folder, "--server", self.daemon.url), "legacy")

    def test_progress(self) -> None:
        """Progress and giving up, both kinds."""
        for mode in ("auto", "legacy"):
            self.progress(over_stdio(self.folder, "--server", self.daemon.url), mode)

    def test_alone(self) -> None:
        """Everything without a daemon."""
        self.everything(over_stdio(self.folder, "--local"))

    def test_left(self) -> None:
        """A client that closes stdin, or ends the command, ends what it asked for."""
        command = [*CLINVK, "mcp", "--server", self.daemon.url]
        call = {"name": "clinvk_prompt", "arguments": {"backend": "demo", "prompt": SLOW}}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        for leave in ("close", "terminate"):
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, env=environment(self.folder), stdin=pipe, stdout=pipe)
            assert process.stdin is not None
            assert process.stdout is not None
            ping = {"jsonrpc": "2.0", "id": 0, "method": "ping"}
            process.stdin.write(b"".join(json.dumps(each).encode() + b"\n" for each in (asked, ping)))
            process.stdin.flush()
            self.assertEqual(0, json.loads(process.stdout.readline())["id"])
            if leave == "close":
                process.stdin.close()
            else:
                os.kill(process.pid, signal.SIGTERM)
            process.wait(10)
            self.wait_until_cancelled()
            process.stdout.close()
            process.stdin.close()


class HttpTests(EveryWay):
    """`clinvk mcp --transport http`, which clients find."""

    def test_everything(self) -> None:
        """Everything, over the daemon."""
        with over_http(self.folder, "--server", self.daemon.url) as url:
            self.everything(url)
            self.progress(url, "legacy")

    def test_alone(self) -> None:
        """Everything without a daemon."""
        with over_http(self.folder, "--local") as url:
            self.everything(url)


class KeyTests(McpTestCase):
    """Where keys are configured."""

    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": KEY}

    def test_keys(self) -> None:
        """The command sends its key over stdio; over HTTP each client has to send its own."""

        async def use(client: Client) -> None:
            self.assertFalse((await client.call_tool("clinvk_prompt", ASK)).is_error)

        command = over_stdio(self.folder, "--server", self.daemon.url)
        assert command.env is not None
        command.env["CLINVK_API_KEY"] = KEY
        self.with_client(command, use)
        with over_http(self.folder, "--server", self.daemon.url) as url:
            self.assertEqual(401, self.status(url))
            self.assertEqual(200, self.status(url, {"X-Api-Key": KEY}))
            self.assertEqual(403, self.status(url, {"X-Api-Key": KEY, "Host": "evil.test"}))

    def status(self, url: str, headers: Mapping[str, str] = {}) -> int:
        """The status of the answer to a ping."""
        ping = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
        request = urllib.request.Request(url, ping, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
