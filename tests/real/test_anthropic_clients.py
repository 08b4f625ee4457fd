"""
Other clients of Anthropic's API over each real program: the JavaScript SDK, the Vercel AI SDK.
"""

from __future__ import annotations

from typing import ClassVar

from tests.real.anthropics import SAID
from tests.real.node import NodeCase, lacks


class AnthropicCase(NodeCase):
    """Scripts that are given the daemon's own address."""

    route: ClassVar[str] = ""
    skip: ClassVar[str | None] = lacks("@anthropic-ai/sdk") or NodeCase.skip


class JavaScript(AnthropicCase):
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


class Vercel(AnthropicCase):
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
