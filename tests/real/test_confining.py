"""Programs that are held by the operating system, by what they try."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import sys
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import Any, Literal

import msgspec
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from clinvoker.config.confining import Confinement
from clinvoker.errors import AgentDied
from clinvoker.model import Launch
from clinvoker.runs.confining import Free
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.spawning import Spawner
from clinvoker.service.confining import confined, possible
from clinvoker.settings import Override
from clinvoker.testing.backend import PlainBackend
from tests.real.children import pids, wait_for

PROBE = Path(__file__).with_name("probe.py")
HERE = dict(possible(os.environ))  # why not, by what could be wanted
NOWHERE = "No such file or directory"
READ_ONLY = "Read-only file system"
CAP_SETFCAP = 31  # capabilities(7)
NOBODY = pwd.getpwnam("nobody")


class ProbeTestCase(TestCase):
    """A home with a secret, and a program that tries to get at it."""

    timeout = 60
    wanted = Confinement()

    def setUp(self) -> None:
        self.root = self.folder(0o711)
        self.home = self.folder(0o755)
        for name in (".secret", "shared/file", "kept/old"):
            path = self.home / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("of the user")
        (self.home / ".secret").chmod(0o600)
        program = self.folder(0o755) / "probe.py"
        shutil.copy(PROBE, program)
        self.program = str(program)
        self.guardian = Guardian(str(self.root))
        self.addCleanup(self.guardian.stop)
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.port = listening.getsockname()[1]
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(self.home), "USER": "me", "XDG_X": "mine"}

    def folder(self, mode: int) -> Path:
        path = Path(mkdtemp(dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        path.chmod(mode)
        return path

    def spawner(self, override: Override) -> Spawner:
        self.removed: list[str] = []
        return Spawner(
            reactor,  # type: ignore[arg-type]
            reactor,  # type: ignore[arg-type]
            str(self.root),
            Free(self.environ),
            confined(self.wanted, self.environ),
            {"plain": override},
            self.guardian,
            lambda: token_hex(8),
            self.removed.append,
        )

    async def seen(self, python: str = "", **override: Any) -> dict[str, Any]:
        """What the probe tells of a launch."""
        arguments = ("-I", "-S", self.program, str(self.port), str(os.getpid()))
        said = Override(program=python or sys.executable, arguments=arguments, **override)
        launch = Launch(key="k", arguments=("plain",), parts=(self.program,))
        agent = self.spawner(said).spawn(PlainBackend(), launch)
        await agent.when_ready()
        agent.retire()
        await agent.when_gone()
        [directory] = self.removed
        found: dict[str, Any] = json.loads(Path(directory, "seen").read_text())
        return found


class FreeTests(ProbeTestCase):
    async def test_free(self) -> None:
        """Where nothing is wanted nothing is held: the probe finds out what there is to find."""
        seen = await self.seen()
        for name in ("secret", "scratch", "connects", "memory", "file", "itself"):
            self.assertEqual("yes", seen[name], name)
        self.assertTrue(seen["sees daemon"])
        self.assertEqual(60, seen["forked"])
        self.assertTrue((self.home / "scratch").exists())


class BoxTests(ProbeTestCase):
    skip = HERE["bubblewrap"] or None
    wanted = Confinement(bubblewrap=True, readable=("~/shared",), writable=("~/kept",))

    async def test_box(self) -> None:
        """It sees the system, itself and what it is shown; it writes to its own and what it is given."""
        seen = await self.seen()
        self.assertEqual(NOWHERE, seen["secret"])
        self.assertEqual(["kept", "shared"], seen["home"])
        self.assertEqual(
            ["yes"] * 5, [seen[name] for name in ("shared", "kept", "work", "connects", "scratch")]
        )
        self.assertEqual([READ_ONLY] * 3, [seen[name] for name in ("system", "root", "itself")])
        self.assertFalse(seen["sees daemon"])
        kept = 0 if os.geteuid() else 1 << CAP_SETFCAP
        self.assertEqual([kept] * 2, [int(each, 16) for each in seen["capabilities"]])
        self.assertTrue((self.home / "kept/file").exists())
        self.assertFalse((self.home / "scratch").exists())

    async def test_exempt(self) -> None:
        """A backend that is not to be confined is not."""
        self.assertEqual("yes", (await self.seen(confined=False))["secret"])

    async def test_all_end(self) -> None:
        """What is killed leaves nothing in its box."""
        override = Override(
            program="/bin/sh",
            arguments=("-c", "setsid sleep 617 & setsid sleep 617 & echo '{\"ready\": 1}'; wait"),
        )
        agent = self.spawner(override).spawn(PlainBackend(), Launch(key="k", arguments=("plain",)))
        await agent.when_ready()
        wait_for(lambda: len(sleepers()) == 2, 5, "they run")
        agent.kill()
        await agent.when_gone()
        wait_for(lambda: not sleepers(), 5, "they ended")


class ShutTests(ProbeTestCase):
    skip = HERE["bubblewrap"] or None
    wanted = Confinement(bubblewrap=True, network=False)

    async def test_network(self) -> None:
        """Not even this machine is reached."""
        self.assertEqual("Connection refused", (await self.seen())["connects"])


class UserTests(ProbeTestCase):
    skip = HERE["user"] or None
    wanted = Confinement(user="nobody", open_files=333, file_size=2, cpu_secs=100, processes=40, memory=200)

    async def test_user(self) -> None:
        """It is another, can become nobody else, and writes to its own directory."""
        seen = await self.seen("/usr/bin/python3", environment={"HOME": str(self.home)})
        self.assertEqual((NOBODY.pw_uid, [NOBODY.pw_gid]), (seen["user"], seen["groups"]))
        self.assertEqual(["Permission denied"] * 2, [seen["secret"], seen["scratch"]])
        self.assertEqual("yes", seen["work"])
        self.assertEqual(["0" * 16] * 2, seen["capabilities"])
        self.assertEqual("nobody", seen["environment"]["USER"])
        self.assertNotIn("XDG_X", seen["environment"])

    async def test_bounds(self) -> None:
        """Descriptors, files, seconds, processes and memory end where it was said."""
        seen = await self.seen("/usr/bin/python3")
        megabytes = 2 * 1024 * 1024
        self.assertEqual(
            {"nofile": [333, 333], "fsize": [megabytes, megabytes], "cpu": [100, 100]}, seen["limits"]
        )
        self.assertLess(seen["forked"], 41)
        self.assertGreater(seen["forked"], 10)
        self.assertEqual(("File too large", "MemoryError"), (seen["file"], seen["memory"]))


class BothTests(ProbeTestCase):
    skip = HERE["user"] or HERE["bubblewrap"] or None
    wanted = Confinement(user="nobody", bubblewrap=True, processes=40, open_files=333)

    def setUp(self) -> None:
        super().setUp()
        self.environ["PATH"] = "/usr/bin:/bin"  # where another user can look

    async def test_both(self) -> None:
        """Another user in a box."""
        seen = await self.seen("/usr/bin/python3")
        self.assertEqual(NOBODY.pw_uid, seen["user"])
        self.assertEqual((READ_ONLY, "yes", False), (seen["system"], seen["work"], seen["sees daemon"]))
        self.assertLess(seen["forked"], 41)
        self.assertGreater(seen["forked"], 30)


class ScopeTests(ProbeTestCase):
    """Where systemd runs."""

    which: Literal["user", "system"] = "user" if os.geteuid() else "system"
    skip = HERE[f"scope: {which}"] or None
    wanted = Confinement(scope=which, processes=30, memory=2000, cpu_percent=50)

    async def test_scope(self) -> None:
        """Its bounds are those of all in it."""
        seen = await self.seen()
        self.assertIn(".scope", seen["groups of control"])
        self.assertLess(seen["forked"], 31)
        self.assertGreater(seen["forked"], 10)
        self.assertEqual("yes", seen["memory"])

    async def test_memory(self) -> None:
        """Who takes more memory is ended, and only he."""
        self.wanted = msgspec.structs.replace(self.wanted, memory=100)
        with self.assertRaises(AgentDied):
            await self.seen()


def sleepers() -> list[int]:
    """Processes of `test_all_end`."""
    found = []
    for pid in pids():
        try:
            if b"sleep\x00617" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found
