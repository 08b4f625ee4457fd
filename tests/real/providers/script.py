"""
What an imitated provider is to answer, read from the prompt itself.

The newest text of the last user message, or the results of tools that follow it, are searched for lines
that begin with one of these words; a text without any is answered with `You said: ` (or `Tool said: `)
and itself.

    !say TEXT                 answer TEXT, a delta for each word; \\n is a new line
    !json TEXT                answer that JSON, the API's way where a schema was asked for
    !tool NAME [JSON]         call the tool that is offered by a name that ends so; repeated: parallel
    !next DIRECTIVE           what to do when the next message of the user's or of tools has no
                              directives; repeated: the ones after it
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
    !stall POINT [N]          send nothing more from that point on, until the client leaves
    !reset POINT [N]          at that point, drop the connection in the rudest way (RST)

A POINT is `headers` (before them), `start` (after them), `delta` (before delta N), `line` (in the middle of
delta N's) or `end` (before the last event).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

LINE = re.compile(r"^!([a-z]+)(?:[ \t]+(.*))?$", re.MULTILINE)
WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet")
SHOWN = 2000  # characters of a prompt that are said back


PIECE = 12  # characters of JSON in a delta


class Said(msgspec.Struct, frozen=True):
    """What the model is to answer: a text of the user's, or the results of its calls."""

    text: str
    result: bool = False


class Call(msgspec.Struct, frozen=True):
    """A call of a tool; `arguments` is JSON."""

    name: str
    arguments: str = "{}"


class Failure(msgspec.Struct, frozen=True):
    """An HTTP answer that is only an error."""

    status: int
    retry_after: str = ""
    code: str = ""


class Fault(msgspec.Struct, frozen=True):
    """Where a stream ends too early; `number` is that of a delta."""

    point: str
    number: int = 0
    reset: bool = False

    def at(self, point: str, number: int = 0) -> bool:
        """Whether it is here."""
        return (point, number) == (self.point, self.number)


class Tokens(msgspec.Struct, frozen=True):
    """Token counts: `cached` is part of `input`, `reasoning` is part of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt's directives, each with its default."""

    deltas: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    json: str = ""
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
    fault: Fault = Fault("")


def cut_into_words(text: str) -> tuple[str, ...]:
    """The text as words with the blanks before them; together they are the text."""
    return tuple(re.findall(r"\s*\S+|\s+$", text)) if text else ()


def cut_into_pieces(json: str) -> tuple[str, ...]:
    """JSON as it is streamed."""
    return tuple(json[start : start + PIECE] for start in range(0, len(json), PIECE))


def grouped(messages: Iterable[Said | None]) -> tuple[Said, ...]:
    """Results that follow each other as one; None stands for a message of the model's."""
    groups: list[Said | None] = []
    for said in messages:
        before = groups[-1] if groups else None
        if said and said.result and before and before.result:
            groups[-1] = Said(before.text + "\n" + said.text, True)
        else:
            groups.append(said)
    return tuple(filter(None, groups))


def to_obey(conversation: Sequence[Said]) -> Said:
    """What holds the directives: the newest, or what an earlier one left to be done next."""
    for distance, said in enumerate(reversed(conversation)):
        if LINE.search(said.text):
            steps = [rest for name, rest in LINE.findall(said.text) if name == "next"]
            if distance == 0:
                return said
            return Said("!" + steps[distance - 1]) if distance <= len(steps) else conversation[-1]
    return conversation[-1] if conversation else Said("")


def calls_in(text: str, offered: Sequence[str]) -> Iterator[Call]:
    """The calls that a text asks for."""
    for name, rest in LINE.findall(text):
        if name == "tool":
            wanted, _, arguments = rest.strip().partition(" ")
            found = [there for there in offered if there.endswith(wanted)]
            yield Call(min(found, key=len, default=wanted), arguments or "{}")


def answer_to(spoken: Said, said: dict[str, str]) -> tuple[str, ...]:
    """The deltas of the answer."""
    if "empty" in said:
        return ()
    if "json" in said:
        return cut_into_pieces(said["json"])
    if "big" in said:
        return ("x" * int(said["big"]),) * int(said.get("repeat", 1))
    if "long" in said:
        words = itertools.islice(itertools.cycle(WORDS), int(said["long"]))
        return cut_into_words(" ".join(words))
    if "say" in said:
        return cut_into_words(said["say"].replace("\\n", "\n"))
    if "tool" in said:
        return ()
    return cut_into_words(("Tool said: " if spoken.result else "You said: ") + spoken.text[:SHOWN])


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


def fault_of(said: dict[str, str]) -> Fault:
    """Where the stream is to stall, or to be reset."""
    for word in ("stall", "reset"):
        if word in said:
            point, _, number = said[word].partition(" ")
            return Fault(point, int(number or 0), word == "reset")
    return Fault("")


def read_script(conversation: Sequence[Said], offered: Sequence[str] = ()) -> Script:
    """
    The directives for the end of a conversation, in which tools of these names are offered.

    Raises `ValueError` where a number is none.
    """
    spoken = to_obey(conversation)
    said = {name: (rest or "").strip() for name, rest in LINE.findall(spoken.text)}
    deltas = answer_to(spoken, said)
    thoughts = cut_into_words(said.get("think", ""))
    failure, failures = failure_of(said)
    counted = Tokens(25, 0, max(1, len(deltas)) + len(thoughts), len(thoughts))
    return Script(
        deltas=deltas,
        calls=tuple(calls_in(spoken.text, offered)),
        json=said.get("json", ""),
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
        fault=fault_of(said),
    )
