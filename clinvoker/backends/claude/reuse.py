"""
One conversation after the other in one process: what is said to it so that it is blank in between.
"""

from __future__ import annotations

import msgspec

from clinvoker.backends.claude import words
from clinvoker.backends.claude.past import Past, anchor
from clinvoker.model import Identity
from clinvoker.talk import Ready, Record, Send, Step

NEVER_BLANK = "cannot be made blank again: each conversation needs a process of its own"


class Reuse:
    """
    The steps that make a process blank.  If it is not `wanted`, there are none, and the process is used up
    once a conversation has `begun`.

    With `rehearse` it is made blank once before it is ready, to see whether it can be.
    """

    def __init__(self, wanted: bool, rehearse: bool) -> None:
        self.wanted = wanted
        self.open = True
        self._rehearse = rehearse and wanted
        self._identity = Identity()
        self._past = Past()
        self._trusted = True
        self._then: Step = Ready(self._identity)  # what is to be said once the process is blank

    def greeted(self, identity: Identity) -> list[Step]:
        """The program has said who it is."""
        self._identity = identity
        if not self.wanted:
            return [Ready(identity)]
        if not self._rehearse:
            return [Send(anchor()), Ready(identity)]
        hello = words.user([{"type": "text", "text": "Hello"}], turn=False)
        return [Send(anchor()), Send(self._past.told(hello))]

    def rehearsed(self) -> list[Step]:
        """A conversation that no run waits for has come to rest: the rehearsal's, or none."""
        if not self._rehearse:
            return []
        self._rehearse = False
        return self.clear(Ready(self._identity))

    def begun(self) -> None:
        """A conversation begins."""
        self.open = self.wanted

    def told(self, record: Record) -> Record:
        """A message, in a form in which it can be taken back."""
        return self._past.told(record) if self.wanted else record

    def settled(self, settings: Record) -> None:
        """These settings are made."""
        self._past.settled(settings)

    def server(self) -> str:
        """The program gets tools: by what name of their server."""
        return self._past.server()

    def distrust(self) -> None:
        """It was not blank, whatever it said."""
        self._trusted = False

    def clear(self, then: Step) -> list[Step]:
        """Make the process blank and say `then`."""
        self._then = then
        requests = self._past.forget() if self.wanted else []
        return [Send(request) for request in requests] or [then]

    def replied(self, reply: words.Reply) -> list[Step] | None:
        """The steps that follow a reply, if it is one of these."""
        if not self._past.awaits(reply):
            return None
        blank = self._past.answered(reply)
        if blank is None:
            return []
        self.open = blank and self._trusted
        if blank or self._past.proven:
            return [self._then]
        noted = Ready(msgspec.structs.replace(self._identity, note=NEVER_BLANK))
        return [noted] if isinstance(self._then, Ready) else [noted, self._then]
