"""A long chain of stored responses, over an end of the daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import read_request
from clinvoker.model import Finished, Message, TextDelta, ToolCallDelta, ToolCallStarted, Usage
from tests.dialects.chats import body as chat_body
from tests.storage.test_sqlite import PumpedStore
from tests.web.test_responses import RESPONSES, TOOL
from tests.web.wire import House, Reply

LENGTH = 200
CALL = 7  # each so-manieth answer is a call


class ChainTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "state.db"
        self.open("first")
        self.addCleanup(self.close)

    def open(self, ids: str) -> None:
        """A daemon over the file; ids are made anew by each."""
        self.store = PumpedStore(self.path)
        self.store.open()
        self.house = House(self.store, ids)
        self.wire = self.house.wire()

    def close(self) -> None:
        """The end of the daemon."""
        closed = self.store.close()
        self.store.worker.pump()
        self.successResultOf(closed)

    def made(self, number: int, **fields: Any) -> Any:
        """The answer to a request."""
        self.wire.post(RESPONSES, {"model": "claude", "tools": [TOOL], **fields})
        self.store.worker.pump()
        if number % CALL:
            said = (TextDelta("said "), TextDelta(f"{number}"), Finished("stop", Usage()))
        else:
            call = ToolCallStarted(f"c{number}", "f")
            said = (TextDelta("Well."), call, ToolCallDelta(call.id, "{}"), Finished("tool_calls", Usage()))
        self.house.run.hear(*said)
        return Reply(self.wire.take(), "POST").json

    def test_chain(self) -> None:
        """
        Each of 200 responses hears exactly what a client of chat completions would send, though the daemon
        ends in the middle; so does a branch from near the beginning.
        """
        told: list[dict[str, Any]] = []  # what such a client would have by now
        ids: list[str] = []
        for number in range(LENGTH):
            if number == LENGTH // 2:
                self.close()
                self.open("second")
            items, messages = asked(number)
            told += messages
            previous = {"previous_response_id": ids[-1]} if ids else {}
            ids.append(self.made(number, input=items, **previous)["id"])
            self.assertEqual(chat(told), self.house.run.invocation.messages)
            told.append(answered(number))
        self.made(LENGTH, input="branch", previous_response_id=ids[1])
        self.assertEqual(
            chat([*told[:4], {"role": "user", "content": "branch"}]), self.house.run.invocation.messages
        )


def chat(messages: list[dict[str, Any]]) -> tuple[Message, ...]:
    """What the chat dialect makes of these."""
    return read_request(chat_body(messages=messages)).invocation.messages


def asked(number: int) -> tuple[Any, list[dict[str, Any]]]:
    """What comes new, as an input and as a chat's messages: after a call its result."""
    if (number - 1) % CALL or not number:
        text = f"question {number}"
        return text, [{"role": "user", "content": text}]
    call = f"c{number - 1}"
    output = {"type": "function_call_output", "call_id": call, "output": "done"}
    return [output], [{"role": "tool", "tool_call_id": call, "content": "done"}]


def answered(number: int) -> dict[str, Any]:
    """The answer as such a client would send it back."""
    if number % CALL:
        return {"role": "assistant", "content": f"said {number}"}
    call = {"id": f"c{number}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    return {"role": "assistant", "content": "Well.", "tool_calls": [call]}
