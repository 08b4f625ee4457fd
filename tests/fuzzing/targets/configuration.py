"""The configuration: as a tree, as text, in the environment; and files of keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

import tests
from clinvoker import config
from clinvoker.config import ConfigError, read_config
from clinvoker.config.checking import Checker
from clinvoker.config.key_lines import BadLine, key_in, line_of, words_in
from clinvoker.config.keys import keys_in_file, keys_in_list
from clinvoker.config.values import File
from tests.fuzzing.chance import Chance
from tests.fuzzing.mutation import TEXTS, written
from tests.fuzzing.target import Input, Target

BACKENDS = ("claude", "codex", "demo", "gemini")
SAMPLE = Path(tests.__file__).parents[1] / "etc" / "clinvoker.yaml"
MORE: Any = {
    "server": {
        "listen": ["tcp:8080:interface=127.0.0.1"],
        "admin": ["unix:/run/a"],
        "unix_peers": {"ann": "a"},
    },
    "models": {"fast": "claude/haiku", "at-work": {"backend": "codex", "mode": "agent", "workdir": "/tmp"}},
    "agent": {"allowed_keys": ["*"], "allowed_workdir_prefixes": ["/home"]},
    "per_key": {"requests_per_day": 5, "cost_per_day": 1.5},
    "prices": {"claude/*": {"input": 1, "output": 2}},
    "backends": {"claude": {"enabled": True, "arguments": ["-v"], "environment": {"A": "b"}, "warm": "auto"}},
    "confinement": {"bubblewrap": True, "readable": ["/usr"], "memory": 100},
    "limits": {"runs": 3, "request_secs": "30"},
    "log": {"level": "info", "levels": {"web": "debug"}},
}
ENVIRONMENT: Any = {
    "CLINVK_SERVER__PORT": "81",
    "CLINVK_CLAUDE_MODEL": "opus",
    "CLINVK_SERVER__LISTEN": "tcp:1:interface=127.0.0.1,unix:/a",
    "CLINVK_BACKENDS__CODEX__ENVIRONMENT__A": "b",
    "CLINVK_MODELS__X": "claude",
    "CLINVK_API_KEYS": "0123456789abcdef0,k2",
    "CLINVK_LOG__LEVEL": "debug",
    "HOME": "/root",
}
_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def accepted(text: str, environ: Mapping[str, str], flags: Mapping[str, Any]) -> bool:
    """Whether a configuration is one; every complaint must name what it is about, and can be shown."""
    try:
        read = read_config(
            text,
            environ,
            flags,
            backends=BACKENDS,
            keys_file="keys",
            read_secret=lambda path: "a: 0123456789abcdef",
        )
    except ConfigError as error:
        _check_complaints(error.complaints)
        return False
    assert read.server.listen, "it listens nowhere"
    msgspec.json.encode(read)
    return True


def _check_complaints(complaints: Sequence[str]) -> None:
    assert complaints, "nothing is wrong"
    for complaint in complaints:
        assert re.match(r".+: .", complaint, re.DOTALL), "a complaint about nothing"
        assert not _SHOWN.search(complaint), "a complaint that cannot be shown"


class Tree(Target):
    """What is in the file once it is read, in the environment and in flags."""

    name = "configuration"
    planted = ("clinvoker.config", "complaints_about_models")

    def read_seeds(self) -> Sequence[Input]:
        flags = {"port": "82", "host": "::1"}
        parts = [{name: value} for tree in (MORE, _sample()) for name, value in tree.items()]
        trees = [[part, {}, {}] for part in (MORE, *parts)]
        return [*trees, *[[{}, ENVIRONMENT, {}]] * 9, *[[{"server": {"port": 1}}, {}, flags]] * 3]

    def made(self, chance: Chance) -> Input:
        tree, environ, flags = chance.pick(self.seeds)
        which = chance.below(6)
        if environ and which < 4:
            return [tree, self._texts(environ, chance), flags]
        if flags and which < 3:
            return [tree, environ, self.damage.trees(flags, chance)]
        return [self.damage.trees(tree, chance), environ, flags]

    def _texts(self, environ: Any, chance: Chance) -> Any:
        damaged = self.damage.trees(environ, chance)
        if not isinstance(damaged, dict):
            return {}
        return {key: value if isinstance(value, str) else written(value) for key, value in damaged.items()}

    def run(self, given: Input) -> bool:
        tree, environ, flags = given
        before = config._checked
        config._checked = lambda text, complaints: _converted(tree, complaints)
        try:
            return accepted("x", environ, flags if isinstance(flags, dict) else {})
        finally:
            config._checked = before


class TextOfIt(Target):
    """The text of the file, and texts in the environment that are YAML."""

    name = "configuration-text"
    planted = ("clinvoker.config.yaml", "_read")

    def read_seeds(self) -> Sequence[Input]:
        lines = SAMPLE.read_text().split("\n")
        parts = ["\n".join(lines[start : start + 6]) for start in range(0, len(lines), 6)]
        ours = [part for part in parts if re.match(r"[a-z]", part)]
        odd = [
            "server: &a {port: 1}\nlog: {level: info}\n",
            'server: {host: "\\u0041"}',
            "models: {x: !!str demo}",
        ]
        few = [yaml.safe_dump({key: MORE[key]}) for key in ("models", "log", "limits", "confinement")]
        return [*([text, ""] for text in (*ours[:4], *odd, *few)), ["", "[anonymous, '*']"]]

    def words(self) -> Sequence[Any]:
        signs = (
            "&a ",
            "*a",
            "<<: ",
            "!!float ",
            "!!binary ",
            "? ",
            "- ",
            "|\n",
            ">",
            "---\n",
            "%YAML 9",
            "\t",
            "0o8",
        )
        return [*MORE, *signs, *TEXTS]

    def made(self, chance: Chance) -> Input:
        text, listed = chance.pick(self.seeds)
        while True:
            if listed:
                listed = self.damage.text(listed, chance)
            else:
                text = self.damage.text(text, chance)
            if chance.below(3):
                return [text, listed]

    def run(self, given: Input) -> bool:
        text, listed = given
        return accepted(text, {"CLINVK_AGENT__ALLOWED_KEYS": listed.replace("\0", "")}, {})


class Keys(Target):
    """Files and lists of keys."""

    name = "keys"
    planted = ("clinvoker.config.keys", "words_in")

    def read_seeds(self) -> Sequence[Input]:
        hashed = f"sha256:{'0a' * 16}:{'0b' * 32}"
        bounds = (
            "models=claude,codex/* modes=chat,agent workdirs=/home requests_per_second=1.5 burst=3 created=x"
        )
        return [
            f"# keys\nann: {hashed} {bounds}\nbob: {hashed[:-1]}c tokens_per_day=5\n",
            "0123456789abcdef0\nname: 0123456789abcdef1\nother 0123456789abcdef2 # comment\n",
            f"a: {hashed} cost_per_day=1.5 concurrent=2 requests_per_day=7\n",
            "0123456789abcdef0, 0123456789abcdef1",
        ]

    def words(self) -> Sequence[Any]:
        return [
            *bytes_of(),
            "models=",
            "cost_per_day=",
            "nan",
            "inf",
            "1e999",
            ": ",
            "#",
            "sha256:",
            "\x85",
            "\x1c",
        ]

    def made(self, chance: Chance) -> Input:
        text = chance.pick(self.seeds)
        while True:
            text = self.damage.text(text, chance)
            if chance.below(3):
                return text

    def run(self, given: Input) -> bool:
        complaints: list[str] = []
        keys = keys_in_file(given, complaints, "keys")
        keys_in_list(given, [], "CLINVK_API_KEYS")
        if complaints:
            assert all(complaint.startswith("keys: ") for complaint in complaints), (
                "a complaint about nothing"
            )
            return False
        for key in keys:
            assert key.name, "a key has no name"
            if key.digest and " " not in line_of(key).partition(": ")[0]:
                self._again(key)
        return True

    def _again(self, key: Any) -> None:
        """As `clinvk keys` would write it."""
        try:
            again = key_in(words_in(line_of(key)))
        except BadLine:
            raise AssertionError("a key cannot be written") from None
        assert line_of(again) == line_of(key), "a key is another one once it was written"


def bytes_of() -> Sequence[str]:
    """Words of keys."""
    return (
        "requests_per_second=",
        "modes=",
        "workdirs=",
        "created=",
        "burst=",
        "concurrent=",
        "tokens_per_month=",
    )


def _converted(tree: Any, complaints: list[str]) -> Any:
    checker = Checker()
    found = checker.convert(File, tree)
    complaints.extend(checker.complaints)
    return found


def _sample() -> Any:
    return msgspec.json.decode(msgspec.json.encode(File()))
