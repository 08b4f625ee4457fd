"""
What a browser is told, so that pages of an allowed origin may call and read the answers.
"""

from __future__ import annotations

import re

import attrs
from twisted.web.http_headers import Headers

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_EXPOSED = (
    b"x-request-id, request-id, retry-after, retry-after-ms, x-should-retry, x-clinvoker-ignored,"
    b" x-clinvoker-quota-reset, x-ratelimit-limit-requests, x-ratelimit-remaining-requests,"
    b" x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens,"
    b" x-ratelimit-reset-tokens, anthropic-ratelimit-requests-limit, anthropic-ratelimit-requests-remaining,"
    b" anthropic-ratelimit-requests-reset, anthropic-ratelimit-tokens-limit,"
    b" anthropic-ratelimit-tokens-remaining, anthropic-ratelimit-tokens-reset, x-trace-id, x-span-id,"
    b" x-parent-span-id, mcp-session-id"
)
_HEADER_NAMES = re.compile(rb"[A-Za-z0-9_-]+(?:\s*,\s*[A-Za-z0-9_-]+)*")


def is_preflight(method: bytes, asked: Headers) -> bool:
    """Whether a browser asks on its own account whether a page's request may be sent."""
    return (
        method == b"OPTIONS"
        and asked.hasHeader(b"origin")
        and asked.hasHeader(b"access-control-request-method")
    )


@attrs.frozen
class Cors:
    """Whether pages may send cookies and the like, and for how many seconds a preflight is good."""

    credentials: bool = False
    max_age: int = 600


def let_read(origin: bytes, told: Headers, cors: Cors) -> None:
    """Let pages of `origin` read this answer."""
    told.setRawHeaders(b"access-control-allow-origin", [origin])
    if cors.credentials:
        told.setRawHeaders(b"access-control-allow-credentials", [b"true"])
    told.setRawHeaders(b"access-control-expose-headers", [_EXPOSED])


def let_call(asked: Headers, told: Headers, cors: Cors) -> None:
    """Answer a preflight: every method, the headers it names (SDKs send a dozen of their own)."""
    told.setRawHeaders(b"access-control-allow-methods", [_METHODS])
    told.setRawHeaders(b"access-control-max-age", [b"%d" % cors.max_age])
    for names in asked.getRawHeaders(b"access-control-request-headers", [])[:1]:
        if _HEADER_NAMES.fullmatch(names.strip()):
            told.setRawHeaders(b"access-control-allow-headers", [names.strip()])
    # Chromium asks this before a public page may reach a private address.
    if asked.hasHeader(b"access-control-request-private-network"):
        told.setRawHeaders(b"access-control-allow-private-network", [b"true"])
