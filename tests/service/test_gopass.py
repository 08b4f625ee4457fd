"""API keys that gopass keeps."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, ConfigError, read_config
from clinvoker.service import gopass
from clinvoker.service.gopass import AGAIN_SECS, STALE_SECS, Gopass, GopassFailed, shown
from clinvoker.service.keys import Keys
from tests.real.children import wait_for

LONG = "a-key-of-more-than-sixteen-letters"


def alive(pid: str) -> bool:
    """Whether a process is there, and no zombie that waits for its parent."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


class PathTests(SynchronousTestCase):
    def test_pattern(self) -> None:
        """F093: a path is one, and nothing that a program could take for something else."""
        for path in ("a b", "$(id)", "a;b", "a\n", "-c", "--help"):
            error = self.assertRaises(ConfigError, read_config, f"server: {{api_keys_gopass_path: {path!r}}}")
            self.assertIn("api_keys_gopass_path", error.complaints[0])

    def test_environment(self) -> None:
        """The environment has it too; and it is as good as keys for a listener that others can reach."""
        environ = {"CLINVK_SERVER__API_KEYS_GOPASS_PATH": "team/clinvoker", "CLINVK_HOST": "0.0.0.0"}
        self.assertEqual("team/clinvoker", read_config("", environ).server.api_keys_gopass_path)


class AskingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        config: Config = read_config("server: {api_keys_gopass_path: a/b}")
        self.keys = Keys(config, self.clock, lambda: None)
        self.answer: str | Exception = LONG
        self.service = Gopass(self.clock, "a/b", self.keys, {}, self.asked)

    def asked(self, *_: object) -> Deferred[str]:
        return succeed(self.answer) if isinstance(self.answer, str) else fail(self.answer)

    def good(self, key: str) -> bool:
        return bool(self.keys.locks().name(key.encode()))

    def test_closed(self) -> None:
        """F094: until it has answered, and where it fails, nobody comes in."""
        self.assertTrue(self.keys.locks().needed)
        self.answer = GopassFailed("it is locked")
        self.service.startService()
        self.assertTrue(self.keys.locks().needed)
        self.assertFalse(self.good(LONG))

    def test_again(self) -> None:
        """F095: it is asked again after five minutes; what it gave last stays good where it fails then."""
        self.service.startService()
        self.assertTrue(self.good(LONG))
        self.answer = f"{LONG}-2\n{LONG}-3,{LONG}-4\n"
        self.clock.advance(AGAIN_SECS - 1)
        self.assertTrue(self.good(LONG))
        self.clock.advance(1)
        self.assertEqual([False, True, True, True], [self.good(LONG + end) for end in ("", "-2", "-3", "-4")])
        self.answer = GopassFailed("it is locked")
        self.clock.advance(AGAIN_SECS)
        self.assertTrue(self.good(LONG + "-2"))
        self.answer = " \n"
        self.clock.advance(AGAIN_SECS)
        self.assertTrue(self.good(LONG + "-2"))
        self.service.stopService()

    def fails(self, secs: float) -> None:
        """It answers no more, and so much time passes."""
        self.answer = GopassFailed("it is locked")
        for _ in range(int(secs / AGAIN_SECS)):
            self.clock.advance(AGAIN_SECS)

    def test_stale(self) -> None:
        """What it gave last is good for an hour: to have it fail must not keep a revoked key alive."""
        self.service.startService()
        self.fails(STALE_SECS - AGAIN_SECS)
        self.assertTrue(self.good(LONG))
        self.fails(AGAIN_SECS)
        self.assertFalse(self.good(LONG))
        self.assertTrue(self.keys.locks().needed)
        self.answer = LONG
        self.clock.advance(AGAIN_SECS)
        self.assertTrue(self.good(LONG))

    def test_renewed(self) -> None:
        """Each time it answers the hour begins anew; an answer without keys is none."""
        self.service.startService()
        self.fails(STALE_SECS - AGAIN_SECS)
        self.answer = LONG
        self.clock.advance(AGAIN_SECS)
        self.answer = ""
        for _ in range(int(STALE_SECS / AGAIN_SECS) - 1):
            self.clock.advance(AGAIN_SECS)
        self.assertTrue(self.good(LONG))
        self.clock.advance(AGAIN_SECS)
        self.assertFalse(self.good(LONG))

    def test_stopped(self) -> None:
        """Nothing goes on behind it."""
        self.service.startService()
        self.service.stopService()
        self.assertEqual([], self.clock.getDelayedCalls())


class ProgramTests(SynchronousTestCase):
    """A program of that name."""

    def make(self, script: str) -> dict[str, str]:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        program = folder / "gopass"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def test_asked(self) -> None:
        """F093: what it is asked, and what it says."""
        self.assertEqual("show --password a/b\n", shown("a/b", self.make('echo "$@"')))

    def test_fails(self) -> None:
        """F094: its exit code and its words, and not what it printed."""
        environ = self.make("echo SECRET; echo locked >&2; exit 3")
        error = self.assertRaises(GopassFailed, shown, "a/b", environ)
        self.assertEqual("gopass show a/b failed with 3: locked", str(error))

    def test_hangs(self) -> None:
        """F093: it has five seconds."""
        self.patch(gopass, "LONGEST_SECS", 0.2)
        error = self.assertRaises(GopassFailed, shown, "a/b", self.make("exec sleep 60"))
        self.assertIn("did not answer", str(error))

    def test_children(self) -> None:
        """What it has started ends with it, and holds nobody up by a pipe it has inherited."""
        self.patch(gopass, "LONGEST_SECS", 0.5)
        for script in ('sleep 60 & echo $! > "$0.pid"; wait', 'sleep 60 & echo $! > "$0.pid"; exit 0'):
            environ = self.make(script)
            error = self.assertRaises(GopassFailed, shown, "a/b", environ)
            self.assertIn("did not answer", str(error))
            pid = Path(environ["PATH"].partition(":")[0], "gopass.pid").read_text().strip()
            wait_for(lambda pid=pid: not alive(pid), 5, "the child has ended")

    def test_endless(self) -> None:
        """What prints without end is ended after a megabyte, on either way."""
        for way in ("", " >&2"):
            error = self.assertRaises(GopassFailed, shown, "a/b", self.make(f"yes SECRET{way}"))
            self.assertEqual("gopass printed more than 1048576 bytes", str(error))

    def test_leaves_others(self) -> None:
        """Where it succeeds, what it leaves running on purpose, such as a key agent, goes on."""
        environ = self.make('sleep 60 > /dev/null 2>&1 & echo $! > "$0.pid"; echo key')
        self.assertEqual("key\n", shown("a/b", environ))
        pid = Path(environ["PATH"].partition(":")[0], "gopass.pid").read_text().strip()
        self.assertTrue(alive(pid))
        os.kill(int(pid), signal.SIGKILL)

    def test_missing(self) -> None:
        """It may not be there."""
        self.assertRaises(GopassFailed, shown, "a/b", {"PATH": "/nowhere"})
