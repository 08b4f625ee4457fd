"""
What an imitated provider is to answer, read from the prompt itself.

The newest text of the last user message is searched for lines that begin with one of these
words; a text without any is answered with `You said: ` and itself.

    !say TEXT                 answer TEXT, a delta for each word; \\n is a new line
    !long N                   answer N words
    !big N                    answer a delta of N letters
    !repeat N                 ... N times
    !empty                    answer nothing
    !think TEXT               think TEXT before the answer
    !usage IN CACHED OUT REASONING
    !stop REASON              end for that reason, in the API's own word

    !delay MS                 wait before the headers
    !slow MS                  wait before each delta
    !hang N                   send nothing more after N deltas, until the client leaves

    !error STATUS [SECONDS]   that HTTP status, with `Retry-After: SECONDS`
    !code WORD                ... and that code in its body, such as `insufficient_quota`
    !flaky TIMES STATUS       that status for the first TIMES requests of this text
    !late WORD                after the first delta, an error of that kind in the stream
    !cut N                    after N deltas, drop the connection
    !malformed                a stream that is not what it should be
"""

from __future__ import annotations

import itertools
import re

import msgspec

LINE = re.compile(r"^!([a-z]+)(?:[ \t]+(.*))?$", re.MULTILINE)
WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet")
SHOWN = 2000  # characters of a prompt that are said back


class Failure(msgspec.Struct, frozen=True):
    """An HTTP answer that is only an error."""

    status: int
    retry_after: str = ""
    code: str = ""


class Tokens(msgspec.Struct, frozen=True):
    """Token counts: `cached` is part of `input`, `reasoning` is part of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt's directives, each with its default."""

    deltas: tuple[str, ...]
    thoughts: tuple[str, ...] = ()
    tokens: Tokens
    stop: str = ""
    delay: float = 0.0
    slow: float = 0.0
    hang: int = -1
    failure: Failure | None = None
    failures: int = -1  # how many requests of this text fail; all, if negative
    late: str = ""
    cut: int = -1
    malformed: bool = False


def cut_into_words(text: str) -> tuple[str, ...]:
    """The text as words with the blanks before them; together they are the text."""
    return tuple(re.findall(r"\s*\S+|\s+$", text)) if text else ()


def answer_to(text: str, said: dict[str, str]) -> tuple[str, ...]:
    """The deltas of the answer."""
    if "empty" in said:
        return ()
    if "big" in said:
        return ("x" * int(said["big"]),) * int(said.get("repeat", 1))
    if "long" in said:
        words = itertools.islice(itertools.cycle(WORDS), int(said["long"]))
        return cut_into_words(" ".join(words))
    if "say" in said:
        return cut_into_words(said["say"].replace("\\n", "\n"))
    return cut_into_words("You said: " + text[:SHOWN])


def failure_of(said: dict[str, str]) -> tuple[Failure | None, int]:
    """The failure that was asked for, and how often."""
    code = said.get("code", "")
    if "error" in said:
        status, _, retry_after = said["error"].partition(" ")
        return Failure(int(status), retry_after, code), -1
    if "flaky" in said:
        times, _, status = said["flaky"].partition(" ")
        return Failure(int(status), "", code), int(times)
    return None, -1


def read_script(text: str) -> Script:
    """The directives of a text.  Raises `ValueError` where a number is none."""
    said = {name: (rest or "").strip() for name, rest in LINE.findall(text)}
    deltas = answer_to(text, said)
    thoughts = cut_into_words(said.get("think", ""))
    failure, failures = failure_of(said)
    counted = Tokens(25, 0, max(1, len(deltas)) + len(thoughts), len(thoughts))
    return Script(
        deltas=deltas,
        thoughts=thoughts,
        tokens=Tokens(*map(int, said["usage"].split())) if "usage" in said else counted,
        stop=said.get("stop", ""),
        delay=int(said.get("delay", 0)) / 1000,
        slow=int(said.get("slow", 0)) / 1000,
        hang=int(said.get("hang", -1)),
        failure=failure,
        failures=failures,
        late=said.get("late", ""),
        cut=int(said.get("cut", -1)),
        malformed="malformed" in said,
    )
