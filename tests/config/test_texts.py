"""Whatever bytes a configuration consists of, it is taken, or each key that is wrong is named."""

from __future__ import annotations

from clinvoker.config import ConfigError, read_config
from clinvoker.config.keys import keys_in_file
from clinvoker.config.origins import settled
from tests.config.test_config import BACKENDS, ConfigTestCase, read

NUL = "Holds the control character U+0000"
HALF = "Not UTF-8, or half of a character"


class UnfitTests(ConfigTestCase):
    """Characters that no path can hold."""

    def test_control_characters(self) -> None:
        """They are refused in values, in lists, in names, and where they would have been a path."""
        self.assertComplaint(f"server.api_keys_file: {NUL}", r'server: {api_keys_file: "/a\0b"}')
        self.assertComplaint(f"session.store: {NUL}", r'session: {store: "sqlite:/\0"}')
        escape = "Holds the control character U+001B"
        self.assertComplaint(
            f"agent.blocked_workdir_prefixes: {escape}", r'agent: {blocked_workdir_prefixes: ["/", "/\e"]}'
        )
        self.assertComplaint(rf"models.\x00: {NUL}", r'models: {"\0": claude}')
        self.assertComplaint(rf"backends.\x07: {escape[:-4]}0007", r'backends: {"\a": {}}')

    def test_lines(self) -> None:
        """Texts may have lines and tabs."""
        config = read(r'backends: {claude: {system_prompt: "a\n\tb\r\n"}}')
        self.assertEqual("a\n\tb\r\n", config.backend("claude").system_prompt)

    def test_half(self) -> None:
        """Half a character is no text and no number."""
        for key in ("server.host", "server.port", "server.metrics_enabled", "log.level", "limits.queue_secs"):
            section, name = key.split(".")
            (said,) = self.complaints(rf'{section}: {{{name}: "\ud800"}}')
            self.assertTrue(said.startswith(f"{key}: "), said)
            said.encode()

    def test_environment(self) -> None:
        """Variables that are not UTF-8, in their values and in their names."""
        for name in ("HOST", "PORT", "METRICS_ENABLED", "LISTEN"):
            self.assertComplaint(f"CLINVK_SERVER__{name}: {HALF}", **{f"CLINVK_SERVER__{name}": "a\udcff"})
        for section in ("SERVER", "MODELS", "BACKENDS"):
            variable = f"CLINVK_{section}__\udcff"
            self.assertComplaint(rf"CLINVK_{section}__\udcff: {HALF}", **{variable: "claude"})
        (said,) = self.complaints(environ={"CLINVK_API_KEYS": "\udcff"})
        self.assertIn("CLINVK_API_KEYS: The key", said)

    def test_flags(self) -> None:
        """Flags that are not UTF-8."""
        self.assertEqual([f"--host: {HALF}"], self.complaints(host="\udcff"))

    def test_keys(self) -> None:
        """Lines of a file of keys."""
        complaints: list[str] = []
        keys_in_file("\udcff\na: \udcff\n", complaints, "f")
        self.assertEqual(2, len(complaints))
        complaints.clear()
        keys_in_file(f"a: sha256:{'0a' * 16}:{'0b' * 32} burst=\udcff", complaints, "f")
        self.assertEqual("f: Line 1 is wrong about 'a': Not UTF-8", complaints[0])

    def test_origins(self) -> None:
        """So it is where each key is told with where it comes from."""
        with self.assertRaises(ConfigError) as caught:
            settled("", {"CLINVK_SERVER__PORT": "\udcff"}, {}, BACKENDS, "f")
        self.assertIn("CLINVK_SERVER__PORT", str(caught.exception))

    def test_shown(self) -> None:
        """What a complaint quotes does not reach a terminal as it is."""
        with self.assertRaises(ConfigError) as caught:
            read_config(r'server: {unix_peers: {x: "no\ud800"}, "port\x1b[2J": 1}', backends=BACKENDS)
        self.assertNotRegex(str(caught.exception), "[\x1b\ud800]")


class OddYamlTests(ConfigTestCase):
    """What PyYAML does not look at before it reads."""

    def test_deep(self) -> None:
        """Nesting without an end."""
        for text in ("a: " + "[" * 5000, "{a: " * 5000, "- " * 5000, "? " * 5000):
            (said, *_) = self.complaints(text)
            self.assertRegex(said, r"^the file: Not YAML in line 1, column \d+: nested too deeply$")
        (said, *_) = self.complaints(environ={"CLINVK_SERVER__LISTEN": "[" * 5000})
        self.assertRegex(said, "^CLINVK_SERVER__LISTEN: Not YAML .* nested too deeply$")

    def test_in_itself(self) -> None:
        """What is inside itself."""
        for text in ("models: &a {claude: *a}", "server: &a {listen: [*a]}", "server: {listen: &a [*a]}"):
            self.assertTrue(self.complaints(text))

    def test_characters(self) -> None:
        """Characters that are not allowed as they are."""
        self.assertComplaint("the file: Not YAML: character 4 is none that it allows", "a: \0")
        self.assertComplaint("the file: Not YAML: character 4 is none that it allows", "a: \ud800")

    def test_tags(self) -> None:
        """Values that are not what their tags say."""
        for tagged in ('!!float ""', '!!int ""', "!!bool x", "!!timestamp x", "!!timestamp [1]", "!!set [1]"):
            (said, *_) = self.complaints(f"server: {{port: {tagged}}}")
            self.assertRegex(said, "^the file: Not YAML", tagged)

    def test_numbers(self) -> None:
        """Times that nobody can wait for."""
        for number in ("9" * 400, ".inf", "1e300", "1000001"):
            (said,) = self.complaints(f"limits: {{request_secs: {number}}}")
            self.assertRegex(said, "^limits.request_secs: ", number)
