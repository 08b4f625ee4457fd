"""
Limits, several answers and parameters with the real programs: obeyed, seen to, named or refused.
"""

from __future__ import annotations

from typing import Any, ClassVar

from openai import APIStatusError, BadRequestError

from tests.real.chats import ConversationCase, Json, user
from tests.real.rigs import RealTestCase

# What no program can be told, and no daemon can do in its place.
NOWHERE: Json = {
    "seed": 7,
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "logit_bias": {"50256": -100},
    "user": "someone",
    "metadata": {"a": "b"},
    "store": True,
    "service_tier": "flex",
    "prediction": {"type": "content", "content": "x"},
}


class LimitTests(ConversationCase):
    """What holds for every program; subclasses say which settings reach the provider."""

    sampling: ClassVar[Json]  # as the provider is told them; the others of these two are ignored

    def ignored(self, **more: Any) -> set[str]:
        """The parameters that an answer names as ignored."""
        create = self.client.chat.completions.with_raw_response.create
        messages: Any = [user("!say fine")]
        header = create(model=self.backend, messages=messages, **more).headers.get("x-clinvoker-ignored")
        return {name.strip() for name in (header or "").split(",") if name}

    def test_stop(self) -> None:
        """The answer ends before the sequence, wherever the provider cut its pieces."""
        choice = self.chat([user("!say one two three four")], stop=["wo thr", "four"])
        self.assertEqual((choice.message.content, choice.finish_reason), ("one t", "stop"))

    def test_stop_is_not_met(self) -> None:
        """What only began like the sequence is part of the answer."""
        choice = self.chat([user("!say one two")], stop="two three")
        self.assertEqual((choice.message.content, choice.finish_reason), ("one two", "stop"))

    def test_stop_ends_the_turn(self) -> None:
        """The provider is not left writing what nobody reads."""
        text = "!long 100\n!slow 100"
        chunks = [chunk.choices[0] for chunk in self.stream(self.backend, text, stop=["charlie"])]
        self.assertEqual("".join(c.delta.content or "" for c in chunks).strip(), "alpha bravo")
        self.assertEqual(chunks[-1].finish_reason, "stop")
        entry = self.provider.wait_for(text, "gone", 5)
        self.assertLess(entry["ended"] - entry["at"], 5)
        self.assert_works(self.backend)

    def test_several_answers(self) -> None:
        """So many answers as were asked for, each with its index; their usage is added up."""
        usage = "!usage 100 0 10 0\n!say yes"
        answer = self.ask(self.backend, usage, n=3)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2])
        self.assertEqual({choice.message.content for choice in answer.choices}, {"yes"})
        self.assertEqual((answer.usage.prompt_tokens, answer.usage.completion_tokens), (300, 30))
        self.assertEqual(len(self.received()), 3)

    def test_several_streams(self) -> None:
        """Streamed, the pieces of all come as they are made, each with the index of its answer."""
        said: dict[int, str] = {}
        reasons: list[tuple[int, str]] = []
        for chunk in self.stream(self.backend, "!say a b c", n=3):
            [choice] = chunk.choices
            said[choice.index] = said.get(choice.index, "") + (choice.delta.content or "")
            if choice.finish_reason:
                reasons.append((choice.index, choice.finish_reason))
        self.assertEqual(said, dict.fromkeys(range(3), "a b c"))
        self.assertEqual(sorted(reasons), [(0, "stop"), (1, "stop"), (2, "stop")])

    def test_several_fail_as_one(self) -> None:
        """If one fails the request fails."""
        with self.assertRaises(APIStatusError) as caught:
            self.ask(self.backend, "!error 400", n=2)
        self.assertEqual((caught.exception.status_code, caught.exception.code), (400, "provider_refused"))
        self.assert_works(self.backend)

    def test_max_tokens(self) -> None:
        """A long answer is cut, whole or streamed, by either name of the limit."""
        for name in ("max_tokens", "max_completion_tokens"):
            choice = self.chat([user(self.too_long(8))], **{name: 8})
            self.assertEqual(choice.finish_reason, "length")
            self.assertTrue(choice.message.content.startswith("alpha bravo"))
            self.assertLess(len(choice.message.content), 64)
        chunks = [chunk.choices[0] for chunk in self.stream(self.backend, self.too_long(8), max_tokens=8)]
        self.assertEqual(chunks[-1].finish_reason, "length")
        self.assert_works(self.backend)

    def too_long(self, tokens: int) -> str:
        """A prompt whose answer is longer than so many tokens."""
        return "!long 500"

    def test_enough_tokens(self) -> None:
        """An answer within the limit is as ever."""
        choice = self.chat([user("!say short")], max_tokens=1000)
        self.assertEqual((choice.message.content, choice.finish_reason), ("short", "stop"))

    def test_sampling(self) -> None:
        """Temperature and top_p reach the provider, or are named."""
        asked = {"temperature": 0.25, "top_p": 0.5}
        ignored = self.ignored(**asked)
        told = self.received()[-1].settings
        self.assertEqual({name: told[name] for name in asked if name not in ignored}, self.sampling)

    def test_ignored(self) -> None:
        """What has no effect is named, and nothing else."""
        self.assertEqual(self.ignored(**NOWHERE), set(NOWHERE))
        self.assertEqual(self.ignored(), set())

    def test_refused(self) -> None:
        """What would change the answer's form is refused by name."""
        for name, value in {"logprobs": True, "modalities": ["text", "audio"], "n": 0, "stop": [""]}.items():
            with self.assertRaises(BadRequestError, msg=name) as caught:
                self.ask(self.backend, "hi", **{name: value})
            self.assertEqual((caught.exception.param or "").partition("[")[0], name)


class ClaudeLimits(LimitTests, RealTestCase):
    """Claude Code, which is told the limit of tokens too."""

    backend = "claude"
    sampling: ClassVar[Json] = {"temperature": 0.25, "top_p": 0.5}

    def too_long(self, tokens: int) -> str:
        """The provider obeys the limit itself."""
        return f"!long {tokens - 1}\n!stop max_tokens"


class CodexLimits(LimitTests, RealTestCase):
    """Codex CLI, which is told nothing of the kind."""

    backend = "codex"
    sampling: ClassVar[Json] = {}


class GeminiLimits(LimitTests, RealTestCase):
    """Gemini CLI."""

    backend = "gemini"
    sampling: ClassVar[Json] = {"temperature": 0.25, "top_p": 0.5}


class StrictTests(RealTestCase):
    """With `server.strict_parameters`."""

    settings: ClassVar[dict[str, Any]] = {"server": {"strict_parameters": True}}

    def test_refused(self) -> None:
        """What would be ignored is refused, of every program, and what is obeyed is not."""
        for name in self.programs:
            for parameter, value in NOWHERE.items():
                with self.assertRaises(BadRequestError, msg=f"{name} {parameter}") as caught:
                    self.ask(name, "hi", **{parameter: value})
                self.assertEqual(caught.exception.param, parameter)
            answer = self.ask(name, "!say ok then", stop=["then"])
            self.assertEqual(answer.choices[0].message.content, "ok ")
