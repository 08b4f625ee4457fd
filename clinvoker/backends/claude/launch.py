"""
How `claude` is started for chat: no tools but the client's, no settings of the user's, no retry that we
do not see.

Nothing of a request is here but the schema of an answer, which the program takes only at its start
(2.1.330).  All else goes in over stdin, so that every process can serve every other request; but a
system text can only be changed for another, not for none: a conversation without one is not for a process
that had one.  What stays although nobody asked for it: one line of the program's own before the system
text, and a message with directory, system and date after the first turn (2.1.330 leaves that out only
with `--bare`, which does not read subscription logins).
"""

from __future__ import annotations

import json
from hashlib import sha256

import msgspec

from clinvoker.backends.claude.tools import SERVERS
from clinvoker.model import DIRECTORY, Launch, Output
from clinvoker.talk import Record

BACKEND = "claude"
PROGRAM = "claude"
MODELS = ("sonnet", "opus", "haiku")  # the program's names for the newest of each

# An empty value is written with "=": `--tools` and its like take every word that follows.
_FLAGS = (
    "-p",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--include-partial-messages",
    "--verbose",  # stream-json is refused without it
    "--tools=",
    f"--allowedTools={','.join(f'mcp__{name}' for name in SERVERS)}",  # right for plain names too
    "--strict-mcp-config",
    "--setting-sources=",
    "--disable-slash-commands",
    "--no-session-persistence",
    "--system-prompt-snapshot=off",  # else a system text given after the start is not sent
)

_ENVIRONMENT = {
    # With one retry the program announces it, and how long the provider told it to wait; with none
    # it does not say.  The talk stops the turn at the announcement: nothing is asked twice.
    "CLAUDE_CODE_MAX_RETRIES": "1",
    "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",  # it says everything again
    "CLAUDE_CODE_DISABLE_REFUSAL_RETRY": "1",
    "CLAUDE_CODE_DISABLE_REFUSAL_FALLBACK": "1",
    "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",  # "@/etc/passwd" would be read
    "CLAUDE_AGENT_SDK_MCP_NO_PREFIX": "1",  # the client's tools by their own names
    "CLAUDE_CODE_MAX_MCP_DESCRIPTION_LENGTH": "10000000",  # else what tools are for is cut after 4096
    "MAX_MCP_OUTPUT_TOKENS": "100000000",  # else long results are put into a file
    "ENABLE_TOOL_SEARCH": "false",  # else many tools are hidden behind one that looks for them
    "ENABLE_CLAUDEAI_MCP_SERVERS": "false",
    "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",  # else it is a part of the system text
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "TMPDIR": DIRECTORY,  # each process leaves a folder behind
    "CLAUDE_CODE_TMPDIR": DIRECTORY,
}

# The launch of every chat without a system text.
CHAT = Launch(
    key=BACKEND,
    arguments=(PROGRAM, *_FLAGS),
    environment=_ENVIRONMENT,
    outside=("$CLAUDE_CONFIG_DIR", "~/.claude", "~/.claude.json"),  # with the login
)

_SCHEMA = "schema.json"


def launch_for(output: Output, system: bool = False) -> Launch:
    """The launch for an answer of this kind, in a conversation with or without a system text."""
    chat = msgspec.structs.replace(CHAT, key=f"{BACKEND} system", unused=CHAT.key) if system else CHAT
    if output.kind != "json_schema":
        return chat
    # "$schema" names a draft that the program may not know, and says nothing else.
    schema = {word: value for word, value in output.schema.items() if word != "$schema"}
    # Text of a client's must not be taken for the placeholder.
    text = json.dumps(schema).replace(DIRECTORY, "\\u007b" + DIRECTORY[1:])
    mark = sha256(text.encode()).hexdigest()[:32]
    unused = f"{chat.unused} {mark}" if chat.unused else ""
    return msgspec.structs.replace(chat, key=f"{chat.key} {mark}", unused=unused, files={_SCHEMA: text})


def schema_of(launch: Launch) -> Record | None:
    """The schema that answers of a process must satisfy, if there is one."""
    text = launch.files.get(_SCHEMA)
    return None if text is None else msgspec.json.decode(text, type=dict[str, object])


# What it may see of the daemon's environment: logins and clouds.  Not "CLAUDE_*": a daemon started
# from within Claude Code has CLAUDE_CODE_ENTRYPOINT, CLAUDE_CODE_SSE_PORT and more of that session.
ENVIRONMENT = (
    "ANTHROPIC_*",
    "AWS_*",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_SKIP_*_AUTH",
    "CLAUDE_CODE_CLIENT_*",  # certificates for a gateway
    "CLAUDE_CONFIG_DIR",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "VERTEX_REGION_*",
)
