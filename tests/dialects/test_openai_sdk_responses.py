"""
The official `openai` package reads the responses that the dialect writes, strictly.  No socket: its
transport is the dialect itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
from openai import OpenAI
from pydantic import BaseModel
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_joining import joined
from clinvoker.errors import AnswerCut
from clinvoker.model import Event, Finished, ReasoningDelta, Started, TextDelta
from tests.dialects.chats import USAGE
from tests.dialects.responses import CALLING, CREATED, HELLO, IDENTITY, THINKING, TOOL
from tests.dialects.test_openai_sdk import connected


class Answer(BaseModel):
    n: int


class SDKCase(SynchronousTestCase):
    def client(self, happening: Sequence[Event], failing: bool = False) -> OpenAI:
        """A client whose every request is answered by these events, with signs of life between."""

        def respond(request: httpx2.Request) -> httpx2.Response:
            dialect = OpenAIResponses()
            asked = joined(dialect.parse(request.content), IDENTITY)
            renderer = dialect.renderer(asked, IDENTITY, CREATED)
            sent = [part for event in happening for part in (renderer.idle(), renderer.feed([event]))]
            if failing:
                sent.append(renderer.fail(AnswerCut("It broke.")))
            headers = {"content-type": renderer.content_type.decode()}
            return httpx2.Response(200, headers=headers, content=b"".join(sent))

        api = connected(respond)
        self.addCleanup(api.close)
        return api

    def events(self, *happening: Event, **fields: Any) -> Iterator[Any]:
        return iter(
            self.client(happening).responses.create(model="claude", input="Hi", stream=True, **fields)
        )


class CreateTests(SDKCase):
    def test_whole(self) -> None:
        """W95-W98: text, thoughts and counts pass the strict validation."""
        got = self.client(THINKING).responses.create(model="claude", input="Hi")
        self.assertEqual((got.output_text, got.status, got.usage.total_tokens), ("Hello", "completed", 19))
        self.assertEqual(got.output[0].summary[0].text, "hm so")

    def test_call(self) -> None:
        """W97: so do calls."""
        got = self.client(CALLING).responses.create(model="claude", input="Hi", tools=[TOOL])
        [call] = got.output
        self.assertEqual(
            (call.call_id, call.name, call.arguments), ("call_1", "get_weather", '{"city":"Oslo"}')
        )
        self.assertNotEqual(call.id, call.call_id)

    def test_incomplete(self) -> None:
        """W106: a cut answer says so."""
        got = self.client((TextDelta("a"), Finished("length", USAGE))).responses.create(model="m", input="Hi")
        self.assertEqual((got.status, got.incomplete_details.reason), ("incomplete", "max_output_tokens"))

    def test_items_come_back(self) -> None:
        """W92: the objects of an answer can be sent again as they are."""
        api = self.client(THINKING)
        first = api.responses.create(model="claude", input="Hi")
        again = api.responses.create(model="claude", input=[*first.output, {"role": "user", "content": "x"}])
        self.assertEqual(again.output_text, "Hello")

    def test_parse(self) -> None:
        """W52: a typed answer is parsed."""
        json = (TextDelta('{"n":'), TextDelta("3}"), Finished("stop", USAGE))
        got = self.client(json).responses.parse(model="claude", input="Hi", text_format=Answer)
        self.assertEqual(got.output_parsed, Answer(n=3))


class StreamTests(SDKCase):
    def test_plain(self) -> None:
        """W99-W105: every event passes the strict validation."""
        for happening in (HELLO, THINKING, CALLING):
            events = list(self.events(Started("m"), *happening))
            self.assertEqual(events[0].type, "response.created")
            self.assertEqual(events[-1].type, "response.completed")

    def test_failed(self) -> None:
        """W105: a failure is the last event, with its words."""
        stream = self.client((TextDelta("a"),), failing=True).responses.create(
            model="m", input="a", stream=True
        )
        last = list(stream)[-1]
        self.assertEqual((last.type, last.response.error.message), ("response.failed", "It broke."))

    def test_accumulated(self) -> None:
        """W100, W103, W105: the helper, which is stricter, puts the whole together."""
        happening = (ReasoningDelta("hm"), TextDelta("a"), *CALLING)
        with self.client(happening).responses.stream(model="claude", input="Hi", tools=[TOOL]) as stream:
            texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
            final = stream.get_final_response()
        self.assertEqual((texts, final.output_text, final.output[2].name), (["a"], "a", "get_weather"))

    def test_parsed(self) -> None:
        """So does the one for typed answers."""
        json = (TextDelta('{"n":'), TextDelta("3}"), Finished("stop", USAGE))
        with self.client(json).responses.stream(model="m", input="Hi", text_format=Answer) as stream:
            self.assertEqual(stream.get_final_response().output_parsed, Answer(n=3))
