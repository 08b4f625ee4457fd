"""
Every interface of the house.

Third parties implement `IBackend` and `ITalk`; all others are here so that rooms know each
other by promise only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProcessProtocol, IPushProducer, IReactorTime
from zope.interface import Attribute, Interface

from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Asked,
    BackendHealth,
    Event,
    Identity,
    Invocation,
    Launch,
    Message,
    Model,
    Treatment,
)
from clinvoker.orders import Rehearsal
from clinvoker.talk import Record, Step

# Takes the events that became known together, oldest first; never an empty sequence.  All
# events of one read of the program's output come in one call, so that one write can carry them.
Deliver = Callable[[Sequence[Event]], None]


class ITalk(Interface):
    """
    The words of one program's session protocol.  Sans-IO: touches no transport, no clock, no file.

    Every method gives the steps that follow from what it was told.  A record of an unknown
    kind gives none: programs learn new words.
    """

    capacity: int = Attribute("How many runs can be under way at a time.")
    open: bool = Attribute(
        """
        Whether this process will take one more run after those it has had: false once it is
        used up (a conversation it cannot forget, a leak).  Says nothing of `capacity`.
        """
    )

    def start() -> Sequence[Step]:
        """Greet the program.  Called once, when the process has started."""

    def receive(record: Record) -> Sequence[Step]:
        """Take one record of the program's output."""

    def begin(run: int, invocation: Invocation) -> Sequence[Step]:
        """
        Start a run: the whole conversation in, then the turn.  Called only after `Ready`.
        The steps of it and of later records end with exactly one `Ended(run)`, `Parked(run)`,
        `Kept(run)` or a `Broken`.
        """

    def resume(held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        """
        Go on with a parked or kept run under another number.  To one that is parked `messages` are of
        role "tool", one for each of its calls, in any order; to one that is kept they are what
        followed its answer, of role "user" or "tool".  A talk that never says `Parked` or `Kept` is
        never asked.
        """

    def forget(run: int) -> Sequence[Step]:
        """
        Give up the conversation of a run that is kept: its `Ended` follows once the program is as
        if it had never been, or was found to be spent (`open`).
        """

    def interrupt(run: int) -> Sequence[Step]:
        """
        Stop a run's turn by the program's own means, a parked one's too.  No event of that run
        follows; its `Ended` does.  Asked of a run that has ended already, it gives nothing.
        """


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

    def spawn(backend: IBackend, launch: Launch) -> IAgent:
        """
        Start a process: private directory, files, environment by allow-list, its own session
        and process group, known to the guardian.  Failing to start at all is told by the agent:
        its `when_ready` fails with `BackendMissing`.
        """

    def locate(backend: IBackend) -> str:
        """The absolute path of the backend's program, or the empty string."""


class IRuns(Interface):
    """What is under way on this node, as `web` sees it."""

    def start(invocation: Invocation, deliver: Deliver) -> IRun:
        """
        Begin a run on whichever agent can carry it out.

        Raises nothing: every failure, an unknown model too, comes through `IRun.ended`.
        """

    def rehearse(invocation: Invocation) -> Rehearsal:
        """
        Say what would be started for it, and start nothing.

        Raises what the run would fail with before anything is started.
        """

    def parameters(model: str) -> Mapping[str, Treatment]:
        """
        What becomes of parameters with this model; raises `UnknownModel`.
        """

    def models() -> Sequence[Model]:
        """The names a client may ask for now: those whose backend is there."""

    def health() -> Sequence[BackendHealth]:
        """How each backend is, in order of name."""


class IDialect(Interface):
    """One wire format.  Pure: bytes and values in, bytes and values out."""

    def parse(body: bytes) -> Asked:
        """
        Read a request; gives the dialect's own kind of `Asked`.

        Raises `BadRequest` with `param` naming the field.
        """

    def renderer(asked: Asked, identity: str, created: int) -> IRenderer:
        """Make what writes the answer; `identity` is unique, `created` in seconds since 1970."""

    def error(error: ClinvokerError) -> bytes:
        """The body of an answer that is only an error."""


class IRenderer(Interface):
    """
    Writes one answer, streamed or whole: who calls it cannot tell.
    """

    content_type: bytes = Attribute("For the header.")

    def feed(events: Sequence[Event], choice: int = 0) -> bytes:
        """
        The bytes to send now that these events of one choice happened; often none.  Bytes once
        given commit the answer to status 200.
        """

    def idle() -> bytes:
        """What may be sent to show life while nothing happens; none where the format has no such thing."""

    def fail(error: ClinvokerError) -> bytes:
        """The last bytes of an answer that has begun and failed."""
