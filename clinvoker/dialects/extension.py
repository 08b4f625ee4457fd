"""
What clients ask beyond their dialect, under the one key `clinvoker` of the body.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Extension


class WireExtension(msgspec.Struct, forbid_unknown_fields=True):
    """As sent; null equals absence.  A key that is not here is refused: none of them says nothing."""

    mode: Literal["chat", "agent"] | None = None
    workdir: str | None = None
    approval_mode: str | None = None
    sandbox_mode: str | None = None
    session: str | None = None
    max_turns: Annotated[int, Meta(ge=1)] | None = None
    actions: bool | None = None


def read_extension(wire: WireExtension | None) -> Extension:
    """
    What is asked.  Who may ask it is not the dialect's affair.

    Raises `UnsupportedParameter` for what says something in agent mode only.
    """
    if wire is None:
        return Extension()
    sent = {name: value for name, value in asdict(wire).items() if value is not None}
    extension = Extension(**sent)
    astray = [f"clinvoker.{name}" for name in sent if name != "mode"]
    if astray and extension.mode != "agent":
        raise UnsupportedParameter(f"{astray[0]!r} needs the mode 'agent'.", astray[0])
    return extension
