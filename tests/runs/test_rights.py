"""What a key may: models and modes."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.errors import Forbidden
from clinvoker.keys import Rights
from clinvoker.model import Invocation, Message, Text
from clinvoker.runs.agency import Permission, completed, introduced
from clinvoker.runs.names import resolve, words_for
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Names, Usual
from clinvoker.testing.backend import PlainBackend

BACKENDS = {"claude": PlainBackend("claude")}
NAMES = Names(configured={"fast": "claude/haiku"}, defaults={"claude": "opus"}, fallback="claude")


class ModelTests(SynchronousTestCase):
    """The words by which a model may be allowed."""

    def words(self, name: str) -> set[str]:
        return {*words_for(name, resolve(name, NAMES, BACKENDS), NAMES)}

    def test_words(self) -> None:
        """A configured name, a backend's, and what they come to."""
        self.assertEqual({"fast", "claude/haiku", "haiku"}, self.words("fast"))
        self.assertEqual({"claude", "claude/opus", "opus"}, self.words("claude"))
        self.assertEqual({"claude/x", "x"}, self.words("claude:x"))

    def test_fallback(self) -> None:
        """A word that means nothing by itself allows nothing: it comes to the fallback."""
        self.assertEqual({"claude/opus", "opus"}, self.words("no-such-model"))

    def test_patterns(self) -> None:
        """Names and patterns; none is everything."""
        for models, name, expected in (
            (("fast",), "fast", True),
            (("fast",), "claude/haiku", False),
            (("claude/*",), "fast", True),
            (("claude/opus",), "claude", True),
            (("claude",), "claude/haiku", False),
            (("no-*",), "no-such-model", False),
            ((), "claude", True),
        ):
            self.assertEqual(expected, Rights(models=models).model(self.words(name)), (models, name))


class PermissionTests(SynchronousTestCase):
    """Modes, and what is said."""

    def permission(self, **rights: tuple[str, ...]) -> Permission:
        return Permission(("boss",), Workdirs(("/",), ()), lambda name: Rights(**rights))  # type: ignore[arg-type]

    def ask(self, permission: Permission, mode: str, principal: str = "ann") -> None:
        agency = Agency(mode=mode, workdir="/tmp") if mode == "agent" else Agency()  # type: ignore[arg-type]
        permission.checked(Invocation(model="m", messages=(), agency=agency, principal=principal))

    def test_modes(self) -> None:
        """A mode that is not among those of the key is refused, by name."""
        error = self.assertRaises(Forbidden, self.ask, self.permission(modes=("chat",)), "agent", "boss")
        self.assertEqual("The key 'boss' may not use the mode 'agent', only: chat.", error.message)
        self.assertRaises(Forbidden, self.ask, self.permission(modes=("agent",)), "chat")

    def test_agents(self) -> None:
        """A key that was made for agents needs no other permission; one of which nothing is said does."""
        self.ask(self.permission(modes=("chat", "agent")), "agent")
        self.assertRaises(Forbidden, self.ask, self.permission(), "agent")
        self.ask(self.permission(), "agent", "boss")

    def test_workdirs(self) -> None:
        """A key may be kept to some of the directories."""
        self.ask(self.permission(modes=("agent",), workdirs=("/tmp",)), "agent")
        error = self.assertRaises(
            Forbidden, self.ask, self.permission(modes=("agent",), workdirs=("/srv", "/tmpp")), "agent"
        )
        self.assertIn("only in: /srv, /tmpp", error.message)

    def test_model(self) -> None:
        """A model that is not among those of the key is refused, by name."""
        permission = self.permission(models=("fast", "gemini"))
        error = self.assertRaises(Forbidden, permission.check_model, "ann", ["claude/opus", "opus"])
        self.assertEqual(
            "The key 'ann' may not use the model 'claude/opus', only: fast, gemini.", error.message
        )


class UsualTests(SynchronousTestCase):
    """F135: what is usual for a backend, where nothing is said."""

    USUAL = Usual(system="Be brief.", approval="auto", sandbox="read-only")

    def test_agents(self) -> None:
        """How an agent works, part by part; a chat has nothing of it."""
        said = Agency(mode="agent", workdir="/w", sandbox="full")
        self.assertEqual(replace(said, approval="auto"), completed(said, self.USUAL))
        self.assertEqual(Agency(), completed(Agency(), self.USUAL))

    def test_system(self) -> None:
        """The system prompt comes first, unless there is one."""
        asked = Invocation(model="m", messages=(Message("user", (Text("hi"),)),))
        told = introduced(asked, self.USUAL)
        self.assertEqual([("system", "Be brief."), ("user", "hi")], [(m.role, m.text) for m in told.messages])
        self.assertEqual(told, introduced(told, self.USUAL))
        self.assertEqual(asked, introduced(asked, Usual()))
