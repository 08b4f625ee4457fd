"""Orders: some at once, or one after the other."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from zope.interface.verify import verifyObject

from clinvoker.carrying import IOrderRun, ITasks
from clinvoker.errors import AgentDied, AnswerTooLong, BadRequest, UnsupportedParameter
from clinvoker.model import Started, TextDelta, Usage
from clinvoker.orders import Outcome
from clinvoker.tasks import filling
from clinvoker.tasks.service import Tasks
from tests.tasks.orders import OrdersCase, task


class OneTests(OrdersCase):
    def test_interfaces(self) -> None:
        """What is promised is provided."""
        verifyObject(ITasks, self.tasks)
        verifyObject(IOrderRun, self.begin(task()))

    def test_answer(self) -> None:
        """Text, tokens, what answered and how long it took; events are told as they happen."""
        order = self.begin(task(ignored=("verbose",)))
        self.clock.advance(2)
        self.runs.runs[0].hear(Started("sonnet-9"), TextDelta("a"))
        self.assertEqual([(0, Started("sonnet-9")), (0, TextDelta("a"))], self.noted.events)
        self.answer(self.runs.runs[0], "b")
        self.successResultOf(order.ended)
        expected = Outcome(
            text="ab",
            model="sonnet-9",
            reason="stop",
            usage=Usage(input=3, output=2),
            seconds=2.0,
            unheard=("verbose",),
        )
        self.assertEqual([expected], self.outcomes)

    def test_failure(self) -> None:
        """A failure is the task's, with what was said before; the order itself has none."""
        order = self.begin(task())
        self.runs.runs[0].hear(TextDelta("a"))
        self.runs.runs[0].fail(AgentDied("gone"))
        self.successResultOf(order.ended)
        [outcome] = self.outcomes
        self.assertEqual(("a", "gone", False), (outcome.text, str(outcome.error), outcome.good))

    def test_refused(self) -> None:
        """An unknown backend, and what the backend refuses, begin no run; both are the task's failure."""
        self.begin(task(backend="nobody"), task(depending=("seed",), places={"seed": "tasks[1].seed"}))
        self.assertEqual([], self.runs.runs)
        self.assertIsInstance(self.outcomes[0].error, BadRequest)
        self.assertIn("claude, codex", str(self.outcomes[0].error))
        self.assertEqual("tasks[1].seed", getattr(self.outcomes[1].error, "param", ""))

    def test_unheard(self) -> None:
        """What has no effect is told; it is refused where that is so configured."""
        asked = task(depending=("temperature", "stop"))
        self.assertEqual(("temperature",), self.tasks.unheard(asked))
        self.assertRaises(UnsupportedParameter, Tasks(self.runs, self.clock, True).unheard, asked)

    def test_bug(self) -> None:
        """A bug is a failure of its task, is logged, and tells nothing of itself."""
        order = self.begin(task(), task(backend="codex"))
        self.runs.runs[0].ended.errback(ZeroDivisionError("secret"))
        self.answer(self.runs.runs[1])
        self.successResultOf(order.ended)
        self.assertNotIn("secret", str(self.outcomes[0].error))
        self.assertTrue(self.outcomes[1].good)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_cancelled(self) -> None:
        """Being cancelled cancels whatever is under way and begins nothing more."""
        order = self.begin(task(), task(), task(), at_once=2)
        order.ended.cancel()
        self.failureResultOf(order.ended, CancelledError)
        self.assertEqual([True, True], [run.cancelled for run in self.runs.runs])
        self.assertEqual({}, self.noted.outcomes)

    def test_rehearsed(self) -> None:
        """A rehearsal starts nothing and tells what it would start."""
        order = self.begin(task(workdir="/srv"), rehearsed=True)
        self.successResultOf(order.ended)
        self.assertEqual([], self.runs.runs)
        rehearsal = self.outcomes[0].rehearsal
        assert rehearsal is not None
        self.assertEqual(("/bin/claude", "/srv"), (rehearsal.launch.arguments[0], rehearsal.launch.workdir))


class BoundTests(OrdersCase):
    def test_room(self) -> None:
        """All tasks together say no more than one may: the one too much is cut off, and says why."""
        self.tasks = Tasks(self.runs, self.clock, answer_bytes=10)
        order = self.begin(task(), task(), at_once=2)
        self.runs.runs[0].hear(TextDelta("123456"))
        self.runs.runs[1].hear(TextDelta("123456"), TextDelta("7"))
        self.assertTrue(self.runs.runs[1].cancelled)
        self.answer(self.runs.runs[0], "")
        self.successResultOf(order.ended)
        self.assertEqual(("123456", True), (self.outcomes[0].text, self.outcomes[0].good))
        self.assertIsInstance(self.outcomes[1].error, AnswerTooLong)

    def test_filled_prompts_are_let_go(self) -> None:
        """What results made of a prompt is the run's alone: a hundred long ones would not fit."""
        order = self.begin(task(), task("{{previous}}" * 9), task("after"), chained=True)
        self.answer(self.runs.runs[0], "0123456789")
        self.answer(self.runs.runs[1])
        self.assertEqual(["hi", "0123456789" * 9, "after"], self.prompts())
        kept = [each.asked.invocation.messages[-1].text for each in order._tasks]  # type: ignore[attr-defined]
        self.assertEqual(["hi", "{{previous}}" * 9, "after"], kept)

    def test_long_prompt(self) -> None:
        """A prompt that results would make too long fails, and the chain goes on."""
        self.patch(filling, "LONGEST", 100)
        self.begin(task(), task("{{previous}}" * 11), task("after"), chained=True)
        self.answer(self.runs.runs[0], "0123456789")
        self.assertIsInstance(self.outcomes[1].error, BadRequest)
        self.assertEqual(["hi", "after"], self.prompts())


class ParallelTests(OrdersCase):
    def test_bounded(self) -> None:
        """No more at once than asked; the next begins when one is over."""
        self.begin(*(task(f"{n}") for n in range(4)), at_once=2)
        self.assertEqual(["0", "1"], self.prompts())
        self.answer(self.runs.runs[1])
        self.assertEqual(["0", "1", "2"], self.prompts())
        self.answer(self.runs.runs[0])
        self.assertEqual(["0", "1", "2", "3"], self.prompts())

    def test_places(self) -> None:
        """Outcomes have the places of their tasks, in whatever order they come."""
        order = self.begin(task("a"), task("b"), at_once=2)
        self.answer(self.runs.runs[1], "of b")
        self.answer(self.runs.runs[0], "of a")
        self.successResultOf(order.ended)
        self.assertEqual(["of a", "of b"], [outcome.text for outcome in self.outcomes])

    def test_goes_on(self) -> None:
        """A failure ends nothing else unless it is to."""
        order = self.begin(task(), task(), at_once=1)
        self.runs.runs[0].fail(AgentDied("gone"))
        self.answer(self.runs.runs[1])
        self.successResultOf(order.ended)
        self.assertEqual([False, True], [outcome.good for outcome in self.outcomes])

    def test_fail_fast(self) -> None:
        """Else what is under way is cancelled, and what is not begun never is."""
        order = self.begin(task(), task(), task(), at_once=2, stop=True)
        self.runs.runs[0].hear(TextDelta("a"))
        self.runs.runs[1].fail(AgentDied("gone"))
        self.successResultOf(order.ended)
        self.assertTrue(self.runs.runs[0].cancelled)
        self.assertEqual(2, len(self.runs.runs))
        self.assertEqual([True, False, True], [outcome.cancelled for outcome in self.outcomes])
        self.assertEqual("a", self.outcomes[0].text)

    def test_pace(self) -> None:
        """A client that does not read holds up all that is under way, and what begins then too."""
        order = self.begin(task(), task(), at_once=1)
        order.pauseProducing()
        self.assertTrue(self.runs.runs[0].paused)
        self.runs.runs[0].fail(AgentDied("gone"))
        self.assertTrue(self.runs.runs[1].paused)
        order.resumeProducing()
        self.assertFalse(self.runs.runs[1].paused)

    def test_listener_fails(self) -> None:
        """Where nobody can be told any more nothing goes on."""
        self.noted.outcomes[0] = Outcome()  # it takes no second one
        order = self.begin(task(), task(), at_once=2)
        self.answer(self.runs.runs[0])
        self.failureResultOf(order.ended, AssertionError)
        self.assertTrue(self.runs.runs[1].cancelled)


class ChainTests(OrdersCase):
    def test_previous(self) -> None:
        """Prompts have the results before them: the last, or one by its name."""
        steps = [task("one", name="a"), task("two {{previous}}"), task("{{ steps.a }}+{{previous}}")]
        self.begin(*steps, chained=True)
        self.answer(self.runs.runs[0], "first {{previous}}")
        self.answer(self.runs.runs[1], "second")
        self.assertEqual(["one", "two first {{previous}}", "first {{previous}}+second"], self.prompts())

    def test_first(self) -> None:
        """Before the first there is no result: the words stay as they are."""
        self.begin(task("{{previous}}"), chained=True)
        self.assertEqual(["{{previous}}"], self.prompts())

    def test_one_by_one(self) -> None:
        """One at a time, however many at once are allowed elsewhere."""
        self.begin(task(), task(), chained=True, at_once=9)
        self.assertEqual(1, len(self.runs.runs))

    def test_goes_on(self) -> None:
        """After a failure the next has what there was of its result."""
        self.begin(task(), task("after: {{previous}}"), chained=True)
        self.runs.runs[0].hear(TextDelta("half"))
        self.runs.runs[0].fail(AgentDied("gone"))
        self.assertEqual("after: half", self.prompts()[-1])

    def test_stops(self) -> None:
        """Unless it is to stop: then nothing more is begun."""
        order = self.begin(task(), task(), chained=True, stop=True)
        self.runs.runs[0].fail(AgentDied("gone"))
        self.successResultOf(order.ended)
        self.assertEqual(1, len(self.runs.runs))
        self.assertTrue(self.outcomes[1].cancelled)

    def test_directory(self) -> None:
        """A step without a directory works where the last one with one did, if it is to."""
        steps = [task(), task(workdir="/srv/a"), task(), task(workdir="/srv/b"), task()]
        order = self.begin(*steps, chained=True, same_workdir=True)
        for place in range(5):
            self.answer(self.runs.runs[place])
        self.successResultOf(order.ended)
        directories = [run.invocation.agency.workdir for run in self.runs.runs]
        self.assertEqual(["", "/srv/a", "/srv/a", "/srv/b", "/srv/b"], directories)

    def test_own_directory(self) -> None:
        """Else each only talks unless it names one."""
        self.begin(task(workdir="/srv"), task(), chained=True)
        self.answer(self.runs.runs[0])
        self.assertEqual("chat", self.runs.runs[1].invocation.agency.mode)

    def test_rehearsed(self) -> None:
        """A rehearsal fills nothing in: there are no results."""
        self.successResultOf(self.begin(task(), task("{{previous}}"), chained=True, rehearsed=True).ended)
        self.assertEqual([True, True], [outcome.rehearsal is not None for outcome in self.outcomes])
