"""What a model is told in words where its program has no setting for it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.model import Invocation, Message, Output, Text


def instructed(invocation: Invocation, words: str) -> Invocation:
    """The same with one more system message, behind those that lead the conversation."""
    messages = invocation.messages
    leading = next(
        (index for index, message in enumerate(messages) if message.role not in ("system", "developer")),
        len(messages),
    )
    told = Message("system", (Text(words),))
    return replace(invocation, messages=(*messages[:leading], told, *messages[leading:]))


def corrected(invocation: Invocation, answer: str, why: str) -> Invocation:
    """The same conversation, with the answer that was not what was asked for and why."""
    said = Message("assistant", (Text(answer or "(nothing)"),))
    words = f"That is not what was asked for: {why}. Answer again, with the JSON only."
    return replace(invocation, messages=(*invocation.messages, said, Message("user", (Text(words),))))


def must_match(output: Output) -> str:
    """That the answer must be JSON, and which."""
    words = "Answer with one JSON object and nothing else: no prose before or after it, no code fence."
    if not output.schema:
        return words
    schema = json.dumps(output.schema, ensure_ascii=False)
    return f"{words} It must satisfy this JSON schema:\n{schema}"


def must_call(names: Sequence[str]) -> str:
    """That one of these functions must be called."""
    return f"You must call a function, one of: {', '.join(names)}. Do not answer in text."
