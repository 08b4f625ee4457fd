"""
Anthropic's official Python SDK over each of the real programs.
"""

from __future__ import annotations

from typing import Any

import anthropic
from anthropic import beta_tool

from tests.real.anthropics import ANSWER, CALL, JSON, PICTURE, SAID, TOOL, Answer, AnthropicCase, user
from tests.real.chats import PIXELS
from tests.real.exchanged import exchanged


@beta_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sun in {city}"


class Messages(AnthropicCase):
    """Whole answers."""

    def test_create(self) -> None:
        """F037, F039, F040: text, usage and reason; the system text arrives."""
        for name in self.models():
            message = self.create(name, "!say Hello there.", system=[{"type": "text", "text": "Be brief."}])
            self.assertEqual(self.said(message), [("text", "Hello there.")])
            self.assertEqual((message.stop_reason, message.model), ("end_turn", name))
            self.assertTrue(message.usage.input_tokens > 0 and message.usage.output_tokens > 0)
            self.assertTrue(message._request_id)
            [entry] = self.provider.asked("!say Hello there.")
            self.assertIn("Be brief.", "".join(exchanged(entry).texts("system")))

    def test_usage(self) -> None:
        """What came from the cache is counted apart; gemini's program does not tell it."""
        for name in ("claude", "codex"):
            usage = self.create(name, "!usage 100 60 20 5\n!say Hi.").usage
            self.assertEqual((usage.input_tokens, usage.cache_read_input_tokens), (40, 60), name)
            self.assertEqual(usage.output_tokens, 20, name)

    def test_conversation(self) -> None:
        """Earlier turns arrive as turns."""
        for name in self.models():
            turns = [user("one"), {"role": "assistant", "content": "two"}, user("!say three")]
            message = self.create(name, "", messages=turns)
            self.assertEqual(self.said(message), [("text", "three")])
            [entry] = self.provider.asked("!say three")
            found = exchanged(entry)
            self.assertEqual(
                (found.texts("user"), found.texts("assistant")), (["one", "!say three"], ["two"])
            )

    def test_stops(self) -> None:
        """W115: the stop sequence that ended the answer, and the limit."""
        for name in self.models():
            message = self.create(name, "!say one two three", stop_sequences=["four", " two"])
            self.assertEqual((message.stop_reason, message.stop_sequence), ("stop_sequence", " two"), name)
            self.assertEqual(self.said(message), [("text", "one")])
        message = self.create("codex", "!long 400", max_tokens=10)
        self.assertEqual(message.stop_reason, "max_tokens")

    def test_images(self) -> None:
        """Pictures arrive."""
        for name in self.models():
            self.create(name, [PICTURE, {"type": "text", "text": "!say I see."}])
            [entry] = self.provider.asked("!say I see.")[-1:]
            self.assertEqual(exchanged(entry).texts("image"), [f"image/png {PIXELS}"], name)

    def test_parse(self) -> None:
        """`.parse()` gives an instance of the class."""
        for name in self.models():
            asked: Any = {"model": name, "max_tokens": 2000, "messages": [user(JSON)]}
            message = self.api.messages.parse(**asked, output_format=Answer)
            self.assertEqual(message.parsed_output, ANSWER, name)

    def test_doubled_path(self) -> None:
        """F044: a `base_url` that ends in /v1 works too."""
        api = self.connected("/anthropic/v1")
        asked: Any = {"model": "claude", "max_tokens": 2000, "messages": [user("!say Hi.")]}
        self.assertEqual(self.said(api.messages.create(**asked)), [("text", "Hi.")])


class Streams(AnthropicCase):
    """Streamed answers."""

    def stream(self, model: str, content: Any, **more: Any) -> Any:
        """One user message, answered as it comes."""
        asked: Any = {"model": model, "max_tokens": 2000, "messages": [user(content)], **more}
        return self.api.messages.stream(**asked)

    def test_text(self) -> None:
        """Text as it comes, and the message it makes."""
        for name in self.models():
            with self.stream(name, "!say one two three") as stream:
                pieces = list(stream.text_stream)
                message = stream.get_final_message()
            self.assertEqual("".join(pieces), "one two three")
            self.assertGreater(len(pieces), 1)
            self.assertEqual(
                (self.said(message), message.stop_reason), ([("text", "one two three")], "end_turn")
            )
            self.assertTrue(message.usage.input_tokens and message.usage.output_tokens, name)

    def test_calls(self) -> None:
        """A call in pieces, after text."""
        for name in self.models():
            with self.stream(name, f"!say Well.\n{CALL}", tools=[TOOL]) as stream:
                message = stream.get_final_message()
            expected = [("text", "Well."), ("tool_use", {"city": "Oslo"})]
            self.assertEqual((self.said(message), message.stop_reason), (expected, "tool_use"), name)

    def test_thoughts(self) -> None:
        """Thoughts come to who asked, before the text."""
        thinking = {"type": "adaptive", "display": "summarized"}
        for name in self.models():
            with self.stream(name, "!think hm so\n!say Yes.", thinking=thinking) as stream:
                message = stream.get_final_message()
            self.assertEqual(self.said(message), [("thinking", "hm so"), ("text", "Yes.")], name)

    def test_failure(self) -> None:
        """W116: a stream that breaks off raises, and its beginning is no answer."""
        for name in ("claude", "codex"):

            def read(name: str = name) -> None:
                with self.stream(name, "!cut 2\n!say one two three") as stream:
                    stream.get_final_message()

            self.assertRaises(anthropic.APIError, read)


class Tools(AnthropicCase):
    """The client's own tools."""

    def test_round(self) -> None:
        """A call, its result, and what the model says to that."""
        for name in self.models():
            called = self.create(name, CALL, tools=[TOOL])
            [call] = called.content
            result = {"type": "tool_result", "tool_use_id": call.id, "content": "sun in Oslo"}
            turns = [user(CALL), {"role": "assistant", "content": called.content}, user([result])]
            message = self.create(name, "", messages=turns, tools=[TOOL])
            self.assertEqual(self.said(message), [("text", SAID)], name)

    def test_parallel(self) -> None:
        """Two calls in one answer, one failing; at most one where that was asked."""
        for name in self.models():
            called = self.create(name, f"{CALL}\n{CALL}", tools=[TOOL])
            ids = [call.id for call in called.content]
            self.assertEqual(len(set(ids)), 2)
            results = [
                {"type": "tool_result", "tool_use_id": id, "content": "no", "is_error": True} for id in ids
            ]
            turns = [user(CALL), {"role": "assistant", "content": called.content}, user(results)]
            self.assertIn(
                "The call failed.", self.said(self.create(name, "", messages=turns, tools=[TOOL]))[0][1]
            )
            choice = {"type": "auto", "disable_parallel_tool_use": True}
            self.assertEqual(
                len(self.create(name, f"{CALL}\n{CALL}", tools=[TOOL], tool_choice=choice).content), 1
            )

    def test_choices(self) -> None:
        """Any tool, a certain one, none."""
        for name in self.models():
            chosen = self.create(name, CALL, tools=[TOOL], tool_choice={"type": "any"})
            self.assertEqual(chosen.stop_reason, "tool_use")
            certain = {"type": "tool", "name": "get_weather"}
            chosen = self.create(name, '!json {"city":"Rome"}', tools=[TOOL], tool_choice=certain)
            self.assertEqual(self.said(chosen), [("tool_use", {"city": "Rome"})], name)
            chosen = self.create(name, "!say No.", tools=[TOOL], tool_choice={"type": "none"})
            self.assertEqual(self.said(chosen), [("text", "No.")])

    def test_tool_runner(self) -> None:
        """The beta's runner calls the tool and goes on: the thread it would like to have is refused."""
        for name in self.models():
            asked: Any = {"model": name, "max_tokens": 2000, "messages": [user(CALL)]}
            last = self.api.beta.messages.tool_runner(tools=[get_weather], **asked).until_done()
            self.assertEqual(self.said(last), [("text", SAID)], name)


class Rest(AnthropicCase):
    """Errors, counting and models."""

    def test_errors(self) -> None:
        """W116: each failure is the exception that the SDK has for it."""
        failures: dict[str, type[anthropic.APIStatusError]] = {
            "!error 429 2": anthropic.RateLimitError,
            "!error 500": anthropic.InternalServerError,
            "!error 401": anthropic.InternalServerError,
            "!error 403": anthropic.PermissionDeniedError,
        }
        for question, kind in failures.items():
            error = self.assertRaises(kind, self.create, "claude", question)
            self.assertEqual(error.request_id, error.response.headers["request-id"])
        self.assertEqual(
            self.assertRaises(kind, self.create, "claude", "!error 403").type, "permission_error"
        )
        self.assertRaises(anthropic.NotFoundError, self.create, "nobody", "Hi")
        self.assertRaises(
            anthropic.BadRequestError, self.create, "claude", "Hi", tools=[{"type": "web_search_20250305"}]
        )

    def test_overloaded(self) -> None:
        """W116: an overload is 529, so that the SDK comes back."""
        error = self.assertRaises(anthropic.APIStatusError, self.create, "claude", "!error 529")
        self.assertEqual((error.status_code, error.type), (529, "overloaded_error"))
        api = self.connected(max_retries=1)
        asked: Any = {"model": "claude", "max_tokens": 2000, "messages": [user("!flaky 2 529\n!say Back.")]}
        self.assertEqual(self.said(api.messages.create(**asked)), [("text", "Back.")])

    def test_count_tokens(self) -> None:
        """W118: a number that grows with prompt and tools; the provider is not asked."""
        asked: Any = {"model": "claude", "messages": [user("Hello")]}
        least = self.api.messages.count_tokens(**asked).input_tokens
        self.assertGreater(self.api.messages.count_tokens(**asked, tools=[TOOL]).input_tokens, least)
        longer = self.api.messages.count_tokens(model="claude", messages=[user("Hello " * 100)])  # type: ignore
        self.assertGreater(longer.input_tokens, least + 100)
        self.assertEqual(self.provider.entries(), [])

    def test_models(self) -> None:
        """F046: all models, page by page, and one."""
        names = [model.id for model in self.api.models.list(limit=2)]
        self.assertEqual(names, [model.id for model in self.api.models.list(limit=1000)])
        self.assertTrue(set(self.programs) <= set(names))
        self.assertEqual(self.api.models.retrieve("codex").display_name, "codex")
        self.assertRaises(anthropic.NotFoundError, self.api.models.retrieve, "nobody")
