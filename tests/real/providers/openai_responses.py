"""The OpenAI Responses API, imitated: `POST /v1/responses`, streamed or whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from tests.real.providers.script import Call, Failure, Said, Script, cut_into_pieces, grouped
from tests.real.providers.serving import Json, Piece, Question

CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
# The code that means too long a conversation, by the name the other APIs' scripts use for it.
OVERFLOW = "context_length_exceeded"
FAILED = "failed:"  # `!stop failed:CODE` ends with response.failed


def text_of(content: str | list[Json] | None) -> str:
    """All text of an input item's content or output."""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or "" for part in content or ())


def said_by(item: Json) -> Said | None:
    """What an input item asks for."""
    if item.get("role") == "user":
        return Said(text_of(item.get("content")))
    return Said(text_of(item["output"]), True) if item.get("type") == "function_call_output" else None


def tools_of(body: Json) -> Iterator[Json]:
    """The tools, and groups of tools; some models are given them among the messages."""
    more = [item["tools"] for item in body.get("input", ()) if item.get("type") == "additional_tools"]
    return itertools.chain(body.get("tools") or (), *more)


def offered(body: Json) -> Iterator[str]:
    """The names of the tools, those in groups too."""
    for tool in tools_of(body):
        yield from (inner["name"] for inner in tool.get("tools", (tool,)) if "name" in inner)


def group_of(name: str, body: Json) -> Json:
    """What a call says of the group that its tool is in, if that is an MCP server."""
    groups = [tool["name"] for tool in tools_of(body) if name in [t["name"] for t in tool.get("tools", ())]]
    return {"namespace": groups[0]} if groups and groups[0].startswith("mcp__") else {}


class OpenAIResponses:
    """The API's words."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def question(self, path: str, body: Json) -> Question | None:
        """Understand `POST /v1/responses`."""
        if path != "/v1/responses":
            return None
        said = grouped(map(said_by, body.get("input", ())))
        return Question(said, body.get("model", ""), body, bool(body.get("stream")), tuple(offered(body)))

    def other(self, method: str, path: str, body: Json) -> Json | None:
        """List one model."""
        if path == "/v1/models":
            return {"object": "list", "data": [{"id": "fake", "object": "model", "owned_by": "fake"}]}
        return None

    def refusal(self, failure: Failure) -> Json:
        """An error body; `overflow` as code makes it the one for too long a prompt."""
        code = OVERFLOW if failure.code == "overflow" else failure.code or CODES.get(failure.status)
        return {
            "error": {
                "message": f"fake {failure.status}",
                "type": "fake_error",
                "param": None,
                "code": code,
            }
        }

    def late(self, word: str) -> bytes:
        """A `response.failed` event; `word` is its code."""
        error = {"code": word, "message": "fake mid-stream"}
        response = {"id": "resp_fake", "object": "response", "status": "failed", "error": error}
        data = msgspec.json.encode({"type": "response.failed", "response": response})
        return b"event: response.failed\ndata: %b\n\n" % data

    def pieces(self, question: Question, script: Script) -> Iterator[Piece]:
        """The events of one response, numbered, in the real API's order."""
        return Response(question, script, self._numbers).pieces()

    def whole(self, question: Question, script: Script) -> Json:
        """The response object alone."""
        response = Response(question, script, self._numbers)
        for _ in response.pieces():
            pass
        return response.envelope("completed")


class Response:
    """One response being written."""

    def __init__(self, question: Question, script: Script, numbers: Iterator[int]) -> None:
        self._numbers = numbers  # of calls
        self._question = question
        self._script = script
        self._sequence = itertools.count()
        self._output: list[Json] = []

    def pieces(self) -> Iterator[Piece]:
        """Everything from `response.created` to `response.completed`."""
        yield self._event("created", response=self.envelope("in_progress"))
        yield self._event("in_progress", response=self.envelope("in_progress"))
        if self._script.thoughts:
            yield from self._reasoning()
        if self._script.deltas:
            yield from self._message()
        for call in self._script.calls:
            yield from self._call(call)
        yield self._last()

    def envelope(self, status: str, **more: object) -> Json:
        """The response object as it is now."""
        response = {
            "id": "resp_fake",
            "object": "response",
            "created_at": 0,
            "status": status,
            "model": self._question.model,
            "error": None,
            "incomplete_details": None,
            "output": self._output,
            "usage": None if status == "in_progress" else self._usage(),
        }
        return {**response, **more}

    def _last(self) -> Piece:
        reason = self._script.stop
        if reason.startswith(FAILED):
            error = {"code": reason.removeprefix(FAILED), "message": "fake failure"}
            return self._event("failed", response=self.envelope("failed", error=error))
        if reason:
            details = {"reason": reason}
            return self._event("incomplete", response=self.envelope("incomplete", incomplete_details=details))
        return self._event("completed", response=self.envelope("completed"))

    def _reasoning(self) -> Iterator[Piece]:
        item: Json = {"id": "rs_fake", "type": "reasoning", "summary": [], "encrypted_content": "ZmFrZQ=="}
        index = self._add(item)
        at = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        part = {"type": "summary_text", "text": "".join(self._script.thoughts)}
        yield self._event("output_item.added", output_index=index, item=item)
        yield self._event("reasoning_summary_part.added", **at, part={**part, "text": ""})
        for text in self._script.thoughts:
            yield self._event("reasoning_summary_text.delta", **at, delta=text)
        yield self._event("reasoning_summary_text.done", **at, text=part["text"])
        yield self._event("reasoning_summary_part.done", **at, part=part)
        item["summary"] = [part]
        yield self._event("output_item.done", output_index=index, item=item)

    def _message(self) -> Iterator[Piece]:
        item: Json = {"id": "msg_fake", "type": "message", "role": "assistant", "content": []}
        index = self._add(item)
        at = {"item_id": item["id"], "output_index": index, "content_index": 0}
        part = {"type": "output_text", "text": "".join(self._script.deltas), "annotations": []}
        yield self._event("output_item.added", output_index=index, item={**item, "status": "in_progress"})
        yield self._event("content_part.added", **at, part={**part, "text": ""})
        for text in self._script.deltas:
            yield self._event("output_text.delta", delta_counts=True, **at, delta=text)
        yield self._event("output_text.done", **at, text=part["text"])
        yield self._event("content_part.done", **at, part=part)
        item.update(status="completed", content=[part])
        yield self._event("output_item.done", output_index=index, item=item)

    def _call(self, call: Call) -> Iterator[Piece]:
        number = next(self._numbers)
        item: Json = {"id": f"fc_{number}", "type": "function_call", "call_id": f"call_fake_{number}"}
        item.update(name=call.name, arguments="", status="in_progress")
        item.update(group_of(call.name, self._question.body))
        index = self._add(item)
        at = {"item_id": item["id"], "output_index": index}
        yield self._event("output_item.added", output_index=index, item=item)
        for text in cut_into_pieces(call.arguments):
            yield self._event("function_call_arguments.delta", delta_counts=True, **at, delta=text)
        yield self._event("function_call_arguments.done", **at, arguments=call.arguments)
        item.update(arguments=call.arguments, status="completed")
        yield self._event("output_item.done", output_index=index, item=item)

    def _add(self, item: Json) -> int:
        self._output.append(item)
        return len(self._output) - 1

    def _event(self, kind: str, delta_counts: bool = False, **fields: object) -> Piece:
        name = "response." + kind
        data = msgspec.json.encode({"type": name, "sequence_number": next(self._sequence), **fields})
        return Piece(b"event: %b\ndata: %b\n\n" % (name.encode(), data), delta_counts)

    def _usage(self) -> Json:
        tokens = self._script.tokens
        return {
            "input_tokens": tokens.input,
            "input_tokens_details": {"cached_tokens": tokens.cached},
            "output_tokens": tokens.output,
            "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
            "total_tokens": tokens.input + tokens.output,
        }
