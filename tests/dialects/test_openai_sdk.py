"""
The official `openai` package reads what the dialect writes.  No socket: its transport is the
dialect itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx2
from openai import APIError, OpenAI
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.openai_models import model_body, models_body
from clinvoker.errors import AnswerCut, UnknownModel
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, Model, ReasoningDelta, Started, TextDelta
from tests.dialects.chats import CREATED, HELLO, IDENTITY, USAGE

Answer = Callable[[IRenderer], bytes]
MODEL = Model("claude/opus", "claude")
USER = [{"role": "user", "content": "Hello"}]


def events(*happening: Event) -> Answer:
    """An answer that is made of these events, with a sign of life between them."""
    return lambda answer: b"".join(
        part for event in happening for part in (answer.idle(), answer.feed([event]))
    )


def client(answer: Answer) -> OpenAI:
    """An OpenAI client whose every chat request is answered so."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        dialect = OpenAIChat()
        renderer = dialect.renderer(dialect.parse(request.content), IDENTITY, CREATED)
        headers = {"content-type": renderer.content_type.decode()}
        return httpx2.Response(200, headers=headers, content=answer(renderer))

    return connected(respond)


def connected(respond: Callable[[httpx2.Request], httpx2.Response]) -> OpenAI:
    transport = httpx2.MockTransport(respond)
    http = httpx2.Client(transport=transport)
    return OpenAI(
        api_key="key",
        base_url="http://localhost/openai/v1",
        http_client=http,
        max_retries=0,
        _strict_response_validation=True,
    )


class ChatTests(SynchronousTestCase):
    def ask(self, happening: Sequence[Event], **fields: object):
        api = client(events(*happening))
        self.addCleanup(api.close)
        return api.chat.completions.create(model="claude/opus", messages=USER, **fields)

    def test_whole(self) -> None:
        """W39-W46: a whole answer passes the SDK's strict validation."""
        got = self.ask((Started("m"), ReasoningDelta("hm"), *HELLO))
        [choice] = got.choices
        self.assertEqual(
            (choice.message.content, choice.finish_reason, got.model), ("Hello", "stop", "claude/opus")
        )
        self.assertEqual((got.usage.total_tokens, got.usage.prompt_tokens_details.cached_tokens), (19, 5))
        self.assertEqual(choice.message.model_extra, {"reasoning_content": "hm"})

    def test_stream(self) -> None:
        """W53-W66: a streamed answer passes it too, chunk by chunk."""
        got = list(
            self.ask((ReasoningDelta("hm"), *HELLO), stream=True, stream_options={"include_usage": True})
        )
        deltas = [choice.delta for chunk in got for choice in chunk.choices]
        self.assertEqual("".join(delta.content or "" for delta in deltas), "Hello")
        self.assertEqual([delta.role for delta in deltas].count("assistant"), 1)
        self.assertEqual((got[-1].choices, got[-1].usage.total_tokens), ([], 19))

    def test_surrogates(self) -> None:
        """Halves of pairs reach the SDK as text it can print."""
        got = self.ask((TextDelta("\ud83d"), TextDelta("\ude00\ud83d"), Finished("stop", USAGE)), stream=True)
        text = "".join(choice.delta.content or "" for chunk in got for choice in chunk.choices)
        self.assertEqual(text.encode(), "\U0001f600\ufffd".encode())

    def test_own_answers_come_back(self) -> None:
        """W33: the message object of an answer can be sent again as it is."""
        api = client(events(*HELLO))
        self.addCleanup(api.close)
        first = api.chat.completions.create(model="claude", messages=USER).choices[0].message
        again = api.chat.completions.create(model="claude", messages=[*USER, first, first.to_dict(), *USER])
        self.assertEqual(again.choices[0].message.content, "Hello")


class StreamHelperTests(SynchronousTestCase):
    """The SDK's accumulating helper, which is stricter than its plain stream."""

    def test_stream(self) -> None:
        """W55, W57, W58, W66: the helper finds every chunk and puts them together."""
        with (
            client(events(Started("m"), *HELLO)) as api,
            api.chat.completions.stream(
                model="claude", messages=USER, stream_options={"include_usage": True}
            ) as stream,
        ):
            final = stream.get_final_completion()
        [choice] = final.choices
        self.assertEqual((choice.message.content, choice.finish_reason), ("Hello", "stop"))
        self.assertEqual(final.usage.total_tokens, 19)


class FailureTests(SynchronousTestCase):
    def test_in_the_stream(self) -> None:
        """W72, W73: a failure after output makes the SDK raise, with the error's words."""

        def broken(answer: IRenderer) -> bytes:
            return (
                answer.feed([TextDelta("Hel")])
                + answer.idle()
                + answer.fail(AnswerCut("It broke.", "claude"))
            )

        with client(broken) as api:
            stream = api.chat.completions.create(model="claude", messages=USER, stream=True)
            error = self.assertRaises(APIError, list, stream)
        self.assertEqual((error.message, error.code, error.type), ("It broke.", "answer_cut", "server_error"))

    def test_status(self) -> None:
        """W75, W78: the SDK finds message, param, code and type in the body of an error."""
        body = error_body(UnknownModel("gpt", ["claude"]))
        with connected(lambda request: httpx2.Response(404, content=body)) as api:
            error = self.assertRaises(APIError, api.models.retrieve, "gpt")
        found = (error.code, error.param, error.type)
        self.assertEqual(found, ("model_not_found", "model", "invalid_request_error"))


class ModelTests(SynchronousTestCase):
    def test_models(self) -> None:
        """W89, W90: the SDK lists the models and finds one."""

        def respond(request: httpx2.Request) -> httpx2.Response:
            one = request.url.path.endswith("opus")
            body = model_body(MODEL, {}, 17) if one else models_body([MODEL], {}, 17)
            return httpx2.Response(200, headers={"content-type": "application/json"}, content=body)

        with connected(respond) as api:
            self.assertEqual([model.id for model in api.models.list()], ["claude/opus"])
            self.assertEqual(api.models.retrieve("claude/opus").created, 17)
