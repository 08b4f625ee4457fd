"""
The values that cross rooms: what is asked, what happens, what is to be started.

Everything here is frozen and knows nothing: no wire format, no command line, no transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from clinvoker.agency import Agency

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]


class Text(msgspec.Struct, frozen=True, tag=True):
    """A piece of text inside a message, as the client cut it."""

    text: str


class Image(msgspec.Struct, frozen=True, tag=True):
    """
    A picture inside a message.  `data` is base64 of the standard alphabet, padded.

    Where it is empty the picture lies at `url` (http or https), which the daemon has not looked at.
    """

    media_type: str = ""  # such as "image/png"
    data: str = ""
    url: str = ""


Part = Text | Image


class ToolCall(msgspec.Struct, frozen=True):
    """A call of one of the client's tools, as the model made it."""

    id: str
    name: str
    arguments: str  # the text of a JSON object; "{}" when there are none


class Message(msgspec.Struct, frozen=True):
    """
    One message of a conversation.  `parts` keeps the client's order and borders.

    An assistant's message may have `calls`; a tool's message is the result of the call `call_id`.
    """

    role: Role
    parts: tuple[Part, ...]
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""

    @property
    def text(self) -> str:
        """All the text, parts joined with nothing between them."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


class Tool(msgspec.Struct, frozen=True):
    """A function of the client's that the model may call.  `parameters` is a JSON schema of an object."""

    name: str
    description: str = ""
    parameters: Mapping[str, object] = {}


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the model may call, and whether it must: "named" means the one called `name` and no other.
    """

    offered: tuple[Tool, ...] = ()
    choice: Literal["auto", "none", "required", "named"] = "auto"
    name: str = ""
    parallel: bool = True  # more than one call in one answer


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the answer's text must be: anything, any JSON object, or JSON that satisfies `schema`.
    """

    kind: Literal["text", "json_object", "json_schema"] = "text"
    name: str = ""
    schema: Mapping[str, object] = {}


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How the answer is to be made.  What is None, empty or 0 was not asked for."""

    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    top_p: float | None = None
    effort: str = ""


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one client asks of one model.

    `model` is the client's word for it.  `runs` turns it into a backend and what that
    backend's program is told, and hands on a copy whose `model` is the latter; the empty
    string then means the program's own default.
    """

    model: str
    messages: tuple[Message, ...]  # at least one
    tools: Tools = Tools()
    output: Output = Output()
    sampling: Sampling = Sampling()
    agency: Agency = Agency()
    principal: str = ""  # whose key it was asked with; nothing is shared between two of them
    request_id: str = ""


# What a backend does about a parameter: its program obeys it, the daemon sees to it, the request is
# refused, or it is accepted without effect and named in the answer.
Treatment = Literal["honoured", "enforced", "refused", "ignored"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request as its dialect understood it.  Each dialect adds what its answer depends on.

    `ignored` names the parameters that were accepted and have no effect anywhere; what becomes of
    those in `depending` says the backend (`IBackend.parameters`).  Where the client did not call one
    of these by that name, `places` says how.
    """

    invocation: Invocation
    choices: int = 1  # how many answers, each by a run of its own
    each: tuple[Invocation, ...] = ()  # what each of them is to, where that differs
    ignored: tuple[str, ...] = ()
    depending: tuple[str, ...] = ()
    places: Mapping[str, str] = {}


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Tokens of one run, as the program counted them.  `cached` ones, read from the provider's cache, are
    part of `input`; `reasoning` is part of `output`.
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


class ToolCallStarted(msgspec.Struct, frozen=True):
    """The model calls a tool; its arguments follow.  `id` is unique in the conversation."""

    id: str
    name: str


class ToolCallDelta(msgspec.Struct, frozen=True):
    """The next piece of a call's arguments, together the text of a JSON object; before the next call."""

    id: str
    arguments: str


Doing = Literal["command", "file_change", "read", "search", "tool"]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """
    A step of the agent's own, told when it begins and again when it is over.  `title` is a line for
    people: a command, a path, a tool's name.
    """

    id: str  # the same for both
    kind: Doing
    title: str
    status: Literal["started", "done", "failed"]


class Finished(msgspec.Struct, frozen=True):
    """The answer is whole.  The last event of a run that did not fail; `stop` is the sequence it ended at."""

    reason: FinishReason
    usage: Usage
    stop: str = ""


def size_of(event: Event) -> int:
    """What an event weighs where it is kept, in bytes, roughly."""
    if isinstance(event, TextDelta | ReasoningDelta):
        return 64 + len(event.text)
    if isinstance(event, Action):
        return 64 + len(event.title)
    return 64 + (len(event.arguments) if isinstance(event, ToolCallDelta) else 0)


Event = Started | TextDelta | ReasoningDelta | ToolCallStarted | ToolCallDelta | Action | Finished

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

    Each process gets a private directory, which holds `files` and an empty folder `work`, and which
    is removed when the process has ended.  Where a text says `DIRECTORY`, its path is meant.  The
    process runs in `work`, in agent mode in `workdir`.  Those of equal `key` can replace each other.
    """

    key: str
    arguments: tuple[str, ...]  # the program's name or path first
    environment: Mapping[str, str] = {}  # on top of what the backend's allow-list lets through
    files: Mapping[str, str] = {}  # relative path -> text
    links: tuple[Link, ...] = ()  # to the user's own files, such as a login
    directory: str = ""  # the private directory, once there is one
    workdir: str = ""  # absolute; not empty in agent mode only

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
