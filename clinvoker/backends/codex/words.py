"""
The records of `codex app-server` as far as they are read, and the constant ones that are sent.

Shapes as in captures/codex/*.ndjson.  A field that is not named here is ignored.
"""

from __future__ import annotations

import msgspec

from clinvoker.tokens import Count


class _Words(msgspec.Struct, frozen=True, rename="camel"):
    pass


class RpcError(_Words, frozen=True):
    """Why a request was refused."""

    message: str = ""


class Initialized(_Words, frozen=True):
    """The answer to `initialize`."""

    user_agent: str  # "clinvoker/0.169.0 (Debian 12.0.0; x86_64) unknown (clinvoker; 0.1)"


class AuthStatus(_Words, frozen=True):
    """The answer to `getAuthStatus`."""

    auth_method: str | None = None


class ThreadName(_Words, frozen=True):
    """What a thread says of itself at its start."""

    id: str


class ThreadMade(_Words, frozen=True):
    """The answer to `thread/start`."""

    thread: ThreadName
    model: str = ""


class TurnError(_Words, frozen=True):
    """Why a turn failed.  `codex_error_info` is a word, or an object of one word and its details."""

    message: str = ""
    codex_error_info: object = None


class Item(_Words, frozen=True):
    """A part of a turn; only answers have a text that is read."""

    type: str = ""
    text: object = ""


class TurnState(_Words, frozen=True):
    """A turn, when it begins and when it has ended."""

    id: str
    status: str = ""
    error: TurnError | None = None
    items: tuple[Item, ...] = ()


class Note(_Words, frozen=True):
    """What every notification of a thread has."""

    thread_id: str


class TurnNote(Note, frozen=True):
    """`turn/started` and `turn/completed`."""

    turn: TurnState


class Delta(Note, frozen=True):
    """A piece of an answer or of a thought."""

    delta: str
    item_id: str = ""


class Piece(_Words, frozen=True, tag_field="method", tag="item/agentMessage/delta"):
    """The notification of a piece of an answer."""

    params: Delta


class SummaryPart(Note, frozen=True):
    """The next paragraph of a summary of thoughts begins."""

    summary_index: int = 0


class Tokens(_Words, frozen=True):
    """Counts of a thread so far, or of one response."""

    input_tokens: Count = 0
    cached_input_tokens: Count = 0
    output_tokens: Count = 0
    reasoning_output_tokens: Count = 0


class TokenUsage(_Words, frozen=True):
    """`total` is the thread's, `last` (not read) the last request's."""

    total: Tokens


class UsageNote(Note, frozen=True):
    """`thread/tokenUsage/updated`."""

    token_usage: TokenUsage


class RawItem(msgspec.Struct, frozen=True):
    """An item in the words of the Responses API; only calls and the results of calls are read."""

    type: str = ""
    call_id: str = ""
    name: str = ""
    arguments: str = ""


class RawItemNote(Note, frozen=True):
    """`rawResponseItem/completed`: an item the model wrote, or a result it will be told."""

    item: RawItem


class RawResponseNote(Note, frozen=True):
    """`rawResponse/completed`: a response of the provider is whole.  Some providers do not count."""

    usage: Tokens | None = None


class CallRequest(Note, frozen=True):
    """`item/tool/call`, a request.  `arguments`, parsed, are not read: the text is told before."""

    call_id: str


class ErrorNote(Note, frozen=True):
    """`error`: a notice if the program will try again, else a `turn/completed` follows."""

    error: TurnError
    will_retry: bool = False


INITIALIZE: dict[str, object] = {
    "clientInfo": {"name": "clinvoker", "title": None, "version": "0.1"},
    "capabilities": {
        "experimentalApi": True,  # `environments` is refused without it
        "requestAttestation": False,
        "optOutNotificationMethods": [  # never read here, and some repeat whole answers
            "account/rateLimits/updated",
            "item/completed",
            "item/started",
            "thread/started",
            "thread/status/changed",
        ],
    },
}

# A thread of its own for each run, on no disk and in no place.  With any text in
# `baseInstructions` and items injected before the first turn, 0.169.0 sends that text twice; the
# empty one leaves exactly the injected items.
THREAD: dict[str, object] = {
    "ephemeral": True,
    "environments": [],
    "approvalPolicy": "never",
    "sandbox": "read-only",
    "baseInstructions": "",
}

# What the program asks of us and how it is refused; other requests are answered with an error.
REFUSALS: dict[str, dict[str, object]] = {
    "item/commandExecution/requestApproval": {"decision": "decline"},
    "item/fileChange/requestApproval": {"decision": "decline"},
}
