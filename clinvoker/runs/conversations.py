"""
Conversations that programs hold between two requests: turns that wait for results of the client's
tools, and conversations at rest after an answer.

A request goes on with one only if it is the same conversation, asked by the same principal with the
same settings, plus what the client says next: results for exactly the calls that were made, or new
messages.  Everything else takes the cold path, by which the model gets the same conversation.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import attrs
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinvoker.interfaces import IConversation
from clinvoker.model import Invocation, Message
from clinvoker.runs.fingerprints import AnswerMark, Fingerprint
from clinvoker.settings import Limits


@attrs.frozen
class Asked:
    """
    A request as it is looked up: the mark of what it has in common with an earlier one, up to the last
    answer, the ids of the calls in that, what follows it, and the mark of the whole.
    """

    backend: str
    before: bytes
    calls: Sequence[str]
    after: Sequence[Message]
    fingerprint: Fingerprint


def asked(backend: str, invocation: Invocation) -> Asked:
    """Mark a request; each message is looked at once."""
    messages = invocation.messages
    split = len(messages)
    while split and messages[split - 1].role != "assistant":
        split -= 1
    fingerprint = Fingerprint(backend, invocation)
    for message in messages[:split]:
        fingerprint.add(message)
    before = fingerprint.digest()
    for message in messages[split:]:
        fingerprint.add(message)
    calls = [call.id for call in messages[split - 1].calls] if split else ()
    return Asked(backend, before, calls, messages[split:] if split else (), fingerprint)


@attrs.frozen(eq=False)
class _Kept:
    backend: str
    conversation: IConversation
    late: IDelayedCall


class Conversations:
    """
    At most `limits.parked` that wait and `limits.kept` at rest, each for its time; past that the one that
    was left alone longest is given up.
    """

    def __init__(self, clock: IReactorTime, limits: Limits, given_up: Callable[[], None]) -> None:
        self._given_up = given_up  # told when a program has done with a conversation that was
        self._clock = clock
        self._limits = limits
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def keep(self, asked: Asked, answer: AnswerMark, conversation: IConversation) -> None:
        """Keep the conversation that followed a request with this answer."""
        key = asked.fingerprint.followed_by(answer)
        self._give_up(key)
        waits = conversation.waits
        secs = self._limits.parked_secs if waits else self._limits.keep_secs
        late = self._clock.callLater(secs, self._give_up, key)
        self._kept[key] = _Kept(asked.backend, conversation, late)
        alike = [key for key, kept in self._kept.items() if kept.conversation.waits == waits]
        if len(alike) > (self._limits.parked if waits else self._limits.kept):
            self._give_up(alike[0])

    def take(self, asked: Asked) -> IConversation | None:
        """The conversation that the messages after the last answer go on with, if it is held still."""
        kept = self._kept.get(asked.before)
        if kept is None or not _follows(asked, kept.conversation):
            return None
        del self._kept[asked.before]
        kept.late.cancel()
        return kept.conversation if kept.conversation.alive else None

    def spare(self, backend: str) -> bool:
        """
        A process of this backend is needed, or of any if it is the empty string: give up the conversation
        that was left alone longest, one at rest before one that waits.  Whether there was one.
        """
        theirs = [key for key, kept in self._kept.items() if backend in ("", kept.backend)]
        if theirs:
            self._give_up(min(theirs, key=lambda key: self._kept[key].conversation.waits))
        return bool(theirs)

    def clear(self) -> None:
        """Give all up."""
        for key in list(self._kept):
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            if kept.late.active():
                kept.late.cancel()
            kept.conversation.abandon().addCallback(lambda _: self._given_up())


def _follows(asked: Asked, conversation: IConversation) -> bool:
    """Whether what the client says next can be told to this conversation as it is."""
    if conversation.waits:
        return sorted(asked.calls) == sorted(message.call_id for message in asked.after)
    return bool(asked.after) and all(message.role == "user" for message in asked.after)
