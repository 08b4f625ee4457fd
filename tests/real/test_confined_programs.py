"""The real programs in a box: all they do as they do it outside, and what they no longer reach."""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

from clinvoker.service.confining import possible
from tests.real import test_agent_mode, test_lifecycle
from tests.real.rigs import RealTestCase, Rig

BOX = {"bubblewrap": True, "open_files": 4096, "file_size": 1024}
SKIP = dict(possible(os.environ))["bubblewrap"] or RealTestCase.skip


class BoxedWork(test_agent_mode.WorkTests):
    """Agent mode."""

    skip = SKIP

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        found = super().configured(rig)
        cls.settings = {**cls.settings, "confinement": BOX}
        return found

    def test_secret(self) -> None:
        """What a command of the program's looks for in its user's home is not there."""
        secret = self.daemon.folder / "home" / ".ssh"
        secret.mkdir()
        (secret / "id").write_text("PRIVATE")
        look = f"cat {secret}/id > {self.site}/seen 2>&1; ls /proc >> {self.site}/seen"
        self.work("codex", f"!tool exec_command {json.dumps({'cmd': look})}", "!say done")
        seen = (self.site / "seen").read_text()
        self.assertIn("No such file", seen)
        self.assertNotIn("PRIVATE", seen)
        self.assertNotIn(f"\n{self.daemon.process.pid}\n", seen)

    def test_login(self) -> None:
        """What a program writes to where it keeps its login is there after it, and nothing else of a home."""
        home = self.daemon.folder / "home"
        (home / ".claude").mkdir()
        (home / ".claude.json").write_text("{}")
        self.work("claude", "!say done")
        self.assertIn("firstStartTime", json.loads((home / ".claude.json").read_text()))
        self.assertTrue(list((home / ".claude").iterdir()))
        self.assertEqual(
            {".claude", ".claude.json", ".clinvk"}, {path.name for path in home.iterdir()} - {".ssh"}
        )


class BoxedOrphans(test_lifecycle.Orphans):
    """No box outlives its daemon."""

    skip = SKIP
    settings: ClassVar[dict[str, Any]] = {"confinement": BOX}
