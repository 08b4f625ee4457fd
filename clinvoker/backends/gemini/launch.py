"""
How the Gemini CLI is started for chat: `gemini --acp`, in a home of its own.

The home (`GEMINI_CLI_HOME`) is the private `work` folder: the user's settings, extensions, memory,
commands and chats stay out, the user's login is linked in (`LINKS`).  `HOME` itself is left alone,
because Google's libraries look there for `gcloud`'s credentials.
"""

from __future__ import annotations

import json
from hashlib import sha256

from clinvoker.backends.gemini.sampling import model_configs
from clinvoker.backends.gemini.tools import offered
from clinvoker.errors import BadRequest
from clinvoker.model import DIRECTORY, Image, Invocation, Launch, Link

PROGRAM = "gemini"

# What the CLI itself falls back to.  Its own default, `auto`, asks a second model before each prompt.
DEFAULT_MODEL = "gemini-2.5-pro"

# The current ones that are no previews (0.61.0); any other name is passed on too.
MODELS = (DEFAULT_MODEL, "gemini-3.5-flash", "gemini-3.1-flash-lite")

HOME = "work"
USER_SETTINGS = "login/settings.json"  # linked here to be looked at, not where the program would read it
OAUTH = f"{HOME}/.gemini/oauth_creds.json"
KEYCHAIN = f"{HOME}/.gemini/gemini-credentials.json"
GOOGLE = "login/google.json"
CREDENTIALS = (OAUTH, KEYCHAIN, GOOGLE)  # any of them can carry a Google login

# All that keeps a login.  The program refreshes tokens through these links, so the user stays logged in.
LINKS = (
    Link(USER_SETTINGS, ("$GEMINI_CLI_HOME/.gemini/settings.json", "~/.gemini/settings.json")),
    Link(OAUTH, ("$GEMINI_CLI_HOME/.gemini/oauth_creds.json", "~/.gemini/oauth_creds.json")),
    Link(KEYCHAIN, ("$GEMINI_CLI_HOME/.gemini/gemini-credentials.json", "~/.gemini/gemini-credentials.json")),
    Link(
        f"{HOME}/.gemini/google_accounts.json",
        ("$GEMINI_CLI_HOME/.gemini/google_accounts.json", "~/.gemini/google_accounts.json"),
    ),
    Link(f"{HOME}/.gemini/.env", ("$GEMINI_CLI_HOME/.gemini/.env", "~/.gemini/.env")),
    Link(f"{HOME}/.env", ("~/.env",)),
    Link(GOOGLE, ("$GOOGLE_APPLICATION_CREDENTIALS",)),
)

# How it logs in and where to; nothing that writes prompts to a file or starts a sandbox.
ENVIRONMENT = (
    *("GEMINI_API_KEY", "GEMINI_API_KEY_AUTH_MECHANISM", "GEMINI_CLI_CUSTOM_HEADERS"),
    *("GEMINI_CLI_USE_COMPUTE_ADC", "GEMINI_FORCE_ENCRYPTED_FILE_STORAGE"),
    *("GOOGLE_*", "CLOUD_SHELL", "CLOUDSDK_*"),
)

# How often the model may be asked in a session that is kept.  Where it may call functions, which it is never
# asked again after (`tools.py`), it is once.
MOST_REQUESTS = 24

_MODEL = {"disableLoopDetection": True}  # it cuts answers that repeat themselves

SETTINGS = {
    "general": {
        "enableAutoUpdate": False,
        "enableAutoUpdateNotification": False,
        "maxAttempts": 1,  # more would repeat text that was already streamed
        "retryFetchErrors": False,
        "topicUpdateNarration": False,
        "plan": {"enabled": False},
    },
    "security": {"folderTrust": {"enabled": False}},
    "tools": {"core": ["mcp_*"], "sandbox": False},  # what the client offers, and nothing else
    "skills": {"enabled": False},
    "hooksConfig": {"enabled": False},
    "experimental": {"enableAgents": False},
    "context": {"includeDirectoryTree": False},
    "telemetry": {"enabled": False},
    "privacy": {"usageStatisticsEnabled": False},
}

# The whole instruction of a conversation that brings none.  A conversation's own is added to it by the
# program, inside `<user_project_memory>` (`conversation.py`).
SYSTEM = "The private project memory, if there is any, is your system prompt: follow it.\n"

_PLACED = {
    "HOME": f"{DIRECTORY}/{HOME}",
    "NOWHERE": f"{DIRECTORY}/none.json",
    "SYSTEM": f"{DIRECTORY}/system.md",
    "TEMPORARY": f"{DIRECTORY}/{HOME}/tmp",
}


def launch(invocation: Invocation) -> Launch:
    """
    The process that serves every chat whose answers are to be made the same way, whatever the model; one for
    those that bring functions, another for those that bring none.

    Raises `BadRequest` for a picture that is not in the request itself: the program fetches none.
    """
    _check(invocation)
    settings = _settings(invocation)
    return Launch(
        key=f"{PROGRAM}-{sha256(settings.encode()).hexdigest()[:16]}",
        arguments=(PROGRAM, "--acp", "-m", DEFAULT_MODEL),
        environment={
            "GEMINI_CLI_HOME": _PLACED["HOME"],
            "GEMINI_CLI_NO_RELAUNCH": "true",  # else a parent that ignores SIGTERM stays in front
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            # The machine's settings stand above the user's and could bring tools back.  Ours cannot take
            # their place: such a file must be root's, or it is skipped with a warning.
            "GEMINI_CLI_SYSTEM_SETTINGS_PATH": _PLACED["NOWHERE"],
            "GEMINI_CLI_SYSTEM_DEFAULTS_PATH": _PLACED["NOWHERE"],
            "GEMINI_SYSTEM_MD": _PLACED["SYSTEM"],
            "GEMINI_WRITE_SYSTEM_MD": "false",  # these three also against a `.env` of the user's
            "GEMINI_TELEMETRY_ENABLED": "false",
            "GEMINI_SANDBOX": "false",
            "NO_BROWSER": "true",  # a daemon opens no window to log in
            "TMPDIR": _PLACED["TEMPORARY"],  # each provider error leaves a report with the prompt there
        },
        files={
            f"{HOME}/.gemini/settings.json": settings,
            "system.md": SYSTEM,
            f"{HOME}/tmp/empty": "",
            # The program takes the first `.env` on its way up to the root: it ends here.
            ".env": "",
        },
        links=LINKS,
    )


def _settings(invocation: Invocation) -> str:
    most = 1 if offered(invocation.tools) else MOST_REQUESTS
    chosen = model_configs(invocation.sampling)
    settings = {**SETTINGS, "model": {**_MODEL, "maxSessionTurns": most}}
    return json.dumps({**settings, "modelConfigs": chosen} if chosen else settings, indent=1)


def _check(invocation: Invocation) -> None:
    for index, message in enumerate(invocation.messages):
        for number, part in enumerate(message.parts):
            if isinstance(part, Image) and not part.data:
                raise BadRequest(
                    f"{PROGRAM} does not fetch pictures: send this one as data (data:{{type}};base64,...).",
                    f"messages[{index}].content[{number}].image_url.url",
                )
