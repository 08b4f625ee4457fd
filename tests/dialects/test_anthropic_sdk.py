"""
The official `anthropic` package reads what the dialect writes.  No socket: its transport is the
dialect itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anthropic
import httpx2
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.anthropic_errors import error_body
from clinvoker.dialects.anthropic_messages import AnthropicMessages
from clinvoker.dialects.anthropic_models import model_body, models_body, read_query
from clinvoker.errors import AnswerCut, UnknownModel
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, Model, ReasoningDelta, Started, TextDelta
from tests.dialects.messages import HELLO, USAGE, USER, tool
from tests.dialects.test_anthropic_stream import CALL, CALLED

Answer = Callable[[IRenderer], bytes]
THINKING = {"type": "adaptive"}


def events(*happening: Event) -> Answer:
    """An answer that is made of these events, with a sign of life between them."""
    return lambda answer: b"".join(
        part for event in happening for part in (answer.idle(), answer.feed([event]))
    )


def connected(respond: Callable[[httpx2.Request], httpx2.Response]) -> anthropic.Anthropic:
    """A client, which validates strictly, of this transport."""
    return anthropic.Anthropic(
        api_key="key",
        base_url="http://localhost/anthropic",
        http_client=httpx2.Client(transport=httpx2.MockTransport(respond)),
        max_retries=0,
        _strict_response_validation=True,
    )


def client(answer: Answer) -> anthropic.Anthropic:
    """A client whose every request for a message is answered so."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        dialect = AnthropicMessages("req-1")
        renderer = dialect.renderer(dialect.parse(request.content), "1", 0)
        headers = {"content-type": renderer.content_type.decode()}
        return httpx2.Response(200, headers=headers, content=answer(renderer))

    return connected(respond)


class MessageTests(SynchronousTestCase):
    def api(self, answer: Answer) -> Any:
        api = client(answer)
        self.addCleanup(api.close)
        return api.messages

    def asked(self, **fields: object) -> dict[str, Any]:
        return {"model": "claude", "max_tokens": 100, "messages": [USER], **fields}

    def said(self, message: Any) -> Sequence[str]:
        return [block.type for block in message.content]

    def test_whole(self) -> None:
        """A whole answer passes the SDK's strict validation."""
        happening = (Started("m"), ReasoningDelta("hm"), *HELLO[:2], *CALL, CALLED)
        message = self.api(events(*happening)).create(**self.asked(tools=[tool()], thinking=THINKING))
        self.assertEqual(self.said(message), ["thinking", "text", "tool_use"])
        self.assertEqual((message.content[2].input, message.stop_reason), ({"city": "Oslo"}, "tool_use"))
        self.assertEqual((message.usage.input_tokens, message.usage.cache_read_input_tokens), (7, 5))
        self.assertEqual(message.usage.output_tokens_details.thinking_tokens, 3)

    def test_stream(self) -> None:
        """W112: a streamed one makes the same message, pings between its events."""
        happening = (Started("m"), ReasoningDelta("hm"), *HELLO[:2], *CALL, CALLED)
        with self.api(events(*happening)).stream(**self.asked(tools=[tool()], thinking=THINKING)) as stream:
            message = stream.get_final_message()
        self.assertEqual(self.said(message), ["thinking", "text", "tool_use"])
        self.assertEqual((message.content[0].thinking, message.content[1].text), ("hm", "Hello"))
        self.assertEqual((message.content[2].input, message.stop_reason), ({"city": "Oslo"}, "tool_use"))
        self.assertEqual((message.usage.input_tokens, message.usage.output_tokens), (7, 7))

    def test_stop_sequence(self) -> None:
        """W115: it tells which sequence ended the answer."""
        finished = Finished("stop", USAGE, "END")
        with self.api(events(TextDelta("a"), finished)).stream(**self.asked()) as stream:
            message = stream.get_final_message()
        self.assertEqual((message.stop_reason, message.stop_sequence), ("stop_sequence", "END"))

    def test_own_answers_come_back(self) -> None:
        """The content of an answer can be sent again as it is."""
        api = self.api(events(ReasoningDelta("hm"), *HELLO))
        first = api.create(**self.asked(thinking=THINKING))
        messages = [USER, {"role": "assistant", "content": first.content}, USER]
        self.assertEqual(api.create(**self.asked(messages=messages)).content[-1].text, "Hello")

    def test_failure(self) -> None:
        """W116: a failure after output makes the SDK raise, with the error's words."""

        def broken(answer: IRenderer) -> bytes:
            return answer.feed([TextDelta("Hel")]) + answer.fail(AnswerCut("It broke.", "claude"))

        def read() -> None:
            with self.api(broken).stream(**self.asked()) as stream:
                stream.get_final_message()

        self.assertIn("It broke.", str(self.assertRaises(anthropic.APIError, read)))


class RestTests(SynchronousTestCase):
    def api(self, status: int, body: bytes) -> anthropic.Anthropic:
        headers = {"content-type": "application/json", "request-id": "req-1"}
        api = connected(lambda request: httpx2.Response(status, headers=headers, content=body))
        self.addCleanup(api.close)
        return api

    def test_status(self) -> None:
        """W116: the SDK finds type, code and the request's name."""
        api = self.api(404, error_body(UnknownModel("gpt", ["claude"]), "req-1"))
        error = self.assertRaises(anthropic.NotFoundError, api.models.retrieve, "gpt")
        self.assertEqual((error.type, error.request_id), ("not_found_error", "req-1"))
        self.assertEqual(error.error_code, "model_not_found")

    def test_models(self) -> None:
        """F046: the SDK lists the models and finds one."""
        model = Model("claude/opus", "claude")
        listed = self.api(200, models_body([model], read_query({}))).models.list()
        self.assertEqual([each.id for each in listed], ["claude/opus"])
        found = self.api(200, model_body(model)).models.retrieve("claude/opus")
        self.assertEqual((found.display_name, found.created_at.year), ("claude/opus", 1970))
