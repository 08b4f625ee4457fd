"""
What a provider received, whichever API it was, in one form: system text and turns.

What the programs add of their own (reminders, the folder they stand in) is left out of the
turns; it counts as system text, as everything does that is neither user nor assistant.
"""

from __future__ import annotations

from typing import Any

import msgspec

OWN = ("<system-reminder>", "<session_context>", "<environment_context>")


class Turn(msgspec.Struct, frozen=True):
    """One message: 'user' or 'assistant', and its text, parts joined."""

    role: str
    text: str


class Received(msgspec.Struct, frozen=True):
    """One request."""

    model: str
    system: str
    turns: tuple[Turn, ...]
    tools: int


def received(entry: dict[str, Any]) -> Received:
    """Read a log entry of `ProviderProcess`."""
    body = entry["body"]
    if "contents" in body:
        return _read(entry["path"].split("/")[-1].split(":")[0], *_google(body), body)
    if "input" in body:
        return _read(body["model"], *_openai(body), body)
    return _read(body["model"], *_anthropic(body), body)


Said = list[tuple[str, list[str]]]


def _read(model: str, system: list[str], said: Said, body: dict[str, Any]) -> Received:
    """Sort out what is whose."""
    turns = []
    for role, texts in said:
        own = [text for text in texts if role == "system" or text.lstrip().startswith(OWN)]
        system.extend(own)
        theirs = [text for text in texts if text not in own]
        if theirs:
            turns.append(Turn(role, "".join(theirs)))
    return Received(model, "\n\n".join(system), tuple(turns), _tools(body))


def _tools(body: dict[str, Any]) -> int:
    """How many tools the model is offered; Google's API has lists of them in a list."""
    tools = body.get("tools") or ()
    return sum(len(tool.get("functionDeclarations", "1")) for tool in tools)


def _texts(content: str | list[dict[str, Any]] | None) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or () if "text" in part]


def _anthropic(body: dict[str, Any]) -> tuple[list[str], Said]:
    return _texts(body.get("system")), [(m["role"], _texts(m["content"])) for m in body["messages"]]


def _openai(body: dict[str, Any]) -> tuple[list[str], Said]:
    roles = {"developer": "system"}
    messages = [item for item in body["input"] if "role" in item]
    said = [(roles.get(m["role"], m["role"]), _texts(m["content"])) for m in messages]
    return [body.get("instructions") or ""], said


def _google(body: dict[str, Any]) -> tuple[list[str], Said]:
    roles = {"model": "assistant"}
    system = _texts((body.get("systemInstruction") or {}).get("parts"))
    return system, [(roles.get(c["role"], c["role"]), _texts(c["parts"])) for c in body["contents"]]
