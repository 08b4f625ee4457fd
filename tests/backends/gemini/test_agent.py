"""The live program, in memory."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini import Gemini
from clinvoker.errors import NotLoggedIn
from clinvoker.testing.process import MemoryChild
from tests.backends.gemini.playing import asking, lines

ASKING = b"\x1b[2JPlease visit the following URL to authorize the application:\n\nhttps://x\n\n"


class GeminiAgentTests(SynchronousTestCase):
    """From the start to ready."""

    def setUp(self) -> None:
        """A process that has been started."""
        backend = Gemini()
        launch = backend.launch(asking()).placed(self.mktemp())
        self.agent = backend.agent(launch, Clock())
        self.child = MemoryChild(self.agent)

    def test_ready(self) -> None:
        """It is ready when the program has said all it says in the capture."""
        ready = self.agent.when_ready()
        for line in lines("acp-gemini-chat")[:6]:
            if line["dir"] == "in":
                self.child.says(line["msg"])
        self.assertIsNone(self.successResultOf(ready))
        self.assertEqual(self.agent.identity.version, "0.61.0")

    def test_expired_login(self) -> None:
        """A program that asks for a login by hand is told to be not logged in, and ended."""
        ready = self.agent.when_ready()
        self.child.out(ASKING)
        self.failureResultOf(ready, NotLoggedIn)
        self.assertIn("TERM", self.child.signals)
