"""
The Responses API over each real program, by OpenAI's own client: made, streamed, continued, in the
background.
"""

from __future__ import annotations

import json
import time
from typing import Any

from openai import APIStatusError, NotFoundError
from pydantic import BaseModel

from tests.real.chats import COUNTING
from tests.real.children import wait_for
from tests.real.exchanged import session
from tests.real.received import received
from tests.real.rigs import RealTestCase

CALL = '!tool get_weather {"city":"Oslo"}'
TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


class Answer(BaseModel):
    """A number, and why."""

    n: int
    why: str


class ResponsesCase(RealTestCase):
    def create(self, model: str, text: Any, **more: Any) -> Any:
        """A response to a text or to items."""
        return self.client.responses.create(model=model, input=text, **more)

    def told(self, marker: str) -> list[tuple[str, str]]:
        """The conversation of the last request with this text: who said what."""
        entries = [received(entry) for entry in self.provider.entries() if "body" in entry]
        found = [each for each in entries if marker in "".join(turn.text for turn in each.turns)]
        return [(turn.role, turn.text) for turn in found[-1].turns]

    def sessions(self) -> int:
        """How many conversations of programs the provider saw."""
        entries = [entry for entry in self.provider.entries() if not entry["path"].endswith(COUNTING)]
        return len({session(entry) for entry in entries})


class Making(ResponsesCase):
    """Responses that are made at once."""

    def test_create(self) -> None:
        """A text, with its counts, by the name that was asked for."""
        for name in self.programs:
            got = self.create(name, "!say Hello there.\n!usage 30 10 5 2", instructions="Be brief.")
            self.assertEqual((got.output_text, got.status, got.model), ("Hello there.", "completed", name))
            self.assertGreater(got.usage.total_tokens, 0, name)

    def test_stream(self) -> None:
        """Events as they come, put together by the SDK's helper."""
        for name in self.programs:
            with self.client.responses.stream(model=name, input="!think Hm.\n!say one two three") as stream:
                texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
                final = stream.get_final_response()
            self.assertGreater(len(texts), 1, name)
            self.assertEqual(("".join(texts), final.output_text), ("one two three", "one two three"))

    def test_thoughts(self) -> None:
        """What the model thinks is an item of its own, which can be sent back."""
        for name in ("claude", "codex"):
            first = self.create(name, "!think Hm hm.\n!say Well.")
            self.assertEqual([item.type for item in first.output], ["reasoning", "message"], name)
            self.assertIn("Hm hm.", first.output[0].summary[0].text)
            again = self.create(name, [*first.output, {"role": "user", "content": "!say Again."}])
            self.assertEqual(again.output_text, "Again.")

    def test_parse(self) -> None:
        """A typed answer, whole and streamed."""
        for name in self.programs:
            text = '!json {"n":3,"why":"so"}'
            got = self.client.responses.parse(model=name, input=text, text_format=Answer)
            self.assertEqual(got.output_parsed, Answer(n=3, why="so"))
            with self.client.responses.stream(model=name, input=text, text_format=Answer) as stream:
                self.assertEqual(stream.get_final_response().output_parsed, Answer(n=3, why="so"))

    def test_incomplete(self) -> None:
        """A cut answer says so, whether the daemon cuts it or the provider does."""
        for name, text in (("codex", "!long 200"), ("claude", "!say a\n!stop max_tokens")):
            got = self.create(name, text, max_output_tokens=20)
            self.assertEqual(got.status, "incomplete", name)
            self.assertEqual(got.incomplete_details.reason, "max_output_tokens")

    def test_errors(self) -> None:
        """A provider's error is that of the SDK's own class; what is not offered is named."""
        for name in self.programs:
            error = self.assertRaises(APIStatusError, self.create, name, "!error 429\nno")
            self.assertEqual(error.status_code, 429, name)
        error = self.assertRaises(APIStatusError, self.create, "codex", "x", tools=[{"type": "web_search"}])
        self.assertEqual((error.status_code, error.param), (400, "tools[0].type"))


class Continuing(ResponsesCase):
    """Responses that go on where others ended."""

    def test_chain(self) -> None:
        """The provider gets the whole conversation, of a branch too; instructions are not carried over."""
        for name in self.programs:
            first = self.create(name, f"!say one\n{name} first", instructions="Only once.")
            second = self.create(name, f"!say two\n{name} second", previous_response_id=first.id)
            for before, middle in ((second, ["two"]), (first, [])):
                marker = f"{name} third after {before.id}"
                self.create(name, f"!say three\n{marker}", previous_response_id=before.id)
                said = [text for role, text in self.told(marker) if role == "assistant"]
                self.assertEqual(said, ["one", *middle], name)
            self.assertEqual(first.output_text, self.client.responses.retrieve(first.id).output_text)

    def test_tools(self) -> None:
        """Calls and their outputs, by the chain and by sending everything again."""
        for name in self.programs:
            first = self.create(name, CALL, tools=[TOOL])
            [call] = [item for item in first.output if item.type == "function_call"]
            self.assertEqual((call.name, json.loads(call.arguments)), ("get_weather", {"city": "Oslo"}))
            output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sun in Oslo"}
            chained = self.create(name, [output], previous_response_id=first.id, tools=[TOOL])
            whole = [{"role": "user", "content": CALL}, *first.output, output]
            again = self.create(name, whole, tools=[TOOL], store=False)
            for got in (chained, again):
                self.assertEqual(got.output_text, "Tool said: sun in Oslo", name)

    def test_waiting_turn(self) -> None:
        """The output of a call goes to the very turn that waits for it inside the program."""
        for name in ("claude", "codex"):
            self.provider.forget()
            first = self.create(name, CALL, tools=[TOOL], instructions="Be brief.")
            [call] = [item for item in first.output if item.type == "function_call"]
            output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sun"}
            settings: Any = {"tools": [TOOL], "instructions": "Be brief."}
            got = self.create(name, [output], previous_response_id=first.id, **settings)
            self.assertEqual(got.output_text, "Tool said: sun")
            self.assertEqual(self.sessions(), 1, name)

    def test_live_conversation(self) -> None:
        """The next response goes on in the program that still holds the conversation."""
        for name in ("claude", "codex"):
            self.provider.forget()
            first = self.create(name, f"!say one\n{name} live", instructions="Be brief.")
            again: Any = {"instructions": "Be brief.", "previous_response_id": first.id}
            self.assertEqual(self.create(name, f"!say two\n{name} goes on", **again).output_text, "two")
            self.assertEqual(self.sessions(), 1, name)
            self.assertEqual([text for role, text in self.told("goes on") if role == "assistant"], ["one"])

    def test_forgotten(self) -> None:
        """After it was deleted, and where it was never stored, there is nothing to go on with."""
        kept = self.create("codex", "!say a")
        self.client.responses.delete(kept.id)
        for gone in (kept, self.create("codex", "!say a", store=False)):
            self.assertRaises(NotFoundError, self.client.responses.retrieve, gone.id)
            error = self.assertRaises(APIStatusError, self.create, "codex", "x", previous_response_id=gone.id)
            self.assertEqual((error.status_code, error.code), (400, "previous_response_not_found"))

    def test_input_items(self) -> None:
        """What came with the request, page by page."""
        made = self.create("codex", [{"role": "user", "content": f"!say {n}"} for n in range(3)])
        listed = list(self.client.responses.input_items.list(made.id, limit=2, order="asc"))
        self.assertEqual([item.content[0].text for item in listed], ["!say 0", "!say 1", "!say 2"])
        counted = self.client.responses.input_tokens.count(model="codex", input="Hello")
        self.assertGreater(counted.input_tokens, 0)

    def test_conversations(self) -> None:
        """A conversation object takes part in one response after the other."""
        for name in self.programs:
            conversation = self.client.conversations.create(metadata={"topic": "x"})
            for number in range(2):
                text = f"!say answer {number}\n{name} {number}"
                self.create(name, text, conversation=conversation.id)
            items = list(self.client.conversations.items.list(conversation.id, order="asc", limit=3))
            self.assertEqual([item.role for item in items], ["user", "assistant"] * 2)
            said = [text for role, text in self.told(f"{name} 1") if role == "assistant"]
            self.assertEqual(said, ["answer 0"], name)
            self.assertTrue(self.client.conversations.delete(conversation.id).deleted)


class InBackground(ResponsesCase):
    """Responses that go on without their client."""

    def status(self, identity: str) -> Any:
        return self.client.responses.retrieve(identity).status

    def test_polling(self) -> None:
        """Asked for again and again until it is complete."""
        for name in self.programs:
            made = self.create(name, "!slow 20\n!say one two three", background=True)
            self.assertIn(made.status, ("queued", "in_progress"))
            wait_for(lambda made=made: self.status(made.id) == "completed", 20, "it is complete")
            self.assertEqual(self.client.responses.retrieve(made.id).output_text, "one two three")

    def test_stream(self) -> None:
        """Its stream is left, and read again from there."""
        for name in self.programs:
            stream = self.create(name, "!slow 20\n!long 20", background=True, stream=True)
            seen = []
            for event in stream:
                seen.append(event)
                if event.type == "response.output_text.delta":
                    break
            stream.close()
            identity, place = seen[0].response.id, seen[-1].sequence_number
            rest = list(self.client.responses.retrieve(identity, stream=True, starting_after=place))
            self.assertEqual(rest[0].sequence_number, place + 1)
            self.assertEqual(rest[-1].type, "response.completed")
            self.assertEqual(len(rest[-1].response.output_text.split()), 20)

    def test_cancel(self) -> None:
        """The turn is interrupted at the provider."""
        for name in self.programs:
            text = f"!hang 2\n!long 5\n{name} is cancelled"
            made = self.create(name, text, background=True)
            self.provider.wait_for(text)
            cancelled = self.client.responses.cancel(made.id)
            left = time.time()
            self.assertEqual(cancelled.status, "cancelled")
            self.assertLess(self.provider.wait_for(text, "gone")["ended"] - left, 2.0)
            self.assert_works(name)


class Legacy(ResponsesCase):
    """Completions from before there were chats."""

    def test_create(self) -> None:
        """A prompt, several, and a stream."""
        for name in self.programs:
            got = self.client.completions.create(model=name, prompt=["!say one", "!say two"])
            self.assertEqual([choice.text for choice in got.choices], ["one", "two"])
            stream = self.client.completions.create(model=name, prompt="!say one two", stream=True)
            self.assertEqual("".join(chunk.choices[0].text for chunk in stream), "one two")
