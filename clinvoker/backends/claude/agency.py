"""
How `claude` is started to work by itself, and what it is told when it asks leave.

It has its own system text and tools; settings, hooks, servers and skills of the user's and of the
directory's are left out as in a chat: a file that the agent wrote could else be a command next time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency, Approval, Sandbox
from clinvoker.backends.claude.launch import CHAT
from clinvoker.model import DIRECTORY, Invocation, Launch, Message
from clinvoker.talk import sendable

_SYSTEM = "system.json"
_OF_CHATS = ("--tools", "--allowedTools", "--system-prompt")
_ASIDE = ("system", "developer")

# Which of its tools it has.  It holds `Write` and `Edit` to the directory itself, and asks before a
# command that is more than looking (2.1.330).
_LOOKING = ("Read", "Glob", "Grep")
_WORKING = (*_LOOKING, "Bash", "Edit", "Write", "NotebookEdit", "WebFetch", "WebSearch")
_TOOLS: Mapping[Sandbox, tuple[str, ...]] = {
    "read-only": _LOOKING,
    "workspace": _WORKING,
    "default": _WORKING,
    "full": _WORKING,
}

_PERMISSION_MODES: Mapping[Approval, str] = {
    "default": "default",
    "auto": "acceptEdits",
    "none": "dontAsk",
    "always": "default",
}


def launch(invocation: Invocation) -> Launch:
    """The process for one run in agent mode: its directory, what it may do, the client's system text."""
    agency = invocation.agency
    said = "\n\n".join(message.text for message in invocation.messages if message.role in _ASIDE)
    # Text of a client's must not be taken for the placeholder.
    system = json.dumps(sendable(said)).replace(DIRECTORY, "\\u007b" + DIRECTORY[1:])
    chat = [flag for flag in CHAT.arguments if not flag.startswith(_OF_CHATS)]
    distinct = msgspec.json.encode((replace(agency, actions=False), system))
    return replace(
        CHAT,
        key=f"{CHAT.key}-{sha256(distinct).hexdigest()[:32]}",
        arguments=(*chat, *_flags(agency)),
        files={_SYSTEM: system},
        workdir=agency.workdir,
    )


def system_of(launch: Launch) -> str:
    """The client's system text, which the program is told at its start."""
    return msgspec.json.decode(launch.files[_SYSTEM], type=str)


def spoken(invocation: Invocation) -> Invocation:
    """What is left to say when the process was told the system text at its start."""
    said: tuple[Message, ...] = tuple(each for each in invocation.messages if each.role not in _ASIDE)
    return replace(invocation, messages=said)


def permitted(agency: Agency) -> bool:
    """Whether it gets the leave it asks for: what it asks for is never bounded by its directory."""
    return agency.approval == "auto" and agency.sandbox == "full"


def _flags(agency: Agency) -> list[str]:
    flags = [
        f"--tools={','.join(_TOOLS[agency.sandbox])}",
        f"--permission-mode={_PERMISSION_MODES[agency.approval]}",
        "--permission-prompt-tool=stdio",
    ]
    return [*flags, f"--max-turns={agency.max_turns}"] if agency.max_turns else flags
