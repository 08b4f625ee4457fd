"""
Responses that go on without their clients.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import ceil

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.dialects.responses_object import ResponseObject
from clinvoker.dialects.responses_stream import StreamedResponse
from clinvoker.errors import Busy, ClinvokerError, ShareFull
from clinvoker.interfaces import IRun
from clinvoker.model import Event
from clinvoker.web.following import StreamLog
from clinvoker.web.keeping import KeptAnswer
from clinvoker.web.settings import WebSettings

LOG_BYTES = 16 * 1024 * 1024
# Whose streams can still be read after their end.
LATE_STREAMS = 16


class Going:
    """
    One response in the background.  `log` is there if it was asked for as a stream.
    """

    _log = Logger()

    def __init__(self, principal: str, renderer: StreamedResponse, kept: KeptAnswer, streamed: bool) -> None:
        self.principal = principal
        self.id = renderer.response.id
        self.log = StreamLog(LOG_BYTES) if streamed else None
        self.under_way = True
        self._renderer = renderer
        self._kept = kept
        self._run: IRun | None = None
        self._waiting: list[Deferred[None]] = []  # for the end
        self._add(renderer.queue())

    @property
    def response(self) -> ResponseObject:
        """The response as it is now."""
        return self._renderer.so_far()

    def keep(self) -> None:
        """Have it stored as it is now."""
        self._kept.keep()

    def deliver(self, events: Sequence[Event]) -> None:
        """Take what happens."""
        if self.under_way:
            self._add(self._kept.feed(events))

    async def follow(self, run: IRun) -> None:
        """Wait for its end, whatever that is; raises nothing."""
        self._run = run
        try:
            await run.ended
        except CancelledError:
            data = self._renderer.cancel()
            self._kept.keep()
            self._end(data)
        except Exception as error:
            self._end(self._kept.fail(self._told(error)))
        else:
            self._end(b"")
        waiting, self._waiting = self._waiting, []
        for over in waiting:
            over.callback(None)

    async def cancel(self) -> None:
        """Give it up; done when that is kept."""
        over: Deferred[None] = Deferred()
        self._waiting.append(over)
        self.give_up()
        await over

    def give_up(self) -> None:
        """Have it ended, soon."""
        if self._run is not None and self.under_way:
            self._run.ended.cancel()

    def _end(self, data: bytes) -> None:
        self.under_way = False
        self._add(data)
        if self.log is not None:
            self.log.end()

    def _add(self, data: bytes) -> None:
        if self.log is not None:
            self.log.add(data)

    def _told(self, error: Exception) -> ClinvokerError:
        if isinstance(error, ClinvokerError):
            return error
        self._log.failure("a bug was met by response {id}", Failure(error), id=self.id)
        return ClinvokerError(f"Internal error; the daemon's log has it under {self.id!r}.")


class Background:
    """All of them: as many at a time as may be, and the streams of the last few that ended."""

    _log = Logger()

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._under_way: dict[str, Going] = {}
        self._ended: OrderedDict[str, Going] = OrderedDict()

    def check(self, principal: str) -> None:
        """
        Raises `Busy` if there is no place for one more, `ShareFull` if there is none for this principal:
        where there are several, each has half of them, so that none can shut out all others.
        """
        most = self._settings.background_responses
        mine = sum(going.principal == principal for going in self._under_way.values())
        if mine >= ceil(most / 2) and len(self._settings.locks().names) > 1:
            raise ShareFull(
                f"{mine} responses of this API key are in the background already, its half of the places"
                " (server.background_responses); wait for one to end."
            )
        if len(self._under_way) >= most:
            raise Busy(
                f"{most} responses are in the background already (server.background_responses);"
                " wait for one to end."
            )

    def keep(self, going: Going, run: IRun) -> None:
        """Have one go on.  Raises what failed at once: the client is there still, and nothing is kept."""
        failures: list[Failure] = []
        if run.ended.called:
            run.ended.addErrback(failures.append)
        for failure in failures:
            failure.raiseException()
        going.keep()
        self._under_way[going.id] = going
        done = Deferred.fromCoroutine(going.follow(run))
        done.addCallback(lambda _: self._over(going))
        done.addErrback(lambda reason: self._log.failure("a response was not kept", reason))

    def find(self, principal: str, identity: str) -> Going | None:
        """One of this principal's that is under way, or whose stream can still be read."""
        going = self._under_way.get(identity) or self._ended.get(identity)
        return going if going is not None and going.principal == principal else None

    def forget(self, going: Going) -> None:
        """Its client wants no more of it."""
        self._ended.pop(going.id, None)
        going.give_up()

    def _over(self, going: Going) -> None:
        del self._under_way[going.id]
        if going.log is not None:
            self._ended[going.id] = going
            while len(self._ended) > LATE_STREAMS:
                self._ended.popitem(last=False)
