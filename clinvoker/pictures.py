"""What pictures models take, by the bytes of a file.  Pure."""

from __future__ import annotations

MEDIA_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")

LARGEST = 20 * 1024 * 1024  # of the picture itself, in bytes: what OpenAI takes

# How a file of the type begins.  Clients that label every picture "image/jpeg" are many, and
# Anthropic's API refuses a picture whose label is wrong.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def media_type(picture: bytes) -> str:
    """What the bytes say they are; the empty string where they do not."""
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((name for begin, name in _BEGINNINGS.items() if picture.startswith(begin)), "")
