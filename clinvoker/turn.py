"""
One run as its agent keeps it: pace, the events that wait, the two ends.

A run ends twice: for who asked (`ended`) and in the program (`settled`).  They part when the
client leaves: `ended` fails at once, `settled` fires when the program has really stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from clinvoker.errors import ClientTooSlow, ClinvokerError
from clinvoker.interfaces import Deliver, IConversation, IRun
from clinvoker.model import Event, size_of


@implementer(IRun)
class Turn:
    """
    A run under way.

    `interrupt` is called once if the run is given up before the program ended it; `pace` with
    False and True where pausing one run may pause the whole process, else nothing.
    """

    max_unsent = 4 * 1024 * 1024  # bytes that wait for a client that does not read

    _log = Logger()

    def __init__(self, deliver: Deliver, interrupt: Callable[[], None], pace: Callable[[bool], None]) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._give_up())
        self.settled: Deferred[None] = Deferred()
        self.conversation: IConversation | None = None
        self._deliver = deliver
        self._interrupt = interrupt
        self._pace = pace
        self._paused = False
        self._unsent: list[Event] = []
        self._unsent_size = 0
        self._given_up = False
        self._over = False  # the program has done with it
        self._error: ClinvokerError | None = None

    # --- told by the agent

    def hear(self, events: Sequence[Event]) -> None:
        """Events of this run, oldest first; they wait while it is paused."""
        if self._given_up:
            return
        if not self._paused:
            self._send(events)
            return
        self._unsent.extend(events)
        self._unsent_size += sum(map(size_of, events))
        if self._unsent_size > self.max_unsent:
            self._fail(ClientTooSlow(f"The client left more than {self.max_unsent} bytes unread."))

    def leave(self, error: ClinvokerError | None = None) -> None:
        """Nothing more comes of the run; what it occupies in the program is not free yet."""
        if self._paused:
            self._let(flow=True)  # what the program says next is another's, or that it is free
        self._over, self._error = True, error
        self._conclude()

    def end(self, error: ClinvokerError | None = None) -> None:
        """The program has done with the run; this or `hold` comes once."""
        if not self._over:
            self.leave(error)
        self.settled.callback(None)

    def hold(self, conversation: IConversation) -> None:
        """The program holds the conversation; if nobody will go on with it, it is given up at once."""
        if self._given_up:
            self._over = True
            conversation.abandon().chainDeferred(self.settled)
        else:
            self.conversation = conversation
            self.leave()  # settled only once it is known whether somebody may go on with it

    @property
    def over(self) -> bool:
        """Whether the program has done with the run."""
        return self._over

    # --- IPushProducer

    def pauseProducing(self) -> None:
        """Hold events back."""
        if not self._given_up and not self._paused:
            self._paused = True
            self._let(flow=False)

    def resumeProducing(self) -> None:
        """Let events through again, those that waited first."""
        if not self._paused:
            return
        self._paused = False
        self._let(flow=True)
        unsent, self._unsent, self._unsent_size = self._unsent, [], 0
        if unsent:
            self._send(unsent)
        if self._over:
            self._conclude()

    def stopProducing(self) -> None:
        """The consumer has gone."""
        self.ended.cancel()

    # --- within

    def _send(self, events: Sequence[Event]) -> None:
        try:
            self._deliver(events)
        except Exception:  # a bug on the client's side must not reach the other runs
            self._log.failure("a run's events could not be delivered")
            self._fail(ClinvokerError("The answer could not be written."))

    def _conclude(self) -> None:
        if self._given_up or self._unsent:
            return  # nobody waits; or what was said before must be delivered first
        self._given_up = True
        if self._error is None:
            self.ended.callback(None)
        else:
            self.ended.errback(self._error)
        if self.conversation is not None:
            self.settled.callback(None)

    def _let(self, flow: bool) -> None:
        """Pace the process, as long as it is this run that it works for."""
        if not self._over:
            self._pace(flow)

    def _fail(self, error: ClinvokerError) -> None:
        if not self._given_up:
            self._give_up()
            self.ended.errback(error)

    def _give_up(self) -> None:
        self._given_up = True
        self._unsent = []
        if self._paused:
            self._paused = False
            self._let(flow=True)  # or the program's last words are never read
        if not self._over:
            self._interrupt()
        elif self.conversation is not None:
            self.conversation.abandon().chainDeferred(self.settled)
            self.conversation = None
