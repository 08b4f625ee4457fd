"""
What a process was told since it was blank, and how it is made blank again.  Pure.

Seen with 2.1.330 and 2.1.197: `rewind_conversation` takes back one message of the user's with all that
follows it, if it is the last that stands: so all are taken back, from the last to the first.  It tells
what precedes a message that is gone: before the first there is only the anchor, an empty answer that
no provider is sent, and without which the first could not be taken back.  Results of tools cannot be
taken back by themselves and go with the message before them.  Sent together the requests are answered
in their order, 500 of them in half a second.

Messages are known to the program by the first 24 letters of their ids alone: of those that share them
it takes all back with one.
"""

from __future__ import annotations

from collections.abc import Mapping

from clinvoker.backends.claude import words
from clinvoker.backends.claude.tools import SERVERS
from clinvoker.backends.claude.words import Reply
from clinvoker.talk import Record

_PART_OF_A_CALL = "target_splits_tool_call"
_REWIND, _SETTINGS, _TOOLS = "rewind-", "forget-settings", "forget-tools"


def anchor() -> Record:
    """What every conversation of a process stands on; sent once, before all else."""
    return {**words.assistant([{"type": "text", "text": ""}]), "uuid": _id(0)}


class Past:
    """
    Remembers what must be taken back, in a few words whatever the conversation; asks for it, and judges
    the answers.
    """

    def __init__(self) -> None:
        self.proven = False  # it was blank again at least once
        self._first = 1  # the number of the conversation's first message of the user's
        self._next = 1
        self._settings: dict[str, object] = {}  # each that was made, as it is unmade
        self._tools = False
        self._servers = 0
        self._awaited: set[str] = set()  # requests that are not answered yet
        self._failed = False

    def told(self, record: Record) -> Record:
        """A user's message with an id by which it can be taken back."""
        if record["type"] != "user":
            return record
        self._next += 1
        return {**record, "uuid": _id(self._next - 1)}

    def settled(self, settings: Record) -> None:
        """These settings were made."""
        self._settings.update((name, _unmade(value)) for name, value in settings.items())

    def server(self) -> str:
        """The program gets tools: by what name of their server."""
        self._tools = True
        self._servers += 1
        return SERVERS[(self._servers - 1) % len(SERVERS)]

    def forget(self) -> list[Record]:
        """The requests that take all back; none if there is nothing."""
        requests = [_rewind(number) for number in range(self._next - 1, self._first - 1, -1)]
        if self._tools:
            requests.append(words.control(_TOOLS, "mcp_set_servers", servers={}))
        if self._settings:
            requests.append(words.control(_SETTINGS, "apply_flag_settings", settings=self._settings))
        self._awaited = {str(request["request_id"]) for request in requests}
        self._failed = False
        return requests

    def awaits(self, reply: Reply) -> bool:
        """Whether this is an answer to one of those requests."""
        return reply.request_id in self._awaited

    def answered(self, reply: Reply) -> bool | None:
        """Take such an answer.  At the last of them: whether the process is blank; before, None."""
        self._awaited.remove(reply.request_id)
        self._failed = self._failed or not self._as_expected(reply)
        if self._awaited:
            return None
        blank = not self._failed
        self.proven = self.proven or blank
        self._first, self._settings, self._tools = self._next, {}, False
        return blank

    def _as_expected(self, reply: Reply) -> bool:
        if reply.subtype != "success":
            return False
        if not reply.request_id.startswith(_REWIND):
            return True
        said = reply.response
        if reply.request_id == f"{_REWIND}{self._first}":
            return said.rewound is True and said.precedingAssistantUuid == _id(0)
        return said.rewound is True or said.reason == _PART_OF_A_CALL


def _rewind(number: int) -> Record:
    request_id = f"{_REWIND}{number}"
    return words.control(request_id, "rewind_conversation", target_message_uuid=_id(number))


def _id(number: int) -> str:
    """The id of a message: unique in its process, and in its first 24 letters."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def _unmade(value: object) -> object:
    """A setting without effect; of variables, each by itself: an empty mapping would change nothing."""
    return dict.fromkeys(value) if isinstance(value, Mapping) else None
