"""
`script/fuzz --guided`: one target, with inputs that libFuzzer chooses by what they reach in the code.

The engine chooses the numbers that chance is made of, so that its inputs are damaged as all others are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import atheris

from tests.fuzzing.chance import Chance, FromBytes
from tests.fuzzing.target import CRASHES, written

with atheris.instrument_imports(include=["clinvoker"], enable_loader_override=False):
    from tests.fuzzing.targets import target

LONGEST = 400  # bytes, two for each decision


def main(given: Sequence[str]) -> None:
    """Run it, until a crash or the number of inputs that is named; gives nothing back."""
    name, inputs, seed = given
    with atheris.instrument_imports(include=["clinvoker"], enable_loader_override=False):
        found = target(name)

    def feed(data: bytes) -> None:
        made = found.made(Chance(FromBytes(data)))
        try:
            found.run(made)
        except Exception:
            place = CRASHES / name / f"guided-{seed}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(written(made))
            raise

    atheris.Setup([sys.argv[0], f"-runs={inputs}", f"-seed={seed}", f"-max_len={LONGEST}"], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
