"""
Runs that a test carries out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred
from zope.interface import implementer

from clinvoker.errors import ClinvokerError, UnknownModel
from clinvoker.interfaces import Deliver, IConversation, IRun, IRuns
from clinvoker.keys import Standing
from clinvoker.model import BackendHealth, Event, Finished, Invocation, Launch, Load, Model, Treatment
from clinvoker.orders import Rehearsal

PARAMETERS = (
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "images",
    "stop",
    "max_tokens",
    "temperature",
    "top_p",
    "reasoning_effort",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "verbosity",
    "clinvoker.mode",
    "clinvoker.max_turns",
)

HONOURED: Mapping[str, Treatment] = dict.fromkeys(PARAMETERS, "honoured")


@implementer(IRun)
class MemoryRun:
    """
    A run whose events and end the test gives.

    Like the real one it holds events back while it is paused, ends only once they were
    delivered, and delivers nothing more after it was cancelled.
    """

    def __init__(self, invocation: Invocation, deliver: Deliver) -> None:
        self.invocation = invocation
        self.cancelled = False
        self.paused = False
        self.ended: Deferred[None] = Deferred(lambda _: self._cancel())
        self.settled: Deferred[None] = Deferred()
        self.conversation: IConversation | None = None
        self._deliver = deliver
        self._waiting: list[Event] = []
        self._finished = False

    def hear(self, *events: Event) -> None:
        """These become known together; a `Finished` as the last of them ends the run."""
        if self.cancelled:
            return
        self._finished = self._finished or isinstance(events[-1], Finished)
        self._waiting.extend(events)
        if not self.paused:
            self._flush()

    def fail(self, error: ClinvokerError) -> None:
        """The run fails."""
        if not self.cancelled:
            self.ended.errback(error)
        self.settled.callback(None)

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False
        self._flush()

    def stopProducing(self) -> None:
        self.ended.cancel()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._deliver(waiting)
        if waiting and self._finished:
            self.ended.callback(None)
            self.settled.callback(None)

    def _cancel(self) -> None:
        self.cancelled = True


@implementer(IRuns)
class MemoryRuns:
    """
    Begins every run it is asked for and leaves it to the test: `runs[-1]` is the latest.  What
    becomes of parameters say `treatments`, the same for every model; unless told, all are
    honoured.
    """

    def __init__(
        self,
        models: Sequence[Model] = (),
        health: Sequence[BackendHealth] = (),
        treatments: Mapping[str, Treatment] = HONOURED,
    ) -> None:
        self.runs: list[MemoryRun] = []
        self.treatments = treatments
        self.left: Standing | None = None
        self._models = models
        self._health = health

    def start(self, invocation: Invocation, deliver: Deliver) -> MemoryRun:
        self.runs.append(MemoryRun(invocation, deliver))
        return self.runs[-1]

    def rehearse(self, invocation: Invocation) -> Rehearsal:
        """`/bin/NAME --told MODEL`, where NAME is the backend."""
        self.parameters(invocation.model)
        backend, _, model = invocation.model.partition("/")
        launch = Launch(
            key=backend,
            arguments=(f"/bin/{backend}", "--told", model),
            workdir=invocation.agency.workdir,
        )
        return Rehearsal(backend=backend, model=model, launch=launch)

    def standing(self, principal: str) -> Standing | None:
        return self.left

    def parameters(self, model: str, principal: str = "") -> Mapping[str, Treatment]:
        known = [each.name for each in self._models]
        if known and model not in known:
            raise UnknownModel(model, known)
        return self.treatments

    def models(self, principal: str = "") -> Sequence[Model]:
        return self._models

    def health(self) -> Sequence[BackendHealth]:
        return self._health

    def load(self) -> Load:
        return Load(running=sum(not run.ended.called for run in self.runs), places=64)
