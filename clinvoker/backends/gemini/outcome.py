"""
How a prompt ended, from the program's answer to it.

The program hides what went wrong at the provider: a filter, a limit of tokens, a stream without an end
all come back as `end_turn` (captures/gemini/acp-gemini-chat-failures.ndjson).  What can still be told apart:
an answer without any text, and one without counts of tokens where they are otherwise given.
"""

from __future__ import annotations

from clinvoker.backends.gemini.failures import BACKEND, cut
from clinvoker.backends.gemini.words import number, part, text
from clinvoker.errors import ClinvokerError, ContentRefused, ContextOverflow, ProviderFailed
from clinvoker.model import Finished, FinishReason, Usage
from clinvoker.talk import Record

_REASONS: dict[str, FinishReason] = {"end_turn": "stop", "max_turn_requests": "length"}


def usage(result: Record) -> Usage:
    """The tokens of a prompt; those of thoughts and of caches are not told."""
    counts = part(part(part(result, "_meta"), "quota"), "token_count")
    return Usage(input=number(counts, "input_tokens"), output=number(counts, "output_tokens"))


def outcome(result: Record, spoke: bool, counted: bool) -> Finished | ClinvokerError:
    """
    How it ended; `spoke` says whether text was heard, `counted` whether this provider counts tokens.
    """
    reason = text(result, "stopReason")
    spent = usage(result)
    if reason == "max_tokens":
        return ContextOverflow()  # only said before anything is sent
    if reason == "refusal":
        return ContentRefused("The provider refused to answer.", "messages")
    if reason not in _REASONS:
        return cut(f"{BACKEND} stopped the turn ({reason or 'no reason given'})")
    if not spoke:
        return ProviderFailed(
            "The provider gave an empty answer: the model said nothing, or a filter withheld it.", BACKEND
        )
    if counted and spent == Usage():
        return cut("it has no proper end")
    return Finished(_REASONS[reason], spent)
