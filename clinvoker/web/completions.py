"""
The doors through which a run is asked for: one for each dialect, all alike.

Nothing is written before the renderer gives bytes; until then a failure is a plain HTTP status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.carrying import IOrderRun
from clinvoker.interfaces import Deliver, IDialect, IRenderer, IRun, IRuns
from clinvoker.model import Asked, Event, Invocation
from clinvoker.web.asking import without_effect
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings


class Completions:
    """
    Answers requests for completions.
    """

    def __init__(
        self, runs: IRuns, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        self._runs = runs
        self._clock = clock
        self._new_id = new_id
        self._settings = settings

    async def answer(self, request: ApiRequest, dialect: IDialect) -> None:
        """
        Write the whole answer.  Raises as `carry_out` does.
        """
        request.error_body = dialect.error
        asked = dialect.parse(request.json_body())
        request.model = asked.invocation.model
        renderer = dialect.renderer(asked, self._new_id(), int(self._settings.now()))
        await self.carry_out(request, asked, renderer)

    async def carry_out(self, request: ApiRequest, asked: Asked, renderer: IRenderer) -> None:
        """
        Write the whole answer to what was asked.  Being cancelled, which is how the client's leaving shows,
        cancels the runs.

        Raises whatever failed before the first byte was written, a `ClinvokerError` as a rule.
        """
        self.announce(request, asked, renderer)
        answer = Answer(request, renderer, self._clock, self._settings.keepalive_secs)
        try:
            await answer.follow(self._start(request, asked, answer))
        except Exception as error:
            if request.channel is None or not request.startedWriting:
                raise  # nobody hears it, or there is a status to say it with
            request.write(renderer.fail(request.told(error)))

    def announce(self, request: ApiRequest, asked: Asked, renderer: IRenderer) -> None:
        """
        Set the headers of an answer that succeeds.  Raises what says that it cannot, as `without_effect`
        does.
        """
        unheard = self.check(request, asked)
        _announce(request, unheard, renderer)

    def check(self, request: ApiRequest, asked: Asked) -> tuple[str, ...]:
        """What will have no effect.  Raises what says that the request cannot be carried out."""
        return without_effect(asked, self._runs, self._settings.strict_parameters, request.principal)

    def begin(self, request: ApiRequest, invocation: Invocation, deliver: Deliver) -> IRun:
        """Begin a run for this request."""
        named = replace(invocation, request_id=request.request_id, principal=request.principal)
        return self._runs.start(named, deliver)

    def _start(self, request: ApiRequest, asked: Asked, answer: Answer) -> Sequence[IRun]:
        """Begin a run for each choice; they know nothing of each other."""
        return [
            self.begin(request, invocation, partial(answer.deliver, choice=choice))
            for choice, invocation in enumerate(asked.each or [asked.invocation] * asked.choices)
        ]


@implementer(IPushProducer)
class Answer:
    """
    One answer while its runs go on.  The client's reading governs their pace.
    """

    def __init__(
        self, request: ApiRequest, renderer: IRenderer, clock: IReactorTime, keepalive_secs: float
    ) -> None:
        self._request = request
        self._renderer = renderer
        self._clock = clock
        self._keepalive_secs = keepalive_secs
        self._wrote_at = clock.seconds()
        self._paused = False
        self._timer: IDelayedCall | None = None

    def deliver(self, events: Sequence[Event], choice: int = 0) -> None:
        """Take events of one choice's run: one write for all of them."""
        self.send(self._renderer.feed(events, choice))

    def send(self, data: bytes) -> None:
        """Write, if there is something to write."""
        if data:
            self._request.write(data)
            self._wrote_at = self._clock.seconds()

    async def follow(self, runs: Sequence[IRun | IOrderRun]) -> None:
        """Wait for the runs to end; fails as the first of them does, and the others are cancelled."""
        self._runs = runs
        self._request.registerProducer(self, True)
        if self._keepalive_secs:
            self._timer = self._clock.callLater(self._keepalive_secs, self._show_life)
        try:
            await all_ended(runs)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._request.channel is not None:  # it has none once the client has gone
                self._request.unregisterProducer()

    def pauseProducing(self) -> None:
        """The client does not read as fast as the run writes."""
        self._paused = True
        for run in self._under_way():
            run.pauseProducing()

    def resumeProducing(self) -> None:
        """The client has read what there was."""
        self._paused = False
        for run in self._under_way():
            run.resumeProducing()

    def stopProducing(self) -> None:
        """
        The connection is lost.  Nothing is done here: Klein cancels the handler a moment
        later, and one road for leaving is enough.
        """

    def _under_way(self) -> Sequence[IRun | IOrderRun]:
        # The program of a run that has ended may be another's already.
        return [run for run in self._runs if not run.ended.called]

    def _show_life(self) -> None:
        # The timer is not moved by each write, which would cost more than the write.
        wait = self._wrote_at + self._keepalive_secs - self._clock.seconds()
        if wait <= 0:
            wait = self._keepalive_secs
            if not self._paused and (data := self._renderer.idle()):
                self._request.write(data)
        self._timer = self._clock.callLater(wait, self._show_life)


def all_ended(runs: Sequence[IRun | IOrderRun]) -> Deferred[None]:
    """
    Fires when all runs have ended, fails with the first failure of any.  That, and cancelling it,
    cancels those under way.
    """
    if len(runs) == 1:
        return runs[0].ended
    ends = gatherResults([run.ended for run in runs], consumeErrors=True)

    def failed(reason: Failure) -> Failure:
        for run in runs:
            run.ended.cancel()
        return reason.value.subFailure if isinstance(reason.value, FirstError) else reason

    return ends.addCallbacks(lambda _: None, failed)


def _announce(request: ApiRequest, unheard: Sequence[str], renderer: IRenderer) -> None:
    """The headers of an answer that succeeds; caches and proxies are to let it through as it comes."""
    request.setHeader(b"content-type", renderer.content_type)
    request.setHeader(b"cache-control", b"no-cache")
    request.setHeader(b"x-accel-buffering", b"no")
    if unheard:
        request.setHeader(b"x-clinvoker-ignored", ", ".join(unheard).encode("ascii", "replace"))
