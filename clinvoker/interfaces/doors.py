"""
What `web` stands on: runs below it, wire formats beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zope.interface import Attribute, Interface

from clinvoker.errors import ClinvokerError
from clinvoker.interfaces.agents import Deliver, IRun
from clinvoker.keys import Standing
from clinvoker.model import (
    Asked,
    BackendHealth,
    Event,
    Invocation,
    Load,
    Model,
    Treatment,
)
from clinvoker.orders import Rehearsal


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

    def parameters(model: str, principal: str = "") -> Mapping[str, Treatment]:
        """
        What becomes of parameters with this model; raises `UnknownModel`, which names those that the
        principal may ask for.
        """

    def standing(principal: str) -> Standing | None:
        """What a principal has left of what it may; None where that is not bounded, or it asked nothing."""

    def models(principal: str = "") -> Sequence[Model]:
        """The names this principal may ask for now: those whose backend is there."""

    def health() -> Sequence[BackendHealth]:
        """How each backend is, in order of name."""

    def load() -> Load:
        """How much there is to do."""


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
