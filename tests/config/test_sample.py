"""etc/clinvoker.yaml: the file that explains every key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import yaml
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Backend, read_config
from clinvoker.config.values import File

SAMPLE = Path(__file__).parent.parent.parent / "etc" / "clinvoker.yaml"


def defaults() -> Iterator[tuple[str, object]]:
    """Every key that has a default of its own, with that."""
    for section, value in msgspec.to_builtins(File()).items():
        if not value or not isinstance(value, Mapping):
            yield section, value
        else:
            yield from value.items()


class SampleTests(SynchronousTestCase):
    """The sample tells the truth."""

    def setUp(self) -> None:
        self.text = SAMPLE.read_text()

    def test_as_it_is(self) -> None:
        """It changes nothing."""
        self.assertEqual(read_config(), read_config(self.text))

    def test_defaults(self) -> None:
        """Every key is there with its default."""
        for key, value in defaults():
            found = re.findall(rf"^ *# {key}: (\S.*)$", self.text, re.MULTILINE)
            said = [yaml.safe_load(text) for text in found]
            self.assertIn([*value] if isinstance(value, tuple) else value, said, key)

    def test_backend(self) -> None:
        """Every key of a backend is there, in an example that can be used."""
        example = self.text.split("# backends:\n", 1)[1].split("# backends: {}", 1)[0]
        uncommented = "backends:\n" + re.sub(r"^# ?", "", example, flags=re.MULTILINE)
        config = read_config(uncommented, backends=["claude"])
        self.assertEqual(Backend(program="claude"), config.backend("claude"))
        for key in Backend.__struct_fields__:
            self.assertIn(f"{key}:", example)
