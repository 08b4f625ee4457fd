"""Tests for what is asked beyond the dialect."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.dialects.chat_request import read_request
from clinvoker.errors import UnsupportedParameter
from tests.dialects.chats import body, refusal

WHOLE = {
    "mode": "agent",
    "workdir": "/srv/work",
    "approval_mode": "auto",
    "sandbox_mode": "workspace",
    "max_turns": 3,
    "actions": True,
}


class ExtensionTests(SynchronousTestCase):
    def test_nothing(self) -> None:
        """Absence, null, an empty object and nulls in it ask for nothing."""
        for sent in (None, {}, {"mode": None, "workdir": None}, {"mode": "chat"}):
            self.assertEqual(read_request(body(clinvoker=sent)), read_request(body()))

    def test_agent_mode(self) -> None:
        """All of it is read; who may ask for it is not the dialect's affair."""
        expected = Agency(
            mode="agent",
            workdir="/srv/work",
            approval="auto",
            sandbox="workspace",
            max_turns=3,
            actions=True,
        )
        asked = read_request(body(clinvoker=WHOLE))
        self.assertEqual(asked.invocation.agency, expected)
        self.assertEqual(asked.depending, ("clinvoker.mode", "clinvoker.max_turns"))

    def test_wrong(self) -> None:
        """Wrong types are named by their place."""
        wrong = {
            "mode": "root",
            "workdir": 1,
            "session": [],
            "max_turns": 0,
            "actions": "yes",
            "approval_mode": "sometimes",
            "sandbox_mode": "none",
        }
        for name, value in wrong.items():
            sent = body(clinvoker={"mode": "agent", name: value})
            self.assertEqual(refusal(sent).param, f"clinvoker.{name}")
        self.assertEqual(refusal(body(clinvoker="agent")).param, "clinvoker")

    def test_unknown(self) -> None:
        """A key that is not known is refused by name: here nothing is ignored."""
        error = refusal(body(clinvoker={"work_dir": "/tmp"}))
        self.assertIsInstance(error, UnsupportedParameter)
        self.assertEqual(error.param, "clinvoker.work_dir")
        self.assertLess(len(refusal(body(clinvoker={"x" * 10_000: 1})).message), 400)

    def test_without_its_mode(self) -> None:
        """What says something in agent mode only is refused in chat mode."""
        for name in WHOLE.keys() - {"mode"}:
            self.assertEqual(refusal(body(clinvoker={name: WHOLE[name]})).param, f"clinvoker.{name}")

    def test_session(self) -> None:
        """Sessions are not offered: named so, in agent mode too."""
        error = refusal(body(clinvoker={"mode": "agent", "workdir": "/srv", "session": "s"}))
        self.assertIsInstance(error, UnsupportedParameter)
        self.assertEqual(error.param, "clinvoker.session")
