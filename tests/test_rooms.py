"""
The shape of the house: who may import whom, how long a thing may be, what may not be there.

A failure here is a question: is the line in the wrong room, or is the table out of date?
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "clinvoker"

VALUES = {
    "agency",
    "model",
    "errors",
    "settings",
    "pictures",
    "records",
    "orders",
    "tokens",
    "keys",
    "forms",
}
PROMISES = VALUES | {"talk", "interfaces", "stores", "carrying"}
LIVING = PROMISES | {"framing", "process", "turn", "held", "folder", "graces", "agent"}

# A room is a module or package of `clinvoker`; each backend is a room of its own.  All may import
# themselves and `clinvoker.__version__`.
MAY_IMPORT: dict[str, set[str]] = {
    "agency": set(),
    "model": {"agency"},
    "errors": set(),
    "records": {"agency", "model"},
    "orders": {"errors", "model"},
    "pictures": set(),
    "tokens": {"agency", "model"},
    "keys": {"agency"},
    "forms": set(),
    "settings": {"agency"},
    "talk": VALUES,
    "interfaces": VALUES | {"talk"},
    "stores": VALUES,
    "carrying": VALUES,
    "framing": PROMISES,
    "config": PROMISES,
    "sources": {"config"},
    "dialects": PROMISES,
    "shaping": PROMISES,
    "process": PROMISES | {"framing"},
    "turn": PROMISES,
    "held": PROMISES,
    "folder": set(),
    "graces": set(),
    "agent": LIVING,
    "backends": LIVING,
    "runs": PROMISES | {"process", "shaping"},
    "storage": PROMISES,
    "tasks": PROMISES,
    "metrics": PROMISES,
    "web": PROMISES | {"dialects"},
    "testing": LIVING,
    "service": PROMISES
    | {"config", "sources", "runs", "storage", "tasks", "web", "dialects", "agent", "process", "metrics"},
    "client": {
        "keys",
        "agency",
        "model",
        "errors",
        "settings",
        "framing",
        "config",
        "sources",
        "service",
        "dialects",
    },
}

# Rooms that know neither Twisted nor the machine.
PURE = {
    "agency",
    "model",
    "errors",
    "records",
    "orders",
    "settings",
    "talk",
    "framing",
    "dialects",
    "config",
    "shaping",
    "pictures",
    "tokens",
    "keys",
    "forms",
}
MACHINE = {"twisted", "os", "subprocess", "socket", "pathlib", "shutil", "tempfile", "select", "signal"}

# Given as arguments below the composition root, never taken.
TAKEN = {"time", "datetime", "random", "uuid", "secrets"}
OUTER = {"service", "client"}
# Processes of their own.
PROGRAMS = {HOUSE / "backends/demo/program.py", HOUSE / "runs/guardian_program.py"}

NOWHERE = {"asyncio", "threading", "concurrent", "multiprocessing", "queue"}
NAMELESS = {"manager", "handler", "helper", "helpers", "util", "utils", "engine", "common", "base", "misc"}


def sources(folder: Path) -> list[Path]:
    """All Python files below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "node_modules" not in path.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def room(path: Path) -> str:
    """`runs` for clinvoker/runs/child.py, `backends/codex` for what is in that."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    if parts[0] == "backends" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0]


def imports(path: Path) -> Iterator[str]:
    """Every name imported in a file, dotted: the module and what is taken from it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_room(name: str) -> str:
    """The room that an import is of; the empty string for what is not ours."""
    parts = name.split(".")
    if parts[0] != "clinvoker" or parts[1:] in ([], ["__version__"]):
        return ""
    return "/".join(parts[1:3]) if parts[1] == "backends" else parts[1]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """In lines; the functions inside a function that makes classes count for themselves."""
    assert node.end_lineno is not None
    inner = [
        method
        for made in node.body
        if isinstance(made, ast.ClassDef)
        for method in made.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return node.end_lineno - node.lineno + 1 - sum(map(length, inner))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def words(name: str) -> set[str]:
    """`make_site` and `ApiSite` in words, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def names(path: Path) -> Iterator[str]:
    """The module, its classes and its functions."""
    yield path.stem
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


class ImportTests(SynchronousTestCase):
    """Who may import whom."""

    def test_table(self) -> None:
        """A room imports only what the table lets it; backends never import each other."""
        wrong = [
            f"{path.relative_to(ROOT)}: {name}"
            for path in sources(HOUSE)
            for name in imports(path)
            if (other := imported_room(name))
            and other != room(path)
            and other not in MAY_IMPORT.get(room(path).split("/")[0], set())
        ]
        self.assertEqual([], wrong)

    def test_all_rooms_known(self) -> None:
        """Each room is in the table."""
        rooms = {room(path).split("/")[0] for path in sources(HOUSE)} - {"__init__"}
        self.assertEqual(set(), rooms - MAY_IMPORT.keys())

    def test_pure(self) -> None:
        """Pure rooms know neither Twisted nor the machine."""
        self.assertEqual([], self.taken(MACHINE, lambda path: room(path) in PURE))

    def test_given(self) -> None:
        """Time and randomness are given to every room below the service."""
        inner = self.taken(TAKEN, lambda path: room(path) not in OUTER and path not in PROGRAMS)
        self.assertEqual([], inner)

    def test_reactor(self) -> None:
        """The global reactor is known to the service alone."""
        wrong = [
            str(path.relative_to(ROOT))
            for path in sources(HOUSE)
            if "twisted.internet.reactor" in imports(path) and room(path) not in OUTER
        ]
        self.assertEqual([], wrong)

    def test_nowhere(self) -> None:
        """No second event loop, and no thread besides those of the reactor."""
        self.assertEqual([], self.taken(NOWHERE, lambda path: room(path) != "storage"))

    def taken(self, modules: set[str], where: Callable[[Path], bool]) -> list[str]:
        """The places that import one of these modules."""
        return [
            f"{path.relative_to(ROOT)}: {name}"
            for path in sources(HOUSE)
            if where(path)
            for name in imports(path)
            if name.split(".")[0] in modules
        ]


class SizeTests(SynchronousTestCase):
    """How long a thing may be."""

    def test_functions(self) -> None:
        """Half of all functions have at most eight lines, and none has more than forty."""
        long = [
            f"{path.relative_to(ROOT)}: {node.name}: {length(node)}"
            for folder in (HOUSE, ROOT / "tests", ROOT / "benchmarks")
            for path in sources(folder)
            for node in functions(path)
            if length(node) > 40
        ]
        self.assertEqual([], long)
        self.assertLessEqual(median(length(node) for path in sources(HOUSE) for node in functions(path)), 8)

    def test_files(self) -> None:
        """Half of all files have at most 130 lines, and none has more than 300."""
        long = [
            f"{path.relative_to(ROOT)}: {lines(path)}"
            for folder in (HOUSE, ROOT / "tests", ROOT / "benchmarks")
            for path in sources(folder)
            if lines(path) > 300
        ]
        self.assertEqual([], long)
        self.assertLessEqual(median(lines(path) for path in sources(HOUSE)), 130)


class NameTests(SynchronousTestCase):
    """What may not be there."""

    def test_nameless(self) -> None:
        """No module, class or function is called what anything could be called."""
        wrong = [
            f"{path.relative_to(ROOT)}: {name}"
            for path in sources(HOUSE)
            for name in names(path)
            if words(name) & NAMELESS
        ]
        self.assertEqual([], wrong)

    def test_plugin_folder(self) -> None:
        """There is no __init__.py beside the plugin, or Twisted would not look there."""
        self.assertEqual(["clinvoker_plugin.py"], [path.name for path in sources(ROOT / "twisted")])
