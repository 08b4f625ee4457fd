"""
The real Claude Code as a client of the daemon, which has each of the programs answer it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from base64 import b64decode
from pathlib import Path
from shutil import rmtree
from typing import Any

from clinvoker.backends.claude.tools import name_there
from tests.real.chats import COUNTING, PIXELS
from tests.real.clis import installed
from tests.real.exchanged import Exchanged, exchanged, session
from tests.real.rigs import OneProgram, RealTestCase

# What it asks for where nothing else is chosen (2.1.330).
MODEL = "claude-opus-5-5"


class ClaudeCodeCase(OneProgram):
    """To be mixed into a `RealTestCase`: `claude -p` in a directory and with a home of its own."""

    def setUp(self) -> None:
        """A place to work in."""
        super().setUp()
        self.provider.forget()
        self.folder = Path(tempfile.mkdtemp(prefix="clinvoker-claude-code-"))
        self.addCleanup(rmtree, self.folder, ignore_errors=True)
        self.work = self.folder / "work"
        for place in (self.work, self.folder / "home"):
            place.mkdir()

    def ran(self, prompt: str, *flags: str) -> subprocess.CompletedProcess[str]:
        """The program's end."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "ANTHROPIC_BASE_URL": self.daemon.url + "/anthropic",
            "ANTHROPIC_API_KEY": "unused",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "DISABLE_TELEMETRY": "1",
        }
        return subprocess.run(
            [installed()["claude"], "-p", prompt, *flags],
            cwd=self.work,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def told(self, prompt: str, *flags: str) -> str:
        """What it prints.  Fails if it ends with an error."""
        ended = self.ran(prompt, *flags)
        self.assertEqual(ended.returncode, 0, f"{ended.stdout}\n{ended.stderr}\n{self.daemon.log()[-2000:]}")
        return ended.stdout.strip()

    def entries(self) -> list[dict[str, Any]]:
        """What the provider was asked to answer."""
        return [
            entry
            for entry in self.provider.entries()
            if entry["body"] and not entry["path"].endswith(COUNTING)
        ]

    def received(self) -> list[Exchanged]:
        """The same, read."""
        return [exchanged(entry) for entry in self.entries()]


class Everywhere(ClaudeCodeCase):
    """What works whichever program answers."""

    def there(self, name: str) -> str:
        """The name of a tool at the provider."""
        return name

    def test_plain(self) -> None:
        """A question and its answer; its system text and its tools reach the provider."""
        self.assertEqual(self.told("!say Hello there."), "Hello there.")
        [asked] = self.received()
        self.assertIn("Claude", "".join(asked.texts("system")))
        self.assertTrue({self.there(name) for name in ("Bash", "Read", "Write")} <= set(asked.names()))
        self.assertNotIn("DeferredToolPlaceholder", asked.names())

    def test_tools(self) -> None:
        """Its own tools run where it is: one after the other, and what they gave is told."""
        path = self.work / "note.txt"
        steps = [
            f"!tool Write {json.dumps({'file_path': str(path), 'content': 'written'})}",
            f"!next tool Read {json.dumps({'file_path': str(path)})}",
            f"!next tool {self.there('Bash')} "
            '{"command":"cat note.txt | tr a-z A-Z > loud.txt; echo ran","description":"x"}',
            "!next say All done.",
        ]
        said = self.told("\n".join(steps), "--allowedTools", "Bash,Read,Write")
        self.assertEqual(said, "All done.")
        self.assertEqual(path.read_text(), "written")
        self.assertEqual((self.work / "loud.txt").read_text(), "WRITTEN")
        results = self.received()[-1].texts("result")
        self.assertEqual(len(results), 3)
        self.assertIn("written", results[1])
        self.assertEqual(results[2], "ran")


class ByClaude(Everywhere, RealTestCase):
    """Claude Code asks Claude Code."""

    backend = "claude"
    settings = {"models": {MODEL: "claude"}}

    def there(self, name: str) -> str:
        """To some names the program adds behaviour of its own, so these are others there."""
        return name_there(name)


class ByGemini(Everywhere, RealTestCase):
    """Gemini answers."""

    backend = "gemini"
    settings = {"models": {MODEL: "gemini"}}


class ByCodex(Everywhere, RealTestCase):
    """Codex answers: the rest of what Claude Code does."""

    backend = "codex"
    settings = {"models": {MODEL: "codex"}}

    def test_held(self) -> None:
        """While the tool runs the program holds its turn open: all is one session."""
        prompt = '!tool Bash {"command":"echo one","description":"x"}\n!next say Done.'
        self.assertEqual(self.told(prompt, "--allowedTools", "Bash"), "Done.")
        self.assertEqual((len(self.entries()), len({session(entry) for entry in self.entries()})), (2, 1))

    def test_other_name(self) -> None:
        """A backend's name is a model's."""
        self.assertEqual(self.told("!say Here.", "--model", "codex"), "Here.")

    def test_failing_tool(self) -> None:
        """That a tool failed is told to the model."""
        prompt = '!tool Bash {"command":"echo broken >&2; exit 3","description":"x"}\n!next say I see.'
        self.assertEqual(self.told(prompt, "--allowedTools", "Bash"), "I see.")
        result = "".join(self.received()[-1].texts("result"))
        self.assertIn("The call failed.", result)
        self.assertIn("broken", result)

    def test_parallel_tools(self) -> None:
        """Two calls in one answer."""
        calls = [f'!tool Bash {{"command":"echo {word}","description":"x"}}' for word in ("one", "two")]
        prompt = "\n".join([*calls, "!next say Both."])
        self.assertEqual(self.told(prompt, "--allowedTools", "Bash"), "Both.")
        self.assertEqual(self.received()[-1].texts("result"), ["one", "two"])

    def test_deferred_tools(self) -> None:
        """A tool that it looks for is offered from then on."""
        # It says something of its own behind the result, so the answer comes after two messages.
        prompt = (
            '!tool ToolSearch {"query":"select:WebFetch","max_results":1}\n!next say No.\n!next say Found.'
        )
        self.assertEqual(self.told(prompt), "Found.")
        first, second = self.received()
        self.assertNotIn("WebFetch", first.names())
        self.assertIn("WebFetch", second.names())
        self.assertEqual(second.texts("result"), ["The tool 'WebFetch' can be called now."])

    def test_picture(self) -> None:
        """A picture that its tool has read."""
        path = self.work / "a.png"
        path.write_bytes(b64decode(PIXELS))
        self.assertEqual(
            self.told(f"!tool Read {json.dumps({'file_path': str(path)})}\n!next say Seen."), "Seen."
        )
        self.assertTrue(self.received()[-1].texts("image"))

    def test_stream(self) -> None:
        """Words as they come, and what they cost."""
        flags = ("--output-format", "stream-json", "--include-partial-messages", "--verbose")
        prompt = "!usage 100 60 20 5\n!say one two three"
        lines: list[Any] = [json.loads(line) for line in self.told(prompt, *flags).splitlines()]
        events = [line["event"] for line in lines if line["type"] == "stream_event"]
        deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
        self.assertEqual([delta["text"] for delta in deltas], ["one", " two", " three"])
        result = lines[-1]
        self.assertEqual((result["result"], result["is_error"]), ("one two three", False))
        usage = result["usage"]
        self.assertEqual((usage["input_tokens"], usage["cache_read_input_tokens"]), (40, 60))
        self.assertEqual(usage["output_tokens"], 20)

    def test_goes_on(self) -> None:
        """A second prompt in the same session: the first and its answer are there."""
        self.told("!say First answer.")
        self.assertEqual(self.told("!say Second answer.", "--continue"), "Second answer.")
        asked = self.received()[-1]
        self.assertEqual(asked.texts("assistant"), ["First answer."])
        self.assertIn("!say First answer.", asked.texts("user"))

    def test_structured(self) -> None:
        """An answer of a schema, which it asks for by a tool of its own."""
        schema = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
        flags = ("--output-format", "json", "--json-schema", json.dumps(schema))
        result = json.loads(self.told('!tool StructuredOutput {"n":3}\n!next say Done.', *flags))
        self.assertEqual(result["structured_output"], {"n": 3})

    def test_error(self) -> None:
        """What goes wrong is told in the daemon's words."""
        ended = self.ran("!error 400")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("fake 400", ended.stdout)
        long = self.ran("!stop failed:context_length_exceeded")
        self.assertIn("Prompt is too long", long.stdout)
        unknown = self.ran("Hi", "--model", "nobody")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("nobody", unknown.stdout)
