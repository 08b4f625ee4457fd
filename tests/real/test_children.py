"""Real child processes: what `runs` starts, and what is left of it."""

import errno
import json
import os
import sys
from pathlib import Path
from tempfile import mkdtemp

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import BackendMissing
from clinvoker.framing import Record
from clinvoker.interfaces import ISpawner
from clinvoker.model import Invocation, Launch, Link, Message, Text
from clinvoker.process import IChild, LiveProcess, said
from clinvoker.runs.child import Child
from clinvoker.runs.confining import Free
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.spawning import Spawner
from clinvoker.settings import Override
from clinvoker.testing.backend import PlainBackend
from tests.real.children import children_of

ASK = Invocation(model="plain", messages=(Message("user", (Text("hi"),)),))


class Heard(LiveProcess):
    """Keeps what it is told; fires when something came, and when it ended."""

    def __init__(self) -> None:
        super().__init__(reactor)  # type: ignore[arg-type]
        self.records: list[Record] = []
        self.first: Deferred[None] = Deferred()
        self.over: Deferred[str] = Deferred()

    def received(self, records: object) -> None:
        self.records.extend(records)  # type: ignore[arg-type]
        if not self.first.called:
            self.first.callback(None)

    def ended(self, reason: Failure) -> None:
        self.over.callback(said(reason))


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pid: int, secs: float = 5.0) -> bool:
    """Whether the process ends within the time."""
    while alive(pid) and secs > 0:
        await deferLater(reactor, 0.02)  # type: ignore[arg-type]
        secs -= 0.02
    return not alive(pid)


class ChildTests(TestCase):
    timeout = 30

    def start(self, code: str) -> tuple[Heard, Child]:
        heard = Heard()
        arguments = (sys.executable, "-I", "-S", "-u", "-c", code)
        return heard, Child(reactor, heard, arguments, {"A": "b"}, "/")  # type: ignore[arg-type]

    async def test_records(self) -> None:
        """What is written to stdin is read there; what it prints is received; its exit is told."""
        heard, child = self.start("import sys; print(input()); sys.exit(3)")
        self.assertTrue(verifyObject(IChild, child))
        heard.send({"a": "x" * 200_000})
        self.assertEqual("exit status 3", await heard.over)
        self.assertEqual([{"a": "x" * 200_000}], heard.records)

    async def test_pace(self) -> None:
        """A paused process has to wait: it cannot write more than the pipe holds."""
        heard, child = self.start(
            "import sys\nfor n in range(2000): sys.stdout.write('{\"n\":\"' + 'x'*1000 + '\"}\\n')"
        )
        child.pauseProducing()
        await deferLater(reactor, 0.3)  # type: ignore[arg-type]
        self.assertEqual([], heard.records)
        child.resumeProducing()
        self.assertEqual("exit status 0", await heard.over)
        self.assertEqual(2000, len(heard.records))

    async def test_signal(self) -> None:
        """A signal reaches the whole group."""
        heard, child = self.start(
            "import os, json, time\npid = os.fork()\nif pid: print(json.dumps({'pid': pid}))\ntime.sleep(60)"
        )
        await heard.first
        grandchild = heard.records[0]["pid"]
        child.signalProcess("TERM")
        self.assertEqual("signal 15", await heard.over)
        self.assertTrue(await gone(grandchild))  # type: ignore[arg-type]

    async def test_grandchild_holding_stdout(self) -> None:
        """What a process leaves in its group ends with it, so its pipes do too."""
        heard, _ = self.start(
            "import os, json, time\npid = os.fork()\n"
            "if pid: print(json.dumps({'pid': pid}))\n"
            "else: time.sleep(60)"
        )
        self.assertEqual("exit status 0", await heard.over)
        self.assertTrue(await gone(heard.records[0]["pid"]))  # type: ignore[arg-type]

    async def test_deaf(self) -> None:
        """A process that ignores everything polite is killed."""
        heard, _ = self.start(
            "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('{}')\nwhile 1: time.sleep(9)"
        )
        heard.eof_secs = heard.term_secs = 0.1
        await heard.first
        heard.finish()
        self.assertEqual("signal 9", await heard.over)

    def test_no_program(self) -> None:
        """A program that is not there raises and leaves no descriptor open."""
        before = len(os.listdir("/proc/self/fd"))
        self.assertRaises(OSError, Child, reactor, Heard(), ("/nowhere",), {}, "/")
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_no_descriptors(self) -> None:
        """Where descriptors run out in the middle, the process ends and none is left open."""
        before, dup, left = len(os.listdir("/proc/self/fd")), os.dup, [2]
        others = children_of(os.getpid())

        def running_out(fd: int) -> int:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.EMFILE, "Too many open files")
            return dup(fd)

        self.patch(os, "dup", running_out)
        sleep = ("/bin/sh", "-c", "exec sleep 60")
        self.assertRaises(OSError, Child, reactor, Heard(), sleep, {"PATH": os.environ["PATH"]}, "/")
        self.assertEqual(others, children_of(os.getpid()))
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))


class SpawnerTests(TestCase):
    timeout = 30

    def setUp(self) -> None:
        self.root = mkdtemp()
        self.removed: list[str] = []
        self.guardian = Guardian(self.root)
        self.addCleanup(self.guardian.stop)
        home = Path(mkdtemp())
        (home / ".secret").write_text("login")
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(home), "CLINVK_API_KEYS": "k", "PLAIN_X": "1"}
        self.environ["UNRELATED"] = "1"

    def spawner(self, override: Override) -> Spawner:
        return Spawner(
            reactor,  # type: ignore[arg-type]
            reactor,  # type: ignore[arg-type]
            self.root,
            Free(self.environ),
            Free(self.environ),
            {"plain": override},
            self.guardian,
            lambda: "word-of-this-test",
            self.removed.append,
        )

    def test_interface(self) -> None:
        """It is a spawner."""
        self.assertTrue(verifyObject(ISpawner, self.spawner(Override())))

    async def test_world(self) -> None:
        """A process sees its files, its links, an empty directory to work in and no secret of the daemon."""
        code = (
            "import os, json, sys\nprint(json.dumps({'ready': 1}))\n"
            "open('../seen', 'w').write(json.dumps([os.listdir('.'), open('../f/x').read(),"
            " open('../l').read(), dict(os.environ)]))"
        )
        override = Override(program=sys.executable, arguments=("-c", code), environment={"MORE": "2"})
        spawner = self.spawner(override)
        launch = Launch(
            key="k",
            arguments=("plain",),
            environment={"D": "{directory}"},
            files={"f/x": "in {directory}"},
            links=(Link("l", ("$NOT_SET/.secret", "~/.secret")), Link("m", ("~/none",))),
        )
        agent = spawner.spawn(PlainBackend(), launch)
        await agent.when_ready()
        await agent.when_gone()
        [directory] = self.removed
        listing, file, link, environment = json.loads(Path(directory, "seen").read_text())
        self.assertEqual(([], f"in {directory}", "login"), (listing, file, link))
        self.assertFalse(os.path.lexists(os.path.join(directory, "m")))
        environment.pop("LC_CTYPE", None)  # Python's own
        expected = {"PATH", "HOME", "PLAIN_X", "D", "MORE", Guardian.variable}
        self.assertEqual(expected, set(environment))
        self.assertEqual((directory, "2"), (environment["D"], environment["MORE"]))

    def test_proxy(self) -> None:
        """Where a proxy is set, this machine itself is not asked through it."""
        self.environ |= {"https_proxy": "http://proxy.example:1", "no_proxy": "a.example"}
        launch = Launch(key="k", arguments=("plain",))
        environment = self.spawner(Override()).environment(PlainBackend(), launch)
        self.assertEqual("a.example,127.0.0.1", environment["NO_PROXY"])
        self.assertEqual("a.example,127.0.0.1", environment["no_proxy"])

    async def test_missing(self) -> None:
        """A program that is not there is told by the agent, and its directory goes."""
        agent = self.spawner(Override(program="no-such-program")).spawn(
            PlainBackend(), Launch(key="k", arguments=("plain",))
        )
        with self.assertRaises(BackendMissing) as raised:
            await agent.when_ready()
        self.assertIn("no-such-program", str(raised.exception))
        self.assertEqual(1, len(self.removed))
