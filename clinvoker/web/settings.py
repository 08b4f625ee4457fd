"""
What the web is told when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from clinvoker.keys import Locks
from clinvoker.web.cors import Cors

MEBIBYTE = 1024 * 1024


@attrs.frozen(kw_only=True)
class WebSettings:
    """
    How the doors behave.

    `locks` gives the keys that are good now; where none is needed whoever reaches the listener may
    enter.  `owners` maps a backend's name to who makes its models.  `started_at`
    is in seconds since 1970, by the clock that `make_site` is given.
    """

    locks: Callable[[], Locks] = Locks
    allowed_hosts: tuple[str, ...] = ()  # names, `*.example.com`, or `*` for any
    cors_allowed_origins: tuple[str, ...] = ()  # `https://app.example.com`, `http://localhost:*`, or `*`
    cors: Cors = attrs.field(factory=Cors)
    max_body_bytes: int = 64 * MEBIBYTE
    max_discarded_bytes: int = 1024 * MEBIBYTE  # of a longer body; who sends still more is cut off
    keepalive_secs: float = 15.0  # 0: never
    strict_parameters: bool = False  # refuse what would have no effect, instead of naming it
    max_parallel: int = 3  # tasks of one request at once, where it does not say how many
    background_responses: int = 100  # that go on at a time
    keep_responses: bool = True  # where clients want it
    version: str = ""
    owners: Mapping[str, str] = attrs.field(factory=dict)
    started_at: float = 0.0
