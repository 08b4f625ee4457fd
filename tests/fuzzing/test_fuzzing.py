"""The fuzzer itself: that its inputs get past the first check, and that it finds what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.thread import Thread
from clinvoker.dialects.surrogates import Mender
from tests.fuzzing import target as targets
from tests.fuzzing.campaign import TookTooLong, campaign
from tests.fuzzing.chance import Chance, FromBytes, Numbered
from tests.fuzzing.target import Target, read, written
from tests.fuzzing.targets import NAMES, target

SEED = 7
FEW = 150  # inputs


class InputTests(SynchronousTestCase):
    """What is fed."""

    def test_seeds(self) -> None:
        """Good inputs are accepted, if they say more than how a program is greeted."""
        for name in NAMES:
            seeds = target(name).seeds
            accepted = sum(map(target(name).run, seeds))
            self.assertGreater(accepted, len(seeds) / 2, name)

    def test_damaged(self) -> None:
        """Of damaged ones some are accepted, and some are not; nothing crashes."""
        for name in NAMES:
            outcome = campaign(target(name), SEED, range(FEW))
            self.assertEqual([], [crash.trace for crash in outcome.crashes.values()])
            self.assertGreater(outcome.accepted, FEW / 10, name)
            self.assertLess(outcome.accepted, FEW, name)

    def test_again(self) -> None:
        """Seed and number settle an input, in whichever order they are asked for; others are others."""
        for name in NAMES:
            made = [_input(name, number) for number in (3, 4, 5)]
            self.assertEqual(made[::-1], [_input(name, number) for number in (5, 4, 3)])
            self.assertGreater(len({*made}), 1, name)

    def test_kept(self) -> None:
        """An input survives being written to a file."""
        for given in (b"\x00\xff", ["\ud800", {"a": 1.5}]):
            self.assertEqual(given, read(written(given)))

    def test_bytes(self) -> None:
        """An engine can choose by bytes; when they are used up it goes on in the same way."""
        picked = [[Chance(FromBytes(b"\xff\xff\x80\x00")).pick("abc") for _ in range(9)] for _ in range(2)]
        self.assertEqual(*picked)
        chance = Chance(FromBytes(b"\xff\xff\x80\x00"))
        self.assertEqual(["c", "b"], [chance.pick("abc") for _ in range(2)])
        self.assertEqual(*[[target("chat").made(Chance(FromBytes(b"")))] for _ in range(2)])


class CrashTests(SynchronousTestCase):
    """What was found and mended."""

    def test_kept(self) -> None:
        """No input that once crashed its target does so now."""
        played = 0
        for name in NAMES:
            for path in target(name).crashes:
                target(name).run(read(path.read_text()))
                played += 1
        self.assertGreater(played, 15)

    def test_none_lost(self) -> None:
        """Every file that is kept is some target's."""
        files = {*targets.CRASHES.rglob("*.json")}
        self.assertEqual(files, {path for name in NAMES for path in target(name).crashes})


class DefectTests(SynchronousTestCase):
    """Defects that were planted are found."""

    def test_deep(self) -> None:
        """One that shows now and then, deep in each target."""
        for name in NAMES:
            holder, attribute = _place(*target(name).planted)
            self.patch(holder, attribute, _failing(getattr(holder, attribute)))
            outcome = campaign(target(name), SEED, range(FEW))
            self.assertTrue([crash for crash in outcome.crashes.values() if "planted" in crash.trace], name)

    def test_promise(self) -> None:
        """A talk that says something of a run that waits breaks a promise, though it raises nothing."""
        self.patch(Thread, "held", False)
        outcome = campaign(target("codex"), SEED, range(2500))
        self.assertTrue([where for where in outcome.crashes if "a run that is parked" in where])

    def test_content(self) -> None:
        """An answer that loses half a character at its end."""
        self.patch(Mender, "rest", lambda mender: "")
        outcome = campaign(target("rendering"), SEED, range(500))
        self.assertIn("AssertionError: another text", outcome.crashes)

    def test_told(self) -> None:
        """A crash is told with how to have it again, and that does."""
        holder, attribute = _place(*target("chat").planted)
        self.patch(holder, attribute, _failing(getattr(holder, attribute), 1))
        (crash,) = campaign(target("chat"), SEED, range(40)).crashes.values()
        self.assertEqual(f"script/fuzz chat --seed {SEED} --number {crash.number}", crash.again)
        (again,) = campaign(target("chat"), SEED, [crash.number]).crashes.values()
        self.assertEqual((crash.given, crash.where), (again.given, again.where))

    def test_endless(self) -> None:
        """An input that takes for ever is a crash, too."""
        outcome = campaign(_Endless(), SEED, range(1))
        self.assertIn("TookTooLong", next(iter(outcome.crashes)))


class _Endless(Target):
    name = "endless"

    def read_seeds(self) -> Any:
        return [1]

    def run(self, given: Any) -> bool:
        raise TookTooLong


def _input(name: str, number: int) -> str:
    return repr(target(name).made(Numbered(SEED).of(number)))


def _place(module: str, attribute: str) -> tuple[Any, str]:
    holder: Any = import_module(module)
    *path, last = attribute.split(".")
    for part in path:
        holder = getattr(holder, part)
    return holder, last


def _failing(good: Callable[..., Any], every: int = 4) -> Callable[..., Any]:
    """The same, but not every time."""
    calls = 0

    def fail(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % every == 0:
            raise KeyError("planted")
        return good(*given, **named)

    return fail
