"""What a client's word for a model means."""

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Model
from clinvoker.runs.names import listed, resolve
from clinvoker.settings import Names
from clinvoker.testing.backend import PlainBackend

BACKENDS = {"one": PlainBackend("one"), "two": PlainBackend("two")}
NAMES = Names(
    configured={"fast": "two/small", "one": "two", "odd": "nowhere", "plain-1": "two/plain-1"},
    defaults={"two": "big"},
)


class ResolveTests(SynchronousTestCase):
    def mean(self, name: str, names: Names = NAMES) -> tuple[str, str]:
        target = resolve(name, names, BACKENDS)
        assert target is not None
        return target.backend, target.model

    def test_configured_first(self) -> None:
        """A configured name shadows everything."""
        self.assertEqual(("two", "small"), self.mean("fast"))
        self.assertEqual(("two", "big"), self.mean("one"))
        self.assertEqual(("two", "plain-1"), self.mean("plain-1"))

    def test_backend(self) -> None:
        """A backend's bare name means its default, which may be configured."""
        self.assertEqual(("two", "big"), self.mean("two"))
        self.assertEqual(("one", ""), self.mean("one", Names()))

    def test_qualified(self) -> None:
        """A backend and a model, by slash or colon; the model may hold more of them."""
        self.assertEqual(("one", "m"), self.mean("one/m"))
        self.assertEqual(("one", "m/n:o"), self.mean("one:m/n:o"))

    def test_pattern(self) -> None:
        """A name that a backend knows goes to the first that knows it, as it is."""
        self.assertEqual(("one", "plain-9"), self.mean("plain-9"))

    def test_unknown(self) -> None:
        """A name that nobody knows means nothing."""
        self.assertIsNone(resolve("gpt-9", NAMES, BACKENDS))

    def test_fallback(self) -> None:
        """With a fallback anything else goes there."""
        self.assertEqual(("two", ""), self.mean("gpt-9", Names(fallback="two")))
        self.assertEqual(("one", "x"), self.mean("gpt-9", Names(fallback="f", configured={"f": "one/x"})))

    def test_no_options(self) -> None:
        """What looks like an option of a command line is no model."""
        for name in ("one/--help", "one/-p", "one/a b", "one/", "one/" + "x" * 300, "plain-1\n", ""):
            self.assertIsNone(resolve(name, Names(), BACKENDS))

    def test_listed(self) -> None:
        """Listed are configured names whose meaning exists, backends and their models, each once."""
        expected = [Model("fast", "two"), Model("one", "two"), Model("plain-1", "two"), Model("two", "two")]
        self.assertEqual(expected, listed(NAMES, BACKENDS))
