"""The Anthropic Messages API, imitated: `POST /v1/messages`, streamed or whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from tests.real.providers.script import Call, Failure, Said, Script, cut_into_pieces, grouped
from tests.real.providers.serving import Json, Piece, Question

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
# The real service's words, where the program looks at the words.
MESSAGES = {
    "overflow": "prompt is too long: 250000 tokens > 200000 maximum",
    "404": "model: fake",
}


# How texts begin that the program puts among the user's: its own, and instructions behind the beginning.
NOT_THE_USERS = ("<system-reminder>", "<system_message>")

# The program's own tool, by which the model answers where a schema was asked for.
STRUCTURED = "StructuredOutput"


def event(kind: str, **fields: object) -> bytes:
    """One server-sent event, with the `event:` line this API's clients need."""
    data = msgspec.json.encode({"type": kind, **fields})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def text_of(content: str | list[Json]) -> str:
    """All text of a message or a result."""
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block["type"] == "text")


def said_by(message: Json) -> Said | None:
    """What a message asks for: the user's last text, neither a reminder nor an instruction, or results."""
    content = message["content"]
    if message["role"] != "user":
        return None
    if isinstance(content, str):
        return Said(content)
    texts = [block["text"] for block in content if block["type"] == "text"]
    own = [text for text in texts if not text.lstrip().startswith(NOT_THE_USERS)]
    if own:
        return Said(own[-1])
    results = [text_of(block.get("content", "")) for block in content if block["type"] == "tool_result"]
    return Said("\n".join(results), bool(results))


class Anthropic:
    """The API's words."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def question(self, path: str, body: Json) -> Question | None:
        """Understand `POST /v1/messages`."""
        if path != "/v1/messages":
            return None
        said = grouped(map(said_by, body.get("messages", ())))
        offered = tuple(tool["name"] for tool in body.get("tools", ()))
        return Question(said, body.get("model", ""), body, bool(body.get("stream")), offered)

    def other(self, method: str, path: str, body: Json) -> Json | None:
        """Count tokens, very roughly."""
        if path == "/v1/messages/count_tokens":
            return {"input_tokens": len(str(body)) // 4}
        return None

    def refusal(self, failure: Failure) -> Json:
        """An error body; `overflow` as code makes it the one for too long a prompt."""
        message = MESSAGES.get(failure.code) or MESSAGES.get(str(failure.status)) or f"fake {failure.status}"
        kind = KINDS.get(failure.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"}

    def late(self, word: str) -> bytes:
        """An `error` event; `word` is its type."""
        return event("error", error={"type": word, "message": "fake mid-stream"})

    def pieces(self, question: Question, script: Script) -> Iterator[Piece]:
        """A message of an optional thinking block, a text block and calls."""
        message = {**self._message(question), "usage": {**self._usage(script), "output_tokens": 1}}
        yield Piece(event("message_start", message=message))
        yield Piece(event("ping"))
        calls = self._calls(question, script)
        blocks = [self._thinking] if script.thoughts else []
        blocks += [self._text] if script.deltas and calls != [Call(STRUCTURED, script.json)] else []
        for index, block in enumerate(blocks):
            yield from block(script, index)
        for index, call in enumerate(calls, len(blocks)):
            yield from self._call(call, index)
        reason = script.stop or ("tool_use" if calls else "end_turn")
        stop = {"stop_reason": reason, "stop_sequence": None}
        yield Piece(event("message_delta", delta=stop, usage={"output_tokens": script.tokens.output}))
        yield Piece(event("message_stop"))

    def _calls(self, question: Question, script: Script) -> list[Call]:
        """The calls; where a schema was asked for, the program wants the answer as one."""
        if script.json and STRUCTURED in question.offered:
            return [Call(STRUCTURED, script.json)]
        return list(script.calls)

    def whole(self, question: Question, script: Script) -> Json:
        """The same message as one object; thoughts are left out."""
        content = [{"type": "text", "text": "".join(script.deltas)}]
        stop = script.stop or "end_turn"
        return {
            **self._message(question),
            "content": content,
            "stop_reason": stop,
            "usage": self._usage(script),
        }

    def _thinking(self, script: Script, index: int) -> Iterator[Piece]:
        block = {"type": "thinking", "thinking": "", "signature": ""}
        yield Piece(event("content_block_start", index=index, content_block=block))
        for text in script.thoughts:
            delta = {"type": "thinking_delta", "thinking": text}
            yield Piece(event("content_block_delta", index=index, delta=delta))
        signature = {"type": "signature_delta", "signature": "ZmFrZQ=="}
        yield Piece(event("content_block_delta", index=index, delta=signature))
        yield Piece(event("content_block_stop", index=index))

    def _text(self, script: Script, index: int) -> Iterator[Piece]:
        block = {"type": "text", "text": ""}
        yield Piece(event("content_block_start", index=index, content_block=block))
        for text in script.deltas:
            delta = {"type": "text_delta", "text": text}
            yield Piece(event("content_block_delta", index=index, delta=delta), delta=True)
        yield Piece(event("content_block_stop", index=index))

    def _call(self, call: Call, index: int) -> Iterator[Piece]:
        name = f"toolu_fake_{next(self._numbers)}"
        block = {"type": "tool_use", "id": name, "name": call.name, "input": {}}
        yield Piece(event("content_block_start", index=index, content_block=block))
        for text in ("", *cut_into_pieces(call.arguments)):
            delta = {"type": "input_json_delta", "partial_json": text}
            yield Piece(event("content_block_delta", index=index, delta=delta), delta=bool(text))
        yield Piece(event("content_block_stop", index=index))

    def _message(self, question: Question) -> Json:
        return {
            "id": f"msg_fake_{next(self._numbers)}",  # of messages with one id the program makes one
            "type": "message",
            "role": "assistant",
            "model": question.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }

    def _usage(self, script: Script) -> Json:
        tokens = script.tokens
        return {
            "input_tokens": tokens.input - tokens.cached,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": tokens.cached,
            "output_tokens": tokens.output,
            "service_tier": "standard",
        }
