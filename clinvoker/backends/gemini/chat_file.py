"""
The file of a chat as the program reads it back: one JSON line for its head, one for each turn.

It reads lines that also U+2028 ends, so the file is ASCII.  Why turns get a veiled thought, or the id
`FIRST`, says `conversation.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from clinvoker.backends.gemini.names import shown
from clinvoker.model import Image, Part, Text, ToolCall

FIRST = sha256(b"environment-context").hexdigest()[:32]
VEIL = "\u200b"  # not white space to the program, nothing to a reader
SHOWN = "**-**\n-"  # how the thought of a file without turns is replayed

_OLD = "2026-01-01T00-00"  # a session of the current minute is not found (facts of 0.61.0)
_TIME = "2026-01-01T00:00:00.000Z"
# A file without turns cannot be loaded: this makes it one, and with its empty part no request has it.
_THOUGHT = {"subject": "-", "description": "-", "timestamp": _TIME}
_DROPPED = re.compile(r"[\s\ufeff]*(?:[/?]|<session_context>|<hook_context>|\Z)")
_VEILED = {"text": VEIL, "thought": True}

_PICTURE = "The result is the picture that follows."
_NO_RESULT = "This call was given no result."


class Called(msgspec.Struct, frozen=True):
    """A call and the parts of its result; None if it never got one."""

    call: ToolCall
    result: tuple[Part, ...] | None


class Turn(msgspec.Struct, frozen=True):
    """One turn; results of its calls are a turn of the user's behind it, which the program makes."""

    role: Literal["user", "gemini"]
    parts: tuple[Part, ...]
    calls: tuple[Called, ...] = ()

    @property
    def text(self) -> str:
        """All its text, as the program replays it."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def chat_file_name(session: str) -> str:
    """What the program calls the file of a session."""
    return f"session-{_OLD}-{session[:8]}.jsonl"


def chat_file(session: str, folder: str, turns: Sequence[Turn], first: str = FIRST) -> str:
    """
    The file of a session of this id, whose working folder has this absolute path.  `first` is the id of
    the first turn.
    """
    head = {"sessionId": session, "projectHash": sha256(folder.encode()).hexdigest(), "kind": "main"}
    lines = [{**head, "startTime": _TIME, "lastUpdated": _TIME}, *_lines(turns, first)]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def _lines(turns: Sequence[Turn], first: str) -> Iterator[dict[str, object]]:
    if not turns:
        yield {**_line(first, "gemini", [{"text": ""}]), "thoughts": [_THOUGHT]}
    number = 0
    for index, turn in enumerate(turns):
        content = [_part(part) for part in turn.parts]
        if turn.role == "user" and _DROPPED.match(turn.text):
            content.insert(0, dict(_VEILED))
        line = _line(f"{index:032x}" if index else first, turn.role, content)
        if turn.calls:
            line["toolCalls"] = [_called(called, number + at) for at, called in enumerate(turn.calls)]
            number += len(turn.calls)
        yield line


def _line(identity: str, role: str, content: list[dict[str, object]]) -> dict[str, object]:
    return {"id": identity, "timestamp": _TIME, "type": role, "content": content}


def _part(part: Part) -> dict[str, object]:
    if isinstance(part, Image):
        return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    return {"text": part.text}


def _called(called: Called, number: int) -> dict[str, object]:
    """Ids are ours: clients' can be anything, and the same twice."""
    identity, name = f"call_{number}", shown(called.call.name)
    answer = {"id": identity, "name": name, "response": _response(called.result)}
    pictures = [_part(part) for part in called.result or () if isinstance(part, Image)]
    return {
        "id": identity,
        "name": name,
        "args": _arguments(called.call.arguments),
        "status": "success",
        "timestamp": _TIME,
        "result": [{"functionResponse": answer}, *pictures],
    }


def _response(result: tuple[Part, ...] | None) -> dict[str, str]:
    """As the program gives the result of a function."""
    if result is None:
        return {"error": _NO_RESULT}
    texts = [part.text for part in result if isinstance(part, Text)]
    return {"output": "".join(texts) if texts or not result else _PICTURE}


def _arguments(said: str) -> object:
    """The object; clients may send back what is none."""
    try:
        arguments = json.loads(said)
    except (ValueError, RecursionError):
        arguments = None
    return arguments if isinstance(arguments, dict) else {"arguments": said}
