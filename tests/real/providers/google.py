"""The Gemini API, imitated: `POST /v1beta/models/MODEL:streamGenerateContent` and its kin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.real.providers.script import Call, Failure, Said, Script, grouped
from tests.real.providers.serving import Json, Piece, Question

PATH = re.compile(r"/(?:v1|v1beta)/models/([^:]+):(\w+)$")
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
# The real service's words, where the program tells nothing but the words.
MESSAGES = {
    "overflow": "The input token count (2500000) exceeds the maximum number of tokens allowed (1048576).",
    "404": "models/fake is not found for API version v1beta, or is not supported for generateContent.",
}
BLANK = " \n\u200b"  # of which the program may add to make a part
BORDER = re.compile(r"</?untrusted_context[^>]*>")
TYPE = "type.googleapis.com/google.rpc."
# What the real service sends when a day's quota is used up: the program tells it by `quotaId`.
QUOTA = {
    "@type": TYPE + "QuotaFailure",
    "violations": [
        {
            "quotaMetric": "generativelanguage.googleapis.com/generate_requests",
            "quotaId": "GenerateRequestsPerDayPerProjectPerModel",
            "quotaValue": "50",
        }
    ],
}


def function_call(call: Call) -> Json:
    """A call, which has no id in this API."""
    return {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}}


def result_text(response: Json) -> str:
    """What a tool said: the program puts a border around it, so that the model does not trust it."""
    texts = (value if isinstance(value, str) else json.dumps(value) for value in response.values())
    return BORDER.sub("", "\n".join(texts)).strip()


def said_by(content: Json) -> Said | None:
    """What a message asks for: the user's text without the program's own context, or results."""
    if content.get("role") == "model":
        return None
    parts = content.get("parts", ())
    texts = [part["text"] for part in parts if "text" in part]
    own = [text for text in texts if text.strip(BLANK) and not text.lstrip().startswith("<session_context>")]
    results = [
        result_text(part["functionResponse"]["response"]) for part in parts if "functionResponse" in part
    ]
    return Said("\n".join(results), True) if results and not own else Said("\n".join(own))


class Google:
    """The API's words."""

    def question(self, path: str, body: Json) -> Question | None:
        """Understand a request for content."""
        found = PATH.search(path)
        if not found or found[2] not in ("generateContent", "streamGenerateContent"):
            return None
        said = grouped(map(said_by, body.get("contents", ())))
        declared = (tool.get("functionDeclarations", ()) for tool in body.get("tools", ()))
        offered = tuple(function["name"] for functions in declared for function in functions)
        return Question(said, found[1], body, found[2] == "streamGenerateContent", offered)

    def other(self, method: str, path: str, body: Json) -> Json | None:
        """Count tokens, very roughly; a picture is a few hundred, whatever its size."""
        found = PATH.search(path)
        if found and found[2] == "countTokens":
            parts = [part for content in body.get("contents", ()) for part in content["parts"]]
            tokens = (258 if "inlineData" in part else len(str(part)) // 4 for part in parts)
            return {"totalTokens": max(1, sum(tokens))}
        return None

    def refusal(self, failure: Failure) -> Json:
        """An error body; the codes `overflow` and `quota` make it one of these kinds."""
        details: list[Json] = [QUOTA] if failure.code == "insufficient_quota" else []
        if failure.retry_after:
            details.append({"@type": TYPE + "RetryInfo", "retryDelay": failure.retry_after + "s"})
        message = MESSAGES.get(failure.code) or MESSAGES.get(str(failure.status)) or f"fake {failure.status}"
        return {"error": self._error(failure.status, message, details)}

    def late(self, word: str) -> bytes:
        """An error object in the stream; `word` is its number."""
        return self._data({"error": self._error(int(word), "fake mid-stream", [])})

    def pieces(self, question: Question, script: Script) -> Iterator[Piece]:
        """Thoughts, text, calls, and an empty chunk with the reason and the usage."""
        if script.thoughts:
            thought = {"text": "".join(script.thoughts), "thought": True}
            yield Piece(self._data(self._chunk(question, thought)))
        for text in script.deltas:
            yield Piece(self._data(self._chunk(question, {"text": text})), delta=True)
        if script.calls:
            yield Piece(self._data(self._chunk(question, *map(function_call, script.calls))), delta=True)
        yield Piece(self._data(self._last(question, script, "")))

    def whole(self, question: Question, script: Script) -> Json:
        """The same as one object."""
        return self._last(question, script, "".join(script.deltas))

    def _chunk(self, question: Question, *parts: Json) -> Json:
        candidate = {"index": 0, "content": {"role": "model", "parts": parts}}
        return {"candidates": [candidate], "modelVersion": question.model, "responseId": "fake"}

    def _last(self, question: Question, script: Script, text: str) -> Json:
        chunk = self._chunk(question, {"text": text})
        chunk["candidates"][0]["finishReason"] = script.stop or "STOP"
        tokens = script.tokens
        chunk["usageMetadata"] = {
            "promptTokenCount": tokens.input,
            "cachedContentTokenCount": tokens.cached,
            "candidatesTokenCount": tokens.output - tokens.reasoning,
            "thoughtsTokenCount": tokens.reasoning,
            "totalTokenCount": tokens.input + tokens.output,
        }
        return chunk

    def _error(self, status: int, message: str, details: list[Json]) -> Json:
        word = STATUSES.get(status, "UNKNOWN")
        return {"code": status, "message": message, "status": word, "details": details}

    def _data(self, value: Json) -> bytes:
        # In ASCII, as the real service does: the program's reader takes U+2028 for a line's end.
        return b"data: %b\n\n" % json.dumps(value).encode()
