"""
Other clients of Anthropic's API over each real program: the JavaScript SDK, the Vercel AI SDK.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from tests.real.anthropics import SAID
from tests.real.clis import VARIABLE
from tests.real.rigs import RealTestCase

PACKAGES = Path(os.environ.get(VARIABLE, ""))


class NodeCase(RealTestCase):
    """Scripts for node."""

    packages: ClassVar[Path] = PACKAGES
    if not PACKAGES.joinpath("@anthropic-ai/sdk").is_dir():
        skip: ClassVar[str | None] = f"{VARIABLE} has no package `@anthropic-ai/sdk`"

    def found(self, script: str, model: str) -> dict[str, Any]:
        """What a script finds.  Fails if it ends with an error."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        folder.joinpath("node_modules").symlink_to(self.packages)
        path = shutil.copy(Path(__file__).with_name(script), folder)
        command = ["node", path, self.daemon.url, model]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=90)
        self.assertEqual(ended.returncode, 0, f"{model}: {ended.stdout} {ended.stderr}")
        return dict(json.loads(line) for line in ended.stdout.splitlines() if line.startswith("["))


class JavaScript(NodeCase):
    """Anthropic's own SDK."""

    def test_all(self) -> None:
        """Whole, streamed, with tools, the tool runner, errors, counting, models."""
        expected = {
            "create": ["Hello there.", "end_turn", True, True],
            "stream": "one two three",
            "streamed call": [["text", "tool_use"], {"city": "Oslo"}, "tool_use"],
            "result": SAID,
            "tool runner": SAID,
            "error": [True, "rate_limit_error", True],
            "count": True,
            "models": True,
        }
        for name in self.programs:
            self.assertEqual(self.found("anthropic_js.mjs", name), expected, name)


class Vercel(NodeCase):
    """The Vercel AI SDK by its provider for Anthropic."""

    def test_all(self) -> None:
        """`generateText` and `streamText` with a tool, and `generateObject`."""
        expected = {
            "generateText": [SAID, 2, "stop"],
            "streamText": [SAID, 2, "stop"],
            "generateObject": {"n": 3, "why": "so"},
        }
        for name in self.programs:
            self.assertEqual(self.found("vercel_anthropic.mjs", name), expected, name)
