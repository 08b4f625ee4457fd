"""
How the Gemini CLI is started to work by itself.

It keeps the private home of a chat and gets its own system text and tools back.  A sandbox it has only
with docker, so what it may do is bounded by which tools it has: those for files stay inside the
directory, a shell would not.  To be named as a tool is leave to use it, in every approval mode (0.61.0),
so where nobody gives leave the tools that need it are not there.

The process itself runs in the private folder: in the directory it would read an `.env` and settings
that may be anybody's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency, Approval, Sandbox
from clinvoker.backends.gemini.launch import HOME
from clinvoker.model import Launch

_MODE = "--approval-mode"
_SETTINGS = f"{HOME}/.gemini/settings.json"

_LOOKING = ("list_directory", "read_file", "read_many_files", "glob", "grep_search", "search_file_content")
_WRITING = (*_LOOKING, "write_file", "replace")
_UNDECIDED = ("default", "always")
_TOOLS: Mapping[Sandbox, tuple[str, ...]] = {
    "read-only": _LOOKING,
    "default": _WRITING,
    "workspace": _WRITING,
    "full": (*_WRITING, "run_shell_command", "web_fetch", "google_web_search"),
}
_MODES: Mapping[Approval, str] = {
    "default": "default",
    "auto": "auto_edit",
    "none": "yolo",
    "always": "default",
}


def launch_at_work(chat: Launch, agency: Agency) -> Launch:
    """The process for one run in agent mode, by what it would be for a chat."""
    distinct = msgspec.json.encode(replace(agency, actions=False))
    environment = {name: value for name, value in chat.environment.items() if name != "GEMINI_SYSTEM_MD"}
    return replace(
        chat,
        key=f"{chat.key}-{sha256(distinct).hexdigest()[:32]}",
        arguments=(*chat.arguments, _MODE, _MODES[agency.approval]),
        environment=environment,
        files={**chat.files, _SETTINGS: _settings(chat.files[_SETTINGS], agency)},
        outside=(agency.workdir,),
    )


def at_work(launch: Launch) -> bool:
    """Whether a process of this launch works by itself."""
    return _MODE in launch.arguments


def _settings(chat: str, agency: Agency) -> str:
    settings = json.loads(chat)
    settings["tools"]["core"] = _LOOKING if agency.approval in _UNDECIDED else _TOOLS[agency.sandbox]
    settings["model"]["maxSessionTurns"] = agency.max_turns or -1
    return json.dumps(settings, indent=1)
