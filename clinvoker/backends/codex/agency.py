"""
How `codex app-server` is started to work by itself, and what its only thread is told.

It has its own texts, catalogue and tools, and its own sandbox holds it to what it may do.  What it asks
leave for is what the sandbox does not let it do, so it never gets it.  Settings, hooks and servers are
left out, the user's and the directory's, and its AGENTS.md with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency, Approval, Sandbox
from clinvoker.backends.codex.launch import CHAT, FEATURES_OFF, SETTINGS, flags
from clinvoker.backends.codex.words import INITIALIZE
from clinvoker.model import DIRECTORY, Launch
from clinvoker.talk import Record

_TEMPORARY = "tmp"

_POLICIES: Mapping[Approval, str] = {
    "default": "on-request",
    "auto": "on-request",
    "none": "never",
    "always": "untrusted",
}
_SANDBOXES: Mapping[Sandbox, str] = {
    "default": "read-only",
    "read-only": "read-only",
    "workspace": "workspace-write",
    "full": "danger-full-access",
}

_KEPT = (
    *("model_provider", "include_apps_instructions", "skills.include_instructions", "agents.enabled"),
    *("tools.experimental_request_user_input.enabled", "analytics.enabled", "check_for_update_on_startup"),
)
_AT_WORK: Mapping[str, object] = {
    **{name: SETTINGS[name] for name in _KEPT},
    "sandbox_workspace_write.exclude_slash_tmp": True,  # else it may write there
    "shell_environment_policy.ignore_default_excludes": False,  # keys and tokens are not for its commands
}
_TOOLS = ("shell_tool", "unified_exec", "view_image")

# As in a chat, but its steps are heard.
_STEPS = ("item/started", "item/completed")
_CAPABILITIES = INITIALIZE["capabilities"]
assert isinstance(_CAPABILITIES, dict)
GREETING: Record = {
    **INITIALIZE,
    "capabilities": {
        **_CAPABILITIES,
        "optOutNotificationMethods": [
            name for name in _CAPABILITIES["optOutNotificationMethods"] if name not in _STEPS
        ],
    },
}


def launch_at_work(agency: Agency) -> Launch:
    """The process for one run in agent mode."""
    distinct = msgspec.json.encode(replace(agency, actions=False))
    features_off = [name for name in FEATURES_OFF if name not in _TOOLS]
    return replace(
        CHAT,
        key=f"{CHAT.key}-{sha256(distinct).hexdigest()[:32]}",
        arguments=(*CHAT.arguments[:2], *flags(_AT_WORK, features_off), "-c", _untrusted(agency.workdir)),
        environment={**CHAT.environment, "TMPDIR": f"{DIRECTORY}/{_TEMPORARY}"},
        files={"codex/empty": "", f"{_TEMPORARY}/empty": ""},  # folders come with what is in them
        workdir=agency.workdir,
    )


def thread_at_work(agency: Agency) -> Record:
    """What `thread/start` is told."""
    return {
        "ephemeral": True,
        "cwd": agency.workdir,
        "approvalPolicy": _POLICIES[agency.approval],
        "sandbox": _SANDBOXES[agency.sandbox],
    }


def _untrusted(workdir: str) -> str:
    """
    A setting by which no directory on the way to this one is trusted: else `thread/start` with leave to
    write trusts it by itself, and starts the servers of its `.codex/config.toml` (0.169.0).
    """
    parts = workdir.strip("/").split("/")
    folders = ["/", *("/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1))]
    # A text in JSON is one in TOML, but for pairs of surrogates; none of it is the placeholder.
    names = (json.dumps(folder, ensure_ascii=False).replace("{", "\\u007b") for folder in folders)
    tables = (f'{name} = {{trust_level = "untrusted"}}' for name in names)
    return f"projects={{{', '.join(tables)}}}"
