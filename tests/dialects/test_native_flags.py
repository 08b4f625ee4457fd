"""Flags of the programs, as what they mean here."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.native_flags import ALONE, WITH_VALUE, meant
from clinvoker.dialects.native_requests import read_prompt
from clinvoker.errors import BadRequest
from clinvoker.model import Invocation


class FlagTests(SynchronousTestCase):
    def read(self, backend: str, *flags: str, **more: Any) -> Invocation:
        asked = {"backend": backend, "prompt": "hi", "extra": flags, **more}
        return read_prompt(json.dumps(asked).encode()).order.tasks[0].asked.invocation

    def refused(self, backend: str, *flags: str, **more: Any) -> BadRequest:
        return self.assertRaises(BadRequest, self.read, backend, *flags, **more)

    def test_fields(self) -> None:
        """A flag that says what a field says is taken for it, with its value behind or after it."""
        self.assertEqual("claude/opus", self.read("claude", "--model", "opus").model)
        self.assertEqual("claude/opus", self.read("claude", "--MODEL=opus").model)
        agency = self.read(
            "claude", "--max-turns=3", "--permission-mode", "acceptEdits", workdir="/srv"
        ).agency
        self.assertEqual((3, "auto"), (agency.max_turns, agency.approval))
        agency = self.read("codex", "--sandbox=danger-full-access", workdir="/srv").agency
        self.assertEqual("full", agency.sandbox)
        agency = self.read("codex", "--full-auto", workdir="/srv").agency
        self.assertEqual(("auto", "workspace"), (agency.approval, agency.sandbox))
        self.assertEqual("none", self.read("gemini", "--yolo", workdir="/srv").agency.approval)

    def test_anyway(self) -> None:
        """One that says what happens anyway changes nothing."""
        flags = ("--print", "--output-format", "json", "--verbose")
        self.assertEqual(self.read("claude"), self.read("claude", *flags))

    def test_every(self) -> None:
        """Each flag of the tables means fields that a request has."""
        for backend, flags in ALONE.items():
            for flag in flags:
                self.read(backend, flag, workdir="/srv")
        for backend, valued in WITH_VALUE.items():
            for flag, (_, words) in valued.items():
                word = next(iter(words)) if words else "1"
                self.read(backend, flag, word, workdir="/srv")

    def test_others(self) -> None:
        """All others are refused: another program's, those that undo what the daemon decides, a bare word."""
        for backend, flags in (
            ("claude", ["--full-auto"]),
            ("claude", ["--add-dir=/"]),
            ("claude", ["--permission-mode", "bypassPermissions"]),
            ("claude", ["--resume", "x"]),
            ("codex", ["-o", "/tmp/x"]),
            ("codex", ["--yolo"]),
            ("gemini", ["--print"]),
            ("parrot", ["--model", "x"]),
        ):
            error = self.refused(backend, *flags)
            self.assertIn("flag not allowed", str(error))
            self.assertEqual("extra[0]", error.param)
        self.assertEqual("extra[1]", self.refused("claude", "--print", "word").param)

    def test_no_value(self) -> None:
        """A flag without its value, or with one that is none, is refused."""
        self.assertEqual("extra[0]", self.refused("claude", "--model").param)
        self.assertEqual("extra", self.refused("claude", "--max-turns=many", workdir="/srv").param)
        self.assertEqual("extra", self.refused("claude", "--max-turns=-1", workdir="/srv").param)

    def test_twice(self) -> None:
        """What a field and a flag both say is refused: one of them would not be heard."""
        self.assertEqual("extra", self.refused("claude", "--model=opus", model="haiku").param)

    def test_value_of_a_flag(self) -> None:
        """A word after a flag is its value even if it looks like a flag."""
        self.assertEqual({"model": "--print"}, meant("claude", ["--model", "--print"], "extra"))
