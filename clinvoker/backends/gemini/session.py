"""
A session of the program: where its files are, how far it is, what its records mean.

It goes through waiting, loading, loaded, prompted; one that is kept is prompted again, as another run.
In the end it leaves nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

from clinvoker.backends.gemini import words
from clinvoker.backends.gemini.chat_file import FIRST, chat_file_name
from clinvoker.backends.gemini.conversation import Conversation
from clinvoker.backends.gemini.launch import HOME
from clinvoker.backends.gemini.names import SERVER
from clinvoker.backends.gemini.outcome import outcome
from clinvoker.backends.gemini.tools import Toolbox
from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Event,
    Finished,
    Message,
    ReasoningDelta,
    Started,
    Text,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from clinvoker.talk import Record, Remove, Step, Write

_TEXT = "agent_message_chunk"
_CHUNKS = (_TEXT, "agent_thought_chunk")
_NO_HEADLINE = "****\n"  # thoughts come as **headline**, a line's end, and the rest

Stage = Literal["waiting", "loading", "loaded", "prompted", "kept"]


class Session:
    """
    `directory` is the absolute path of the agent's private directory; `number` is unique in it.
    `address` is where its functions are served, empty if there are none.
    """

    first = FIRST  # the id of what is loaded first: the program adds nothing of its own to it

    def __init__(
        self,
        run: int,
        number: int,
        directory: str,
        conversation: Conversation,
        model: str,
        toolbox: Toolbox,
        address: str = "",
    ) -> None:
        self.run = run
        self.id = f"{number:08d}-0000-4000-8000-000000000000"
        self.model = model
        self.prompts = 0  # so far
        self.messages: Sequence[Message] = ()  # all that went in, the last prompt included
        self.toolbox = toolbox
        self.address = address
        self.stage: Stage = "waiting"
        self.interrupted = False
        self.spoke = False  # some of the answer was text
        self.misused = ""  # what was wrong with a call that the program did not pass on
        self._name = f"s{number}"
        self._conversation = conversation
        self._texts: list[str] = []  # of the answer
        self._begun = False
        self._thinking = False
        self._replayed = deque(conversation.replayed)
        self._announced = False
        self.folder = f"{directory}/{HOME}/{self._name}"

    def take(self, run: int, asked: Conversation, model: str, messages: Sequence[Message]) -> None:
        """
        Be the session of another run, which asks something as short as a prompt; `messages` are all that was
        said, with that.
        """
        self.run, self.model, self.messages = run, model, messages
        self._conversation = asked
        self.spoke, self._begun, self._thinking, self._texts = False, False, False, []
        if self.stage == "kept":
            self.stage = "loaded"
            self._replayed.clear()

    def said(self) -> Sequence[Message]:
        """All that was said in it, the answer included."""
        return (*self.messages, Message("assistant", (Text("".join(self._texts)),)))

    @property
    def prompt(self) -> list[Record]:
        """What is asked."""
        return [words.block(part) for part in self._conversation.prompt]

    @property
    def lasting(self) -> bool:
        """
        Whether it holds now what would be loaded if the conversation went on.  With functions it can be
        prompted only once (`launch.py`).
        """
        return self._conversation.whole and not self.address and not self.misused

    @property
    def place(self) -> Record:
        """How the program is told of it."""
        server = {"type": "http", "name": SERVER, "url": self.address, "headers": []}
        return {"sessionId": self.id, "cwd": self.folder, "mcpServers": [server] if self.address else []}

    def files(self) -> list[Step]:
        """What must be there before it is loaded."""
        kept = f"{HOME}/.gemini/tmp/{self._name}"
        chat = self._conversation.chat_file(self.id, self.folder, self.first)
        steps: list[Step] = [
            Write(f"{HOME}/{self._name}/empty", ""),
            Write(f"{kept}/.project_root", self.folder),
            Write(f"{kept}/chats/{chat_file_name(self.id)}", chat),
        ]
        if self._conversation.system:
            steps.append(Write(f"{kept}/memory/MEMORY.md", self._conversation.system))
        return steps

    def removal(self) -> list[Step]:
        """Everything of it, the program's own notes included."""
        kept = (f"{HOME}/.gemini/tmp", f"{HOME}/.gemini/history", HOME)
        return [Remove(f"{place}/{self._name}") for place in kept]

    @property
    def settled(self) -> bool:
        """
        Whether it can be prompted: loaded, and its past told again.  The announcement of commands is the
        sign of that; should some of the past come later still, `_replay` knows it.
        """
        return self.stage == "loaded" and (self._announced or not self._replayed)

    def update(self, update: Record) -> list[Event]:
        """The events of one `session/update`; none for kinds that are not known."""
        kind = words.text(update, "sessionUpdate")
        if kind == "available_commands_update":
            self._announced = True
        if kind == "tool_call_update" and words.text(update, "status") == "failed":
            self.misused = self.misused or words.first_text(update) or "no reason given"
        text = words.text(words.part(update, "content"), "text")
        if kind not in _CHUNKS or not text or self._replay(text):
            return []
        if self.stage != "prompted" or self.interrupted:
            return []
        return self._opened([self._said(text) if kind == _TEXT else self._thought(text)])

    def asked(self, record: Record) -> list[Step]:
        """The answer to what the program asks leave for."""
        return [words.reply(record)]

    def called(self) -> list[Event]:
        """The events of the calls that the model made."""
        events: list[Event] = []
        for call in self.toolbox.calls:
            events += [ToolCallStarted(call.id, call.name), ToolCallDelta(call.id, call.arguments)]
        return self._opened(events) if events else []

    def outcome(self, result: Record, counted: bool) -> Finished | ClinvokerError:
        """How its prompt ended; `counted` says whether this provider counts tokens."""
        return outcome(result, self.spoke, counted, len(self.toolbox.calls), self.misused)

    def _opened(self, events: list[Event]) -> list[Event]:
        begun, self._begun = self._begun, True
        return events if begun else [Started(self.model), *events]

    def _said(self, text: str) -> Event:
        self.spoke = True
        self._texts.append(text)
        return TextDelta(text)

    def _thought(self, text: str) -> Event:
        """A headline begins a new paragraph; a thought without one goes on with the last."""
        bare = text.removeprefix(_NO_HEADLINE)
        parted = self._thinking and bare == text
        self._thinking = True
        return ReasoningDelta(f"\n\n{bare}" if parted else bare)

    def _replay(self, text: str) -> bool:
        if not self._replayed or self._replayed[0] != text:
            return False
        self._replayed.popleft()
        return True
