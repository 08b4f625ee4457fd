"""
A conversation as the Gemini CLI can be given it: a chat file to load, a memory file, a last prompt.

Facts of 0.61.0, seen at the provider (tests/real) or read in the program:

- Loaded turns arrive with their roles and texts.  Turns of one role that follow each other are sent
  as one, each message its own part; we put a blank line between them, or two words could become one.
- If the first loaded turn carries the id `FIRST`, the program takes its own preamble (date, system,
  folders) to be there already, and sends none: the provider sees the conversation and nothing else.
- `memory/MEMORY.md` of a session's folder is part of the true system instruction, session by session.
  The program trims it, makes runs of blank lines one, and reads in files that `@path` names.
- It drops a loaded user turn whose text begins with "/", "?" or two of its own tags.  A thought in front
  of it prevents that; thoughts are taken out again before the request (but not for models that are of
  neither `gemini-2` nor `gemini-3`: there it is sent, one character that nobody sees).
- It takes a prompt that begins with "/" or "$" for a command.  Of such a prompt only what follows these
  is prompted, and the rest loaded: as turns of one role they arrive as one, in two parts.
- It drops a run of assistant turns in which one has an empty part, so empty ones are left out.
- It reads the file by lines that also U+2028 ends, so the file is ASCII.

System and developer messages at the start are the system prompt.  Later ones stay in their places as
user turns that begin with `NOTICE`.  After a last assistant message the prompt is `CONTINUE`; blank
messages are left out, but a blank prompt becomes `VEIL`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import takewhile

import msgspec

from clinvoker.model import Message

FIRST = sha256(b"environment-context").hexdigest()[:32]
VEIL = "\u200b"  # not white space to the program, nothing to a reader
NOTICE = "[System message]\n"
CONTINUE = "Continue."
BREAK = "\n\n"

_OLD = "2026-01-01T00-00"  # a session of the current minute is not found (facts of 0.61.0)
_TIME = "2026-01-01T00:00:00.000Z"
# A file without turns cannot be loaded: this makes it one, and with its empty part no request has it.
_THOUGHT = {"subject": "-", "description": "-", "timestamp": _TIME}
_SHOWN = "**-**\n-"  # as it is replayed

_ASIDE = ("system", "developer")
_BLANK = r"[\s\ufeff]*"
_DROPPED = re.compile(_BLANK + r"(?:[/?]|<session_context>|<hook_context>)")
_COMMAND = re.compile(_BLANK + r"[/$](?:[/$]|\s|\ufeff)*")
_IMPORT = re.compile(r"(?:^|(?<=[ \t\r\n]))@[./A-Za-z]")

_ROLES = {"assistant": "gemini"}

Turn = tuple[str, tuple[str, ...]]  # "user" or "gemini", texts


class Conversation(msgspec.Struct, frozen=True):
    """
    What goes in.  `system` is the text of the memory file, empty for none; `replayed` are the texts the
    program tells again, in order, when it has loaded the file.
    """

    system: str
    turns: tuple[Turn, ...]
    prompt: tuple[str, ...]

    @property
    def replayed(self) -> tuple[str, ...]:
        """The assistant's: the user's come under a name of their own and are never taken for an answer."""
        if not self.turns:
            return (_SHOWN,)
        return tuple("".join(texts) for role, texts in self.turns if role == "gemini")

    def chat_file(self, session: str, folder: str) -> str:
        """The file of a session of this id, whose working folder has this absolute path."""
        head = {"sessionId": session, "projectHash": sha256(folder.encode()).hexdigest(), "kind": "main"}
        lines = [{**head, "startTime": _TIME, "lastUpdated": _TIME}, *_lines(self.turns)]
        return "".join(f"{json.dumps(line)}\n" for line in lines)


def chat_file_name(session: str) -> str:
    """What the program calls the file of a session."""
    return f"session-{_OLD}-{session[:8]}.jsonl"


def conversation(messages: Sequence[Message]) -> Conversation:
    """Divide messages, at least one, into what is told beforehand and what is asked now."""
    first = list(takewhile(lambda message: message.role in _ASIDE, messages))
    rest = list(messages[len(first) :])
    asked: tuple[str, ...] = (CONTINUE,)
    if rest and rest[-1].role != "assistant":
        asked = _texts(rest.pop()) or (VEIL,)
    turns = [(_ROLES.get(message.role, "user"), texts) for message in rest if (texts := _texts(message))]
    told, prompt = _disarmed(asked)
    system = fenced(BREAK.join(message.text for message in first))
    return Conversation(system=system, turns=(*_parted(turns), *told), prompt=prompt)


def _parted(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The same turns, those that will be one with the next, or with the prompt, ended by a blank line."""
    followers = [*(role for role, _ in turns[1:]), "user"]
    for (role, texts), follower in zip(turns, followers, strict=False):
        yield (role, (*texts, BREAK)) if role == follower else (role, texts)


def _texts(message: Message) -> tuple[str, ...]:
    """None if the message is blank."""
    if not message.text.strip():
        return ()
    texts = tuple(part.text for part in message.parts if part.text)
    return (NOTICE, *texts) if message.role in _ASIDE else texts


def _disarmed(asked: tuple[str, ...]) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """What is asked, so divided that the part which is prompted is no command."""
    text = "".join(asked)
    command = _COMMAND.match(text)
    if not command:
        return (), asked
    return (("user", (command[0],)),), (text[command.end() :] or VEIL,)


def fenced(text: str) -> str:
    """
    The same text, between fences if it holds what the memory file takes for an import (`@path`):
    inside a code block there are none.
    """
    if not _IMPORT.search(text):
        return text
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _lines(turns: Sequence[Turn]) -> Iterator[dict[str, object]]:
    if not turns:
        yield {**_line(FIRST, "gemini", [{"text": ""}]), "thoughts": [_THOUGHT]}
    for number, (role, texts) in enumerate(turns):
        content: list[dict[str, object]] = [{"text": text} for text in texts]
        if role == "user" and _DROPPED.match("".join(texts)):
            content.insert(0, {"text": VEIL, "thought": True})
        yield _line(f"{number:032x}" if number else FIRST, role, content)


def _line(identity: str, role: str, content: list[dict[str, object]]) -> dict[str, object]:
    return {"id": identity, "timestamp": _TIME, "type": role, "content": content}
