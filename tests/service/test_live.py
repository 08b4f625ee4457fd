"""Which keys of the configuration hold at once, as the page says: each has to reach what is changed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Backend, Config, Key
from clinvoker.config.differing import FIXED, differences, without_fixed
from clinvoker.config.origins import defaults
from clinvoker.config.paths import leaves
from clinvoker.service.backends import overrides
from clinvoker.service.storing import keeping
from clinvoker.service.values import limits, names, pool, web_settings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
# What `Parts.change` hands on as it is.
AS_IT_IS = ("agent.*", "images.*", "models", "prices", "per_key.*", "log.level", "server.api_keys_file")

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
    if len(path) == 1:
        return replace(BARE, **{first: other(before)})
    return replace(BARE, **{first: replace(before, **{last: other(getattr(before, last))})})


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
            live = told(changed(path)) != told(BARE) or any(fnmatchcase(key, name) for name in AS_IT_IS)
            kind = self.kind(key)
            self.assertEqual(kind == "live", live, key)
            self.assertEqual(kind == "restart", key in FIXED, key)

    def test_held(self) -> None:
        """What needs a restart is as it was."""
        for key in FIXED:
            new = changed(tuple(key.split(".")))
            self.assertEqual((key,), differences(BARE, new))
            self.assertEqual(BARE, without_fixed(BARE, new))

    def test_rows(self) -> None:
        """The page has no key that is none."""
        keys = [".".join(path) for path, _ in leaves(msgspec.to_builtins(defaults(["claude"])))]
        unknown = [row for row in self.rows if not any(fnmatchcase(key, row) for key in (*keys, "models.x"))]
        self.assertEqual([], unknown)
