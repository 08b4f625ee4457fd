"""
How a prompt ended, from the program's answer to it.

The program hides what went wrong at the provider: a filter, a limit of tokens, a stream without an end
all come back as `end_turn` (captures/gemini/acp-gemini-chat-failures.ndjson).  What can still be told apart:
an answer without any text, and one without counts of tokens where they are otherwise given.

A prompt that called functions ends with `max_turn_requests`, since the program is set to one turn.
"""

from __future__ import annotations

from clinvoker.backends.gemini.failures import BACKEND, cut
from clinvoker.backends.gemini.words import part, text, tokens
from clinvoker.errors import ClinvokerError, ContentRefused, ContextOverflow, ProviderFailed
from clinvoker.model import Finished, Usage
from clinvoker.talk import Record

_WHOLE = "end_turn"
_CALLED = "max_turn_requests"


def usage(result: Record) -> Usage:
    """The tokens of a prompt; those of thoughts and of caches are not told."""
    counts = part(part(part(result, "_meta"), "quota"), "token_count")
    return Usage(input=tokens(counts, "input_tokens"), output=tokens(counts, "output_tokens"))


def outcome(
    result: Record, spoke: bool, counted: bool, calls: int = 0, misused: str = ""
) -> Finished | ClinvokerError:
    """
    How it ended; `spoke` says whether text was heard, `counted` whether this provider counts tokens.
    `calls` came through, `misused` is what was wrong with one that did not.
    """
    reason = text(result, "stopReason")
    spent = usage(result)
    if reason == "max_tokens":
        return ContextOverflow()  # only said before anything is sent
    if reason == "refusal":
        return ContentRefused("The provider refused to answer.", "messages")
    if reason == _CALLED:
        return _calling(calls, misused, spent)
    if reason != _WHOLE:
        return cut(f"{BACKEND} stopped the turn ({reason or 'no reason given'})")
    if not spoke:
        return ProviderFailed(
            "The provider gave an empty answer: the model said nothing, or a filter withheld it.", BACKEND
        )
    if counted and spent == Usage():
        return cut("it has no proper end")
    return Finished("stop", spent)


def _calling(calls: int, misused: str, spent: Usage) -> Finished | ClinvokerError:
    """The program checks arguments by their schema, and passes on only what is good."""
    if misused:
        said = f"The model called a function with arguments that do not fit: {misused}."
        return ProviderFailed(said, BACKEND)
    if not calls:
        return ProviderFailed("The model called a function that it was not offered.", BACKEND)
    return Finished("tool_calls", spent)
