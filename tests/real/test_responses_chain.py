"""
A long chain of stored responses, over a daemon that is killed in the middle of it.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.provider import ProviderProcess
from tests.real.received import received
from tests.real.rigs import backends

LENGTH = 200


class Chain(SynchronousTestCase):
    programs = installed()
    skip = None if "codex" in programs else MISSING

    def setUp(self) -> None:
        ends = ExitStack()
        self.addCleanup(ends.close)
        self.provider = ends.enter_context(ProviderProcess())
        self.home = str(Path(self.mktemp()).absolute())

    def daemon(self) -> Daemon:
        """A daemon that keeps things where the one before did."""
        settings = {"backends": backends(self.provider.url, {"codex": self.programs["codex"]})}
        return Daemon(settings, {"CLINVK_HOME": self.home})

    def go_on(self, previous: str | None, numbers: range) -> str:
        """A response after the other, the first after `previous`; gives the id of the last."""
        with self.daemon() as daemon, daemon.client() as client:
            for number in numbers:
                text = f"!say answer {number}"
                made = client.responses.create(model="codex", input=text, previous_response_id=previous)
                self.assertEqual(made.output_text, f"answer {number}")
                previous = made.id
        assert previous is not None
        return previous

    def test_chain(self) -> None:
        """Each of 200 times the provider gets the whole conversation, though the daemon is killed between."""
        half = LENGTH // 2
        self.go_on(self.go_on(None, range(half)), range(half, LENGTH))
        requests = [received(entry).turns for entry in self.provider.entries() if "body" in entry]
        self.assertEqual(len(requests), LENGTH)
        said: list[tuple[str, str]] = []
        for number, turns in enumerate(requests):
            said.append(("user", f"!say answer {number}"))
            self.assertEqual([(turn.role, turn.text) for turn in turns], said)
            said.append(("assistant", f"answer {number}"))
