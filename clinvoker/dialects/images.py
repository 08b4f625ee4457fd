"""
Pictures in messages: the URL a client names them by to `Image`.

A `data:` URL is checked here, since nobody after this looks at it.  What lies on the network is
only named: a dialect fetches nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from clinvoker.errors import BadRequest
from clinvoker.model import Image
from clinvoker.pictures import LARGEST, MEDIA_TYPES, media_type

LONGEST_URL = 8192  # on the network


def read_image(url: str, at: str) -> Image:
    """
    The picture at a URL with the scheme data, http or https.  `at` is the URL's place in the request.

    Raises `BadRequest` with that place: another scheme, no picture that models take, no base64, too large.
    """
    scheme, _, rest = url.partition(":")
    if scheme.lower() == "data":
        return _embedded(rest, at)
    if scheme.lower() in ("http", "https"):
        return _remote(url, at)
    raise BadRequest(f"Invalid value for {at!r}: a URL with data:, http: or https: is needed.", at)


def embedded_image(declared: str, data: str, at: str) -> Image:
    """
    The picture whose base64 is `data` and whose type is said to be `declared`.

    Raises `BadRequest` as `read_image` does.
    """
    declared = "image/jpeg" if declared == "image/jpg" else declared
    _check_type(declared, at)
    # Before it is decoded: three bytes are four characters.
    if len(data) > (LARGEST + 2) // 3 * 4:
        raise BadRequest(f"Invalid value for {at!r}: the picture exceeds {LARGEST} bytes.", at)
    return Image(media_type=media_type(_decoded(data, at)) or declared, data=data)


def _embedded(rest: str, at: str) -> Image:
    head, comma, data = rest.partition(",")
    declared, *attributes = (word.strip().lower() for word in head.split(";"))
    if not comma or "base64" not in attributes:
        _check_type(declared, at)
        raise BadRequest(f"Invalid value for {at!r}: the data must be base64.", at)
    return embedded_image(declared, data, at)


def _check_type(declared: str, at: str) -> None:
    if declared not in MEDIA_TYPES:
        raise BadRequest(f"Invalid value for {at!r}: pictures are {', '.join(MEDIA_TYPES)}.", at)


def _decoded(data: str, at: str) -> bytes:
    try:
        picture = msgspec.convert(data, bytes)  # strict, and four times as fast as `base64`
    except msgspec.ValidationError:
        picture = b""
    if not picture:
        raise BadRequest(f"Invalid value for {at!r}: the data is not base64 of a picture.", at)
    return picture


def _remote(url: str, at: str) -> Image:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise BadRequest(f"Invalid value for {at!r}: not a URL.", at)
    return Image(url=url)
