"""Sessions: what is kept of a prompt, whatever becomes of it, and going on with it."""

from __future__ import annotations

import itertools
from time import gmtime, strftime
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from zope.interface.verify import verifyObject

from clinvoker.carrying import IOrderRun, ISessions
from clinvoker.errors import AgentDied, SessionBusy, SessionNotFound, SessionNotKept
from clinvoker.model import TextDelta, Usage
from clinvoker.orders import Order, Task
from clinvoker.records import Session, SessionFilter, Turn
from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.store import Store
from clinvoker.tasks.sessions import Sessions
from tests.tasks.orders import OrdersCase, task


class SessionsCase(OrdersCase):
    keeping = Keeping(tags=("house",))

    def setUp(self) -> None:
        super().setUp()
        self.clock.advance(1000)
        self.store = Store(
            MemoryShelf(), self.keeping, self.clock.seconds, lambda at: strftime("%Y-%m-%d", gmtime(at))
        )
        ids = itertools.count(1)
        self.sessions = Sessions(
            self.tasks, self.store, self.clock.seconds, lambda: f"{next(ids):032x}", self.keeping
        )

    def opened(self, asked: Task, **metadata: str) -> Session:
        return self.sessions.opened("ada", asked, ("api",), metadata)

    def prompt(self, asked: Task, **more: Any) -> Session:
        """Begin a prompt in a session of its own."""
        session = self.opened(asked)
        self.order = self.sessions.begin(session, Order(tasks=(asked,), **more), self.noted)
        return session

    def go_on(self, session: Session, text: str = "more") -> IOrderRun:
        session, history = self.successResultOf(self.resumed(session.id))
        self.noted.outcomes.clear()
        return self.sessions.begin(session, Order(tasks=(task(text),)), self.noted, history)

    def resumed(self, prefix: str) -> Any:
        return self.deferred(self.sessions.resumed("ada", prefix))

    def deferred(self, work: Any) -> Any:
        return Deferred.fromCoroutine(work)

    def kept(self, session: Session) -> Session:
        found: Session = self.successResultOf(self.store.session("ada", session.id))
        return found

    def turns(self, session: Session) -> tuple[Turn, ...]:
        found: tuple[Turn, ...] = self.successResultOf(self.store.turns("ada", session.id))
        return found


class RecordTests(SessionsCase):
    def test_interfaces(self) -> None:
        """What is promised is provided."""
        verifyObject(ISessions, self.sessions)

    def test_active(self) -> None:
        """A session is there from the start: what it is of, with all tags."""
        session = self.prompt(task("hello", workdir="/srv", model="fast"))
        self.assertEqual(session, self.kept(session))
        self.assertEqual(("active", "hello", "/srv"), (session.status, session.prompt, session.workdir))
        self.assertEqual(("fast", ("house", "api")), (session.model, session.tags))

    def test_completed(self) -> None:
        """Then it is completed, with what was said and what it took."""
        session = self.prompt(task("hello"))
        self.clock.advance(5)
        self.answer(self.runs.runs[0], "yes")
        kept = self.kept(session)
        self.assertEqual(("completed", 1, 1005.0), (kept.status, kept.turns, kept.updated))
        self.assertEqual(Usage(input=3, output=2), kept.usage)
        [turn] = self.turns(session)
        self.assertEqual(["hello", "yes"], [message.text for message in turn.messages])

    def test_failed(self) -> None:
        """F146: one that failed says why; what was said before does not count as an answer."""
        session = self.prompt(task())
        self.runs.runs[0].hear(TextDelta("half"))
        self.runs.runs[0].fail(AgentDied("it died"))
        kept = self.kept(session)
        self.assertEqual(("failed", "it died", 1), (kept.status, kept.error, kept.turns))
        self.assertEqual((), self.turns(session))

    def test_not_started(self) -> None:
        """So does one whose run could not be begun at all."""
        session = self.prompt(task(backend="nobody"))
        self.assertEqual("failed", self.kept(session).status)

    def test_left(self) -> None:
        """One whose client left is cancelled."""
        session = self.prompt(task())
        self.order.ended.cancel()
        self.failureResultOf(self.order.ended, CancelledError)
        self.assertEqual("cancelled", self.kept(session).status)

    def test_rehearsed(self) -> None:
        """A rehearsal is kept too, without a turn."""
        session = self.prompt(task(), rehearsed=True)
        kept = self.kept(session)
        self.assertEqual(("completed", 0), (kept.status, kept.turns))
        self.assertEqual((), self.turns(session))

    def test_deleted_meanwhile(self) -> None:
        """One that is forgotten while it is under way stays so."""
        session = self.prompt(task())
        self.successResultOf(self.deferred(self.sessions.deleted("ada", session.id)))
        self.answer(self.runs.runs[0])
        self.failureResultOf(self.store.session("ada", session.id), SessionNotFound)
        self.assertEqual((), self.turns(session))

    def test_deleted_meanwhile_is_gone(self) -> None:
        """Its end is told to the store, which has the record only until then."""
        session = self.prompt(task("SECRET"))
        self.successResultOf(self.deferred(self.sessions.deleted("ada", session.id)))
        told: list[Session] = []
        self.patch(self.store, "put_session", told.append)
        self.answer(self.runs.runs[0])
        self.assertEqual([(session.id, "completed")], [(each.id, each.status) for each in told])


class ResumeTests(SessionsCase):
    def setUp(self) -> None:
        super().setUp()
        self.session = self.prompt(task("hello"))
        self.answer(self.runs.runs[0], "yes")

    def test_history(self) -> None:
        """What was said comes before the new prompt, again and again."""
        for number, said in enumerate(("more", "and more"), 1):
            self.go_on(self.session, said)
            self.assertEqual("active", self.kept(self.session).status)
            self.answer(self.runs.runs[number], f"answer {number}")
        texts = [message.text for message in self.runs.runs[2].invocation.messages]
        self.assertEqual(["hello", "yes", "more", "answer 1", "and more"], texts)
        kept = self.kept(self.session)
        self.assertEqual((3, 9, "completed"), (kept.turns, kept.usage.input, kept.status))
        self.assertEqual([1, 2, 3], [turn.number for turn in self.turns(self.session)])

    def test_after_failure(self) -> None:
        """A turn that failed leaves the conversation as it was, and can be tried again."""
        self.go_on(self.session)
        self.runs.runs[1].fail(AgentDied("gone"))
        self.go_on(self.session, "again")
        texts = [message.text for message in self.runs.runs[2].invocation.messages]
        self.assertEqual(["hello", "yes", "again"], texts)
        self.assertEqual("", self.kept(self.session).error)

    def test_busy(self) -> None:
        """Two prompts of one session do not go on at once."""
        session, history = self.successResultOf(self.resumed(self.session.id))
        self.go_on(self.session)
        self.failureResultOf(self.resumed(self.session.id), SessionBusy)
        order = Order(tasks=(task(),))
        self.assertRaises(SessionBusy, self.sessions.begin, session, order, self.noted, history)

    def test_others(self) -> None:
        """Another key's session does not exist."""
        self.failureResultOf(self.deferred(self.sessions.resumed("eve", self.session.id)), SessionNotFound)

    def test_fork(self) -> None:
        """A fork begins with what was said, and goes its own way."""
        fork = self.successResultOf(self.deferred(self.sessions.forked("ada", self.session.id)))
        self.assertEqual((self.session.id, 1), (fork.parent, fork.turns))
        self.go_on(fork, "other")
        self.answer(self.runs.runs[1], "other answer")
        texts = [message.text for message in self.runs.runs[1].invocation.messages]
        self.assertEqual(["hello", "yes", "other"], texts)
        self.assertEqual((1, 2), (len(self.turns(self.session)), len(self.turns(fork))))

    def test_fork_after_failure(self) -> None:
        """A turn that failed leaves no gap in a fork: its next turn is another one."""
        self.go_on(self.session)
        self.runs.runs[1].fail(AgentDied("gone"))
        self.go_on(self.session, "again")
        self.answer(self.runs.runs[2], "at last")
        fork = self.successResultOf(self.deferred(self.sessions.forked("ada", self.session.id)))
        self.go_on(fork, "other")
        self.answer(self.runs.runs[3], "other answer")
        said = [message.text for turn in self.turns(fork) for message in turn.messages]
        self.assertEqual(["hello", "yes", "again", "at last", "other", "other answer"], said)


class NothingKeptTests(SessionsCase):
    keeping = Keeping(prompts="never", token_usage=False)

    def test_nothing(self) -> None:
        """Where no prompts are kept there is a session without them: neither resumed nor forked."""
        asked = task("SECRET")
        session = self.opened(asked, note="SECRET")
        self.sessions.begin(session, Order(tasks=(asked,)), self.noted)
        self.answer(self.runs.runs[0], "SECRET")
        kept = self.kept(session)
        self.assertNotIn("SECRET", repr(kept))
        self.assertEqual(("completed", Usage(), ()), (kept.status, kept.usage, self.turns(session)))
        self.failureResultOf(self.resumed(session.id), SessionNotKept)
        self.failureResultOf(self.deferred(self.sessions.forked("ada", session.id)), SessionNotKept)
        self.assertEqual(1, self.successResultOf(self.store.sessions("ada", SessionFilter())).total)
