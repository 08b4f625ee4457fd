"""
What clients ask beyond their dialect, under the one key `clinvoker` of the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from clinvoker.agency import Agency, Approval, Mode, Sandbox
from clinvoker.errors import UnsupportedParameter

KEY = "clinvoker"


class WireExtension(msgspec.Struct, forbid_unknown_fields=True):
    """As sent; null equals absence.  A key that is not here is refused: none of them says nothing."""

    mode: Mode | None = None
    workdir: str | None = None
    approval_mode: Approval | None = None
    sandbox_mode: Sandbox | None = None
    session: str | None = None
    max_turns: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    actions: bool | None = None


def read_agency(wire: WireExtension | None) -> Agency:
    """
    What is asked.  Who may ask it is not the dialect's affair.

    Raises `UnsupportedParameter` for what says something in agent mode only, and for `session`.
    """
    if wire is None:
        return Agency()
    sent = [f"{KEY}.{name}" for name, value in asdict(wire).items() if value is not None and name != "mode"]
    if sent and wire.mode != "agent":
        raise UnsupportedParameter(f"{sent[0]!r} needs the mode 'agent'.", sent[0])
    if wire.session is not None:
        place = f"{KEY}.session"
        raise UnsupportedParameter(f"{place!r} is not supported: send the whole conversation.", place)
    return Agency(
        mode=wire.mode or "chat",
        workdir=wire.workdir or "",
        approval=wire.approval_mode or "default",
        sandbox=wire.sandbox_mode or "default",
        max_turns=wire.max_turns or 0,
        actions=wire.actions or False,
    )


def depending_on(agency: Agency) -> Iterator[str]:
    """The names of what is asked here that not every backend can do."""
    if agency.mode == "agent":
        yield f"{KEY}.mode"
    if agency.max_turns:
        yield f"{KEY}.max_turns"
