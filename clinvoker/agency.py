"""
What a program may do by itself, as a value.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Mode = Literal["chat", "agent"]
Approval = Literal["default", "auto", "none", "always"]
Sandbox = Literal["default", "read-only", "workspace", "full"]


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the program may do by itself: nothing in mode "chat", where all else is empty.

    In mode "agent" it works with its own tools in `workdir`, in the client's words until `runs` has
    put a permitted real path there.  `sandbox` bounds what it can do; `approval` says what becomes of
    a step for which it asks leave, since there is nobody to ask.
    """

    mode: Mode = "chat"
    workdir: str = ""
    approval: Approval = "default"
    sandbox: Sandbox = "default"
    max_turns: int = 0  # requests to the provider; 0: as many as it takes
    actions: bool = False  # the client wants to be told of each `Action`
