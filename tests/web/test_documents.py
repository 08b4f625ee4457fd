"""The API's own description."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from twisted.trial.unittest import SynchronousTestCase

from tests.web.described import api
from tests.web.wire import House


class Links(HTMLParser):
    """What a page links to, what it names, and what else it has that is not text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.names: set[str] = set()
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.names.add(found.get("id") or "")
        self.links.add(found.get("href") or found.get("src") or "")


class DocumentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()
        self.document: dict[str, Any] = self.wire.get("/openapi.json").json

    def test_head(self) -> None:
        """It is OpenAPI 3.1 of this version."""
        self.assertEqual(("3.1.0", "1.2"), (self.document["openapi"], self.document["info"]["version"]))

    def test_routes(self) -> None:
        """Every route that is served is in it, with a name of its own, and nothing else."""
        served = {
            (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
            for rule in api().router.url_map.iter_rules()
            for method in (rule.methods or ()) - {"HEAD", "OPTIONS"}
        }
        told = {(method, path) for path, each in self.document["paths"].items() for method in each}
        self.assertEqual(served, told)
        names = [op["operationId"] for each in self.document["paths"].values() for op in each.values()]
        self.assertEqual(len(names), len({*names}))
        self.assertTrue({"executePrompt", "createChatCompletion", "getHealth"} <= {*names})

    def test_schemas(self) -> None:
        """Every schema is one, and every reference leads to one."""
        schemas = self.document["components"]["schemas"]
        for told in schemas.values():
            Draft202012Validator.check_schema(told)
        refs = set(re.findall(r'"\$ref": ?"([^"]+)"', self.wire.get("/openapi.json").body.decode()))
        self.assertEqual(set(), refs - {f"#/components/schemas/{name}" for name in schemas})

    def test_required(self) -> None:
        """What a chat request must have is told, though its type lets it be missing."""
        told = self.document["components"]["schemas"]["ChatCompletionRequest"]
        self.assertEqual(["model", "messages"], told["required"])

    def test_yaml(self) -> None:
        """The same as YAML."""
        self.assertEqual(self.document, yaml.safe_load(self.wire.get("/openapi.yaml").body))

    def test_schema(self) -> None:
        """Each schema alone, whose references lead to others; a name that is none is 404."""
        told = self.wire.get("/schemas/ChainRequest.json").json
        Draft202012Validator.check_schema(told)
        self.assertEqual("/schemas/ChainRequest.json", told["$id"])
        reference = told["properties"]["steps"]["items"]["$ref"]
        self.assertEqual(200, self.wire.get(reference).status)
        self.assertEqual(404, self.wire.get("/schemas/Nothing.json").status)

    def test_index(self) -> None:
        """All that there are are listed, by where each is."""
        told = self.wire.get("/schemas").json["schemas"]
        self.assertEqual([*self.document["components"]["schemas"]], [*told])
        self.assertEqual("/schemas/ChainRequest.json", told["ChainRequest"])

    def test_no_key(self) -> None:
        """None of it needs a key; what it tells of does."""
        wire = House(keys=(("ada", "k"),)).wire()
        for path in ("/openapi.json", "/openapi.yaml", "/docs", "/docs/", "/schemas", "/schemas/Health.json"):
            self.assertEqual(200, wire.get(path).status, path)
        self.assertEqual(404, wire.get("/schemas/../api/v1/backends").status)
        for path in ("/docsx", "/openapi.json/x", "/api/v1/health"):
            self.assertEqual(401, wire.get(path).status, path)

    def test_security(self) -> None:
        """Which routes need no key is told."""
        paths = self.document["paths"]
        free = {path for path, each in paths.items() if each.get("get", {}).get("security") == []}
        free -= {"/health/live", "/health/ready"}
        described = {"/docs", "/openapi.json", "/openapi.yaml", "/schemas", "/schemas/{name}.json"}
        self.assertEqual({"/health", *described}, free)


class PageTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reply = House().wire().get("/docs")
        self.links = Links(self.reply.body.decode())

    def test_whole(self) -> None:
        """The page has each route and each schema, and what it links to within itself is there."""
        self.assertIn("text/html", self.reply.headers["content-type"])
        self.assertTrue({"executePrompt", "PromptRequest", "InitLine"} <= self.links.names)
        inner = {link[1:] for link in self.links.links if link.startswith("#")}
        self.assertEqual(set(), inner - self.links.names)

    def test_offline(self) -> None:
        """It fetches nothing, runs nothing and may not: whatever is linked to is on this daemon."""
        outer = {link for link in self.links.links if link and not link.startswith("#")}
        self.assertEqual({"/openapi.json", "/openapi.yaml"}, outer)
        self.assertFalse({"script", "link", "img", "iframe"} & self.links.tags)
        self.assertIn("default-src 'none'", self.reply.headers["content-security-policy"])
