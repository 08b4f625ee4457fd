"""
What the program says of itself when it is greeted.
"""

from __future__ import annotations

from clinvoker.backends.claude.words import Account, Response
from clinvoker.model import Identity


def identity(answer: Response) -> Identity:
    """Version and login; the latter as a sentence."""
    return Identity(version=answer.claude_code_version or "unknown", login=_login(answer.account))


def _login(account: Account) -> str:
    if account.apiProvider not in (None, "firstParty"):
        return f"by the credentials for {account.apiProvider}"
    if account.subscriptionType:
        return f"subscription ({account.subscriptionType})"
    if account.apiKeySource not in (None, "none"):
        return f"API key from {account.apiKeySource}"
    return "not logged in" if account.tokenSource in (None, "none") else f"token from {account.tokenSource}"
