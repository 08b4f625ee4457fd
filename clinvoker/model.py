"""
The values that cross rooms: what is asked, what happens, what is to be started.

Everything here is frozen and knows nothing: no wire format, no command line, no transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Role = Literal["system", "developer", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter"]


class Text(msgspec.Struct, frozen=True):
    """A piece of text inside a message, as the client cut it."""

    text: str


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation.  `parts` keeps the client's order and borders."""

    role: Role
    parts: tuple[Text, ...]

    @property
    def text(self) -> str:
        """All the text, parts joined with nothing between them."""
        return "".join(part.text for part in self.parts)


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one client asks of one model.

    `model` is the client's word for it.  `runs` turns it into a backend and what that
    backend's program is told, and hands on a copy whose `model` is the latter; the empty
    string then means the program's own default.
    """

    model: str
    messages: tuple[Message, ...]  # at least one
    request_id: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request as its dialect understood it.  Each dialect adds what its answer depends on.

    `ignored` names the parameters that were accepted and have no effect here.
    """

    invocation: Invocation
    ignored: tuple[str, ...] = ()


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """
    Tokens of one run, as the program counted them.

    `input` includes `cached` (read from the provider's cache), `output` includes `reasoning`.
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0


class Started(msgspec.Struct, frozen=True):
    """The turn has begun; `model` is the provider's name for what answers, if it was told."""

    model: str


class TextDelta(msgspec.Struct, frozen=True):
    """The next piece of the answer."""

    text: str


class ReasoningDelta(msgspec.Struct, frozen=True):
    """The next piece of what the model thinks aloud."""

    text: str


class Finished(msgspec.Struct, frozen=True):
    """The answer is whole.  The last event of a run that did not fail."""

    reason: FinishReason
    usage: Usage


def size_of(event: Event) -> int:
    """What an event weighs where it is kept, in bytes, roughly."""
    return 64 + (len(event.text) if isinstance(event, TextDelta | ReasoningDelta) else 0)


Event = Started | TextDelta | ReasoningDelta | Finished

# Stands for the agent's private directory in a `Launch`, before that directory exists.
DIRECTORY = "{directory}"


class Link(msgspec.Struct, frozen=True):
    """
    A symbolic link to a file of the user's, made when the process is started if the file exists.

    `path` is relative to the private directory.  The first of `sources` that exists is taken; a first
    part `~` or `$NAME` is expanded by the daemon's environment; one with an unset name does not exist.
    """

    path: str
    sources: tuple[str, ...]


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """
    A process to be started, as data.

    Each process gets a private directory, which holds `files` and an empty folder `work` to
    run in, and which is removed when the process has ended.  Where a text says `DIRECTORY`,
    its path is meant.  Processes of equal `key` can stand in for one another.
    """

    key: str
    arguments: tuple[str, ...]  # the program's name or path first
    environment: Mapping[str, str] = {}  # on top of what the backend's allow-list lets through
    files: Mapping[str, str] = {}  # relative path -> text
    links: tuple[Link, ...] = ()  # to the user's own files, such as a login
    directory: str = ""  # the private directory, once there is one

    def placed(self, directory: str) -> Launch:
        """The same launch with `DIRECTORY` replaced by a path that exists."""

        def put(text: str) -> str:
            return text.replace(DIRECTORY, directory)

        return msgspec.structs.replace(
            self,
            directory=directory,
            arguments=tuple(put(argument) for argument in self.arguments),
            environment={name: put(value) for name, value in self.environment.items()},
            files={path: put(text) for path, text in self.files.items()},
        )


class Model(msgspec.Struct, frozen=True):
    """A name that a client may ask for, and the backend that answers to it."""

    name: str
    backend: str


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a live program says of itself.  `login` is a sentence, as far as it can be told."""

    version: str = "unknown"
    login: str = "unknown"


BackendState = Literal["ready", "untried", "missing", "failing", "disabled"]


class BackendHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one backend is: for `/health`, `doctor` and the start of the daemon."""

    name: str
    state: BackendState
    path: str = ""  # empty: the program was not found
    version: str = ""
    login: str = ""
    last_error: str = ""
    processes: int = 0
    runs: int = 0
