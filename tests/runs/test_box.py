"""What a program is shown of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Launch, Link
from clinvoker.runs.box import SYSTEM, Box

LAUNCH = Launch(key="k", arguments=("tool",), directory="/tmp/private")


class BoxTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        self.home = self.root / "home"
        self.environ = {"HOME": str(self.home), "PATH": f"/usr/bin:{self.home}/bin:here:"}

    def path(self, name: str, target: str = "") -> str:
        """A new file there, or a link."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(target)
        else:
            path.touch()
        return str(path)

    def shown(self, program: str, launch: Launch = LAUNCH, **box: object) -> Mapping[str, str]:
        """Paths that are bound, each by the way it is."""
        words = self.words(program, launch, **box)
        pairs = pairwise(words)
        found = {path: how for how, path in pairs if how in ("--bind-try", "--ro-bind-try")}
        return {path: how for path, how in found.items() if path not in SYSTEM}

    def words(self, program: str, launch: Launch = LAUNCH, **box: object) -> list[str]:
        settings = {"root": False, "network": True, "readable": (), "writable": (), **box}
        return [*Box("/usr/bin/bwrap", environ=self.environ, **settings).words(program, launch)]  # type: ignore[arg-type]

    def test_installed(self) -> None:
        """The folders of PATH, and wherever the links of a program lead, with what lies beside it."""
        self.path("home/apps/node_modules/tool/cli.js")
        self.path("home/apps/node_modules/.bin/tool", "../tool/cli.js")
        program = self.path("home/bin/tool", "../apps/node_modules/.bin/tool")
        readable = {path for path, how in self.shown(program).items() if how == "--ro-bind-try"}
        apps = f"{self.home}/apps/node_modules"
        self.assertEqual(
            {
                f"{self.home}/bin",
                f"{self.home}/lib",
                apps,
                f"{apps}/.bin",
                f"{apps}/tool",
                "/usr/bin",
                "/usr/lib",
            },
            readable,
        )

    def test_endless(self) -> None:
        """Links that lead in a circle are not followed for ever."""
        program = self.path("home/bin/tool", "tool")
        self.assertIn(f"{self.home}/bin", self.shown(program))

    def test_written(self) -> None:
        """Its private directory, where it works, its logins and what it keeps; nothing that is not set."""
        launch = Launch(
            key="k",
            arguments=("tool",),
            directory="/tmp/private",
            workdir="/srv/site",
            links=(Link("login", ("$OWN/login", "~/.tool/login")),),
            outside=("$OWN", "~/.tool.json"),
        )
        written = {path for path, how in self.shown("/usr/bin/tool", launch).items() if how == "--bind-try"}
        own = {f"{self.home}/.tool/login", f"{self.home}/.tool.json"}
        self.assertEqual({"/tmp/private", "/srv/site", *own}, written)

    def test_configured(self) -> None:
        """More to read and to write; who may write need not be shown it twice."""
        shown = self.shown("/usr/bin/tool", readable=("~/a", "/srv/b"), writable=("~/a", "/"))
        self.assertEqual("--bind-try", shown[f"{self.home}/a"])
        self.assertEqual("--ro-bind-try", shown["/srv/b"])
        self.assertNotIn("/", shown)

    def test_order(self) -> None:
        """What lies in another is bound after it, the home and /tmp before both."""
        words = self.words("/usr/bin/tool", readable=("~/a/b", "~/a"), writable=("~/a/b/c",))
        places = [words.index(f"{self.home}{path}") for path in ("", "/a", "/a/b", "/a/b/c")]
        self.assertEqual(sorted(places), places)
        self.assertLess(words.index("/tmp"), words.index("/tmp/private"))
        self.assertEqual(["--remount-ro", "/", "--"], words[-3:])

    def test_homeless(self) -> None:
        """A home that is none hides nothing."""
        for home in ("", "/", "elsewhere"):
            self.environ["HOME"] = home
            words = self.words("/usr/bin/tool")
            self.assertEqual(["/tmp"], [path for how, path in pairwise(words) if how == "--tmpfs"])

    def test_shut(self) -> None:
        """The network is shared where it is wanted; root alone keeps what it takes to make a box within."""
        self.assertIn("--share-net", self.words("/usr/bin/tool"))
        self.assertNotIn("--share-net", self.words("/usr/bin/tool", network=False))
        self.assertNotIn("--cap-add", self.words("/usr/bin/tool"))
        self.assertIn("--cap-add", self.words("/usr/bin/tool", root=True))

    def test_certificates(self) -> None:
        """Those that variables name are there."""
        self.environ["SSL_CERT_FILE"] = "/srv/ca.pem"
        self.assertEqual("--ro-bind-try", self.shown("/usr/bin/tool")["/srv/ca.pem"])
