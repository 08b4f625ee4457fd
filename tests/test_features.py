"""The features of the earlier program's server, command and store: each has a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

TESTS = Path(__file__).parent
FEATURES = [*range(86, 138), *range(144, 152)]


class FeatureTests(SynchronousTestCase):
    def test_each(self) -> None:
        """F086 to F137 and F144 to F151: a test says in its first line which it shows."""
        named: set[str] = set()
        for path in TESTS.rglob("test_*.py"):
            if path != Path(__file__):
                named |= {*re.findall(r"\bF\d{3}\b", path.read_text("utf-8"))}
        self.assertEqual([], [f"F{number:03}" for number in FEATURES if f"F{number:03}" not in named])
