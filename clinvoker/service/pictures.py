"""What fetches the pictures that clients name by URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from clinvoker.config import Config
from clinvoker.model import Invocation


def fetching(reactor: Any, config: Config) -> Callable[[Invocation], Awaitable[Invocation]] | None:
    """What fetches pictures; nothing does where no host is allowed."""
    if not config.images.fetch:
        return None
    # An HTTP client is a tenth of a second of imports that few daemons need.
    from treq.client import HTTPClient
    from twisted.web.client import Agent

    from clinvoker.runs.pictures import Pictures

    return Pictures(config.images.fetch, HTTPClient(Agent(reactor, connectTimeout=10)), reactor).fetched
