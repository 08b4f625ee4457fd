"""
One run as a session of the program: where its files are, how far it is, what its records mean.

It goes through waiting, loading, prompted; each run has a session of its own and leaves nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

from clinvoker.backends.gemini import words
from clinvoker.backends.gemini.conversation import Conversation, chat_file_name
from clinvoker.backends.gemini.launch import HOME
from clinvoker.model import Event, ReasoningDelta, Started, TextDelta
from clinvoker.talk import Record, Remove, Step, Write

_TEXT = "agent_message_chunk"
_CHUNKS = (_TEXT, "agent_thought_chunk")
_NO_HEADLINE = "****\n"  # thoughts come as **headline**, a line's end, and the rest

Stage = Literal["waiting", "loading", "loaded", "prompted"]


class Session:
    """
    `directory` is the absolute path of the agent's private directory; `number` is unique in it.
    """

    def __init__(self, run: int, number: int, directory: str, conversation: Conversation, model: str) -> None:
        self.run = run
        self.id = f"{number:08d}-0000-4000-8000-000000000000"
        self.model = model
        self.prompt = conversation.prompt
        self.stage: Stage = "waiting"
        self.interrupted = False
        self.spoke = False  # some of the answer was text
        self._name = f"s{number}"
        self._conversation = conversation
        self._begun = False
        self._thinking = False
        self._replayed = deque(conversation.replayed)
        self._announced = False
        self.folder = f"{directory}/{HOME}/{self._name}"

    def files(self) -> list[Step]:
        """What must be there before it is loaded."""
        kept = f"{HOME}/.gemini/tmp/{self._name}"
        chat = self._conversation.chat_file(self.id, self.folder)
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
        text = words.text(words.part(update, "content"), "text")
        if kind not in _CHUNKS or not text or self._replay(text):
            return []
        if self.stage != "prompted" or self.interrupted:
            return []
        begun, self._begun = self._begun, True
        event = self._said(text) if kind == _TEXT else self._thought(text)
        return [event] if begun else [Started(self.model), event]

    def _said(self, text: str) -> Event:
        self.spoke = True
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
