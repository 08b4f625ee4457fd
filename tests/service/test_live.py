"""Which keys of the configuration hold at once, as the page says: each has to reach what is changed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Backend, Config, Key
from clinvoker.config.differing import differences, is_fixed, without_fixed
from clinvoker.config.origins import defaults
from clinvoker.config.paths import leaves
from clinvoker.service.backends import overrides
from clinvoker.service.storing import keeping
from clinvoker.service.values import limits, names, pool, web_settings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
# What `Parts.change` hands on as it is.
AS_IT_IS = ("agent.*", "images.*", "models", "prices", "per_key.*", "log.*", "server.api_keys_file")

# Two keys, for whether they share processes to matter.
BARE = Config(backends={"claude": Backend()}, keys=(Key("ann"), Key("ben")))


def other(value: object) -> object:
    """Another value of the same kind; whether it would be allowed does not matter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return "x"
    return {"x": "y"} if isinstance(value, dict) else ("x",)


def changed(path: tuple[str, ...]) -> Config:
    """As `BARE`, but for one key."""
    first, last = path[0], path[-1]
    before = getattr(BARE, first)
    if first == "backends":
        said = Backend()
        return replace(BARE, backends={"claude": replace(said, **{last: other(getattr(said, last))})})
    return replace(BARE, **{first: put(before, path[1:])})


def put(before: object, path: tuple[str, ...]) -> object:
    """The same with another value there."""
    if not path:
        return other(before)
    return replace(before, **{path[0]: put(getattr(before, path[0]), path[1:])})  # type: ignore[type-var]


def told(config: Config) -> object:
    """What the rooms are given of it."""
    web = web_settings(config, {}, 0.0)
    enabled = config.backend("claude").enabled
    values = (limits(config), names(config), pool(config), keeping(config), overrides(config).get("claude"))
    return (*values, web, enabled, config.backend("claude").runs)


class PageTests(SynchronousTestCase):
    def setUp(self) -> None:
        rows = re.findall(r"^\| (`.*`) \| (live|restart|command) \|", PAGE.read_text("utf-8"), re.MULTILINE)
        self.rows = {key: kind for keys, kind in rows for key in re.findall(r"`([^`]+)`", keys)}

    def kind(self, key: str) -> str:
        """What the page says of a key, which it must have once."""
        [kind] = {kind for row, kind in self.rows.items() if fnmatchcase(key, row)}
        return kind

    def test_every_key(self) -> None:
        """Each that is live reaches a room, each that needs a restart is held, no other reaches any."""
        for path, _ in leaves(defaults(["claude"])):
            key = ".".join(path)
            kind, handed = self.kind(key), any(fnmatchcase(key, name) for name in AS_IT_IS)
            live = told(without_fixed(BARE, changed(path))) != told(BARE) or handed
            self.assertEqual(kind == "restart", is_fixed(key), key)
            self.assertEqual(kind == "live", live and not is_fixed(key), key)

    def test_held(self) -> None:
        """What needs a restart is as it was."""
        fixed = [path for path, _ in leaves(defaults(["claude"])) if is_fixed(".".join(path))]
        self.assertLess(5, len(fixed))
        for path in fixed:
            new = changed(path)
            self.assertTrue(all(map(is_fixed, differences(BARE, new))), path)
            self.assertNotEqual((), differences(BARE, new), path)
            self.assertEqual(BARE, without_fixed(BARE, new), path)

    def test_rows(self) -> None:
        """The page has no key that is none."""
        keys = [".".join(path) for path, _ in leaves(msgspec.to_builtins(defaults(["claude"])))]
        unknown = [row for row in self.rows if not any(fnmatchcase(key, row) for key in (*keys, "models.x"))]
        self.assertEqual([], unknown)
