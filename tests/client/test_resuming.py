"""Going on with a session: F122."""

from __future__ import annotations

import io
import sys
from typing import Any

from clinvoker.client.asking import Wish, ask
from clinvoker.client.exits import CANCELLED, GENERAL, SESSION
from clinvoker.client.resuming import Choice, resume
from tests.client.works import CommandCase


class ResumeCase(CommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(sys, "stdin", io.StringIO())
        self.ids = [self.session("one"), self.session("two", backend="codex")]

    def session(self, prompt: str, backend: str = "claude") -> str:
        self.house.clock.advance(1)
        begun = self.begin(ask(self.work(backend=backend), Wish(prompt=prompt)))
        self.answer()
        self.successResultOf(begun)
        return str(self.told()["session_id"])

    def resume(self, choice: Choice, prompt: str = "more", **given: Any) -> str:
        """The session that is gone on with."""
        begun = self.begin(resume(self.work(**given), choice, prompt))
        for _ in range(5):
            self.stub.flush()
        self.answer()
        self.assertEqual(0, self.successResultOf(begun), self.err.getvalue())
        return str(self.told()["session_id"])

    def type(self, text: str) -> None:
        """What comes from stdin, which is no terminal."""
        self.patch(sys, "stdin", io.StringIO(text))


class NamedTests(ResumeCase):
    def test_last(self) -> None:
        """--last is the last used, with -b of that program."""
        self.assertEqual(self.ids[1], self.resume(Choice(last=True)))
        self.assertEqual(["two", "yes", "more"], self.asked())
        self.assertEqual(self.ids[0], self.resume(Choice(last=True), backend="claude"))

    def test_prefix(self) -> None:
        """By the id or the beginning of it."""
        self.assertEqual(self.ids[0], self.resume(Choice(name=self.ids[0][:6])))

    def test_here(self) -> None:
        """--here is those of this directory only."""
        self.assertEqual(self.ids[1], self.resume(Choice(last=True, here=True)))
        code = self.done(resume(self.work(workdir="/else"), Choice(last=True, here=True), "x"))
        self.assertEqual(SESSION, code)
        self.assertIn("There is no session of this directory", self.err.getvalue())

    def test_none(self) -> None:
        """None that begins so, or several: 4, and what to do."""
        for name in ("zzz", "000"):
            self.assertEqual(SESSION, self.done(resume(self.work(), Choice(name=name), "x")))
        self.assertIn("give more of it", self.err.getvalue())

    def test_dry_run(self) -> None:
        """It says which one it would be, with no prompt too, and what would be executed."""
        work = self.work(output="text", dry_run=True)
        self.assertEqual(0, self.done(resume(work, Choice(last=True), "")))
        self.assertEqual(f"Would resume the session {self.ids[1][:8]} (codex).\n", self.said())
        self.assertEqual(0, self.done(resume(work, Choice(last=True), "more")))
        self.assertIn("Would execute: /bin/codex", self.said())

    def test_no_prompt(self) -> None:
        """A prompt is needed, or comes from stdin."""
        self.assertEqual(GENERAL, self.done(resume(self.work(), Choice(last=True), "")))
        self.type("from elsewhere\n")
        self.resume(Choice(last=True), "")
        self.assertEqual("from elsewhere", self.asked()[-1])


class NumberedTests(ResumeCase):
    def test_number(self) -> None:
        """Where there is no terminal, a numbered list; the number and the prompt come from stdin."""
        self.type("2\nand so on\n")
        self.assertEqual(self.ids[0], self.resume(Choice(), ""))
        self.assertEqual("and so on", self.asked()[-1])
        self.assertIn(f"  2  {self.ids[0][:8]}  claude", self.err.getvalue())

    def test_nothing(self) -> None:
        """q, nothing or the end is none; any other word is refused."""
        for text in ("q\n", "\n", ""):
            self.type(text)
            self.assertEqual(CANCELLED, self.done(resume(self.work(), Choice(), "x")))
        for text in ("3\n", "0\n", "x\n"):
            self.type(text)
            self.assertEqual(SESSION, self.done(resume(self.work(), Choice(), "x")))
