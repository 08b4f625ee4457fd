"""YAML text to a tree, with a complaint for each key that is there twice."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from clinvoker.config.checking import Checker

DEPTH = 32  # no key needs half of it


class _Loader(yaml.SafeLoader):
    """Plain values only; PyYAML by itself would silently let the last of two equal keys win."""

    checker: Checker
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEPTH:
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(problem="nested too deeply", problem_mark=mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    line = key.start_mark.line + 1
                    self.checker.complain((key.value,), f"There twice, the second time in line {line}")
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load(text: str, checker: Checker) -> object:
    """Read one document.  Text that is not YAML is a complaint, and gives None."""
    try:
        return _read(text, checker)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        checker.complain((), f"Not YAML{where}: {error.problem or error.context}")
    except yaml.reader.ReaderError as error:
        checker.complain((), f"Not YAML: character {error.position + 1} is none that it allows")
    except (yaml.YAMLError, ValueError) as error:
        checker.complain((), f"Not YAML: {error}")
    except (LookupError, AttributeError, TypeError):  # PyYAML does not look before it reads
        checker.complain((), "Not YAML: a value is not what its tag, such as !!float, says")
    return None


def _read(text: str, checker: Checker) -> object:
    loader = _Loader(text)
    loader.checker = checker
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
