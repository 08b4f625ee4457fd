"""
Bodies about responses that are kept: what becomes of a record, and what is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from clinvoker.dialects.openai_conversations import kept
from clinvoker.dialects.responses_items import ResponseItem, decoded_item
from clinvoker.dialects.responses_object import Failing, ResponseObject
from clinvoker.dialects.responses_request import ResponsesRequest
from clinvoker.errors import BadRequest
from clinvoker.model import Message
from clinvoker.records import CUT_OFF, StoredResponse

_decoder = msgspec.json.Decoder(ResponseObject)


class ResponseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the stream is wanted, and after which of its events."""

    stream: bool = False
    starting_after: Annotated[int, Meta(ge=0)] | None = None

    @property
    def place(self) -> int:
        """The first event that is wanted."""
        return 0 if self.starting_after is None else self.starting_after + 1


class ResponseDeleted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["response"] = "response"
    deleted: bool = True


class InputTokens(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["response.input_tokens"] = "response.input_tokens"
    input_tokens: int


def read_query(query: Mapping[str, str]) -> ResponseQuery:
    """What a query asks for.  Raises `BadRequest` with the parameter's name."""
    try:
        return msgspec.convert(query, ResponseQuery, strict=False)
    except msgspec.ValidationError as error:
        name = "stream" if "$.stream" in str(error) else "starting_after"
        told = {"stream": "it is true or false", "starting_after": "it is the number of an event"}[name]
        raise BadRequest(f"Invalid value for {name!r}: {told}.", name) from None


def stored(
    asked: ResponsesRequest, response: ResponseObject, principal: str, answer: Message | None
) -> StoredResponse:
    """The record of a response as it is now; `answer` is none as long as it is under way."""
    return StoredResponse(
        id=response.id,
        principal=principal,
        created=response.created_at,
        model=response.model,
        status=response.status,
        body=msgspec.json.encode(response),
        input=kept(asked.items),
        messages=asked.messages if answer is None else (*asked.messages, answer),
        previous=asked.previous,
        conversation=asked.conversation,
    )


def response_of(record: StoredResponse) -> ResponseObject:
    """The response that a record tells of.  One that its daemon did not live to finish has failed."""
    response = _decoder.decode(record.body)
    if record.status == response.status:
        return response
    error = Failing("server_error", CUT_OFF) if record.status == "failed" else response.error
    return replace(response, status=record.status, error=error)


def response_body(response: ResponseObject) -> bytes:
    """The body that describes one."""
    return msgspec.json.encode(response)


def items_of(record: StoredResponse) -> dict[str, ResponseItem]:
    """The items of a response's input and output, by id."""
    given = (decoded_item(item.body) for item in record.input)
    return {item.id: item for item in (*given, *_decoder.decode(record.body).output)}


def deleted_body(identity: str) -> bytes:
    """The body that says it is gone."""
    return msgspec.json.encode(ResponseDeleted(id=identity))


def input_tokens_body(tokens: int) -> bytes:
    """The body that says how long a request is."""
    return msgspec.json.encode(InputTokens(input_tokens=tokens))
