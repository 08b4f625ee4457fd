"""
What a key has left, in the headers that SDKs read: OpenAI's names, and Anthropic's at its door.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinvoker.dialects.times import ahead, rfc3339
from clinvoker.keys import Standing
from clinvoker.web.status import Header


def openai_headers(standing: Standing) -> Iterator[Header]:
    """`x-ratelimit-*`; times are such as `6m0s` and `17ms`."""
    for name, most, left, reset in _bounded(standing):
        yield b"x-ratelimit-limit-" + name, b"%d" % most
        yield b"x-ratelimit-remaining-" + name, b"%d" % left
        yield b"x-ratelimit-reset-" + name, ahead(reset).encode("ascii")


def anthropic_headers(standing: Standing, now: float) -> Iterator[Header]:
    """`anthropic-ratelimit-*`; times are dates by RFC 3339.  `now` is in seconds since 1970."""
    for name, most, left, reset in _bounded(standing):
        yield b"anthropic-ratelimit-" + name + b"-limit", b"%d" % most
        yield b"anthropic-ratelimit-" + name + b"-remaining", b"%d" % left
        yield b"anthropic-ratelimit-" + name + b"-reset", rfc3339(now + reset).encode("ascii")


def _bounded(standing: Standing) -> Iterator[tuple[bytes, int, int, float]]:
    if standing.requests:
        yield b"requests", standing.requests, standing.requests_left, standing.requests_reset
    if standing.tokens:
        yield b"tokens", standing.tokens, standing.tokens_left, standing.tokens_reset
