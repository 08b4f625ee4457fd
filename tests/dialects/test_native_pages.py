"""What the pages about the native API tell is what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects import native_bodies as bodies
from clinvoker.dialects import native_events as events
from clinvoker.dialects.native_requests import read_chain, read_prompt

DOCS = Path(__file__).parents[2] / "docs"


class PagesTests(SynchronousTestCase):
    def page(self, name: str) -> str:
        return (DOCS / name).read_text("utf-8")

    def first_cells(self, page: str) -> set[str]:
        """All words in quotes in the first cells of tables."""
        rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
        return {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)}

    def test_lines(self) -> None:
        """Each kind of line has a row, and each row is a kind."""
        unions = (events.PROMPT_LINES, events.PARALLEL_LINES, events.CHAIN_LINES, events.COMPARE_LINES)
        kinds = {kind.__struct_config__.tag for union in unions for kind in get_args(union)}
        self.assertEqual(kinds, self.first_cells(self.page("events.md")))

    def test_example(self) -> None:
        """The lines shown are lines of a prompt."""
        [shown] = re.findall(r"```json\n(.*?)```", self.page("events.md"), re.DOTALL)
        for line in shown.splitlines():
            msgspec.json.decode(line, type=events.PROMPT_LINES)

    def test_fields(self) -> None:
        """Each field of a prompt is explained, and so is each of several."""
        page = self.page("native-api.md")
        fields = {name for name in bodies.PromptRequest.__struct_fields__ if name != "schema_"}
        self.assertEqual(set(), fields - self.first_cells(page))
        for kind in (bodies.ParallelRequest, bodies.ChainRequest, bodies.CompareRequest, bodies.SessionQuery):
            for name in kind.__struct_fields__:
                self.assertTrue(name == "schema_" or f"`{name}`" in page, name)

    def test_requests(self) -> None:
        """The requests shown are accepted."""
        shown = re.findall(r"-d '(.*?)'", self.page("native-api.md"), re.DOTALL)
        prompt, chain = shown
        self.assertEqual("claude/haiku", read_prompt(prompt.encode()).order.tasks[0].asked.invocation.model)
        self.assertEqual(2, len(read_chain(chain.encode()).order.tasks))

    def test_bounds(self) -> None:
        """The bounds that are told hold."""
        page = self.page("native-api.md")
        self.assertIn(
            f"at most {bodies.MOST_TASKS} tasks or steps, and {bodies.MOST_BACKENDS} backends", page
        )
        self.assertIn(f"at most {bodies.MOST_AT_ONCE}", page)
