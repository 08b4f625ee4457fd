"""Configuration: layers, and that nothing wrong is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Backend, Config, ConfigError, read_config
from clinvoker.config.values import Limits
from clinvoker.settings import Limits as RunLimits

BACKENDS = ("claude", "codex", "demo", "gemini")


def read(text: str = "", environ: Mapping[str, str] = {}, **flags: Any) -> Config:
    return read_config(text, environ, flags, backends=BACKENDS)


class ConfigTestCase(SynchronousTestCase):
    """What tests of complaints share."""

    def complaints(self, text: str = "", environ: Mapping[str, str] = {}, **flags: Any) -> list[str]:
        """All that is complained about."""
        return [*self.assertRaises(ConfigError, read, text, environ, **flags).complaints]

    def assertComplaint(self, expected: str, text: str = "", **environ: str) -> None:
        """There is exactly this complaint."""
        self.assertEqual([expected], self.complaints(text, environ))


class DefaultTests(SynchronousTestCase):
    """Nothing needs to be configured."""

    def test_empty(self) -> None:
        """Without anything, the daemon listens on loopback port 8080."""
        config = read()
        self.assertEqual(("tcp:8080:interface=127.0.0.1",), config.server.listen)
        self.assertEqual(Config(), config)

    def test_commented_sections(self) -> None:
        """A section whose keys are all commented out is as if it were not there."""
        self.assertEqual(read(), read("server:\nlimits:\nmodels:\nbackends:\nlog:\n"))

    def test_limits(self) -> None:
        """The limits have the defaults that the runs have by themselves."""
        mine = msgspec.structs.asdict(Limits())
        self.assertEqual(RunLimits(), RunLimits(**mine))
        own = {"backend_runs", "drain_secs", "kept", "keep_secs"}
        self.assertEqual(own, set(RunLimits.__struct_fields__) - mine.keys())


class LayerTests(SynchronousTestCase):
    """A flag holds before the environment, that before the file, that before the default."""

    FILE = "server: {port: 1, host: '::1', drain_secs: 5}\n"

    def test_file(self) -> None:
        """The file holds before defaults."""
        self.assertEqual(("tcp:1:interface=\\:\\:1",), read(self.FILE).server.listen)

    def test_environment(self) -> None:
        """The environment holds before the file, key by key."""
        server = read(self.FILE, {"CLINVK_SERVER__PORT": "2"}).server
        self.assertEqual((2, "::1", 5.0), (server.port, server.host, server.drain_secs))

    def test_flags(self) -> None:
        """Flags hold before the environment."""
        self.assertEqual(3, read(self.FILE, {"CLINVK_PORT": "2"}, port="3").server.port)

    def test_endpoints_of_file(self) -> None:
        """Endpoints hold before host and port of the same layer."""
        self.assertEqual(("unix:/s",), read("server: {port: 1, listen: ['unix:/s']}").server.listen)

    def test_port_over_endpoints(self) -> None:
        """A port from above is not outdone by endpoints from below."""
        listen = read("server: {listen: ['unix:/s']}", port="9").server.listen
        self.assertEqual(("tcp:9:interface=127.0.0.1",), listen)

    def test_backends(self) -> None:
        """What is said of one backend is joined from all layers."""
        text = "backends: {claude: {model: opus, arguments: [-x], environment: {A: b}}}"
        environ = {"CLINVK_CLAUDE_MODEL": "haiku", "CLINVK_BACKENDS__CLAUDE__ENABLED": "false"}
        expected = Backend(enabled=False, model="haiku", arguments=("-x",), environment={"A": "b"})
        self.assertEqual(expected, read(text, environ).backend("claude"))

    def test_models(self) -> None:
        """`fallback` is taken out of the names."""
        config = read("models: {fast: 'claude:haiku', fallback: fast}", {"CLINVK_MODELS__BIG": "claude/opus"})
        self.assertEqual({"fast": "claude:haiku", "big": "claude/opus"}, config.models)
        self.assertEqual("fast", config.fallback)


class EnvironmentTests(ConfigTestCase):
    """Variables stand for keys."""

    def test_lists(self) -> None:
        """Lists are written with commas."""
        config = read(environ={"CLINVK_SERVER__ALLOWED_HOSTS": "a.example, b.example,"})
        self.assertEqual(("a.example", "b.example"), config.server.allowed_hosts)

    def test_every_list(self) -> None:
        """Whatever holds several texts is written so, by any of its names."""
        environ = {
            "CLINVK_SERVER__TRUSTED_PROXIES": "unix,10.0.0.0/8",
            "CLINVK_IMAGES__FETCH": "a.example,b.example",
            "CLINVK_BACKENDS__CODEX__EXTRA_FLAGS": "-a,-b",
            "CLINVK_CONFINEMENT__BUBBLEWRAP": "true",
            "CLINVK_CONFINEMENT__READABLE": "/a,/b",
        }
        config = read(environ=environ)
        self.assertEqual(("unix", "10.0.0.0/8"), config.server.trusted_proxies)
        self.assertEqual(("a.example", "b.example"), config.images.fetch)
        self.assertEqual(("-a", "-b"), config.backend("codex").arguments)
        self.assertEqual(("/a", "/b"), config.confinement.readable)

    def test_yaml(self) -> None:
        """Lists and mappings may be YAML."""
        config = read(
            environ={
                "CLINVK_BACKENDS__CODEX__ARGUMENTS": '["-c", "a=1,2"]',
                "CLINVK_BACKENDS__CODEX__ENVIRONMENT": "{A: b}",
            }
        )
        self.assertEqual(Backend(arguments=("-c", "a=1,2"), environment={"A": "b"}), config.backend("codex"))

    def test_case_of_names(self) -> None:
        """The user's own names keep their case where it matters."""
        config = read(environ={"CLINVK_BACKENDS__CODEX__ENVIRONMENT__HTTP_PROXY": "x"})
        self.assertEqual({"HTTP_PROXY": "x"}, config.backend("codex").environment)

    def test_empty(self) -> None:
        """An empty variable is as if unset."""
        self.assertEqual(read(), read(environ={"CLINVK_PORT": "", "CLINVK_API_KEYS": ""}))

    def test_strangers(self) -> None:
        """Variables of others are let be."""
        self.assertEqual(read(), read(environ={"CLINVK_VENV": "/x", "HOME": "/h", "A__B": "c"}))

    def test_unknown(self) -> None:
        """A variable that looks like a key and is none is complained about by its own name."""
        self.assertComplaint(
            "CLINVK_SERVER__PROT: Unknown key; did you mean 'port'?", CLINVK_SERVER__PROT="1"
        )

    def test_wrong(self) -> None:
        """A wrong value is complained about by the variable's name."""
        self.assertComplaint("CLINVK_PORT: Expected int <= 65535", CLINVK_PORT="99999")


class ComplaintTests(ConfigTestCase):
    """What is wrong in a file."""

    def test_all_at_once(self) -> None:
        """Every mistake is told, not only the first."""
        text = "server: {port: x, prot: 1}\nlimits: {runs: 0}\nlog: {level: loud}\nfoo: 1\n"
        found = self.complaints(text, {"CLINVK_PORT": "y"}, port="z")
        keys = [complaint.split(":")[0] for complaint in found]
        self.assertEqual(
            ["server.port", "server.prot", "limits.runs", "log.level", "foo", "CLINVK_PORT", "--port"], keys
        )

    def test_unknown_key(self) -> None:
        """The nearest known key is named."""
        self.assertComplaint("server.prot: Unknown key; did you mean 'port'?", "server: {prot: 1}")

    def test_unlike_any_key(self) -> None:
        """Where nothing is near, all known keys are named."""
        self.assertComplaint("log.xyz: Unknown key; known are format, level, levels, to", "log: {xyz: 1}")

    def test_renamed_key(self) -> None:
        """Keys of the earlier program are told by their new names."""
        self.assertComplaint(
            "server.request_timeout_secs: Unknown key; here it is limits.request_secs",
            "server: {request_timeout_secs: 1}",
        )
        self.assertComplaint(
            "server.rate_limit_enabled: Unknown key; there is no such thing here, but server.rate_limit_rps "
            "says how many, and 0 that it is off",
            "server: {rate_limit_enabled: true}",
        )

    def test_same_key(self) -> None:
        """Those that mean the same are taken for it, but not beside it."""
        config = read("server: {max_request_body_bytes: 7}\nbackends: {claude: {extra_flags: [-x]}}")
        self.assertEqual((7, ("-x",)), (config.server.max_body_bytes, config.backend("claude").arguments))
        self.assertComplaint(
            "server.max_request_body_bytes: Means the same as 'max_body_bytes', which is there too",
            "server: {max_body_bytes: 7, max_request_body_bytes: 7}",
        )

    def test_number(self) -> None:
        """A text is no number, unless it is one."""
        self.assertEqual(30, read("server: {port: '30'}").server.port)
        self.assertComplaint("server.port: Expected int, got str", "server: {port: thirty}")

    def test_bounds(self) -> None:
        """Bounds are told."""
        self.assertComplaint("limits.request_secs: Expected float > 0.0", "limits: {request_secs: 0}")

    def test_list_item(self) -> None:
        """The place in a list is told."""
        self.assertComplaint(
            "server.allowed_hosts: Expected str, got int, at item [1]", "server: {allowed_hosts: [a, 1]}"
        )

    def test_words(self) -> None:
        """The words that are allowed are told."""
        self.assertComplaint(
            "backends.claude.enabled: Invalid enum value 'maybe'; known are true, false, auto",
            "backends: {claude: {enabled: maybe}}",
        )

    def test_value_of_mapping(self) -> None:
        """Variables for a program are texts."""
        self.assertComplaint(
            "backends.claude.environment.A: Expected str, got int",
            "backends: {claude: {environment: {A: 1}}}",
        )

    def test_not_a_section(self) -> None:
        """A section is a mapping."""
        self.assertComplaint("server: Expected keys and values, got int", "server: 1")
        self.assertComplaint("the file: Expected keys and values, got list", "[1]")

    def test_key_not_text(self) -> None:
        """YAML makes numbers and truth of some keys."""
        self.assertComplaint("models.1: Expected a text as the key; put it in quotes", "models: {1: claude}")

    def test_twice(self) -> None:
        """The second of two equal keys does not silently win."""
        self.assertComplaint(
            "port: There twice, the second time in line 3", "server:\n  port: 1\n  port: 2\n"
        )

    def test_not_yaml(self) -> None:
        """The place is told."""
        [complaint] = self.complaints("server: [")
        self.assertTrue(complaint.startswith("the file: Not YAML in line 1, column 10: "), complaint)

    def test_no_objects(self) -> None:
        """YAML's tags make no objects."""
        [complaint] = self.complaints("server: !!python/object/apply:os.getcwd []")
        self.assertIn("Not YAML", complaint)

    def test_unknown_backend(self) -> None:
        """Only installed backends can be configured."""
        self.assertComplaint(
            "backends.cluade: No such backend; did you mean 'claude'?", "backends: {cluade: {}}"
        )

    def test_unknown_target(self) -> None:
        """A name of one's own means something of an installed backend."""
        self.assertComplaint(
            "models.fast: 'cloude/haiku' does not begin with a backend's name; did you mean 'claude'?",
            "models: {fast: cloude/haiku}",
        )
