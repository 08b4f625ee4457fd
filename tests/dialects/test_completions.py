"""Tests for legacy completions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import Completion
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.dialects.completions_request import CompletionRequest, read_request
from clinvoker.dialects.openai_completions import OpenAICompletions
from clinvoker.errors import AnswerCut, BadRequest, UnsupportedParameter
from clinvoker.interfaces import IDialect, IRenderer
from clinvoker.model import Event, Finished, Message, ReasoningDelta, Sampling, Started, Text, TextDelta
from tests.dialects.chats import CREATED, HELLO, USAGE, payloads

FINISHED = Finished("stop", USAGE)


def body(**fields: object) -> bytes:
    return json.dumps({"model": "claude", "prompt": "Hello", **fields}).encode()


def asked(**fields: object) -> CompletionRequest:
    return read_request(body(**fields))


def renderer(**fields: object) -> IRenderer:
    return OpenAICompletions().renderer(asked(**fields), "1", CREATED)


def whole(events: Sequence[Event], **fields: object) -> dict[str, Any]:
    return json.loads(renderer(**fields).feed(events))


def refusal(**fields: object) -> BadRequest:
    try:
        asked(**fields)
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


class RequestTests(SynchronousTestCase):
    def test_provides_the_interface(self) -> None:
        """The dialect is an `IDialect`."""
        verifyObject(IDialect, OpenAICompletions())

    def test_prompt(self) -> None:
        """A text is a message of the user's."""
        self.assertEqual(asked().invocation.messages, (Message("user", (Text("Hello"),)),))

    def test_prompts(self) -> None:
        """Each of several is answered by itself, `n` times each."""
        each = asked(prompt=["a", "b"], n=2).each
        self.assertEqual([invocation.messages[0].text for invocation in each], ["a", "a", "b", "b"])

    def test_sampling(self) -> None:
        """What is asked of the answer is handed on, and depends on the backend."""
        got = asked(max_tokens=5, stop="x", temperature=0.5, top_p=0.1, seed=3)
        expected = Sampling(max_tokens=5, stop=("x",), temperature=0.5, top_p=0.1)
        self.assertEqual(got.invocation.sampling, expected)
        self.assertEqual(set(got.depending), {"max_tokens", "stop", "temperature", "top_p", "seed"})

    def test_refused(self) -> None:
        """What cannot be done is refused by name; what asks for nothing is not."""
        for name, value in {"echo": True, "suffix": "x", "best_of": 3, "logprobs": 0}.items():
            error = refusal(**{name: value})
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, name)
        self.assertEqual(asked(echo=False, suffix="", best_of=1, logprobs=None).ignored, ())

    def test_wrong(self) -> None:
        """No prompt, token ids, NUL and too many are refused with their place."""
        for place, fields in {
            "prompt": {"prompt": None},
            "prompt[0]": {"prompt": [1, 2]},
            "prompt[1]": {"prompt": ["a", [1, 2]]},
            "n": {"n": 9},
            "model": {"model": ""},
        }.items():
            self.assertEqual(refusal(**fields).param, place)
        for prompt in ([], "a\0b", ["a"] * 33):
            self.assertEqual(refusal(prompt=prompt).param, "prompt")
        self.assertEqual(refusal(prompt=["a"] * 5, n=8).param, "prompt")

    def test_ignored(self) -> None:
        """What has no effect is named."""
        self.assertEqual(asked(user="u", stream_options={}).ignored, ("user", "stream_options"))

    @settings(database=None, deadline=None)
    @given(st.binary() | st.builds(lambda value: body(prompt=value), st.lists(st.text() | st.integers())))
    def test_anything(self, sent: bytes) -> None:
        """Whatever comes is read or refused."""
        with contextlib.suppress(BadRequest):
            read_request(sent)


class WholeTests(SynchronousTestCase):
    def test_answer(self) -> None:
        """It passes the SDK's own type; thoughts are no part of a text."""
        got = whole((Started("m"), ReasoningDelta("hm"), *HELLO))
        parsed = Completion.model_validate(got, strict=True)
        self.assertEqual((got["id"], got["created"], parsed.model), ("cmpl-1", CREATED, "claude"))
        self.assertEqual((parsed.choices[0].text, parsed.choices[0].finish_reason), ("Hello", "stop"))
        self.assertEqual(got["usage"]["total_tokens"], 19)

    def test_several(self) -> None:
        """It comes when all texts are finished, in the order of the prompts, whoever is first."""
        answer = renderer(prompt=["a", "b"])
        self.assertEqual(answer.feed([TextDelta("B"), FINISHED], 1), b"")
        got = json.loads(answer.feed([TextDelta("A"), Finished("length", USAGE)], 0))
        said = [(each["index"], each["text"], each["finish_reason"]) for each in got["choices"]]
        self.assertEqual(said, [(0, "A", "length"), (1, "B", "stop")])
        self.assertEqual(got["usage"]["total_tokens"], 38)


class StreamTests(SynchronousTestCase):
    def chunks(self, *events: Event, **fields: object) -> list[dict[str, Any]]:
        answer = renderer(stream=True, **fields)
        sent = b"".join(answer.feed([event]) + answer.idle() for event in events)
        *said, done = payloads(sent)
        self.assertEqual(done, "[DONE]")
        return [json.loads(each) for each in said]

    def test_pieces(self) -> None:
        """Each piece is a text; the reason comes once, at the end."""
        got = self.chunks(Started("m"), *HELLO)
        self.assertEqual({each["object"] for each in got}, {"text_completion"})
        said = [(each["choices"][0]["text"], each["choices"][0]["finish_reason"]) for each in got]
        self.assertEqual(said, [("Hel", None), ("lo", None), ("", "stop")])
        self.assertNotIn("usage", got[0])

    def test_usage(self) -> None:
        """When asked for, it comes last and alone."""
        *others, last = self.chunks(*HELLO, stream_options={"include_usage": True})
        self.assertEqual((last["choices"], last["usage"]["total_tokens"]), ([], 19))
        self.assertEqual({each["usage"] for each in others}, {None})

    def test_odd_model(self) -> None:
        """The model is called as the client called it, whatever that looks like."""
        name = 'a"text":""b'
        self.assertEqual({each["model"] for each in self.chunks(*HELLO, model=name)}, {name})

    def test_surrogates(self) -> None:
        """Halves of pairs are joined, lone ones replaced."""
        got = self.chunks(TextDelta("\ud83d"), TextDelta("\ude00\ud83d"), FINISHED)
        self.assertEqual("".join(each["choices"][0]["text"] for each in got), "\U0001f600\ufffd")

    def test_several(self) -> None:
        """`[DONE]` comes when the last text is finished."""
        answer = renderer(stream=True, n=2)
        self.assertNotIn(b"[DONE]", answer.feed([FINISHED], 1))
        self.assertIn(b"[DONE]", answer.feed([FINISHED], 0))

    def test_failure(self) -> None:
        """W72: an error is the last event, without `[DONE]`."""
        answer = renderer(stream=True)
        last = answer.feed([TextDelta("Hel")]) + answer.fail(AnswerCut("It broke."))
        self.assertEqual(json.loads(payloads(last)[-1])["error"]["code"], "answer_cut")
        self.assertNotIn(b"[DONE]", last)
