"""
Server-sent events, as far as the dialects write them.

Every event ends in a blank line: after a single newline two of the SDKs give an empty answer
and no error.  The payload is one line, which JSON is.
"""

from __future__ import annotations

CONTENT_TYPE = b"text/event-stream; charset=utf-8"

PREFIX = b"data: "
SUFFIX = b"\n\n"

# The end of an OpenAI stream that did not fail.
DONE = b"data: [DONE]\n\n"

# Shows life.  A comment, since clients parse every `data:` line as JSON.
KEEP_ALIVE = b": keep-alive\n\n"


def event(payload: bytes) -> bytes:
    """One event without a name; `payload` is JSON, so it holds no line break."""
    return PREFIX + payload + SUFFIX


def named_event(name: bytes, payload: bytes) -> bytes:
    """One event with a name, which is plain ASCII."""
    return b"event: %b\ndata: %b\n\n" % (name, payload)
