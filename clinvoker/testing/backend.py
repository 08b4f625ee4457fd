"""A backend in memory: a small protocol, its talk, and a spawner that starts nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.agent import Agent
from clinvoker.errors import BackendMissing, ProviderOverloaded, RateLimited
from clinvoker.framing import Record
from clinvoker.interfaces import IAgent, IBackend, ISpawner, ITalk
from clinvoker.model import (
    Action,
    Finished,
    Identity,
    Invocation,
    Launch,
    Message,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Treatment,
    Usage,
)
from clinvoker.talk import Ended, Heard, Kept, Over, Parked, Ready, Send, Step
from clinvoker.testing.process import MemoryChild


@implementer(ITalk)
class PlainTalk:
    """
    Asks {"ask": RUN, "text": TEXT} and {"stop": RUN}; hears {"ready": true, "note": ...}, and with "run": RUN
    one of {"say": TEXT}, {"acts": COMMAND}, {"done": true}, {"stopped": true}, {"fails": "now" or
    "for good"}, {"calls": [[ID, NAME, ARGUMENTS], ...]}, after which it is parked and told
    {"go": RUN, "results": [...]}, {"kept": true}, after which it is told {"go": RUN, "text": TEXT} or
    {"forget": RUN}, or {"over": true}.
    """

    def __init__(self, capacity: int = 1, uses: int = 1_000_000) -> None:
        self.capacity = capacity
        self._uses = uses
        self._under_way: set[int] = set()

    @property
    def open(self) -> bool:
        return self._uses > 0

    def start(self) -> Sequence[Step]:
        return [Send({"hello": True})]

    def receive(self, record: Record) -> Sequence[Step]:
        if "ready" in record:
            return [Ready(Identity(version="1.0", note=str(record.get("note", ""))))]
        if "run" not in record:
            return []
        run = cast("int", record["run"])
        if "say" in record:
            return [Heard(run, TextDelta(str(record["say"])))]
        if "acts" in record:
            step = Action(id="1", kind="command", title=str(record["acts"]), status="started")
            return [Heard(run, step)]
        if "calls" in record:
            return [*_calls(run, cast("list[tuple[str, str, str]]", record["calls"])), Parked(run)]
        if "kept" in record:
            return [Heard(run, Finished("stop", Usage(input=1, output=1))), Kept(run)]
        if "over" in record:
            return [Over(run, RateLimited("It failed."))]
        self._under_way.discard(run)
        if "done" in record:
            return [Heard(run, Finished("stop", Usage(input=1, output=1))), Ended(run)]
        if "fails" in record:
            failing = ProviderOverloaded if record["fails"] == "now" else RateLimited
            return [Ended(run, failing("It failed."))]
        return [Ended(run)]

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        self._uses -= 1
        self._under_way.add(run)
        return [Send({"ask": run, "text": invocation.messages[-1].text})]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        self._under_way.discard(held)
        self._under_way.add(run)
        if messages[-1].role == "user":
            return [Send({"go": run, "text": messages[-1].text})]
        return [Send({"go": run, "results": [[result.call_id, result.text] for result in messages]})]

    def forget(self, run: int) -> Sequence[Step]:
        return [Send({"forget": run})]

    def interrupt(self, run: int) -> Sequence[Step]:
        return [Send({"stop": run})] if run in self._under_way else []


def _calls(run: int, calls: Sequence[tuple[str, str, str]]) -> Iterator[Step]:
    for call_id, name, arguments in calls:
        yield Heard(run, ToolCallStarted(call_id, name))
        yield Heard(run, ToolCallDelta(call_id, arguments))
    yield Heard(run, Finished("tool_calls", Usage(input=1, output=1)))


@implementer(IBackend)
class PlainBackend:
    """A backend of `PlainTalk`; one launch key for all invocations."""

    owner = "nobody"
    program = "plain"
    models: Sequence[str] = ("plain-1",)
    patterns: Sequence[str] = ("plain-*",)
    environment: Sequence[str] = ("PLAIN_*",)
    warm = 0
    parameters: Mapping[str, Treatment] = {
        "tools": "honoured",
        "response_format": "enforced",
        "stop": "enforced",
        "max_tokens": "enforced",
        "seed": "ignored",
    }

    def __init__(self, name: str = "plain", capacity: int = 1, uses: int = 1_000_000) -> None:
        self.name = name
        self._capacity = capacity
        self._uses = uses

    def launch(self, invocation: Invocation) -> Launch:
        return Launch(key=self.name, arguments=(self.program,))

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        return Agent(self.name, PlainTalk(self._capacity, self._uses), launch, clock)


@implementer(ISpawner)
class MemorySpawner:
    """
    Starts `MemoryChild`ren, kept in `children`, by `launches`.  Programs of the backends named in `missing`
    are not there.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self.children: list[MemoryChild] = []
        self.launches: list[Launch] = []
        self.missing: set[str] = set()
        self.editions: dict[str, object] = {}
        self.ahead: list[MemoryChild] = []  # those that were started ahead of need and were not hurried
        self.memory = 0  # bytes of each agent
        self.left = 1 << 40  # bytes on the machine

    def locate(self, backend: IBackend) -> str:
        return "" if backend.name in self.missing else f"/bin/{backend.program}"

    def edition(self, backend: IBackend) -> object:
        return None if backend.name in self.missing else self.editions.get(backend.name, 0)

    def further(self, backend: IBackend, launch: Launch) -> Sequence[str]:
        return ()

    def spawn(self, backend: IBackend, launch: Launch, ahead: bool = False) -> IAgent:
        self.launches.append(launch)
        agent = backend.agent(launch.placed("/nowhere"), self._clock)
        if backend.name in self.missing:
            agent.processEnded(Failure(BackendMissing(f"{backend.program} is missing.", backend.name)))
        else:
            self.children.append(MemoryChild(agent))
            if ahead:
                self.ahead.append(self.children[-1])
        return agent

    def hurry(self, agent: IAgent) -> None:
        self.ahead = [child for child in self.ahead if child.protocol is not agent]

    def resident(self, agent: IAgent) -> int:
        return self.memory

    def available(self) -> int:
        return self.left
