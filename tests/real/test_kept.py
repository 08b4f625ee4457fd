"""
Conversations that go on in the program that gave the last answer: the model is told the same as by a
daemon that keeps none, and told in the session it was in.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
from typing import Any, ClassVar

from openai import APIStatusError

from tests.real.chats import PICTURE, ConversationCase, Json, result, tool, user
from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.exchanged import PLACES
from tests.real.rigs import RealTestCase

BRIEF = {"role": "system", "content": "Be brief."}
KEYS = ("the-key-of-one-client", "the-key-of-another")
QUESTIONS = (
    "!say hello there",
    "What is it?\n\nAnd h\u00e9llo \u4e16\u754c \U0001f600?",
    [{"type": "text", "text": "!say two "}, {"type": "text", "text": "parts"}],
    "!think hm, well\n!say I thought",
    "!say <b>a &amp; b</b>\\n\\n  and blanks ",
)
FOLDER = re.compile(r"/tmp/(s\d+)/memory/")  # of gemini's session, where there is a system text
# Which thread, which turn, when: and what the model's own items carry where ours do not.
UNSAID = ("client_metadata", "prompt_cache_key", "id", "status", "annotations")


def request(entry: Json) -> Any:
    """
    All that the provider received but names of threads and folders, and codex's thoughts: it brings those of
    the turns it had itself, which its provider lets be after the turn.
    """
    return _without(json.loads(PLACES.sub("/...", json.dumps(entry["body"]))))


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(each) for each in value if not _is_thought(each)]
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items() if name not in UNSAID}
    return value


def _is_thought(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "reasoning"


class KeptCase(ConversationCase):
    """A daemon that keeps conversations, and one that does not, at the same provider."""

    settings: ClassVar[Json] = {"conversations": {"keep": 8}}

    def setUp(self) -> None:
        """A conversation with nothing in it but a system text."""
        super().setUp()
        daemon = Daemon({"backends": self.configured(self.rig), "conversations": {"keep": 0}})
        self.enterContext(daemon)
        self.cold = daemon.client()
        self.addCleanup(self.cold.close)
        self.messages: list[Json] = [BRIEF]
        self.session = ""  # that had the last turn

    def session_of(self, entry: Json) -> str:
        """In which session of the program the provider was asked."""
        raise NotImplementedError

    def asked(self, client: Any, **more: Any) -> tuple[Any, Json]:
        """What the client is answered now, and what the provider received."""
        self.provider.forget()
        asked = {"model": self.backend, "messages": self.messages, **more}
        answer = client.chat.completions.create(**asked)
        [entry] = self.entries()
        return answer, entry

    def turn(self, content: Any, same: bool = True, **more: Any) -> Any:
        """
        Ask this, by both ways; gives the model's message.  `same` says whether it is expected to be told
        in the session that had the turn before.
        """
        return self.told([user(content)], same, **more)

    def told(self, messages: list[Json], same: bool = True, **more: Any) -> Any:
        """The same with any messages."""
        self.messages += messages
        live, entry = self.asked(self.client, **more)
        cold, anew = self.asked(self.cold, **more)
        self.assertEqual(request(anew), request(entry))
        self.assertEqual(cold.usage, live.usage)
        self.assertEqual(same, self.session_of(entry) == self.session, self.messages[-1])
        self.session = self.session_of(entry)
        message = live.choices[0].message
        self.assertEqual(cold.choices[0].message.content, message.content)
        self.messages.append(message.to_dict())
        return message


class KeptTests(KeptCase):
    """What holds for every program that keeps conversations."""

    takes_all: ClassVar[bool]  # any message can be told in a session that is kept
    other_model: ClassVar[str]

    def test_turns(self) -> None:
        """Question after question is told in one session."""
        for number, question in enumerate((*QUESTIONS, *QUESTIONS)):
            self.turn(question, same=number > 0)

    def test_many_messages(self) -> None:
        """Two questions at once are two; commands of the program's are words."""
        self.turn("!say hello", same=False)
        self.told([user("one"), user("!say two")], same=self.takes_all)
        self.turn("!say three")
        self.turn("/about", same=self.takes_all)
        self.turn("!say four", same=self.takes_all)

    def test_pictures(self) -> None:
        """Pictures are seen in their places, and the conversation goes on after them."""
        self.turn([PICTURE, {"type": "text", "text": "!say a dot"}], same=False)
        self.turn("!say indeed")
        self.turn([PICTURE, {"type": "text", "text": "!say another"}], same=self.takes_all)
        self.turn([{"type": "text", "text": "!say the last"}, PICTURE])
        self.turn("!say so it is")

    def test_after_failure(self) -> None:
        """A turn that failed ends the session; what is asked instead goes into a new one."""
        self.turn("!say hello", same=False)
        before = list(self.messages)
        self.messages.append(user("!error 400"))
        with self.assertRaises(APIStatusError):
            self.asked(self.client)
        self.messages = before
        self.turn("!say again", same=False)
        self.turn("!say and on")

    def test_after_leaving(self) -> None:
        """So does one whose client left."""
        self.turn("!say hello", same=False)
        asked = [*self.messages, user("!hang 2\n!say one two three")]
        stream = self.client.chat.completions.create(model=self.backend, messages=asked, stream=True)
        next(iter(stream))
        stream.close()
        self.provider.wait_for("!hang 2", "gone")
        self.turn("!say again", same=False)
        self.turn("!say and on")

    def test_changed(self) -> None:
        """An edited conversation is another one; the first can still go on."""
        self.turn("!say hello", same=False)
        first, session = list(self.messages), self.session
        self.messages = [BRIEF, user("!say goodbye"), *self.messages[2:]]
        self.turn("!say edited", same=False)
        self.messages, self.session = first, session
        self.turn("!say not edited")

    def test_death(self) -> None:
        """When its program has died the conversation is told to another, all of it."""
        self.turn("!say hello", same=False)
        programs = self.daemon.children()
        for pid in programs:
            with contextlib.suppress(ProcessLookupError):  # with its parent
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not programs & self.daemon.children(), 5, "the programs have gone")
        self.turn("!say again", same=False)

    def test_settings(self) -> None:
        """With another answer's form, model or effort it is another conversation."""
        self.turn("!say hello", same=False)
        messages = list(self.messages)
        for more in ({"reasoning_effort": "high"}, {"model": self.other_model}):
            self.messages = list(messages)
            self.turn("!say well", same=False, **more)
            self.turn("!say on", **more)


class CodexKeptTests(KeptTests, RealTestCase):
    """Codex CLI, whose sessions are its threads."""

    backend = "codex"
    takes_all = True
    other_model = "codex/gpt-5.5"

    def session_of(self, entry: Json) -> str:
        """The provider is told."""
        return str(entry["body"]["client_metadata"]["thread_id"])

    def test_tools(self) -> None:
        """A turn that waited for results is kept when it has ended, and the next may wait again."""
        tools = {"tools": [tool(), tool("get_time", None)]}
        self.turn("!say hello", same=False, **tools)
        for _ in range(2):
            call = self.live_calls("!tool get_weather {}\n!say let me see", tools)
            self.told([result(call, "sunny")], **tools)
            self.turn("!say and so on", **tools)

    def live_calls(self, text: str, tools: Json) -> Any:
        """Ask what makes the model call, of the daemon that keeps; gives the only call."""
        self.messages.append(user(text))
        answer, entry = self.asked(self.client, **tools)
        self.assertEqual(self.session, self.session_of(entry))
        self.messages.append(answer.choices[0].message.to_dict())
        [call] = answer.choices[0].message.tool_calls
        return call


class GeminiKeptTests(KeptTests, RealTestCase):
    """Gemini CLI, whose session shows in the path of its system text."""

    backend = "gemini"
    takes_all = False
    other_model = "gemini/gemini-3.5-flash"

    def session_of(self, entry: Json) -> str:
        """Its number, and which process it is of."""
        [system] = entry["body"]["systemInstruction"]["parts"]
        found = FOLDER.search(system["text"])
        return found[0] + PLACES.findall(system["text"])[0] if found else ""

    def test_tools(self) -> None:
        """Where tools are offered nothing is kept, and nothing changes."""
        tools = {"tools": [tool()]}
        for _ in range(2):
            self.turn("!say hello", same=False, **tools)

    def test_calls_before(self) -> None:
        """Calls of the past are told the same, whether they were loaded for this question or another."""
        call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        self.messages += [user("look"), {"role": "assistant", "tool_calls": [call]}]
        self.messages.append({"role": "tool", "tool_call_id": "c1", "content": "seen"})
        self.turn("!say well", same=False)
        self.turn("!say and on", same=False)  # the program wants something of ours behind results
        self.turn("!say and so on")

    def test_ahead(self) -> None:
        """A conversation that begins with a question finds a session: the model is told the same."""
        for _ in range(3):
            self.messages, self.session = [], ""
            self.turn("!say hello")
            self.turn("!say again")


class KeysTests(KeptCase, RealTestCase):
    """Two clients with one conversation."""

    backend = "codex"
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join(KEYS)}
    session_of = CodexKeptTests.session_of

    def test_apart(self) -> None:
        """Nobody goes on with the conversation of another key, and each goes on with its own."""
        self.messages.append(user("!say hello"))
        clients = [self.daemon.client(api_key=key) for key in KEYS]
        for client in clients:
            self.addCleanup(client.close)
        answers = [self.asked(client) for client in clients]
        first = [self.session_of(entry) for _, entry in answers]
        self.assertEqual(2, len(set(first)))
        self.messages += [answers[0][0].choices[0].message.to_dict(), user("!say again")]
        second = [self.session_of(self.asked(client)[1]) for client in clients]
        self.assertEqual(first, second)
        self.assertNotIn(self.session_of(self.asked(clients[1])[1]), first)
