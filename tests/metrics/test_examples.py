"""The rules for alerts and the dashboard, held against what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.metrics.test_metrics import MetricsCase

ETC = Path(__file__).parents[2] / "etc"
PARTS = ("_bucket", "_sum", "_count")
SCRAPED = {"job", "instance"}  # Prometheus puts them to all it reads

_SERIES = re.compile(r"\b((?:clinvk|process|python)_\w+)")
_MATCHED = re.compile(r"{([^}]*)}")
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring) *\(([^)]*)\)")
_QUOTED = re.compile(r'"[^"]*"')


def series(expr: str) -> set[str]:
    """What an expression reads."""
    return {*_SERIES.findall(_QUOTED.sub("", expr))}


def labels(expr: str) -> set[str]:
    """The labels that it chooses and groups by."""
    expr = _QUOTED.sub("", expr)
    chosen = (re.findall(r"(\w+) *(?:=~|!~|!=|=)", matched) for matched in _MATCHED.findall(expr))
    grouped = (re.findall(r"\w+", names) for names in _GROUPED.findall(expr))
    return {name for names in (*chosen, *grouped) for name in names}


def alerts() -> Iterator[tuple[str, str, set[str]]]:
    """Of each its name, what it asks, and the labels that its sentence tells."""
    rules: Any = YAML(typ="safe").load(ETC / "prometheus" / "clinvoker.rules.yml")
    for group in rules["groups"]:
        for rule in group["rules"]:
            told = re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))
            yield rule["alert"], rule["expr"], {*told}


def targets() -> Iterator[tuple[str, str, set[str]]]:
    """The same of the dashboard's lines."""
    board = json.loads((ETC / "grafana" / "clinvoker.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            told = re.findall(r"{{ *(\w+) *}}", target["legendFormat"])
            yield panel["title"], target["expr"], {*told} - {"__name__"}


class ParsingTests(MetricsCase):
    def test_parsed(self) -> None:
        """What is asked for is found, and nothing in quotes."""
        expr = (
            'sum by (le, key) (rate(clinvk_a_bucket{kind=~"x{y}|clinvk_no", job!="b"}[5m])) / on(z) process_b'
        )
        self.assertEqual({"clinvk_a_bucket", "process_b"}, series(expr))
        self.assertEqual({"le", "key", "kind", "job", "z"}, labels(expr))


class ExampleTests(MetricsCase):
    def setUp(self) -> None:
        super().setUp()
        self.there: dict[str, set[str]] = {}
        for name, names in self.families().items():
            self.there[name] = names | SCRAPED
            for part in PARTS:
                self.there[name + part] = names | SCRAPED | ({"le"} if part == "_bucket" else set())

    def check(self, name: str, expr: str, told: set[str]) -> None:
        """Whatever it reads there is, with the labels it names."""
        asked = series(expr)
        self.assertEqual(set(), asked - self.there.keys(), name)
        for one in asked:
            self.assertEqual(set(), (labels(expr) | told) - self.there[one], f"{name}: {one}")
        grouped = re.search(r"\bby *\(([^)]*)\)", expr)
        if grouped:
            self.assertEqual(set(), told - {*re.findall(r"\w+", grouped[1])}, f"{name}: summed away")

    def test_alerts(self) -> None:
        """Each asks for what there is; `up` is Prometheus' own."""
        found = [*alerts()]
        self.assertTrue(found)
        for name, expr, told in found:
            self.assertTrue(series(expr) or expr.startswith("up{"), name)
            self.check(name, expr, told)

    def test_dashboard(self) -> None:
        """Each line asks for what there is, and is named by labels that are left."""
        found = [*targets()]
        self.assertTrue(found)
        for name, expr, told in found:
            self.assertTrue(series(expr), name)
            self.check(name, expr, told)
