"""The bodies of Anthropic's API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clinvoker.dialects.anthropic_errors import error_body
from clinvoker.dialects.anthropic_messages import AnthropicMessages, count_body
from clinvoker.dialects.anthropic_request import read_counting
from clinvoker.errors import ClinvokerError
from tests.fuzzing.targets.bodies import BodyTarget, check_asked, check_invocation, loaded, texts_of
from tests.fuzzing.targets.openai import ANSWER
from tests.fuzzing.targets.seeds import MESSAGES


class Messages(BodyTarget):
    """`POST /messages`."""

    name = "anthropic"
    planted = ("clinvoker.dialects.anthropic_request", "read_turns")

    def read_seeds(self) -> Sequence[Any]:
        return MESSAGES

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error, "req-1")

    def accept(self, body: bytes) -> None:
        dialect = AnthropicMessages("req-1")
        asked = dialect.parse(body)
        check_asked(asked)
        if (sent := loaded(body)) is not None:
            told = "".join(_texts(each["content"]) for each in sent["messages"] if each["role"] == "user")
            assert texts_of(asked.invocation, "user") == told, "a text was lost"
        answer = dialect.renderer(asked, "1", 0).feed(ANSWER)
        assert asked.stream or isinstance(json.loads(answer), dict), "the answer is no object"


class Counting(Messages):
    """`POST /messages/count_tokens`."""

    name = "counting"
    planted = ("clinvoker.tokens", "estimate")

    def accept(self, body: bytes) -> None:
        invocation = read_counting(body)
        check_invocation(invocation)
        assert json.loads(count_body(invocation))["input_tokens"] >= 0, "fewer tokens than none"


def _texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content or () if block.get("type") == "text")
