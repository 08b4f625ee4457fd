"""schemathesis against the daemon with the demonstration: whatever it sends is answered as described."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.real.daemon import Daemon
from tests.real.provider import ROOT

PROGRAM = Path(sys.executable).with_name("schemathesis")

# Left out is what judges by the document alone: one path is another's with a name in it, and bodies are
# judged by more than a schema can say.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "use_after_free",
    "ensure_resource_availability",
)


class SchemathesisTests(SynchronousTestCase):
    skip = None if PROGRAM.exists() else "schemathesis is not installed"

    def test_everything(self) -> None:
        """No error of the server's, no status, type or body that the document does not tell."""
        with Daemon({"backends": {"demo": {"enabled": True}}}) as daemon:
            done = subprocess.run(
                [
                    *(str(PROGRAM), "run", f"{daemon.url}/openapi.json"),
                    *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
                    *("-n", "3", "--seed", "1", "--continue-on-failure", "--request-timeout", "60"),
                ],
                cwd=daemon.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(daemon.folder),
                    "PYTHONPATH": ROOT,
                    "SCHEMATHESIS_HOOKS": "tests.real.schemathesis_hooks",
                },
                capture_output=True,
                text=True,
                timeout=600,
            )
            log = daemon.log()
        self.assertEqual(0, done.returncode, done.stdout[-10_000:] + done.stderr[-2000:])
        [passed] = re.findall(r"(\d+) generated, \d+ passed", done.stdout)
        self.assertGreater(int(passed), 1000)
        self.assertNotIn("Traceback", log)
