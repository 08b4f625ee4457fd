"""
One line in the log for each request.  Never a prompt, a key or a query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.model import Facts
from clinvoker.web.request import ApiRequest
from clinvoker.web.sparing import Sparing
from clinvoker.web.tracing import Trace

_LONGEST = 200  # of what the client chose: its path, its model's name

_NOTHING = 0.0  # the very one that stands for nothing: another zero would be told


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What is written down of a request.  Times are in seconds: until the last of its answers had its place
    (`queue`), until the first words of any (`first`).  `status` is 0 where the client left before there was
    one.
    """

    request: str
    trace: str
    span: str = ""
    parent: str = ""
    sampled: bool = True  # as whoever asked has it
    key: str
    client: str
    method: str
    path: str
    status: int
    outcome: str
    model: str = ""
    backend: str = ""
    input: int = 0
    cached: int = 0
    output: int = 0
    queue: float = _NOTHING
    first: float = _NOTHING
    secs: float = 0.0
    sent: int = 0

    def __str__(self) -> str:
        """The line for people."""
        text = (
            f"{self.request} {self.key} {self.client} {self.method} {self.path!r}"
            f" {self.status} {self.outcome} {self.secs:.3f}s {self.sent}B trace={self.trace}"
        )
        if self.model or self.backend:
            text += (
                f" model={self.model!r} backend={self.backend} tokens={self.input}+{self.output}"
                f" queue={self.queue:.3f}s first={self.first:.3f}s"
            )
        return text


# Is told of a request's end; of its runs, how long after its begin each had ended.
Told = Callable[[Entry, Sequence[tuple[float, Facts]]], object]


class Journal:
    """
    Writes the entry when the request is finished or its client has gone.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._sparing = Sparing(clock, self._leave_out)
        self._under_way: dict[str, list[ApiRequest]] = {}  # clients choose the names: one may be there twice
        self._told: list[Told] = []

    def follow(self, request: ApiRequest) -> None:
        """Have this request written down at its end."""
        request.began = self._clock.seconds()
        self._under_way.setdefault(request.request_id, []).append(request)
        request.notifyFinish().addBoth(partial(self._write, request))

    def add(self, told: Told) -> None:
        """One more who wants to know of each request that has ended."""
        self._told.append(told)

    def run_over(self, facts: Facts) -> None:
        """A run has ended; of one whose request has ended before, nothing is written down."""
        alike = self._under_way.get(facts.request_id, ())
        request = next((each for each in alike if each.principal == facts.principal), None)
        if request is not None:
            request.runs = (*request.runs, (self._clock.seconds() - request.began, facts))

    def refused(
        self, name: str, trace: Trace, client: str, status: int, outcome: str, secs: float, sent: int
    ) -> None:
        """Something was refused that never became a request; of many from one address, some are written."""
        entry = Entry(
            request=name,
            trace=trace.trace,
            span=trace.span,
            key="-",
            client=client,
            method="-",
            path="-",
            status=status,
            outcome=outcome,
            secs=round(secs, 6),
            sent=sent,
        )
        self._tell(entry, (), self._sparing.may_write(outcome, client))

    def turned_away(self, client: str, why: str) -> None:
        """A connection was closed before anything was asked."""
        if self._sparing.may_write("connection refused", client):
            self._log.warn("a connection of {client} is refused: {why}", client=client, why=why)

    def _leave_out(self, kind: str, client: str, count: int, secs: float) -> None:
        self._log.warn(
            "{kind}: and {count} more like it from {client} in {secs:g} s",
            kind=kind,
            count=f"{count:,}",
            client=client,
            secs=secs,
        )

    def _write(self, request: ApiRequest, reason: Failure | None) -> None:
        alike = self._under_way[request.request_id]
        alike.remove(request)
        if not alike:
            del self._under_way[request.request_id]
        self._tell(self._entry(request, reason), request.runs)

    def _tell(self, entry: Entry, runs: Sequence[tuple[float, Facts]], written: bool = True) -> None:
        for told in self._told:
            told(entry, runs)
        if not written:
            return
        # Twisted's way to put a dozen fields into a line costs as much as the request: whoever
        # wants text makes it of the entry.
        self._log.info("{entry}", entry=entry)

    def _entry(self, request: ApiRequest, reason: Failure | None) -> Entry:
        runs = [facts for _, facts in request.runs]
        used = [run.usage for run in runs if run.usage is not None]
        return Entry(
            request=request.request_id,
            trace=request.trace.trace,
            span=request.trace.span,
            parent=request.trace.parent,
            sampled=request.trace.sampled,
            key=request.principal,
            client=request.client,
            method=request.method.decode("ascii"),
            path=request.path.decode("ascii")[:_LONGEST],
            status=int(request.code) if request.startedWriting else 0,
            outcome=request.error_code or ("done" if reason is None else "left"),
            model=_model(request, runs),
            backend=runs[0].backend if runs else "",
            input=sum(usage.input for usage in used),
            cached=sum(usage.cached for usage in used),
            output=sum(usage.output for usage in used),
            queue=round(max((run.admitted for run in runs), default=0.0), 6) or _NOTHING,
            first=round(min((run.first for run in runs if run.first), default=0.0), 6) or _NOTHING,
            secs=round(self._clock.seconds() - request.began, 6),
            sent=request.sentLength,
        )


def _model(request: ApiRequest, runs: Sequence[Facts]) -> str:
    """What the client called it, or else what answered."""
    return (request.model or next((run.model for run in runs), ""))[:_LONGEST]
