"""
The doors through which a run is asked for: one for each dialect, all alike.

Nothing is written before the renderer gives bytes; until then a failure is a plain HTTP status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from clinvoker.interfaces import IDialect, IRenderer, IRun, IRuns
from clinvoker.model import Asked, Event
from clinvoker.web.request import ApiRequest


class Completions:
    """
    Answers requests for completions.
    """

    def __init__(
        self, runs: IRuns, clock: IReactorTime, new_id: Callable[[], str], keepalive_secs: float
    ) -> None:
        self._runs = runs
        self._clock = clock
        self._new_id = new_id
        self._keepalive_secs = keepalive_secs

    async def answer(self, request: ApiRequest, dialect: IDialect) -> None:
        """
        Write the whole answer.  Being cancelled, which is how the client's leaving shows,
        cancels the run.

        Raises whatever failed before the first byte was written, a `ClinvokerError` as a rule.
        """
        request.error_body = dialect.error
        asked = dialect.parse(request.json_body())
        request.model = asked.invocation.model
        renderer = dialect.renderer(asked, self._new_id(), int(self._clock.seconds()))
        _announce(request, asked, renderer)
        answer = Answer(request, renderer, self._clock, self._keepalive_secs)
        invocation = replace(asked.invocation, request_id=request.request_id)
        try:
            await answer.follow(self._runs.start(invocation, answer.deliver))
        except Exception as error:
            if request.channel is None or not request.startedWriting:
                raise  # nobody hears it, or there is a status to say it with
            request.write(renderer.fail(request.told(error)))


@implementer(IPushProducer)
class Answer:
    """
    One answer while its run goes on.  The client's reading governs the run's pace.
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

    def deliver(self, events: Sequence[Event]) -> None:
        """Take events of the run: one write for all of them."""
        if data := self._renderer.feed(events):
            self._request.write(data)
            self._wrote_at = self._clock.seconds()

    async def follow(self, run: IRun) -> None:
        """Wait for the run to end; fails as it does."""
        self._run = run
        self._request.registerProducer(self, True)
        if self._keepalive_secs:
            self._timer = self._clock.callLater(self._keepalive_secs, self._show_life)
        try:
            await run.ended
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._request.channel is not None:  # it has none once the client has gone
                self._request.unregisterProducer()

    def pauseProducing(self) -> None:
        """The client does not read as fast as the run writes."""
        self._paused = True
        self._run.pauseProducing()

    def resumeProducing(self) -> None:
        """The client has read what there was."""
        self._paused = False
        self._run.resumeProducing()

    def stopProducing(self) -> None:
        """
        The connection is lost.  Nothing is done here: Klein cancels the handler a moment
        later, and one road for leaving is enough.
        """

    def _show_life(self) -> None:
        # The timer is not moved by each write, which would cost more than the write.
        wait = self._wrote_at + self._keepalive_secs - self._clock.seconds()
        if wait <= 0:
            wait = self._keepalive_secs
            if not self._paused and (data := self._renderer.idle()):
                self._request.write(data)
        self._timer = self._clock.callLater(wait, self._show_life)


def _announce(request: ApiRequest, asked: Asked, renderer: IRenderer) -> None:
    """The headers of an answer that succeeds; caches and proxies are to let it through as it comes."""
    request.setHeader(b"content-type", renderer.content_type)
    request.setHeader(b"cache-control", b"no-cache")
    request.setHeader(b"x-accel-buffering", b"no")
    if asked.ignored:
        request.setHeader(b"x-clinvoker-ignored", ", ".join(asked.ignored).encode("ascii", "replace"))
