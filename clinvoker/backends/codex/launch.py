"""
How `codex app-server` is started for chat: no tools, no texts of its own, no retries.

Everything is said by `-c`, and nothing by a config.toml: when the program cannot take its
configuration it starts with defaults in which `-c` still holds, but the file does not (seen with
a ChatGPT login and no network).  The last `-c` for a key wins, so arguments that the owner of the
machine appends are stronger than these.

The program gets a home of its own, so that nothing the user has set up for work at a terminal
(MCP servers, hooks, AGENTS.md, profiles) has a part in a chat.  The login is the user's: a link
leads to auth.json, and codex 0.169 writes renewed tokens through it.  A login kept in the system's
keyring is bound to the user's own home and is not found from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from clinvoker.backends.codex.catalogue import catalogue
from clinvoker.model import DIRECTORY, Launch, Link

PROVIDER = "clinvoker"
_HOME = f"{DIRECTORY}/codex"
_UNBOUNDED = 1_000_000_000

# Without a base_url the program goes where its login belongs: api.openai.com or chatgpt.com.
_PROVIDER: dict[str, object] = {
    "name": PROVIDER,  # under the name "OpenAI" items carry metadata and bodies are compressed
    "requires_openai_auth": True,
    "supports_websockets": False,
    "request_max_retries": 0,  # a retry after the first words would say them twice
    "stream_max_retries": 0,
}

SETTINGS: dict[str, object] = {
    "model_provider": PROVIDER,
    "model_catalog_json": f"{_HOME}/catalogue.json",
    "approval_policy": "never",
    "sandbox_mode": "read-only",
    "web_search": "disabled",
    "project_doc_max_bytes": 0,
    "include_permissions_instructions": False,
    "include_apps_instructions": False,
    "include_environment_context": False,
    "include_collaboration_mode_instructions": False,
    "skills.include_instructions": False,
    "tools.experimental_request_user_input.enabled": False,
    "agents.enabled": False,
    "analytics.enabled": False,
    "check_for_update_on_startup": False,
    # Else a long history is replaced by a summary before it is sent, and long results are cut.
    "model_auto_compact_token_limit": _UNBOUNDED,
    "model_context_window": _UNBOUNDED,
    "tool_output_token_limit": 10_000_000,
    "thread_unload_delay_secs": 1,  # else each run leaves a megabyte behind
}

# What a thread says besides where the program has no login.  Its app-server ignores keys in the
# environment; a key printed by a command it takes, and where none is printed it sends none.
KEY_OF_ENVIRONMENT: dict[str, object] = {
    f"model_providers.{PROVIDER}.requires_openai_auth": False,
    f"model_providers.{PROVIDER}.auth": {
        "command": "sh",
        "args": ["-c", 'printf %s "${CODEX_API_KEY:-$OPENAI_API_KEY}"'],
    },
}

FEATURES_OFF = (
    *("shell_tool", "unified_exec", "shell_snapshot", "apps", "plugins", "goals", "hooks", "sleep_tool"),
    *("image_generation", "view_image", "tool_suggest", "skill_search", "browser_use", "computer_use"),
    *("skill_mcp_dependency_install", "in_app_browser", "workspace_dependencies"),
    "unbounded_connection_retries",  # else a dead network is waited for without end
)


def flags(settings: Mapping[str, object], features_off: Iterable[str]) -> list[str]:
    """The arguments that say all this, and how the provider is reached."""
    settings = {
        **settings,
        **{f"features.{name}": False for name in features_off},
        **{f"model_providers.{PROVIDER}.{key}": value for key, value in _PROVIDER.items()},
    }
    # A value is TOML; of what is used here JSON is a part of it.
    return [word for key, value in settings.items() for word in ("-c", f"{key}={json.dumps(value)}")]


# The launch of every chat: one process serves all models and many runs at a time.
CHAT = Launch(
    key="codex",
    arguments=("codex", "app-server", *flags(SETTINGS, FEATURES_OFF)),
    environment={"CODEX_HOME": _HOME, "CODEX_SQLITE_HOME": _HOME},
    files={"codex/catalogue.json": catalogue()},
    links=(Link("codex/auth.json", ("$CODEX_HOME/auth.json", "~/.codex/auth.json")),),
)
