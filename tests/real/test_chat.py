"""
The main road, with the real programs: a client's request reaches the model as it was meant,
and the model's answer reaches the client as it comes.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from openai.types.completion_usage import CompletionUsage

from tests.real.received import Received, Turn, received
from tests.real.rigs import OneProgram, RealTestCase

VERBATIM = (
    "-",
    "-p --help",
    "--",
    "--version",
    "/clear",
    "/help me",
    "/memory show",
    "@/etc/passwd",
    "look at @/etc/passwd and @README.md",
    "!ls",
    "$(id)",
    "$HOME `id` ${PATH}",
    "# a note",
    "  blanks before and after  \n",
    "&amp; <system> \\n %s",
)
UNICODE = "h\u00e9llo \u4e16\u754c \U0001f600 e\u0301 a\u2028b \u202eright to left"
CONVERSATION = (
    {"role": "system", "content": "You are a parrot named Polly."},
    {"role": "user", "content": "First question."},
    {"role": "assistant", "content": "First answer."},
    {"role": "user", "content": "Second question."},
    {"role": "assistant", "content": "Second answer, with 'quotes' and \"more\"."},
    {"role": "user", "content": "!say squawk"},
)


class ChatTests(OneProgram):
    """What holds for every program; subclasses name one."""

    # What becomes of `!usage 120 40 30 7`: input, cached, output, reasoning.
    usage: ClassVar[tuple[int, int, int, int]]
    # The API's word for "too long an answer", and what the client is told of it.
    too_long: ClassVar[tuple[str, str]]

    def setUp(self) -> None:
        """Each test sees its own requests only."""
        super().setUp()
        self.provider.forget()

    def the_request(self) -> Received:
        """The one question that the provider was asked in this test."""
        entries = self.provider.entries()
        self.assertEqual([entry["outcome"] for entry in entries], ["done"])
        return received(entries[0])

    def test_whole(self) -> None:
        """An answer that is not streamed has the text, the reason and the usage."""
        answer = self.ask(self.backend, "!say Hello, world!")
        choice = answer.choices[0]
        self.assertEqual((choice.message.content, choice.finish_reason), ("Hello, world!", "stop"))
        self.assertEqual((choice.message.role, answer.model), ("assistant", self.backend))
        self.assertEqual(
            answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens
        )

    def test_streamed(self) -> None:
        """A streamed answer has the role first, each piece of text once, and the reason last."""
        choices = [chunk.choices[0] for chunk in self.stream(self.backend, "!say one two three")]
        self.assertEqual(choices[0].delta.role, "assistant")
        self.assertEqual("".join(c.delta.content or "" for c in choices), "one two three")
        reasons = [choice.finish_reason for choice in choices]
        self.assertEqual(reasons, [None] * (len(reasons) - 1) + ["stop"])

    def test_streams_as_it_comes(self) -> None:
        """The first piece is at the client long before the provider has produced the last."""
        stream = self.stream(self.backend, "!long 6\n!slow 200")
        arrivals = [time.time() for chunk in stream if chunk.choices[0].delta.content]
        ended = self.provider.entries()[0]["ended"]
        self.assertLess(arrivals[0], ended - 0.7)
        self.assertGreaterEqual(len(arrivals), 5)

    def test_usage_at_the_end(self) -> None:
        """`include_usage` adds one last chunk with the provider's counts."""
        text = "!usage 120 40 30 7\n!think so\n!say done"
        *_, last = self.stream(self.backend, text, stream_options={"include_usage": True})
        self.assertEqual((last.choices, self.counts(last.usage)), ([], self.usage))

    def test_usage_whole(self) -> None:
        """The counts of a whole answer are the provider's, cached and reasoning tokens apart."""
        answer = self.ask(self.backend, "!usage 120 40 30 7\n!think so\n!say done")
        self.assertEqual(self.counts(answer.usage), self.usage)

    def counts(self, usage: CompletionUsage) -> tuple[int, int, int, int]:
        """Input, cached, output, reasoning."""
        cached = usage.prompt_tokens_details.cached_tokens
        reasoning = usage.completion_tokens_details.reasoning_tokens
        return usage.prompt_tokens, cached, usage.completion_tokens, reasoning

    def test_thoughts(self) -> None:
        """What the model thinks aloud comes as reasoning, never as the answer."""
        chunks = [
            chunk.choices[0].delta for chunk in self.stream(self.backend, "!think deeply now\n!say yes")
        ]
        thoughts = "".join(getattr(delta, "reasoning_content", None) or "" for delta in chunks)
        self.assertIn("deeply now", thoughts)
        self.assertEqual("".join(delta.content or "" for delta in chunks), "yes")

    def test_unicode(self) -> None:
        """Text of any script passes both ways unchanged."""
        answer = self.ask(self.backend, "!say " + UNICODE)
        self.assertEqual(answer.choices[0].message.content, UNICODE)
        self.assertEqual(self.the_request().turns, (Turn("user", "!say " + UNICODE),))

    def test_long_prompt(self) -> None:
        """A prompt of a megabyte arrives whole."""
        prompt = "!say read\n" + "lorem ipsum " * 87_400
        self.assertEqual(self.ask(self.backend, prompt).choices[0].message.content, "read")
        [turn] = self.the_request().turns
        self.assertTrue(turn.text == prompt, f"{len(turn.text)} characters of {len(prompt)}")

    def test_prompts_are_text(self) -> None:
        """A prompt is never an option, a command or the name of a file: it arrives verbatim."""
        arrived = {}
        for prompt in VERBATIM:
            self.provider.forget()
            self.ask(self.backend, prompt)
            arrived[prompt] = [turn.text for turn in self.the_request().turns]
            self.assertNotIn("root:", str(self.provider.entries()))
        self.assertEqual(arrived, {prompt: [prompt] for prompt in VERBATIM})

    def test_conversation(self) -> None:
        """System text and earlier turns reach the model with their roles, in their order."""
        completions = self.client.chat.completions
        answer = completions.create(model=self.backend, messages=list(CONVERSATION))
        self.assertEqual(answer.choices[0].message.content, "squawk")
        request = self.the_request()
        self.assertIn(CONVERSATION[0]["content"], request.system)
        expected = tuple(Turn(m["role"], m["content"]) for m in CONVERSATION[1:])
        self.assertEqual((request.turns, request.tools), (expected, 0))

    def test_conversations_stay_apart(self) -> None:
        """No request sees another's text."""
        self.ask(self.backend, "the password is swordfish")
        self.provider.forget()
        self.ask(self.backend, "what is the password?")
        self.assertNotIn("swordfish", str(self.provider.entries()))

    def test_answer_too_long(self) -> None:
        """An answer that the model had to end early says so."""
        word, reason = self.too_long
        answer = self.ask(self.backend, f"!stop {word}\n!say half an ans")
        choice = answer.choices[0]
        self.assertEqual((choice.message.content, choice.finish_reason), ("half an ans", reason))

    def test_models(self) -> None:
        """The list has the program's name and the names it passes on; each can be looked up."""
        names = [model.id for model in self.client.models.list()]
        self.assertIn(self.backend, names)
        self.assertEqual([self.client.models.retrieve(name).id for name in names], names)

    def test_request_id(self) -> None:
        """The request's id is the client's own, where it gave one."""
        create = self.client.chat.completions.with_raw_response.create
        messages: Any = [{"role": "user", "content": "!say hi"}]
        raw = create(model=self.backend, messages=messages, extra_headers={"x-request-id": "mine-1"})
        self.assertEqual(raw.headers["x-request-id"], "mine-1")
        self.assertIn("mine-1", self.daemon.log())

    def test_secrets_stay_out_of_the_log(self) -> None:
        """Neither prompts nor answers are logged."""
        self.ask(self.backend, "!say abracadabra")
        self.assertNotIn("abracadabra", self.daemon.log())


class ClaudeChat(ChatTests, RealTestCase):
    """Claude Code."""

    backend = "claude"
    usage = (120, 40, 30, 0)
    too_long = ("max_tokens", "length")


class CodexChat(ChatTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"
    usage = (120, 40, 30, 7)
    too_long = ("max_output_tokens", "length")


class GeminiChat(ChatTests, RealTestCase):
    """Gemini CLI, whose protocol tells neither cached and thought tokens nor why an answer ended."""

    backend = "gemini"
    usage = (120, 0, 23, 0)
    too_long = ("MAX_TOKENS", "stop")
