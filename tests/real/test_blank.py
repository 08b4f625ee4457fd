"""
Used processes of `claude` against new ones: whatever was said before, the provider is asked the same.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.talk import Broken
from tests.real.blank_kinds import KINDS, STOPPED, Scenario, scenario, with_tools
from tests.real.claude_process import ClaudeProcess
from tests.real.clis import MISSING, installed
from tests.real.provider import ProviderProcess

CONVERSATIONS = int(os.environ.get("CLINVOKER_TEST_BLANK", "21"))

FAKE_ID = re.compile(r"toolu_fake_\d+")

Json = dict[str, Any]


def without_session(body: Json) -> Json:
    """
    A request without the one word in which two processes differ.  The provider's own ids, which it never
    gives twice, are numbered as they come.
    """
    user = json.loads(body["metadata"]["user_id"])
    body = {**body, "metadata": {**body["metadata"], "user_id": {**user, "session_id": ""}}}
    ids: dict[str, str] = {}
    return dict(
        json.loads(FAKE_ID.sub(lambda found: ids.setdefault(found[0], f"id{len(ids)}"), json.dumps(body)))
    )


class BlankTests(SynchronousTestCase):
    """A provider, and processes that look alike to it."""

    skip = None if "claude" in installed() else MISSING
    maxDiff = None

    def setUp(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="clinvoker-home-"))
        self.addCleanup(rmtree, self.home, ignore_errors=True)
        self.ends = ExitStack()
        self.addCleanup(self.ends.close)
        self.provider = self.ends.enter_context(ProviderProcess())
        self.used: dict[str, ClaudeProcess] = {}  # by the key of their launches
        self.runs = count(1)

    def process(self, which: Scenario, reuse: bool) -> ClaudeProcess:
        """A new process, to be used as a context."""
        program = installed()["claude"]
        return ClaudeProcess(program, self.provider.url, self.home, which.launch, reuse=reuse)

    def asked(self, which: Scenario, claude: ClaudeProcess) -> list[Json]:
        """What the provider is asked in a conversation."""
        self.provider.forget()
        which.through(claude, self.runs)
        self.assertFalse([step for step in claude.steps if isinstance(step, Broken)])
        return [without_session(entry["body"]) for entry in self.provider.entries()]

    def asked_anew(self, which: Scenario) -> list[Json]:
        """The same in a new process."""
        with self.process(which, reuse=False) as claude:
            return self.asked(which, claude)

    def asked_again(self, which: Scenario) -> list[Json]:
        """The same in the process that has had the earlier ones, which is blank again afterwards."""
        key = which.launch.key
        if key not in self.used:
            self.used[key] = self.ends.enter_context(self.process(which, reuse=True))
        asked = self.asked(which, self.used[key])
        self.assertTrue(self.used[key].talk.open, f"not blank after {which.kind}")
        return asked

    def test_the_same(self) -> None:
        """Conversations of all kinds, in any order: each request is the same, to the last letter."""
        numbers = list(range(CONVERSATIONS))
        Random(0).shuffle(numbers)
        self.compare([scenario(number) for number in numbers])
        self.assertGreaterEqual(CONVERSATIONS, len(KINDS))

    def test_tools(self) -> None:
        """Tools of one conversation are not offered in the next, whatever that has of its own."""
        self.compare([with_tools(number) for number in range(14)])

    def compare(self, scenarios: list[Scenario]) -> None:
        """Have each in a used process and in a new one."""
        before = "nothing"
        for number, which in enumerate(scenarios):
            again, anew = self.asked_again(which), self.asked_anew(which)
            # A request more, of the program's own, may have left before the program was stopped.
            alike = min(len(again), len(anew)) if which.kind in STOPPED else None
            self.assertTrue(anew and again, which.kind)
            self.assertEqual(anew[:alike], again[:alike], f"{number}: {which.kind} after {before}")
            before = which.kind
