"""
Sessions: what is kept of prompts, and going on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.carrying import IOrderRun, ISessions, ITaskListener, ITasks
from clinvoker.errors import SessionAmbiguous, SessionBusy, SessionNotFound, SessionNotKept
from clinvoker.model import Event, Message, Text, Usage
from clinvoker.orders import Order, Outcome, Task
from clinvoker.records import Session, Turn, added
from clinvoker.settings import Keeping
from clinvoker.stores import ISessionStore

# Of the first prompt, as a session shows it; all of it is in the turn.
LONGEST_TITLE = 2000


@implementer(ISessions)
class Sessions:
    """Keeps sessions.  `now` gives seconds since 1970, `new_id` 32 hexadecimal digits."""

    def __init__(
        self,
        tasks: ITasks,
        store: ISessionStore,
        now: Callable[[], float],
        new_id: Callable[[], str],
        keeping: Keeping,
    ) -> None:
        self._tasks = tasks
        self._store = store
        self._now = now
        self._new_id = new_id
        self._keeping = keeping
        self._under_way: set[str] = set()
        self.created = 0  # since the daemon started

    @property
    def active(self) -> int:
        """How many have a prompt under way."""
        return len(self._under_way)

    @property
    def _prompts(self) -> bool:
        return self._keeping.prompts_of(resumable=True)

    def opened(self, principal: str, task: Task, tags: Sequence[str], metadata: Mapping[str, str]) -> Session:
        agency = task.asked.invocation.agency
        now = self._now()
        session = Session(
            id=self._new_id(),
            principal=principal,
            backend=task.backend,
            created=now,
            updated=now,
            model=task.model,
            mode=agency.mode,
            workdir=agency.workdir,
            prompt=task.asked.invocation.messages[-1].text[:LONGEST_TITLE] if self._prompts else "",
            tags=tuple(dict.fromkeys((*self._keeping.tags, *tags))),
            metadata=metadata if self._prompts else {},
        )
        self._store.put_session(session)
        self.created += 1
        return session

    async def resumed(self, principal: str, prefix: str) -> tuple[Session, tuple[Message, ...]]:
        session = await self._store.session(principal, prefix)
        if session.id in self._under_way:
            raise SessionBusy(session.id)
        turns = await self._turns(session)
        return session, tuple(message for turn in turns for message in turn.messages)

    async def forked(self, principal: str, prefix: str) -> Session:
        session = await self._store.session(principal, prefix)
        turns = await self._turns(session)
        fork = replace(session.forked(self._new_id(), self._now()), turns=len(turns))
        self._store.put_session(fork)
        for number, turn in enumerate(turns, 1):  # those that failed have left gaps
            self._store.put_turn(replace(turn, session=fork.id, number=number))
        return fork

    async def deleted(self, principal: str, prefix: str) -> Session:
        return await self._store.delete_session(principal, prefix)

    async def changed(
        self, principal: str, prefix: str, title: str | None, tags: Sequence[str] | None
    ) -> Session:
        session = await self._store.session(principal, prefix)
        if session.id in self._under_way:
            raise SessionBusy(session.id)  # its end would be kept without the change
        if title is not None:
            session = replace(session, title=title)
        if tags is not None:
            session = replace(session, tags=tuple(dict.fromkeys(tags)))
        self._store.put_session(session)
        return session

    async def taken_over(self, session: Session, turns: Sequence[Turn]) -> bool:
        if await self._has(session):
            return False
        if not self._prompts:
            session, turns = replace(session, prompt="", metadata={}), ()
        self._store.put_session(session)
        for turn in turns:
            self._store.put_turn(turn)
        return True

    def begin(
        self, session: Session, order: Order, listener: ITaskListener, history: Sequence[Message] = ()
    ) -> IOrderRun:
        if session.id in self._under_way:
            raise SessionBusy(session.id)
        self._under_way.add(session.id)
        active = replace(session, status="active", error="", updated=self._now())
        if session.status != "active":
            self._store.put_session(active)
        record = Record(listener, lambda outcome: self._ended(active, order, outcome))
        run = self._tasks.begin(_continued(order, history), record)
        run.ended.addBoth(record.left)
        return run

    # --- within

    async def _has(self, session: Session) -> bool:
        """Whether there is one of this id, or one whose longer id begins so: then it could not be named."""
        try:
            await self._store.session(session.principal, session.id)
        except SessionAmbiguous:
            return True
        except SessionNotFound:
            return False
        return True

    async def _turns(self, session: Session) -> tuple[Turn, ...]:
        turns = await self._store.turns(session.principal, session.id)
        if session.turns and not turns and not session.prompt:
            raise SessionNotKept(session.id)
        return turns

    def _ended(self, session: Session, order: Order, outcome: Outcome) -> None:
        # If it was deleted meanwhile the store is told all the same: only now it lets go of the record.
        self._under_way.discard(session.id)
        ended = _told(session, outcome, self._now())
        if not self._keeping.token_usage:
            ended = replace(ended, usage=session.usage)
        if self._prompts and outcome.good and outcome.rehearsal is None:
            self._store.put_turn(_turn(ended, order.tasks[0], outcome))
        self._store.put_session(ended)


@implementer(ITaskListener)
class Record:
    """Hands on what happens, having `keep` told of the end, whichever it is, once."""

    def __init__(self, listener: ITaskListener, keep: Callable[[Outcome], None]) -> None:
        self._listener = listener
        self._keep = keep
        self._kept = False

    def hear(self, place: int, events: Sequence[Event]) -> None:
        self._listener.hear(place, events)

    def done(self, place: int, outcome: Outcome) -> None:
        self._end(outcome)
        self._listener.done(place, outcome)

    def left(self, result: object) -> object:
        """The order is over; where it was cancelled, nobody was told of its task's end."""
        cancelled = isinstance(result, Failure) and result.check(CancelledError) is not None
        self._end(Outcome(cancelled=cancelled))
        return result

    def _end(self, outcome: Outcome) -> None:
        if not self._kept:
            self._kept = True
            self._keep(outcome)


def _continued(order: Order, history: Sequence[Message]) -> Order:
    """The same order, its only task asked at the end of a conversation."""
    [task] = order.tasks
    invocation = task.asked.invocation
    invocation = replace(invocation, messages=(*history, *invocation.messages))
    return replace(order, tasks=(replace(task, asked=replace(task.asked, invocation=invocation)),))


def _told(session: Session, outcome: Outcome, now: float) -> Session:
    """The session after a turn."""
    return replace(
        session,
        updated=now,
        status="cancelled" if outcome.cancelled else "completed" if outcome.good else "failed",
        error=outcome.error.message if outcome.error else "",
        turns=session.turns + int(outcome.rehearsal is None),
        usage=added(session.usage, outcome.usage or Usage()),
    )


def _turn(session: Session, task: Task, outcome: Outcome) -> Turn:
    """What came new: what was asked, and the answer."""
    answer = Message("assistant", (Text(outcome.text),))
    return Turn(
        principal=session.principal,
        session=session.id,
        number=session.turns,
        created=session.updated,
        messages=(*task.asked.invocation.messages, answer),
        usage=outcome.usage or Usage(),
    )
