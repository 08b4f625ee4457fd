"""
A conversation as the Gemini CLI can be given it: a chat file to load, a memory file, a last prompt.

Facts of 0.61.0, seen at the provider (tests/real) or read in the program:

- Loaded turns arrive with their roles and texts.  Turns of one role that follow each other are sent
  as one, each message its own part.
- If the first loaded turn carries the id `FIRST`, the program takes its own preamble (date, system,
  folders) to be there already, and sends none: the provider sees the conversation and nothing else.
- `memory/MEMORY.md` of a session's folder is part of the true system instruction, session by session.
  The program trims it, makes runs of blank lines one, and reads in files that `@path` names.
- It drops a loaded user turn that begins with "/", "?" or two of its own tags, or is blank, and takes
  a prompt that begins with "/" or "$" for a command.  `VEIL`, as a part of its own in front, prevents
  both; the text stays as it is, in its own part.
- It drops a run of assistant turns in which one has an empty part, so empty ones are left out.
- It reads the file by lines that also U+2028 ends, so the file is ASCII.

System and developer messages at the start are the system prompt.  Later ones stay in their places as
user turns that begin with `NOTICE`.  After a last assistant message the prompt is `CONTINUE`.
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

_OLD = "2026-01-01T00-00"  # a session of the current minute is not found (facts of 0.61.0)
_TIME = "2026-01-01T00:00:00.000Z"
# Drawn back from the request, but it makes a file without other turns one that can be loaded.
_THOUGHT = {"subject": "-", "description": "-", "timestamp": _TIME}
_SHOWN = "**-**\n-"  # as it is replayed

_ASIDE = ("system", "developer")
_BLANK = r"[\s\ufeff]*"
_DROPPED = re.compile(_BLANK + r"(?:$|[/?]|<session_context>|<hook_context>)")
_COMMAND = re.compile(_BLANK + r"(?:$|[/$])")
_IMPORT = re.compile(r"(?:^|(?<=[ \t\r\n]))@[./A-Za-z]")

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
    turns = [_turn(message) for message in rest if message.role != "assistant" or message.text.strip()]
    prompt: tuple[str, ...] = (CONTINUE,)
    if turns and turns[-1][0] == "user":
        prompt = turns.pop()[1]
    return Conversation(
        system=fenced("\n\n".join(message.text for message in first)),
        turns=tuple((role, veiled(texts, _DROPPED) if role == "user" else texts) for role, texts in turns),
        prompt=veiled(prompt, _COMMAND),
    )


def veiled(texts: tuple[str, ...], misread: re.Pattern[str]) -> tuple[str, ...]:
    """The same parts, `VEIL` in front if the program would take their text for something else."""
    return (VEIL, *texts) if misread.match("".join(texts)) else texts


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


def _turn(message: Message) -> Turn:
    texts = tuple(part.text for part in message.parts if part.text)
    if message.role == "assistant":
        return "gemini", texts
    if message.role in _ASIDE:
        return "user", (NOTICE, *texts)
    return "user", texts or ("",)


def _lines(turns: Sequence[Turn]) -> Iterator[dict[str, object]]:
    if not turns:
        yield {
            "id": FIRST,
            "timestamp": _TIME,
            "type": "gemini",
            "content": [{"text": ""}],
            "thoughts": [_THOUGHT],
        }
    for number, (role, texts) in enumerate(turns):
        identity = f"{number:032x}" if number else FIRST
        content = [{"text": text} for text in texts]
        yield {"id": identity, "timestamp": _TIME, "type": role, "content": content}
