"""The demonstration program, without a process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.demo.program import Program


def ask(text: str, run: int = 1) -> dict[str, Any]:
    return {"type": "ask", "run": run, "messages": [{"role": "user", "text": text}]}


class ProgramTests(SynchronousTestCase):
    """Answers word by word, many at once."""

    def setUp(self) -> None:
        self.program = Program()
        self.now = 0.0

    def wait(self) -> list[Mapping[str, Any]]:
        """Sleep until something is due, and take it."""
        pause = self.program.wait(self.now)
        assert pause is not None
        self.now += pause
        return self.program.tick(self.now)

    def all_of_it(self) -> list[Mapping[str, Any]]:
        """Everything until nothing is due any more."""
        records: list[Mapping[str, Any]] = []
        while self.program.wait(self.now) is not None:
            records += self.wait()
        return records

    def text(self, question: str) -> str:
        """The whole answer to a question."""
        self.program.receive(ask(question), self.now)
        return "".join(record.get("text", "") for record in self.all_of_it())

    def test_hello(self) -> None:
        """It greets."""
        self.assertEqual(
            [{"type": "ready", "version": "1"}], self.program.receive({"type": "hello"}, self.now)
        )

    def test_answer(self) -> None:
        """The answer repeats what was asked."""
        self.assertTrue(self.text("Is it you, ü?").startswith("You asked: “Is it you, ü?”\n\n"))

    def test_long_question(self) -> None:
        """Of a long question, only the beginning is repeated."""
        self.assertIn("x" * 200 + "…", self.text("x" * 1_000_000))
        self.assertNotIn("x" * 201, self.text("x" * 1_000_000))

    def test_pace(self) -> None:
        """One word at a time, with the ordered pause between."""
        self.assertEqual([], self.program.receive(ask("demo: words=2 pause_ms=500"), self.now)[1:])
        records = [self.wait() for _ in range(3)]
        self.assertEqual(["word", "word", "done"], [record["type"] for [record] in records])
        self.assertAlmostEqual(1.0, self.now)

    def test_thoughts(self) -> None:
        """Thoughts come before words."""
        self.program.receive(ask("demo: words=1 thoughts=2"), self.now)
        kinds = [record["type"] for record in self.all_of_it()]
        self.assertEqual(["thought", "thought", "word", "done"], kinds)

    def test_stamp(self) -> None:
        """A word can be the time of its writing, and as long as wanted."""
        word = self.text("demo: words=1 stamp=1 bytes=40")
        self.assertGreater(float(word), 1.7e9)
        self.assertEqual(40, len(word))

    def test_nonsense(self) -> None:
        """Directives that are none are let be."""
        self.assertEqual(5, self.text("demo: words=5 pause_ms=-1 colour=red =3").count("word"))
        for number in ("\u00b2", "9" * 5000):  # a digit that is no number, and what Python does not take
            self.assertTrue(self.text(f"demo: words={number}").startswith("You asked"))

    def test_usage(self) -> None:
        """Words are counted."""
        self.program.receive(ask("demo: words=3"), self.now)
        done = self.all_of_it()[-1]
        self.assertEqual((2, 3), (done["asked"], done["answered"]))

    def test_goes_on(self) -> None:
        """A conversation goes on where it ended, as if all of it were asked anew."""
        first = self.text("Who?")
        go = {"type": "go", "run": 2, "after": 1, "messages": [{"role": "user", "text": "Why?"}]}
        self.program.receive(go, self.now)
        *words, done = self.all_of_it()
        self.assertIn("3 messages (user, assistant, user)", "".join(word["text"] for word in words))
        self.assertEqual(2 + len(first.split()), done["asked"])

    def test_forgets(self) -> None:
        """What is forgotten cannot go on."""
        self.text("Who?")
        self.program.receive({"type": "forget", "run": 1}, self.now)
        with self.assertRaises(KeyError):
            self.program.receive({"type": "go", "run": 2, "after": 1, "messages": []}, self.now)

    def test_stop(self) -> None:
        """A stopped answer ends at once and says no more."""
        self.program.receive(ask("demo: words=9"), self.now)
        [done] = self.program.receive({"type": "stop", "run": 1}, self.now)
        self.assertEqual("stopped", done["reason"])
        self.assertEqual([], self.all_of_it())

    def test_stop_twice(self) -> None:
        """Stopping what has ended does nothing."""
        self.assertEqual([], self.program.receive({"type": "stop", "run": 7}, self.now))

    def test_many(self) -> None:
        """Answers do not wait for one another, not even for one without pauses."""
        self.program.receive(ask("demo: words=1000 pause_ms=0", run=1), self.now)
        self.program.receive(ask("demo: words=2 pause_ms=0", run=2), self.now)
        ended = [record["run"] for record in self.all_of_it() if record["type"] == "done"]
        self.assertEqual([2, 1], ended)
