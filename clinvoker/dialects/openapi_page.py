"""
The OpenAPI document as a page for people: plain HTML that fetches nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
code,.path{font-family:ui-monospace,monospace}h2{border-bottom:1px solid #ccc;margin-top:2.5rem}
details{border:1px solid #ddd;border-radius:4px;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}
.method{display:inline-block;min-width:4.5rem;font-weight:bold}.post{color:#06c}.get{color:#080}
.delete{color:#c00}.open{color:#777;font-size:.85em}a{color:#06c}table{border-collapse:collapse;width:100%}
td,th{border-top:1px solid #eee;padding:.25rem .5rem;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}td,th,details,h2{border-color:#444}
a,.post{color:#6af}.get{color:#6c6}.delete{color:#f77}}
"""


def page(document: Json) -> str:
    """The whole page."""
    about = document["info"]
    title = f"{escape(about['title'])} {escape(about['version'])}"
    return "".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<style>{_STYLE}</style></head><body><h1>{title}</h1><p>{escape(about['description'])} ",
            'The same for programs: <a href="/openapi.json">openapi.json</a>, ',
            '<a href="/openapi.yaml">openapi.yaml</a>.</p>',
            *_routes(document["paths"]),
            "<h2>Schemas</h2>",
            *(_schema(name, told) for name, told in sorted(document["components"]["schemas"].items())),
            "</body></html>\n",
        )
    )


def _routes(paths: Json) -> Iterator[str]:
    """All operations, under the words they are tagged with."""
    found = [(path, method, told) for path, each in paths.items() for method, told in each.items()]
    for tag in dict.fromkeys(told["tags"][0] for _, _, told in found):
        yield f"<h2>{escape(tag)}</h2>"
        for path, method, told in found:
            if told["tags"][0] == tag:
                yield _operation(path, method, told)


def _operation(path: str, method: str, told: Json) -> str:
    unlocked = ' <span class="open">no key needed</span>' if told.get("security") == [] else ""
    parts = [
        f'<details id="{escape(told["operationId"])}"><summary><span class="method {method}">',
        f'{method.upper()}</span><span class="path">{escape(path)}</span>: ',
        f"{escape(told['summary'])}{unlocked}",
        "</summary><table>",
    ]
    for parameter in told.get("parameters", ()):
        parts.append(_row(f"{parameter['name']} ({parameter['in']})", kind(parameter["schema"]), ""))
    if asked := told.get("requestBody"):
        parts.append(_row("body", _contents(asked["content"]), ""))
    for status, answer in told["responses"].items():
        parts.append(_row(status, _contents(answer.get("content", {})), escape(answer["description"])))
    return "".join((*parts, "</table></details>"))


def _contents(content: Json) -> str:
    shown = (
        f"{kind(told.get('x-itemSchema', told['schema']))} as {media}" for media, told in content.items()
    )
    return "<br>".join(shown)


def _schema(name: str, told: Json) -> str:
    rows = [
        _row(f"{field}{'*' if field in told.get('required', ()) else ''}", kind(schema), _note(schema))
        for field, schema in told.get("properties", {}).items()
    ]
    about = escape(told.get("description", ""))
    table = f"<table>{''.join(rows)}</table>" if rows else kind(told)
    named = f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
    return f"{named}<p>{about}</p>{table}</details>"


def _row(name: str, what: str, note: str) -> str:
    return f"<tr><td><code>{escape(name)}</code></td><td>{what}</td><td>{note}</td></tr>"


def _note(schema: Json) -> str:
    default = schema.get("default")
    return "" if default in (None, "") else f"default <code>{escape(repr(default))}</code>"


def kind(schema: Json) -> str:
    """A schema in a few words of HTML."""
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if alternatives := schema.get("anyOf"):
        return " or ".join(map(kind, alternatives))
    if "enum" in schema:
        return escape(", ".join(f"{value!r}" for value in schema["enum"]))
    if schema.get("type") == "array" and schema.get("items"):
        return f"array of {kind(schema['items'])}"
    bounds = [f"{word} {schema[word]}" for word in ("minimum", "maximum", "minLength") if word in schema]
    return escape(" ".join((schema.get("type", "anything"), *bounds)))
