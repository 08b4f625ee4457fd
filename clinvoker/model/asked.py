"""
What is asked: a conversation, and how it is to be answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from clinvoker.agency import Agency

Role = Literal["system", "developer", "user", "assistant", "tool"]


class Text(msgspec.Struct, frozen=True, tag=True):
    """A piece of text inside a message, as the client cut it."""

    text: str


class Image(msgspec.Struct, frozen=True, tag=True):
    """
    A picture inside a message.  `data` is base64 of the standard alphabet, padded.  Where it is empty the
    picture lies at `url` (http or https), which the daemon has not looked at.
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
    """What the answer's text must be: anything, any JSON object, or JSON that satisfies `schema`."""

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
    What one client asks of one model.  `model` is the client's word for it.  `runs` turns it into a backend
    and what that backend's program is told, and hands on a copy whose `model` is the latter; the empty
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
