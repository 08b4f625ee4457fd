"""A part of the fuzzing that `script/fuzz` does: always the same inputs, not those of the pure tests."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from tests.fuzzing.campaign import campaign
from tests.fuzzing.targets import NAMES, target

SEED = 2
INPUTS = 5000  # for each target; all together take half a minute


def _test(name: str) -> Callable[[SynchronousTestCase], None]:
    def test(self: SynchronousTestCase) -> None:
        outcome = campaign(target(name), SEED, range(INPUTS))
        told = [f"{crash.again}\n{crash.trace}" for crash in outcome.crashes.values()]
        self.assertEqual([], told)
        self.assertGreater(outcome.accepted, INPUTS / 20)

    test.__doc__ = f"No input crashes {name}."
    return test


class FuzzingTests(SynchronousTestCase):
    """A test for each target."""


for _name in NAMES:
    setattr(FuzzingTests, f"test_{_name.replace('-', '_')}", _test(_name))
