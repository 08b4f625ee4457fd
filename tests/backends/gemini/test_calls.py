"""Calls and their results in the history of a conversation."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.chat_file import VEIL
from clinvoker.backends.gemini.conversation import CONTINUE, RESULT, conversation
from clinvoker.model import Image, Message, Part, Text, ToolCall
from tests.backends.gemini.test_conversation import told, turns_in

QUESTION = told(("user", "weather?"))
PARIS, ROME = (ToolCall(f"id{city}", "get weather", f'{{"city": "{city}"}}') for city in ("Paris", "Rome"))
PICTURE = Image("image/png", "AA==")


def calling(*calls: ToolCall, text: str = "") -> Message:
    """An assistant's message with calls."""
    return Message("assistant", (Text(text),) if text else (), calls)


def result(call: ToolCall, *parts: Part) -> Message:
    """What a call gave."""
    return Message("tool", parts, call_id=call.id)


def tool_calls(*messages: Message) -> list[dict[str, Any]]:
    """The calls of the first turn that has any, as the chat file has them."""
    calls: list[dict[str, Any]] = next(
        turn["toolCalls"] for turn in turns_in((*QUESTION, *messages)) if "toolCalls" in turn
    )
    return calls


class CallsTests(SynchronousTestCase):
    """What becomes of calls."""

    def test_call(self) -> None:
        """A call has the name the model sees, an id of ours, and its arguments as an object."""
        [call] = tool_calls(calling(PARIS), result(PARIS, Text("sunny")))
        self.assertRegex(call["name"], r"\Amcp_client_get_weather_[0-9a-f]{8}\Z")
        self.assertEqual((call["id"], call["args"]), ("call_0", {"city": "Paris"}))

    def test_result(self) -> None:
        """Its result is the answer of that call, texts joined."""
        [call] = tool_calls(calling(PARIS), result(PARIS, Text("sun"), Text("ny")))
        answer = {"id": "call_0", "name": call["name"], "response": {"output": "sunny"}}
        self.assertEqual(call["result"], [{"functionResponse": answer}])

    def test_order(self) -> None:
        """Results belong to their calls in whichever order they come."""
        calls = tool_calls(calling(PARIS, ROME), result(ROME, Text("r")), result(PARIS, Text("p")))
        answers = [call["result"][0]["functionResponse"] for call in calls]
        self.assertEqual(
            [(a["id"], a["response"]["output"]) for a in answers], [("call_0", "p"), ("call_1", "r")]
        )

    def test_same_ids_again(self) -> None:
        """Ids that a client uses twice are different ones for the program."""
        again = (calling(PARIS), result(PARIS, Text("x")))
        turns = turns_in((*QUESTION, *again, *again, *told(("user", "y"))))
        ids = [call["id"] for turn in turns for call in turn.get("toolCalls", ())]
        self.assertEqual(ids, ["call_0", "call_1"])

    def test_picture(self) -> None:
        """A picture follows its result; a result that is only a picture says so."""
        [call] = tool_calls(calling(PARIS), result(PARIS, PICTURE))
        answer, picture = call["result"]
        self.assertIn("picture", answer["functionResponse"]["response"]["output"])
        self.assertEqual(picture, {"inlineData": {"mimeType": "image/png", "data": "AA=="}})

    def test_empty_result(self) -> None:
        """A result may say nothing."""
        [call] = tool_calls(calling(PARIS), result(PARIS, Text("")))
        self.assertEqual(call["result"][0]["functionResponse"]["response"], {"output": ""})

    def test_no_result(self) -> None:
        """A call without a result is told to have none: the provider wants one for each."""
        [call] = tool_calls(calling(PARIS), *told(("user", "never mind")))
        self.assertIn("error", call["result"][0]["functionResponse"]["response"])

    def test_no_object(self) -> None:
        """Arguments that are no object are told as they are."""
        for said in ("[1]", "{", "[" * 100_000):
            [call] = tool_calls(calling(ToolCall("i", "f", said)), result(PARIS))
            self.assertEqual(call["args"], {"arguments": said})


class TurnTests(SynchronousTestCase):
    """What is told and what is asked."""

    def test_ends_in_results(self) -> None:
        """After results the prompt is what nobody sees, behind a turn that holds up the program's own."""
        made = conversation((*QUESTION, calling(PARIS), result(PARIS, Text("sunny"))))
        self.assertEqual(made.prompt, (Text(VEIL),))
        [*_, last] = turns_in((*QUESTION, calling(PARIS), result(PARIS, Text("sunny"))))
        self.assertEqual((last["type"], last["content"]), ("user", [{"text": VEIL, "thought": True}]))

    def test_question_after_results(self) -> None:
        """What the user says after results is the prompt."""
        messages = (*QUESTION, calling(PARIS), result(PARIS, Text("sunny")), *told(("user", "sure?")))
        self.assertEqual(conversation(messages).prompt, (Text("sure?"),))

    def test_ends_in_calls(self) -> None:
        """After calls that nobody answered the model is asked to go on."""
        self.assertEqual(conversation((*QUESTION, calling(PARIS))).prompt, (Text(CONTINUE),))

    def test_text_and_calls(self) -> None:
        """What was said with calls stays with them, and is all that is replayed."""
        made = conversation((*QUESTION, calling(PARIS, text="Let me see."), result(PARIS, Text("x"))))
        self.assertEqual(made.turns[1].parts, (Text("Let me see."),))
        self.assertEqual(made.replayed, ("Let me see.",))
        silent = conversation((*QUESTION, calling(PARIS), result(PARIS, Text("x"))))
        self.assertEqual(silent.replayed, ())

    def test_stray_result(self) -> None:
        """A result of no call stands in its place, marked."""
        made = conversation((result(PARIS, Text("sunny")), *told(("user", "hi"))))
        self.assertEqual(made.turns[0].parts[:2], (Text(RESULT), Text("sunny")))
