"""
The agent: a live process that carries a talk.

The talk knows the words; the agent owns what words cannot do: bytes, files, time and death.
A program's own agent is this class under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from msgspec import Struct
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.errors import AgentDied, AgentGarbled, BackendUnusable, ClinvokerError
from clinvoker.folder import Folder
from clinvoker.framing import Garbled, Record
from clinvoker.graces import Graces
from clinvoker.held import Held
from clinvoker.interfaces import Deliver, IAgent, IQuickTalk, IRun, ITalk
from clinvoker.model import Event, Identity, Invocation, Launch, Message
from clinvoker.process import LiveProcess, killed, said
from clinvoker.talk import Broken, Ended, Heard, Kept, Over, Parked, Ready, Remove, Send, Step, Write
from clinvoker.turn import Turn


@implementer(IAgent)
class Agent(LiveProcess):
    """One live process that answers prompts, by the words of its talk."""

    interrupt_secs = 1.0  # for the program to stop a turn by its own means
    forget_secs = 5.0  # for the program to be cleared of a conversation

    _log = Logger()

    def __init__(self, backend: str, talk: ITalk, launch: Launch, clock: IReactorTime) -> None:
        super().__init__(clock, talk.quick if IQuickTalk.providedBy(talk) else None)
        self.identity = Identity()
        self._backend = backend
        self._talk = talk
        self._folder = Folder(launch.directory)
        self.begun = 0  # the number of its latest run
        self._turns: dict[int, Turn] = {}
        self._held: dict[int, bool] = {}  # runs whose conversation is held, and whether its turn waits
        self._graces = Graces(clock, self._insist)  # of runs that are still to leave
        self._stuck: set[int] = set()  # runs that the program would not stop
        self._ready = False
        self._retiring = False
        self._error: ClinvokerError | None = None  # why it is of no use any more
        self._ready_waiters: list[Deferred[None]] = []

    # --- IAgent

    @property
    def runs(self) -> int:
        return len(self._turns)

    @property
    def held(self) -> int:
        return len(self._held)

    @property
    def used_up(self) -> bool:
        exited = self._ready and not self._alive  # its pipes may be open for a moment still
        return exited or self._gone or self._retiring or self._error is not None or not self._talk.open

    @property
    def places(self) -> int:
        return 0 if self.used_up else max(0, self._talk.capacity - self.runs - self.held)

    def when_ready(self) -> Deferred[None]:
        waiter: Deferred[None] = Deferred()
        self._ready_waiters.append(waiter)
        self._tell_ready()
        return waiter

    def begin(self, invocation: Invocation, deliver: Deliver) -> IRun:
        self.begun = number = self.begun + 1
        turn = self._turn(number, deliver)
        self._carry_out(self._talk.begin, number, invocation)
        return turn

    def retire(self) -> Deferred[None]:
        self._retiring = True
        for number, waits in list(self._held.items()):
            if waits:
                self.abandon(number)
        self._held.clear()  # conversations at rest end with the process
        self._wind_up()
        return self.when_gone()

    # --- asked by conversations

    def holds(self, number: int) -> bool:
        """Whether the conversation of this run is held still."""
        return self._alive and number in self._held

    def resume(self, held: int, messages: Sequence[Message], deliver: Deliver) -> IRun:
        """Go on with a held run."""
        del self._held[held]
        self.begun = number = self.begun + 1
        turn = self._turn(number, deliver)
        self._carry_out(self._talk.resume, held, number, messages)
        return turn

    def abandon(self, held: int) -> Deferred[None]:
        """Give up a held run; fires when the program has done with it."""
        if held not in self._held:
            return succeed(None)
        waits = self._held.pop(held)
        turn = self._turn(held, lambda events: None)
        turn.ended.addErrback(lambda reason: None)
        if waits:
            turn.stopProducing()
        else:
            self._allow(self.forget_secs, held)
            self._carry_out(self._talk.forget, held)
        return turn.settled

    # --- LiveProcess

    def started(self) -> None:
        self._carry_out(self._talk.start)

    def received(self, records: Sequence[Record | Struct]) -> None:
        self._carry_out(self._follow, records)

    def garbled(self, error: Garbled) -> None:
        self._break(AgentGarbled(f"{self._backend} wrote {error} instead of its protocol.", self._backend))

    def ended(self, reason: Failure) -> None:
        if self._error is None:
            self._error = self._death(reason)
        self._held.clear()
        for number in list(self._turns):
            self._end(number, self._error)
        self._tell_ready()

    # --- within

    def _turn(self, number: int, deliver: Deliver) -> Turn:
        turn = Turn(deliver, lambda: self._interrupt(number), self._pace)
        self._turns[number] = turn
        return turn

    def _death(self, reason: Failure) -> ClinvokerError:
        if isinstance(reason.value, ClinvokerError):
            return reason.value  # it was never started
        if self._ready or killed(reason):  # by what ends processes now and then: the next may live
            when = "in the middle of its work" if self._ready else "before it was ready"
            return AgentDied(f"{self._backend} ended {when} ({said(reason)}).", self._backend)
        # Nothing was asked of it yet, so its words can hold no prompt.
        words = self.stderr_line() or "no message"
        return BackendUnusable(
            f"{self._backend} ended before it was ready ({said(reason)}): {words}. Try `clinvk doctor`.",
            self._backend,
        )

    def _follow(self, records: Sequence[Record | Struct]) -> list[Step]:
        talk, steps = cast(IQuickTalk, self._talk), list[Step]()  # another is never given structs
        for record in records:
            steps += talk.receive_quick(record) if isinstance(record, Struct) else talk.receive(record)
        return steps

    def _carry_out(self, ask: Callable[..., Iterable[Step]], *given: object) -> None:
        """
        The one `try` around the talk.  A talk that raises is a bug; it must not close the pipe
        under the other runs silently, so the agent ends and says so.
        """
        try:
            self._steps(ask(*given))
        except OSError as error:  # of its folder: a full disk, or what the program put in a file's place
            self._log.error("no files for {backend}: {error}", backend=self._backend, error=error)
            self._break(_unwritten(self._backend, error))
        except Exception:
            self._log.failure("the talk of {backend} failed", backend=self._backend)
            self._break(AgentGarbled(f"{self._backend} said something unexpected.", self._backend))

    def _steps(self, steps: Iterable[Step]) -> None:
        heard: dict[int, list[Event]] = {}
        for step in steps:
            if isinstance(step, Heard):
                heard.setdefault(step.run, []).append(step.event)
            elif isinstance(step, Ended):
                self._hear(step.run, heard.pop(step.run, []))
                self._end(step.run, step.error)
            elif isinstance(step, Over):
                self._hear(step.run, heard.pop(step.run, []))
                self._leave(step.run, step.error)
            elif isinstance(step, Parked | Kept):
                self._hear(step.run, heard.pop(step.run, []))
                self._hold(step.run, waits=isinstance(step, Parked))
            else:
                self._do(step)
        for number, events in heard.items():
            self._hear(number, events)

    def _do(self, step: Send | Write | Remove | Ready | Broken) -> None:
        if isinstance(step, Send):
            self.send(step.record)
        elif isinstance(step, Write):
            self._folder.write(step.path, step.text)
        elif isinstance(step, Remove):
            self._folder.remove(step.path)
        elif isinstance(step, Ready):
            self.identity, self._ready = step.identity, True
            self._tell_ready()
        else:
            self._break(step.error)

    def _hear(self, number: int, events: list[Event]) -> None:
        if events and (turn := self._turns.get(number)) is not None:
            turn.hear(events)

    def _end(self, number: int, error: ClinvokerError | None) -> None:
        turn = self._turns.pop(number, None)
        self._held.pop(number, None)  # or the program dropped what it held
        if turn is not None:
            turn.end(error)
        self._wind_up()

    def _leave(self, number: int, error: ClinvokerError | None) -> None:
        if (turn := self._turns.get(number)) is not None:
            turn.leave(error)
            self._allow(self.forget_secs, number)

    def _hold(self, number: int, waits: bool) -> None:
        if (turn := self._turns.pop(number, None)) is not None:
            self._held[number] = waits
            turn.hold(Held(self, number, waits))
            if self._retiring:
                self.retire()

    def _wind_up(self) -> None:
        """End the process if it retires and only runs that do not stop are left, or none."""
        if self._retiring and not self._turns and not self._held:
            self.finish()
        elif self._turns and self._turns.keys() <= self._stuck:
            self.kill()

    def _break(self, error: ClinvokerError) -> None:
        self._error = self._error or error
        self._held.clear()
        for number in list(self._turns):
            self._end(number, self._error)
        self._tell_ready()
        self.terminate()

    def _tell_ready(self) -> None:
        if self._error is None and not self._ready:
            return
        waiters, self._ready_waiters = self._ready_waiters, []
        for waiter in waiters:
            if self._error is not None:
                waiter.errback(self._error)
            else:
                waiter.callback(None)

    def _pace(self, flowing: bool) -> None:
        # A pipe that serves many runs is never held up by one of them.
        if self._talk.capacity > 1 or not self._alive:
            return
        if flowing:
            self.transport.resumeProducing()
        else:
            self.transport.pauseProducing()

    def _interrupt(self, number: int) -> None:
        turn = self._turns[number]
        self._carry_out(self._talk.interrupt, number)
        if not turn.over:
            self._allow(self.interrupt_secs, number)

    def _allow(self, secs: float, number: int) -> None:
        """A run that is over must have left the program by then."""
        self._graces.allow(number, secs, self._turns[number].settled)

    def _insist(self, number: int, secs: float) -> None:
        """The program did not do as it was asked: end it, as soon as no other run suffers."""
        self._log.warn("{backend} was not done with a run within {secs} s", backend=self._backend, secs=secs)
        self._retiring = True
        self._stuck.add(number)
        self._wind_up()


def _unwritten(backend: str, error: OSError) -> BackendUnusable:
    said = f"{backend} cannot be given its files: {error.strerror}"
    return BackendUnusable(f"{said}. See to the daemon's machine and its temporary files.", backend)
