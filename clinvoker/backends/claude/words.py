"""
The program's records as far as they are read, and those that are sent.

Shapes as in captures/claude/*.ndjson (2.1.330).  A field that is not named here is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.talk import Record
from clinvoker.tokens import Count


class _Words(msgspec.Struct, frozen=True):
    pass


class Account(_Words, frozen=True):
    """Who pays, in the answer to `initialize`."""

    tokenSource: str | None = None
    apiKeySource: str | None = None
    apiProvider: str | None = None
    subscriptionType: str | None = None


class Response(_Words, frozen=True):
    """What the program answers to `initialize`, `set_model` and `rewind_conversation`, together."""

    account: Account = Account()
    claude_code_version: str = ""
    model: str = ""
    rewound: bool | None = None
    reason: str | None = None
    precedingAssistantUuid: str | None = None


class Reply(_Words, frozen=True):
    """The inside of a `control_response`."""

    request_id: str
    subtype: str
    response: Response = Response()
    error: str = ""


class ControlResponse(_Words, frozen=True):
    """The answer to a request of ours."""

    response: Reply


class Meta(_Words, frozen=True):
    """What a call of a tool has besides its arguments."""

    tool_use_id: str = msgspec.field(default="", name="claudecode/toolUseId")


class Params(_Words, frozen=True):
    """The parameters of a method; of a call of a tool."""

    meta: Meta = msgspec.field(default=Meta(), name="_meta")


class Method(_Words, frozen=True):
    """A message of MCP; a notification has no `id`."""

    method: str = ""
    id: int | str | None = None
    params: Params = Params()


class Inquiry(_Words, frozen=True):
    """The inside of a `control_request` of the program's; `message` for a server of ours."""

    subtype: str = ""
    message: Method = Method()


class ControlRequest(_Words, frozen=True):
    """A request of the program's."""

    request_id: str
    request: Inquiry = Inquiry()


class Thinking(_Words, frozen=True):
    """Details of a count."""

    thinking_tokens: Count | None = None


class Counts(_Words, frozen=True):
    """Tokens: of a turn in `result`, of a message in the events of a stream."""

    input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    output_tokens: Count | None = None
    output_tokens_details: Thinking | None = None


class Block(_Words, frozen=True):
    """A block of content, and of a stream's `delta`."""

    type: str = ""
    id: str = ""
    name: str = ""
    text: str = ""
    thinking: str = ""
    partial_json: str = ""
    tool_use_id: str = ""
    stop_reason: str | None = None


class Message(_Words, frozen=True):
    """A message of the model's."""

    model: str = ""
    content: Sequence[Block] = ()
    usage: Counts | None = None


class Happening(_Words, frozen=True):
    """An event of the provider's stream."""

    type: str
    message: Message = Message()
    content_block: Block = Block()
    delta: Block = Block()
    usage: Counts | None = None


class StreamEvent(_Words, frozen=True, tag_field="type", tag="stream_event"):
    """One event of the provider's stream, handed on."""

    event: Happening


class Notice(_Words, frozen=True):
    """The beginning of a turn (`system/init`): the names of all tools that the model is offered."""

    tools: Sequence[str] = ()


class Complaint(_Words, frozen=True):
    """What the records of errors say, each a part of it; all there is in `api_retry`."""

    error: str | None = None
    api_error: str | None = None
    api_error_status: int | None = None
    error_status: int | None = None
    retry_delay_ms: float | None = None


class Assistant(Complaint, frozen=True, kw_only=True):
    """A whole message: the answer once more, or an error in an answer's clothes."""

    message: Message = Message()
    is_api_error_message: bool = False


class Said(_Words, frozen=True):
    """The inside of a user's message."""

    content: str | Sequence[Block] = ""


class User(_Words, frozen=True):
    """A message that the program put in as the user's: results of tools above all."""

    message: Said = Said()


class Result(Complaint, frozen=True, kw_only=True):
    """The end of a turn; of one that only puts a message in, too."""

    subtype: str = ""
    is_error: bool = False
    num_turns: int = 0
    result: str | None = None
    stop_reason: str | None = None
    terminal_reason: str | None = None
    usage: Counts = Counts()
    errors: Sequence[str] = ()
    structured_output: object = None


def control(request_id: str, subtype: str, **fields: object) -> Record:
    """A request of ours, answered by a `control_response` of that id."""
    return {
        "type": "control_request",
        "request_id": request_id,
        "request": {"subtype": subtype, **fields},
    }


def refusal(request_id: str) -> Record:
    """The answer to anything the program asks: there is no one to do it."""
    response = {"subtype": "error", "request_id": request_id, "error": "not offered here"}
    return {"type": "control_response", "response": response}


def answered(question: ControlRequest, **outcome: object) -> Record:
    """The answer to a message of MCP: its `result` or its `error`."""
    message = question.request.message
    said = {"jsonrpc": "2.0", "id": 0 if message.id is None else message.id, **outcome}
    response = {
        "subtype": "success",
        "request_id": question.request_id,
        "response": {"mcp_response": said},
    }
    return {"type": "control_response", "response": response}


def user(blocks: Sequence[Record], *, turn: bool) -> Record:
    """
    A message of the user's.  It starts a turn or, without `turn`, only becomes a part of the conversation.

    The program would take "/clear" for a command of its own and answer it.  `text_not_typed` has the
    text delivered as it is; versions that do not know the word (2.1.197) look for a command in the
    last block alone, so that is an empty one, which no version sends to the provider.
    """
    record: dict[str, object] = {
        "type": "user",
        "message": {"role": "user", "content": [*blocks, {"type": "text", "text": ""}]},
        "parent_tool_use_id": None,
        "text_not_typed": True,
    }
    return record if turn else {**record, "shouldQuery": False}


def assistant(blocks: Sequence[Record]) -> Record:
    """An earlier answer; becomes a part of the conversation and is not acknowledged."""
    message = {"role": "assistant", "content": list(blocks)}
    return {"type": "assistant", "message": message, "parent_tool_use_id": None}
