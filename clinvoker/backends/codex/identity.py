"""
What the program says of itself, in words for people.
"""

from __future__ import annotations

import re

_LOGINS = {
    "chatgpt": "logged in with ChatGPT",
    "apikey": "logged in with an API key",
    None: "not logged in; run `codex login`, or set CODEX_API_KEY",
}


def login_by(method: str | None) -> str:
    """How it is logged in, by the word of `getAuthStatus`; None is not at all."""
    return _LOGINS.get(method, f"logged in by {method}")


def version_in(user_agent: str) -> str:
    """The version in what it calls itself."""
    found = re.search(r"/(\d\S*)", user_agent)
    return found[1] if found else "unknown"
