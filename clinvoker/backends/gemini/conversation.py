"""
A conversation as the Gemini CLI can be given it: a chat file to load, a memory file, a last prompt.

Facts of 0.61.0, seen at the provider (tests/real) or read in the program:

- Loaded turns arrive with their roles and parts.  Turns of one role that follow each other are sent
  as one, each message its own part; we put a blank line between them, or two words could become one.
- If the first loaded turn carries the id `FIRST`, the program takes its own preamble (date, system,
  folders) to be there already, and sends none: the provider sees the conversation and nothing else.
- `memory/MEMORY.md` of a session's folder is part of the true system instruction, session by session.
  The program trims it, makes runs of blank lines one, and reads in files that `@path` names.
- It drops a loaded user turn whose text is empty or begins with "/", "?" or two of its own tags.  A
  thought in front of it prevents that; thoughts are taken out again before the request (but not for models
  that are of neither `gemini-2` nor `gemini-3`: there it is sent, one character that nobody sees).
- It takes a prompt that begins with "/" or "$" for a command.  Of such a prompt only what follows these
  is prompted, and the rest loaded: as turns of one role they arrive as one, in two parts.
- Of a prompt with a picture it has the provider count the tokens first, which takes a request; so what
  comes before the last text is loaded too.
- It drops a run of assistant turns in which one has an empty part, so empty ones are left out.
- Calls and their results arrive as the model's and the user's parts; to the first call of a message it adds
  the signature "skip_thought_signature_validator", since the model's own is not to be had.
- If the last thing loaded are results, it puts an assistant's turn of its own, about an interruption,
  before the prompt; not if a user turn follows, be it one of a thought alone.

System and developer messages at the start are the system prompt.  Later ones stay in their places as
user turns that begin with `NOTICE`.  After a last assistant message the prompt is `CONTINUE`; blank
messages are left out, but a blank prompt becomes `VEIL`, and so is what is prompted after results: the
program has no way to be prompted with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from clinvoker.backends.gemini.chat_file import FIRST, SHOWN, VEIL, Called, Turn, chat_file
from clinvoker.model import Image, Message, Part, Text

NOTICE = "[System message]\n"
RESULT = "[Result of a call]\n"
CONTINUE = "Continue."
BREAK = "\n\n"

_ASIDE = ("system", "developer")
_COMMAND = re.compile(r"[\s\ufeff]*[/$](?:[/$]|\s|\ufeff)*")
_IMPORT = re.compile(r"(?:^|(?<=[ \t\r\n]))@[./A-Za-z]")

_HEADINGS = {"system": NOTICE, "developer": NOTICE, "tool": RESULT}


class Conversation(msgspec.Struct, frozen=True):
    """
    What goes in.  `system` is the text of the memory file, empty for none; `replayed` are the texts the
    program tells again, in order, when it has loaded the file.  `whole` says whether the program then holds
    the last message as it was said, without a word of ours in its place.
    """

    system: str
    turns: tuple[Turn, ...]
    prompt: tuple[Part, ...]
    whole: bool = False

    @property
    def new(self) -> bool:
        """Whether it is a question and nothing else."""
        return not self.system and not self.turns

    @property
    def replayed(self) -> tuple[str, ...]:
        """The assistant's: the user's come under a name of their own and are never taken for an answer."""
        if not self.turns:
            return (SHOWN,)
        return tuple(turn.text for turn in self.turns if turn.role == "gemini" and turn.text)

    def chat_file(self, session: str, folder: str, first: str = FIRST) -> str:
        """The file of a session of this id, whose working folder has this absolute path."""
        return chat_file(session, folder, self.turns, first)


def conversation(messages: Sequence[Message]) -> Conversation:
    """Divide messages, at least one, into what is told beforehand and what is asked now."""
    first = list(takewhile(lambda message: message.role in _ASIDE, messages))
    rest = list(messages[len(first) :])
    ours = Text(VEIL) if rest and rest[-1].role == "tool" else Text(CONTINUE)
    said: tuple[Part, ...] = ()
    if rest and rest[-1].role not in ("tool", "assistant"):
        said, ours = _parts(rest.pop()), Text(VEIL)
    turns = [*_parted(list(_turns(rest)))]
    told, prompt = _divided(said or (ours,))
    whole = bool(said) and (*(part for turn in told for part in turn.parts), *prompt) == said
    if turns and turns[-1].calls and not told:
        told, whole = (Turn("user", ()),), False
    system = fenced(BREAK.join(message.text for message in first))
    return Conversation(system=system, turns=(*turns, *told), prompt=prompt, whole=whole)


# Of a session that is loaded before anybody asks.
BLANK = Conversation(system="", turns=(), prompt=())


def _turns(messages: Sequence[Message]) -> Iterator[Turn]:
    """One for each message that says something; results are with their calls."""
    rest = list(messages)
    while rest:
        message = rest.pop(0)
        results: dict[str, tuple[Part, ...]] = {}
        while message.calls and rest and rest[0].role == "tool":
            result = rest.pop(0)
            results[result.call_id] = result.parts
        parts = _parts(message)
        if parts or message.calls:
            calls = tuple(Called(call, results.get(call.id)) for call in message.calls)
            yield Turn("gemini" if message.role == "assistant" else "user", parts, calls)


def _parted(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The same turns, those that will be one with the next, or with the prompt, ended by a blank line."""
    followers = [*(turn.role for turn in turns[1:]), "user"]
    for turn, follower in zip(turns, followers, strict=False):
        if turn.role == follower and not turn.calls:
            yield Turn(turn.role, (*turn.parts, Text(BREAK)))
        else:
            yield turn


def _parts(message: Message) -> tuple[Part, ...]:
    """None if the message is blank."""
    pictured = any(isinstance(part, Image) for part in message.parts)
    if not pictured and not message.text.strip():
        return ()
    parts = tuple(part for part in message.parts if not isinstance(part, Text) or part.text)
    heading = _HEADINGS.get(message.role)
    return (Text(heading), *parts) if heading else parts


def _divided(asked: tuple[Part, ...]) -> tuple[tuple[Turn, ...], tuple[Part, ...]]:
    """What is asked, so divided that what is prompted is no command, and no picture unless one is last."""
    pictures = [index for index, part in enumerate(asked) if isinstance(part, Image)]
    border = pictures[-1] + 1 if pictures else 0
    if border == len(asked):
        border = 0
    texts = [part.text for part in takewhile(_is_text, asked[border:]) if isinstance(part, Text)]
    command = _COMMAND.match("".join(texts))
    told, prompt = asked[:border], asked[border:]
    if command:
        tail = Text("".join(texts)[command.end() :] or VEIL)
        told, prompt = (*told, Text(command[0])), (tail, *prompt[len(texts) :])
    return (Turn("user", told),) if told else (), prompt


def _is_text(part: Part) -> bool:
    return isinstance(part, Text)


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
