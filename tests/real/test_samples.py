"""
The README's samples, as a reader would run them: cut out, saved, run by the official clients.

Only the port is changed, and the questions in `TOLD`.  Samples in Go are read, not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.real.clis import VARIABLE
from tests.real.provider import ROOT
from tests.real.rigs import RealTestCase, Rig

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = "Use it"
ADDRESS = "http://localhost:8080"
RUN = {"python", "typescript", "sh"}
# The imitated provider does not understand the question, so it is told what a model would answer.
TOLD = {
    "Answer with an object whose field n is 5.": r"!say {\"n\": 5}",
    "What is the weather in Paris?": r"!tool get_weather {\"city\": \"Paris\"}",
}


def samples() -> list[tuple[str, str]]:
    """Language and text of each sample of the section."""
    _, _, rest = Path(ROOT, "README.md").read_text().partition(f"\n## {SECTION}\n")
    return BLOCK.findall(rest.partition("\n## ")[0])


def first_line() -> str:
    """The request that the README leads with."""
    _, _, rest = Path(ROOT, "README.md").read_text().partition("in another terminal:\n")
    return BLOCK.findall(rest)[0][1]


class Samples(RealTestCase):
    """Run against the three real programs, which all answer by the imitated provider."""

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """The three, and the demonstration."""
        return {**super().configured(rig), "demo": {"enabled": True}}

    def test_first_line(self) -> None:
        """The README's first curl line is answered by the demonstration, word by word."""
        said = self.run_sample("sh", first_line())
        self.assertGreater(said.count("data: "), 10)
        self.assertIn("[DONE]", said)

    def run_sample(self, language: str, sample: str) -> str:
        """What the sample prints.  Fails if it ends with an error."""
        for question, answer in {ADDRESS: self.daemon.url, **TOLD}.items():
            sample = sample.replace(question, answer)
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        if language == "typescript":
            # No types are used but inferred ones, so that it is JavaScript as well.
            folder.joinpath("node_modules").symlink_to(os.environ[VARIABLE])
            folder.joinpath("sample.mjs").write_text(sample)
            command = ["node", "sample.mjs"]
        elif language == "python":
            command = [sys.executable, "-c", sample]
        else:
            command = ["sh", "-ec", sample]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"{sample}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_all(self) -> None:
        """Every sample runs and prints something."""
        found = [(language, sample) for language, sample in samples() if language in RUN]
        self.assertEqual({language for language, _ in found}, RUN)
        for language, sample in found:
            self.assertTrue(self.run_sample(language, sample).strip(), sample)

    def test_all_programs(self) -> None:
        """The first Python sample works with each program's name as the model."""
        sample = next(sample for language, sample in samples() if language == "python")
        for name in self.programs:
            said = self.run_sample("python", sample.replace('model="claude"', f'model="{name}"'))
            self.assertEqual(said, "You said: Hello, world!\n")

    def test_tool_sample(self) -> None:
        """The sample with a tool calls it and tells the model what it gave, over each program."""
        sample = next(sample for _, sample in samples() if "get_weather" in sample)
        for name in self.programs:
            said = self.run_sample("python", sample.replace('model="claude"', f'model="{name}"'))
            self.assertIn("18 degrees in Paris", said)

    def test_error_sample(self) -> None:
        """The sample of error handling tells a rate limit from other failures."""
        sample = next(sample for _, sample in samples() if "RateLimitError" in sample)
        limited = sample.replace("Hello, world!", "!error 429")
        self.assertIn("limit", self.run_sample("python", limited))
        failing = sample.replace("Hello, world!", "!error 401")
        self.assertIn("backend_not_logged_in", self.run_sample("python", failing))
