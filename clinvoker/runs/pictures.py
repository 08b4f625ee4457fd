"""
Pictures that lie on the network, fetched where the configuration allows their host.

Nothing else is ever fetched: a client could make the daemon ask services that only it can reach.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import NoReturn
from urllib.parse import urlsplit

import treq
from msgspec.structs import replace
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.iweb import IResponse

from clinvoker.errors import BadRequest
from clinvoker.model import Image, Invocation, Message, Part
from clinvoker.pictures import LARGEST, media_type


class _Unfit(Exception):
    """What was fetched is no picture; the words say why."""


class Pictures:
    """
    `hosts` are names, or names with a port, and may be patterns of `fnmatch`.  `client` follows no
    redirection, which could lead anywhere.
    """

    secs = 20.0  # for one picture
    at_once = 4

    _log = Logger()

    def __init__(self, hosts: Collection[str], client: HTTPClient, clock: IReactorTime) -> None:
        self._hosts = hosts
        self._client = client
        self._clock = clock
        self._turn = DeferredSemaphore(self.at_once)

    async def fetched(self, invocation: Invocation) -> Invocation:
        """
        The same invocation with the pictures of allowed hosts in it, one after the other; others stay
        named.  Raises `BadRequest` with the place of one that cannot be had.
        """
        messages = [
            await self._message(message, f"messages[{index}]")
            for index, message in enumerate(invocation.messages)
        ]
        return replace(invocation, messages=tuple(messages))

    async def _message(self, message: Message, at: str) -> Message:
        parts = [await self._part(part, f"{at}.content[{index}]") for index, part in enumerate(message.parts)]
        return replace(message, parts=tuple(parts))

    async def _part(self, part: Part, at: str) -> Part:
        if not isinstance(part, Image) or not part.url or not self._allowed(part.url):
            return part
        try:
            data = await self._turn.run(self._get, part.url)
            kind = media_type(data)
            if not kind:
                raise _Unfit("it is not PNG, JPEG, GIF or WebP")
        except _Unfit as why:
            raise BadRequest(f"The picture could not be fetched: {why}.", at) from None
        except CancelledError:
            raise  # the client has gone
        except Exception as error:  # refused, unknown host, bad TLS, ...: each library has its own
            self._log.info("a picture could not be fetched: {kind}", kind=type(error).__name__)
            raise BadRequest("The picture could not be fetched: its host cannot be reached.", at) from None
        return Image(media_type=kind, data=b64encode(data).decode("ascii"))

    def _allowed(self, url: str) -> bool:
        address = urlsplit(url)
        names = {address.hostname or "", address.netloc.rpartition("@")[2].lower()}
        return any(fnmatchcase(name, pattern.lower()) for name in names for pattern in self._hosts)

    def _get(self, url: str) -> Deferred[bytes]:
        return Deferred.fromCoroutine(self._body(url)).addTimeout(self.secs, self._clock, _too_late)

    async def _body(self, url: str) -> bytes:
        response: IResponse = await self._client.get(url, allow_redirects=False, unbuffered=True)
        if response.code != 200:
            raise _Unfit(f"its host answered {response.code}")
        pieces: list[bytes] = []

        def take(piece: bytes) -> None:
            pieces.append(piece)
            if sum(map(len, pieces)) > LARGEST:
                raise _Unfit(f"it exceeds {LARGEST} bytes")

        await treq.collect(response, take)
        return b"".join(pieces)


def _too_late(_: object, secs: float) -> NoReturn:
    raise _Unfit(f"it did not come within {secs:g} seconds")
