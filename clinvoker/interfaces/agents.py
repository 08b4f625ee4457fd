"""
Live programs: how they are described and started, and what is under way in them.  Third parties implement
`IBackend`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProcessProtocol, IPushProducer, IReactorTime
from zope.interface import Attribute, Interface

from clinvoker.model import (
    Event,
    Identity,
    Invocation,
    Launch,
    Message,
    Treatment,
)

# Takes the events that became known together, oldest first; never an empty sequence.  All
# events of one read of the program's output come in one call, so that one write can carry them.
Deliver = Callable[[Sequence[Event]], None]


class IRun(IPushProducer):
    """
    One completion under way.  Pausing it holds its events back; stopping it is cancelling it.
    """

    ended: Deferred[None] = Attribute(
        """
        Fires with None after `Finished` was delivered; fails with a `ClinvokerError`, or with
        `CancelledError` after being cancelled.  Cancelling it interrupts the turn; no event
        is delivered afterwards.  It belongs to who began the run.
        """
    )
    settled: Deferred[None] = Attribute(
        """
        Fires with None, never fails, once the program has done with the run too: the turn
        ended there, or the process did.  What a run occupies is freed by this one.
        """
    )

    conversation: IConversation | None = Attribute(
        """
        Once `ended` has fired: the conversation as the program still holds it, if it does.  A run that
        failed or was given up leaves none.
        """
    )


class IConversation(Interface):
    """
    A conversation that a program holds after a run.  One of its methods is called, once.
    """

    alive: bool = Attribute("Whether the program still holds it.")
    waits: bool = Attribute("Whether its turn waits for results of the client's tools; else it is at rest.")

    def resume(messages: Sequence[Message], deliver: Deliver) -> IRun:
        """
        Go on with what the client says next; only while `alive`.  Where it `waits`, that is the results
        of all its calls and nothing else.  As `IAgent.begin` otherwise.
        """

    def abandon() -> Deferred[None]:
        """Give it up; fires, never fails, when the program has done with it."""


class IAgent(IProcessProtocol):
    """
    One live process that answers prompts.  It is its own process's protocol.
    """

    identity: Identity = Attribute("What the program said of itself; empty words before it is ready.")
    runs: int = Attribute("How many runs are under way, interrupted ones included.")
    begun: int = Attribute("How many runs were, those that went on with a conversation too.")
    held: int = Attribute("How many conversations it holds between two runs; each takes up a place.")
    places: int = Attribute(
        "How many more runs may begin, now or once it is ready; 0 when it is used up, retiring or dead."
    )
    used_up: bool = Attribute("Whether it never will take another run.")

    def when_ready() -> Deferred[None]:
        """
        A new Deferred for each call.  Fires when the program takes runs; fails with
        `BackendMissing`, `BackendUnusable`, `AgentDied`, `AgentGarbled` or `TimedOut`.
        """

    def when_gone() -> Deferred[None]:
        """A new Deferred for each call; fires, never fails, when the process has ended."""

    def begin(invocation: Invocation, deliver: Deliver) -> IRun:
        """
        Begin a run.  Only on an agent that is ready and has `places`.

        The run fails with a `ClinvokerError` where the program or its provider failed.
        """

    def retire() -> Deferred[None]:
        """
        Take no further run, end the process when the last one has ended, by force if it does
        not end by itself.  Fires as `when_gone` does.
        """

    def kill() -> None:
        """End the process group now; every run under way fails with `AgentDied`."""


class IBackend(Interface):
    """
    One command-line program that can answer prompts.  It describes and starts nothing, and
    keeps no state: one provider serves every run.

    Bind a provider of this and of `twisted.plugin.IPlugin` in a module of `twisted.plugins`.
    """

    name: str = Attribute("What clients call it, such as 'codex'.  Unique.  Lower case, no '/' or ':'.")
    program: str = Attribute("The executable's name, looked up on PATH unless configured.")
    owner: str = Attribute("Who makes the models, for `owned_by` in model lists.")
    models: Sequence[str] = Attribute("Model names to list besides `name`; passed on as they are.")
    patterns: Sequence[str] = Attribute("`fnmatch` patterns of further names that are passed on as they are.")
    parameters: Mapping[str, Treatment] = Attribute(
        "What becomes of each of `Asked.depending`, by name; one that is missing is refused."
    )
    environment: Sequence[str] = Attribute(
        "Names and `fnmatch` patterns of the variables the program may see of the daemon's environment, "
        "beyond the common ones."
    )
    warm: int = Attribute(
        "How many processes for plain chats are kept ready once it is in use, unless configured."
    )

    def launch(invocation: Invocation) -> Launch:
        """
        Say which process can carry out the invocation.  Pure: equal invocations give equal
        launches.  `arguments[0]` is `program`; whoever starts it puts the path found there.

        Raises `BadRequest` if the program cannot do what is asked.
        """

    def agent(launch: Launch, clock: IReactorTime) -> IAgent:
        """
        Make the protocol of one process of this launch, which is `placed` and whose environment is
        all that the process will see.  Starts nothing.
        """


class ISpawner(Interface):
    """Starts processes: the only place where one is made."""

    def spawn(backend: IBackend, launch: Launch, ahead: bool = False) -> IAgent:
        """
        Start a process: private directory, files, environment by allow-list, its own session
        and process group, known to the guardian.  Failing to start at all is told by the agent:
        its `when_ready` fails with `BackendMissing`, or `BackendUnusable` where the next try may succeed.

        One that is started `ahead` of need gives way to others until it is ready, or `hurry`.
        """

    def hurry(agent: IAgent) -> None:
        """Somebody waits for an agent that was started ahead of need."""

    def resident(agent: IAgent) -> int:
        """Bytes in memory of an agent's processes; 0 if it has ended."""

    def available() -> int:
        """Bytes of memory that this machine has left."""

    def further(backend: IBackend, launch: Launch) -> Sequence[str]:
        """The arguments that the owner of the machine has put after those of the launch."""

    def locate(backend: IBackend) -> str:
        """The absolute path of the backend's program, or the empty string."""

    def edition(backend: IBackend) -> object:
        """What differs once the program is another file, as after an upgrade; None if it is not there."""
