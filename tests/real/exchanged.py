"""
What a provider received, whichever API it was, block by block: text, pictures, calls and results.

`received` tells system text and turns; here is what tools and pictures need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tests.real.providers.google import result_text
from tests.real.received import OWN

# How the programs' own texts begin; claude's stand in messages of role `system`, and what day it is
# stands in another place where the conversation was put in.
OWN_TEXTS = (*OWN, "# Environment", "Today's date is ", "x-anthropic-billing-header:")
PLACES = re.compile(r"/\S*/clinvoker-[^\s\"]*")  # which differ from process to process

Json = dict[str, Any]

# The name that gemini's program gives the client's tools begins so.
PREFIX = "mcp_client_"
# What gemini's program adds to the parameters of every tool.
OWN_PARAMETER = "wait_for_previous"
DATA_URL = re.compile(r"data:([^;]+);base64,(.*)", re.DOTALL)


class Block(msgspec.Struct, frozen=True):
    """
    'user', 'assistant' or 'system' with a text; 'image' with type and base64; 'call' with name and
    arguments; 'result' with its text.
    """

    kind: str
    text: str


class Offered(msgspec.Struct, frozen=True):
    """A tool as the model is offered it."""

    name: str
    description: str
    schema: Json


class Exchanged(msgspec.Struct, frozen=True):
    """One request.  `settings` are those that the API has a word for."""

    blocks: tuple[Block, ...]
    tools: tuple[Offered, ...]
    settings: Json

    def texts(self, kind: str) -> list[str]:
        """The texts of the blocks of a kind."""
        return [block.text for block in self.blocks if block.kind == kind]

    def names(self) -> list[str]:
        """The names of the tools."""
        return [tool.name for tool in self.tools]


def exchanged(entry: Json) -> Exchanged:
    """Read a log entry of `ProviderProcess`."""
    body = entry["body"]
    if "contents" in body:
        return Exchanged(_own_left_out(_google(body)), tuple(_google_tools(body)), _google_settings(body))
    if "input" in body:
        return Exchanged(_own_left_out(_openai(body)), tuple(_openai_tools(body)), _openai_settings(body))
    settings = {name: body[name] for name in ("max_tokens", "temperature", "top_p") if name in body}
    return Exchanged(_own_left_out(_anthropic(body)), tuple(_anthropic_tools(body)), settings)


def session(entry: Json) -> str:
    """What the program calls the turns that it holds to be one conversation; gemini's tells no provider."""
    body = entry["body"]
    thread = (body.get("client_metadata") or {}).get("thread_id")
    return str(thread or (body.get("metadata") or {}).get("user_id", ""))


def _own_left_out(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Without what the program adds of its own, and without texts that say nothing."""
    there = (Block(block.kind, PLACES.sub("/...", block.text)) for block in blocks)
    return tuple(
        block for block in there if block.text.strip() and not block.text.lstrip().startswith(OWN_TEXTS)
    )


def _call(name: str, arguments: Any) -> Block:
    return Block("call", f"{name.removeprefix(PREFIX)} {json.dumps(arguments, ensure_ascii=False)}")


def _data_url(url: str) -> Block:
    found = DATA_URL.fullmatch(url)
    return Block("image", f"{found[1]} {found[2]}" if found else url)


def _parts(content: Any) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _anthropic(body: Json) -> Iterator[Block]:
    for part in _parts(body.get("system", ())):
        yield Block("system", part["text"])
    for message in body["messages"]:
        for part in _parts(message["content"]):
            yield from _anthropic_part(message["role"], part)


def _anthropic_part(role: str, part: Json) -> Iterator[Block]:
    if part["type"] == "text":
        yield Block(role, part["text"])
    elif part["type"] == "image":
        source = part["source"]
        yield Block("image", source.get("url") or f"{source['media_type']} {source['data']}")
    elif part["type"] == "tool_use":
        yield _call(part["name"], part["input"])
    elif part["type"] == "tool_result":
        for piece in _parts(part.get("content", "")):
            yield from _anthropic_part("result", piece)


def _anthropic_tools(body: Json) -> Iterator[Offered]:
    for tool in body.get("tools", ()):
        yield Offered(tool["name"], tool.get("description", ""), tool["input_schema"])


def _openai(body: Json) -> Iterator[Block]:
    yield Block("system", body.get("instructions") or "")
    for item in body["input"]:
        if "role" in item and isinstance(item.get("content"), list):
            for part in item["content"]:
                yield _openai_part({"developer": "system"}.get(item["role"], item["role"]), part)
        elif item.get("type") == "function_call":
            yield _call(item["name"], json.loads(item["arguments"]))
        elif item.get("type") == "function_call_output":
            output = item["output"]
            for part in [{"text": output}] if isinstance(output, str) else output:
                yield _openai_part("result", part)


def _openai_part(role: str, part: Json) -> Block:
    return _data_url(part["image_url"]) if "image_url" in part else Block(role, part.get("text") or "")


def _openai_tools(body: Json) -> Iterator[Offered]:
    groups = [item["tools"] for item in body["input"] if item.get("type") == "additional_tools"]
    for tool in [*(body.get("tools") or ()), *(tool for group in groups for tool in group)]:
        for inner in tool.get("tools", (tool,)):
            yield Offered(inner["name"], inner.get("description", ""), inner["parameters"])


def _openai_settings(body: Json) -> Json:
    effort = (body.get("reasoning") or {}).get("effort")
    return {**({"effort": effort} if effort else {}), **(body.get("text") or {})}


def _google(body: Json) -> Iterator[Block]:
    for part in (body.get("systemInstruction") or {}).get("parts", ()):
        yield Block("system", part["text"])
    for content in body["contents"]:
        role = {"model": "assistant"}.get(content["role"], content["role"])
        for part in content["parts"]:
            yield from _google_part(role, part)


def _google_part(role: str, part: Json) -> Iterator[Block]:
    if "functionCall" in part:
        yield _call(part["functionCall"]["name"], part["functionCall"].get("args", {}))
    elif "functionResponse" in part:
        response = part["functionResponse"]
        yield Block("result", result_text(response["response"]))
        for inner in response.get("parts", ()):
            yield from _google_part(role, inner)
    elif "inlineData" in part:
        yield Block("image", f"{part['inlineData']['mimeType']} {part['inlineData']['data']}")
    elif not part.get("thought"):
        yield Block(role, part.get("text", "").strip("\u200b"))


def _google_tools(body: Json) -> Iterator[Offered]:
    for tools in body.get("tools", ()):
        for tool in tools["functionDeclarations"]:
            schema = dict(tool.get("parametersJsonSchema") or tool.get("parameters") or {})
            properties = schema.get("properties", {})
            schema["properties"] = {key: value for key, value in properties.items() if key != OWN_PARAMETER}
            yield Offered(tool["name"].removeprefix(PREFIX), tool.get("description", ""), schema)


def _google_settings(body: Json) -> Json:
    config = body.get("generationConfig") or {}
    names = {"maxOutputTokens": "max_tokens", "temperature": "temperature", "topP": "top_p"}
    return {ours: config[theirs] for theirs, ours in names.items() if theirs in config}
