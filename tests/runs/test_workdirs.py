"""Where a client may have a program work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BadRequest, Forbidden
from clinvoker.runs.workdirs import Workdirs

NAMES = st.sampled_from(["srv", "work", "w", "a b", "..", ".", "", "secret", "wörk", "w\x00", "\ud800", "~"])
PATHS = st.lists(NAMES, max_size=6).map("/".join) | st.text(max_size=20)


class WorkdirTestCase(SynchronousTestCase):
    """A tree `work` with a folder `site` in it, beside what is not to be worked in."""

    def setUp(self) -> None:
        self.root = Path(os.path.realpath(self.mktemp()))
        self.work = self.root / "work"
        for folder in ("work/site", "work/secret/keys", "workshop", "outside"):
            (self.root / folder).mkdir(parents=True)
        (self.work / "file").touch()

    def rules(
        self, allowed: Sequence[str] = ("work",), blocked: Sequence[str] = ("work/secret",)
    ) -> Workdirs:
        return Workdirs(
            [f"{self.root}/{path}" for path in allowed], [f"{self.root}/{path}" for path in blocked]
        )

    def refusal(self, path: object) -> str:
        """The sentence with which a path is refused."""
        error = self.assertRaises(BadRequest, self.rules().permitted, f"{path}")
        self.assertEqual("clinvoker.workdir", error.param)
        return error.message


class PermittedTests(WorkdirTestCase):
    """What may be worked in."""

    def test_inside(self) -> None:
        """An allowed directory itself, and what lies below."""
        for path in (self.work, self.work / "site"):
            self.assertEqual(str(path), self.rules().permitted(f"{path}"))

    def test_spelling(self) -> None:
        """Slashes and dots too many make no difference to what the process gets."""
        for path in (f"{self.work}/site/", f"{self.work}//site", f"{self.work}/./site/."):
            self.assertEqual(f"{self.work}/site", self.rules().permitted(path))

    def test_link_inside(self) -> None:
        """A link leads to the real path, which is what the process gets."""
        (self.work / "link").symlink_to("site")
        self.assertEqual(f"{self.work}/site", self.rules().permitted(f"{self.work}/link"))

    def test_link_in(self) -> None:
        """A link from outside may lead in."""
        (self.root / "door").symlink_to(self.work)
        self.assertEqual(f"{self.work}/site", self.rules().permitted(f"{self.root}/door/site"))

    def test_prefix_is_a_link(self) -> None:
        """A configured directory can be a link."""
        (self.root / "door").symlink_to(self.work)
        rules = self.rules(allowed=["door/"])
        self.assertEqual(f"{self.work}/site", rules.permitted(f"{self.root}/door/site"))

    def test_root(self) -> None:
        """`/` allows everything that is not blocked."""
        self.assertEqual(f"{self.work}", Workdirs(["/"], ["/etc"]).permitted(f"{self.work}"))
        self.assertRaises(BadRequest, Workdirs(["/"], ["/etc"]).permitted, "/etc")


class RefusedTests(WorkdirTestCase):
    """What may not; each reason has its own sentence."""

    def test_none_allowed(self) -> None:
        """Without any allowed directory there is no agent mode."""
        error = self.assertRaises(Forbidden, Workdirs([], []).permitted, "/")
        self.assertIn("agent.allowed_workdir_prefixes", error.message)

    def test_missing(self) -> None:
        """A directory has to be named."""
        self.assertIn("needs 'workdir'", self.refusal(""))

    def test_outside(self) -> None:
        """What lies elsewhere, and whether it exists is not told."""
        there, not_there = self.refusal(self.root / "outside"), self.refusal(self.root / "nowhere")
        self.assertIn("lies outside", there)
        self.assertEqual(there, not_there)

    def test_border(self) -> None:
        """/srv/workshop is not below /srv/work, nor is its parent."""
        self.assertIn("lies outside", self.refusal(self.root / "workshop"))
        self.assertIn("lies outside", self.refusal(self.root))

    def test_link_out(self) -> None:
        """A link that leads out is followed before it is looked, wherever in the path it is."""
        (self.work / "out").symlink_to(self.root / "outside")
        (self.work / "up").symlink_to("..")
        self.assertIn("lies outside", self.refusal(self.work / "out"))
        self.assertIn("lies outside", self.refusal(self.work / "up" / "outside"))

    def test_two_dots(self) -> None:
        """`..` is refused even where it leads back in."""
        self.assertIn("holds '..'", self.refusal(f"{self.work}/../outside"))
        self.assertIn("holds '..'", self.refusal(f"{self.work}/site/.."))

    def test_dots_in_a_name(self) -> None:
        """A name that only begins with dots is a name."""
        (self.work / "..site").mkdir()
        self.assertEqual(f"{self.work}/..site", self.rules().permitted(f"{self.work}/..site"))

    def test_blocked(self) -> None:
        """Blocked directories win, with all below them and by whatever link."""
        (self.work / "link").symlink_to("secret")
        for path in ("secret", "secret/keys", "link", "link/keys"):
            self.assertIn("is blocked", self.refusal(self.work / path))

    def test_blocked_link(self) -> None:
        """A blocked link blocks what it leads to."""
        (self.root / "door").symlink_to(self.work / "site")
        rules = self.rules(blocked=["door"])
        self.assertRaises(BadRequest, rules.permitted, f"{self.work}/site")

    def test_no_directory(self) -> None:
        """A file, nothing at all, a link to itself."""
        (self.work / "loop").symlink_to("loop")
        for name in ("file", "nothing", "file/below", "loop"):
            self.assertIn("is not a directory that exists", self.refusal(self.work / name))

    def test_no_path(self) -> None:
        """What is not absolute, and characters that no path should have."""
        for path in ("work", "./work", "~/work", "~"):
            self.assertIn("is not absolute", self.refusal(path))
        for path in (f"{self.work}\x00/etc", f"{self.work}\n", f"{self.work}/\ud800"):
            self.assertIn("not printable", self.refusal(path))

    @given(PATHS)
    def test_anything(self, path: str) -> None:
        """Whatever is asked, it is refused or it is a real directory below an allowed one."""
        rules = Workdirs(["/usr/share"], ["/usr/share/doc"])
        try:
            found = rules.permitted(f"/usr/share/{path}" if path[:1] != "/" else path)
        except BadRequest:
            return
        self.assertEqual(os.path.realpath(found), found)
        self.assertTrue(os.path.isdir(found))
        self.assertEqual("/usr/share", os.path.commonpath([found, "/usr/share"]))
        self.assertNotEqual("/usr/share/doc", os.path.commonpath([found, "/usr/share/doc"]))

    @given(st.lists(st.sampled_from(["a", "b", "up", "out", "self", "..", "secret"]), max_size=5))
    def test_any_links(self, parts: list[str]) -> None:
        """The same with a tree full of links, imagined."""
        leads = {"up": "/srv", "out": "/etc", "secret": "/srv/work/a/../b/s", "self": "/srv/work"}

        def real(path: str) -> str:
            found = ""
            for part in path.split("/")[1:]:
                found = os.path.normpath(leads.get(part, f"{found}/{part}"))
            return found

        rules = Workdirs(["/srv/work"], ["/srv/work/b"], real, lambda path: True)
        try:
            found = rules.permitted("/".join(["/srv/work", *parts]))
        except BadRequest:
            return
        self.assertTrue(f"{found}/".startswith("/srv/work/"))
        self.assertFalse(f"{found}/".startswith("/srv/work/b/"))
