"""The native API, as commands call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from clinvoker.client.exits import API, CommandFailed, of_code
from clinvoker.client.places import Place
from clinvoker.framing import Garbled, Record, RecordReader

# Bytes of an answer that comes whole.
LARGEST = 256 * 1024 * 1024

BROKEN = "The connection to {} broke in the middle of the answer; ask again."
UNREACHABLE = (
    "No daemon answers at {}: {}. Start one by `clinvk serve`, or leave it to this command with --local."
)
# Of one with TLS.
UNTRUSTED = (
    "its certificate is not trusted ({}); call the daemon by a name of its certificate, and name the file of "
    "its authority in SSL_CERT_FILE"
)

Hear = Callable[[bytes], None]


class Response(Protocol):
    """An answer whose body is still to come."""

    code: int
    headers: Mapping[str, str]  # by names in lower case

    async def read(self, hear: Hear) -> None:
        """
        Hand on the body as it comes; an exception of `hear` ends it and comes through.  Raises `Broken`
        where it ends in the middle.  All of this raises `Interrupted` and `Late` too.
        """


class Carrier(Protocol):
    """
    What brings requests to one place and answers back.  Whoever stops waiting leaves: the daemon then gives
    up what it does.
    """

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, secs: float
    ) -> Response:
        """Send a request, which may take so many seconds with its answer, or 0; raises `NoAnswer`."""


class NoAnswer(Exception):
    """Nothing that can be talked to is there; the text says why."""


class Broken(Exception):
    """The connection ended before the answer did."""


class Interrupted(Exception):
    """The person wants no answer any more."""


class Late(Exception):
    """The time for it is over."""


class Refused(CommandFailed):
    """The daemon answered with an error; `problem` is all that it said."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        message = str(problem.get("detail") or f"The daemon answered with the status {status}.")
        if self.code == "invalid_api_key":
            message += " Set CLINVK_API_KEY to a key of this daemon's."
        super().__init__(message, of_code(self.code))


class Unreachable(CommandFailed):
    """No daemon answers there."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(UNREACHABLE.format(place.name, reason.rstrip(".")), API)


class Connection:
    """Requests to the daemon at one place.  All raise `Unreachable` or `Refused`."""

    def __init__(self, carrier: Carrier, place: Place) -> None:
        self._carrier = carrier
        self.place = place

    async def get(self, path: str, **query: object) -> Any:
        """What is there, as JSON; of the query what is empty is left out."""
        asked = {name: value for name, value in query.items() if value}
        return await self._whole("GET", f"{path}?{urlencode(asked)}" if asked else path)

    async def post(self, path: str, body: object = None) -> Any:
        """The answer to a body."""
        return await self._whole("POST", path, body if body is not None else {})

    async def patch(self, path: str, body: object) -> Any:
        """The answer to changes."""
        return await self._whole("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        """What was removed."""
        return await self._whole("DELETE", path)

    async def lines(
        self, path: str, body: Mapping[str, Any], hear: Callable[[Record], None], secs: float = 0.0
    ) -> None:
        """
        The records of a streamed answer, each when it comes, within so many seconds.  An exception of
        `hear` ends the answer and comes through.
        """
        response = await self._answered("POST", path, {**body, "stream": True}, secs)
        reader = RecordReader()

        def feed(data: bytes) -> None:
            for record in reader.feed(data):
                hear(record)  # type: ignore[arg-type]  # no kind was named

        try:
            await self._read(response, feed)
        except Garbled as error:
            raise CommandFailed(f"{self.place.name} does not speak this protocol: {error}.", API) from None

    async def passed(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """The answer to a request as it is, whatever its status."""
        try:
            return await self._carrier.request(method, path, headers, body, 0.0)
        except NoAnswer as error:
            raise Unreachable(self.place, str(error)) from None

    async def read(self, response: Response, hear: Hear) -> None:
        """Hand on the body of such an answer, as it comes."""
        await self._read(response, hear)

    async def content(self, response: Response) -> bytes:
        """The body of such an answer, whole."""
        return await self._content(response)

    @property
    def key(self) -> Mapping[str, str]:
        """The header by which this command is known to the daemon."""
        return {"Authorization": f"Bearer {self.place.key}"} if self.place.key else {}

    # --- within

    async def _whole(self, method: str, path: str, body: object = None) -> Any:
        content = await self._content(await self._answered(method, path, body))
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            raise CommandFailed(f"{self.place.name} does not answer in JSON.", API) from None

    async def _answered(self, method: str, path: str, body: object = None, secs: float = 0.0) -> Response:
        headers = {**self.key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else msgspec.json.encode(body)
        try:
            response = await self._carrier.request(method, path, headers, data, secs)
        except NoAnswer as error:
            raise Unreachable(self.place, str(error)) from None
        if response.code >= 400:
            raise Refused(response.code, _problem(await self._content(response)))
        return response

    async def _content(self, response: Response) -> bytes:
        pieces: list[bytes] = []
        room = LARGEST

        def keep(data: bytes) -> None:
            nonlocal room
            room -= len(data)
            if room < 0:
                raise CommandFailed(f"{self.place.name} answered with more than {LARGEST} bytes.", API)
            pieces.append(data)

        await self._read(response, keep)
        return b"".join(pieces)

    async def _read(self, response: Response, hear: Hear) -> None:
        try:
            await response.read(hear)
        except Broken:
            raise CommandFailed(BROKEN.format(self.place.name), API) from None


def path_of(*parts: str) -> str:
    """`/api/v1/sessions/ab%2Fc` of its parts."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    if not isinstance(found, dict):
        return {}
    told = found.get("error")
    # The routes for OpenAI's clients have errors of their own shape.
    return {"detail": told.get("message"), "code": told.get("code")} if isinstance(told, dict) else found
