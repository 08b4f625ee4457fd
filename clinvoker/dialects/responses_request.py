"""
A Responses request: the body's bytes to what is asked, or `BadRequest` naming the field.

It is read in two steps, since a request may be the end of a conversation that is kept: this says what is
to be looked up, `responses_joining` adds what was found.
"""

from __future__ import annotations

import msgspec

from clinvoker.dialects.bodies import asking, body_type, decoded, refuse
from clinvoker.dialects.checks import checked_model, checked_text
from clinvoker.dialects.extension import WireExtension, read_agency
from clinvoker.dialects.responses_input import Given, Reference, read_input, unheard
from clinvoker.dialects.responses_items import ResponseItem
from clinvoker.dialects.responses_object import (
    ConversationReference,
    FunctionTool,
    ReasoningSettings,
    ResponseObject,
)
from clinvoker.dialects.responses_parameters import IGNORED, PARAMETERS, REFUSED, Input, WireConversation
from clinvoker.dialects.responses_settings import WireReasoning, WireText, read_format
from clinvoker.dialects.responses_tools import WireChoice, WireTool, read_tools
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Asked, Invocation, Message, Sampling, Text

PROBABILITIES = "message.output_text.logprobs"


class ResponsesRequest(Asked, frozen=True, kw_only=True):
    """
    A Responses request.  Before it is joined, the invocation has no message but the instructions.
    """

    given: tuple[Given, ...]
    response: ResponseObject  # as far as the request says it
    stream: bool = False
    background: bool = False
    store: bool = True
    previous: str = ""  # a response
    conversation: str = ""
    items: tuple[ResponseItem, ...] = ()  # what came new, once it is joined
    messages: tuple[Message, ...] = ()  # the same

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the items that must be looked up."""
        return tuple(item.id for item in self.given if isinstance(item, Reference))


class Body(msgspec.Struct):
    """The fields that are read by name.  All are optional here so that what is missing can be named."""

    model: str | None = None
    input: Input | None = None
    instructions: str | None = None
    stream: bool | None = None
    store: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: str | WireConversation | None = None
    metadata: dict[str, str] | None = None
    clinvoker: WireExtension | None = None
    tools: list[WireTool] | None = None
    tool_choice: str | WireChoice | None = None
    parallel_tool_calls: bool | None = None
    text: WireText | None = None
    reasoning: WireReasoning | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    include: list[str] | None = None
    truncation: str | None = None
    max_tool_calls: int | None = None
    prompt_cache_key: str | None = None
    safety_identifier: str | None = None


RESPONSE_BODY = body_type("ResponseRequest", Body, PARAMETERS)
_decoder = msgspec.json.Decoder(RESPONSE_BODY)


def read_request(body: bytes, counting: bool = False) -> ResponsesRequest:
    """
    What a request's body asks for, not joined yet.  Where it is only to be counted it needs no model.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = decoded(_decoder, body)
    model = "" if counting and asked.model is None else checked_model(asked.model)
    refuse(asked, REFUSED)
    _check_together(asked)
    return ResponsesRequest(
        invocation=_invocation(model, asked),
        ignored=(*asking(asked, IGNORED), *unheard(asked.input)),
        given=read_input(asked.input),
        response=_response(model, asked),
        stream=bool(asked.stream),
        background=bool(asked.background),
        store=asked.store is not False,
        previous=asked.previous_response_id or "",
        conversation=_conversation(asked),
    )


def _check_together(asked: Body) -> None:
    """Raises `BadRequest` for what says nothing together."""
    if asked.previous_response_id and asked.conversation:
        raise BadRequest(
            "'previous_response_id' and 'conversation' cannot both be continued.", "previous_response_id"
        )
    if asked.background and asked.store is False:
        raise BadRequest("'background' needs 'store': the response could not be asked for.", "background")
    if PROBABILITIES in (asked.include or ()):
        raise UnsupportedParameter("The programs tell no probabilities.", "include")


def _invocation(model: str, asked: Body) -> Invocation:
    system: tuple[Message, ...] = ()
    if asked.instructions:
        system = (Message("system", (Text(checked_text(asked.instructions, "instructions")),)),)
    return Invocation(
        model=model,
        messages=system,
        tools=read_tools(asked.tools, asked.tool_choice, asked.parallel_tool_calls),
        output=read_format(asked.text),
        sampling=Sampling(
            max_tokens=asked.max_output_tokens or 0,
            temperature=asked.temperature,
            top_p=asked.top_p,
            effort=(asked.reasoning and asked.reasoning.effort) or "",
        ),
        agency=read_agency(asked.clinvoker),
    )


def _response(model: str, asked: Body) -> ResponseObject:
    """The answer's object, as far as it only says what was asked."""
    choice, reasoning = asked.tool_choice, asked.reasoning or WireReasoning()
    conversation = _conversation(asked)
    text = {"format": {"type": "text"}, **(msgspec.to_builtins(asked.text) if asked.text else {})}
    return ResponseObject(
        model=model,
        background=bool(asked.background),
        instructions=asked.instructions,
        max_output_tokens=asked.max_output_tokens,
        max_tool_calls=asked.max_tool_calls,
        parallel_tool_calls=asked.parallel_tool_calls is not False,
        previous_response_id=asked.previous_response_id,
        conversation=ConversationReference(conversation) if conversation else None,
        prompt_cache_key=asked.prompt_cache_key,
        reasoning=ReasoningSettings(reasoning.effort, reasoning.summary or reasoning.generate_summary),
        safety_identifier=asked.safety_identifier,
        store=asked.store is not False,
        temperature=asked.temperature,
        text=text,
        tool_choice="auto" if choice is None else msgspec.to_builtins(choice),
        tools=tuple(map(_tool, asked.tools or ())),
        top_p=asked.top_p,
        truncation="auto" if asked.truncation == "auto" else "disabled",
        metadata=asked.metadata or {},
    )


def _conversation(asked: Body) -> str:
    said = asked.conversation
    return said.id if isinstance(said, WireConversation) else said or ""


def _tool(wire: WireTool) -> FunctionTool:
    return FunctionTool(
        name=wire.name or "",
        description=wire.description,
        parameters=wire.parameters,
        strict=wire.strict,
    )
