"""Variables with the prefix that stand for nothing: none is passed over in silence."""

from __future__ import annotations

from clinvoker.config.values import Backend
from tests.config.test_config import ConfigTestCase, read


class MistakenTests(ConfigTestCase):
    """Who set one of these believes that it holds."""

    def assertMeant(self, meant: str, variable: str) -> None:
        """The variable is refused, and this one told."""
        self.assertComplaint(
            f"{variable}: There is no such variable; did you mean {meant}?", **{variable: "1"}
        )

    def test_keys(self) -> None:
        """Keys under a wrong name let anyone in; the daemon does not start."""
        for variable in ("CLINVK_APIKEYS", "CLINVK_API_KEY_S", "CLINVK_APIS_KEYS"):
            self.assertMeant("CLINVK_API_KEYS", variable)
        self.assertMeant("CLINVK_API_KEYS_FILE", "CLINVK_API_KEY_FILE")
        self.assertMeant("CLINVK_API_KEYS_GOPASS_PATH", "CLINVK_API_KEY_GOPASS_PATH")

    def test_one_underscore(self) -> None:
        """Where a path has two."""
        self.assertMeant("CLINVK_SERVER__PORT", "CLINVK_SERVER_PORT")
        self.assertMeant("CLINVK_SERVER__ADMIN_KEYS", "CLINVK_SERVER_ADMIN_KEYS")
        self.assertMeant("CLINVK_SERVER__TLS__CERTIFICATE", "CLINVK_SERVER_TLS_CERTIFICATE")
        self.assertMeant("CLINVK_BACKENDS__CLAUDE__ENABLED", "CLINVK_BACKENDS_CLAUDE_ENABLED")

    def test_letters(self) -> None:
        """Two that are the wrong way round, or one too many."""
        self.assertMeant("CLINVK_PORT", "CLINVK_PROT")
        self.assertMeant("CLINVK_HOST", "CLINVK_HOSTS")
        self.assertMeant("CLINVK_CLAUDE_MODEL", "CLINVK_CLAUD_MODEL")

    def test_with_others(self) -> None:
        """They are told with all else that is wrong."""
        found = self.complaints("foo: 1", {"CLINVK_PROT": "1", "CLINVK_PORT": "y"})
        self.assertEqual(["CLINVK_PROT", "foo", "CLINVK_PORT"], [said.split(":")[0] for said in found])


class OtherTests(ConfigTestCase):
    """What is near nothing, and what is known."""

    def test_near_nothing(self) -> None:
        """May be another program's: a warning."""
        config = read(environ={"CLINVK_COLOUR_OF_THE_SHED": "green"})
        self.assertEqual(
            ("The variable CLINVK_COLOUR_OF_THE_SHED stands for nothing here.",), config.warnings
        )

    def test_earlier(self) -> None:
        """Those of the earlier program's manuals: what stands for them here is told."""
        config = read(environ={"CLINVK_DEBUG": "1", "CLINVK_TIMEOUT": "5"})
        self.assertEqual(
            (
                "The variable CLINVK_DEBUG stands for nothing here; CLINVK_LOG__LEVEL=debug does.",
                "The variable CLINVK_TIMEOUT stands for nothing here; CLINVK_LIMITS__REQUEST_SECS does.",
            ),
            config.warnings,
        )

    def test_known(self) -> None:
        """Those of the command, of the scripts and of other prefixes are no matter; nor what is empty."""
        known = ("CLINVK_API_KEY", "CLINVK_SERVER", "CLINVK_CONFIG", "CLINVK_HOME", "CLINVK_VENV")
        environ = {
            **dict.fromkeys(known, "1"),
            "CLINVK_PROT": "",
            "CLINVOKER_TEST_CLIS": "/x",
            "A_CLINVK_X": "1",
        }
        self.assertEqual(read(), read(environ=environ))

    def test_gopass(self) -> None:
        """The name by which the earlier program knew a path of gopass."""
        config = read(environ={"CLINVK_API_KEYS_GOPASS_PATH": "team/clinvoker"})
        self.assertEqual("team/clinvoker", config.server.api_keys_gopass_path)

    def test_model_of_any(self) -> None:
        """Every backend that is installed has one for its model."""
        config = read(environ={"CLINVK_DEMO_MODEL": "m"})
        self.assertEqual({"demo": Backend(model="m")}, config.backends)
