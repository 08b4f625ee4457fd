"""Events to the answers of each dialect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from clinvoker.dialects.anthropic_messages import AnthropicMessages
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_completions import OpenAICompletions
from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_joining import joined as continued
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import AnswerCut
from clinvoker.interfaces import IDialect
from clinvoker.model import (
    Action,
    Asked,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from tests.dialects import chats, messages
from tests.fuzzing.chance import Chance
from tests.fuzzing.mutation import TEXTS
from tests.fuzzing.target import Input, Target

AGENT = {"mode": "agent", "actions": True}
PIECES = (*TEXTS, "Hello", "\ud83d", "\ude00", "a\ud83d", "\ude00b", "\r\n\r\ndata: [DONE]\n\n", "x" * 300)
COUNTS = (0, 1, 7, 2**31, 2**53, 2**63, 10**30)
ARGUMENTS = ('{"a":', '"\ud83d', '\ude00"}', "{}", '{"b": [1,', "2]}", "")
_HALVED = re.compile("[\ufffd\U00010000-\U0010ffff]")
REASONS = ("stop", "length", "content_filter", "tool_calls")
ACTIONS = (("command", "started"), ("read", "done"), ("tool", "failed"))


def _spoken() -> Iterator[Input]:
    for dialect in DIALECTS:
        said = [["text", "Hel"], ["text", "lo"], ["thought", "hm"], ["action", "a1", "ls", 0]]
        yield [dialect, [*said, ["finish", 0, 1]], 2]
        yield [dialect, [["call", "c1", "f", ['{"a":', "1}"]], ["call", "c2", "g", []], ["finish", 3, 1]], 1]
        yield [dialect, [*said, ["fail"]], 3]


class Rendering(Target):
    """An input is a dialect, what happens, and how many events are fed at a time."""

    name = "rendering"
    planted = ("clinvoker.dialects.deltas", "Mender.feed")

    def read_seeds(self) -> Sequence[Input]:
        return [*_spoken()]

    def made(self, chance: Chance) -> Input:
        told: list[Any] = [_happening(chance, number) for number in range(chance.below(9))]
        end = ["fail"] if chance.once_in(8) else ["finish", chance.below(4), chance.below(len(COUNTS))]
        return [chance.pick([*DIALECTS]), [*told, end], 1 + chance.below(4)]

    def run(self, given: Input) -> bool:
        name, told, size = given
        make, check = DIALECTS[name]
        dialect, asked = make()
        renderer, failed = dialect.renderer(asked, "1", 0), told[-1] == ["fail"]
        events = [event for each in told for event in _events(each)]
        sent = b"".join(renderer.feed(events[at : at + size]) for at in range(0, len(events), size))
        if failed and sent:
            sent += renderer.idle() + renderer.fail(AnswerCut("it broke off"))
        if sent:
            check(sent, events, failed)
        return not failed


def _happening(chance: Chance, number: int) -> list[Any]:
    roll = chance.below(8)
    if roll < 4:
        return ["text", chance.pick(PIECES)]
    if roll < 6:
        return ["thought", chance.pick(PIECES)]
    if roll == 6:
        return ["action", chance.pick(PIECES), chance.pick(PIECES), chance.below(3)]
    pieces = [chance.pick(ARGUMENTS) for _ in range(chance.below(4))]
    return ["call", f"c{number}", chance.pick(("f", "get_weather", "é")), pieces]


def _events(told: Sequence[Any]) -> Iterator[Event]:
    kind = told[0]
    if kind == "text":
        yield from (Started("m"), TextDelta(told[1]))
    elif kind == "thought":
        yield ReasoningDelta(told[1])
    elif kind == "action":
        doing, status = ACTIONS[told[3]]
        yield Action(id=told[1], kind=doing, title=told[2], status=status)  # type: ignore[arg-type]
    elif kind == "call":
        yield ToolCallStarted(told[1], told[2])
        yield from (ToolCallDelta(told[1], piece) for piece in told[3])
    elif kind == "finish":
        count = COUNTS[told[2]]
        yield Finished(REASONS[told[1]], Usage(input=count, cached=count, output=count), "x")  # type: ignore[arg-type]


def _text(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def _calls(events: Sequence[Event]) -> Mapping[str, str]:
    """The arguments of each call as a client gets them."""
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, ToolCallStarted):
            found[event.id] = ""
        elif isinstance(event, ToolCallDelta):
            found[event.id] += event.arguments
    return {call: mended(said) or "{}" for call, said in found.items()}


def _same_text(said: str, events: Sequence[Event], failed: bool, apart: bool = False) -> None:
    """
    All of it; where it broke off half a character may be kept back.  `apart` is for dialects in whose answers
    the halves of a character can have something between them.
    """
    whole = mended(_text(events))
    if apart:
        said, whole = _HALVED.sub("", said), _HALVED.sub("", whole)
    assert said == whole or (failed and whole.startswith(said)), "another text"


# --- what each dialect wants of its answers


def _chat_stream(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    told = chats.payloads(sent)
    assert (told[-1] == "[DONE]") != failed, "the wrong end"
    chunks = [json.loads(each) for each in told if each != "[DONE]"]
    choices = [choice for chunk in chunks for choice in chunk.get("choices", ())]
    _same_text("".join(choice["delta"].get("content") or "" for choice in choices), events, failed)
    ends = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
    assert len(ends) == (not failed), "another number of ends"
    said: dict[int, str] = {}
    for call in (call for choice in choices for call in choice["delta"].get("tool_calls", ())):
        said[call["index"]] = said.get(call["index"], "") + call["function"]["arguments"]
    assert failed or [*said.values()] == [*_calls(events).values()], "other arguments"


def _chat_whole(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    message = json.loads(sent)["choices"][0]["message"]
    _same_text(message["content"] or "", events, failed)
    calls = {call["id"]: call["function"]["arguments"] for call in message.get("tool_calls", ())}
    assert calls == _calls(events), "other calls"


def _text_stream(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    told = chats.payloads(sent)
    assert (told[-1] == "[DONE]") != failed, "the wrong end"
    chunks = [json.loads(each) for each in told if each != "[DONE]"]
    _same_text("".join(each["text"] for chunk in chunks for each in chunk.get("choices", ())), events, failed)


def _text_whole(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    _same_text(json.loads(sent)["choices"][0]["text"], events, failed)


def _message_stream(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    kinds = [kind for kind in messages.kinds(sent) if kind not in ("ping", "clinvoker")]
    assert kinds[0] == "message_start" or failed, "the wrong beginning"
    assert kinds[-1] == ("error" if failed else "message_stop"), "the wrong end"
    if not failed:
        blocks = messages.joined(sent)
        _same_text(
            "".join(block["pieces"] for block in blocks if block["type"] == "text"),
            events,
            failed,
            apart=True,
        )
        calls = {block["id"]: block["pieces"] for block in blocks if block["type"] == "tool_use"}
        assert calls == _calls(events), "other calls"


def _message_whole(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    if all(_is_json(said) for said in _calls(events).values()):
        content = json.loads(sent)["content"]
        _same_text(
            "".join(block["text"] for block in content if block["type"] == "text"), events, failed, apart=True
        )


def _response_stream(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    told = [json.loads(each) for each in chats.payloads(sent)]
    numbers = [each["sequence_number"] for each in told if "sequence_number" in each]
    assert numbers == [*range(len(numbers))], "events out of order"
    last = told[-1]["type"]
    assert (last == "response.failed") == failed, f"the wrong end: {last}"
    assert failed or last in ("response.completed", "response.incomplete"), f"the wrong end: {last}"
    pieces = [each["delta"] for each in told if each["type"] == "response.output_text.delta"]
    _same_text("".join(pieces), events, failed, apart=True)
    _same_text(_said(told[-1]["response"]), events, failed, apart=True)


def _response_whole(sent: bytes, events: Sequence[Event], failed: bool) -> None:
    _same_text(_said(json.loads(sent)), events, failed, apart=True)


def _said(response: Mapping[str, Any]) -> str:
    items = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part["text"] for item in items for part in item["content"])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# --- the dialects


@cache
def _chat(stream: bool) -> tuple[IDialect, Asked]:
    more = {"stream_options": {"include_usage": True}} if stream else {}
    return _parsed(OpenAIChat(), chats.body(stream=stream, clinvoker=AGENT, **more))


@cache
def _completions(stream: bool) -> tuple[IDialect, Asked]:
    return _parsed(OpenAICompletions(), json.dumps({"model": "m", "prompt": "p", "stream": stream}).encode())


@cache
def _message(stream: bool) -> tuple[IDialect, Asked]:
    thinking = {"type": "enabled", "budget_tokens": 2048}
    body = messages.body(stream=stream, thinking=thinking, max_tokens=4096, clinvoker=AGENT)
    return _parsed(AnthropicMessages("req-1"), body)


@cache
def _response(stream: bool) -> tuple[IDialect, Asked]:
    body = json.dumps({"model": "m", "input": "p", "stream": stream, "clinvoker": AGENT}).encode()
    dialect = OpenAIResponses()
    return dialect, continued(dialect.parse(body), "1")


def _parsed(dialect: IDialect, body: bytes) -> tuple[IDialect, Asked]:
    return dialect, dialect.parse(body)


Check = Callable[[bytes, Sequence[Event], bool], None]
DIALECTS: Mapping[str, tuple[Callable[[], tuple[IDialect, Asked]], Check]] = {
    "chat": (lambda: _chat(True), _chat_stream),
    "whole chat": (lambda: _chat(False), _chat_whole),
    "completions": (lambda: _completions(True), _text_stream),
    "whole completions": (lambda: _completions(False), _text_whole),
    "messages": (lambda: _message(True), _message_stream),
    "whole messages": (lambda: _message(False), _message_whole),
    "responses": (lambda: _response(True), _response_stream),
    "whole responses": (lambda: _response(False), _response_whole),
}
