"""YAML text to a tree, with a complaint for each key that is there twice."""

from __future__ import annotations

from collections.abc import Hashable

import yaml

from clinvoker.config.checking import Checker


class _Loader(yaml.SafeLoader):
    """Plain values only; PyYAML by itself would silently let the last of two equal keys win."""

    checker: Checker

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
    loader = _Loader(text)
    loader.checker = checker
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        checker.complain((), f"Not YAML{where}: {error.problem or error.context}")
    except (yaml.YAMLError, ValueError) as error:
        checker.complain((), f"Not YAML: {error}")
    finally:
        loader.dispose()
    return None
