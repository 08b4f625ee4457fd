"""What the daemon does without."""

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

LATE = ("jsonschema", "hypothesis", "openai", "click", "prometheus_client", "opentelemetry", "re2")
PROGRAM = "import sys, clinvoker.service; print(*{name.partition('.')[0] for name in sys.modules})"


class ImportTests(SynchronousTestCase):
    def test_late(self) -> None:
        """What only few answers need, and what only tests do, is not imported at the start."""
        said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True)
        imported = set(said.stdout.split())
        self.assertIn("klein", imported)
        self.assertEqual(set(), imported & {*LATE})
