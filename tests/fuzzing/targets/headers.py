"""Headers of requests: who asks, from where, as part of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.web.http_headers import Headers

from clinvoker.dialects.mcp_http import takes_events
from clinvoker.dialects.mcp_versions import plain, sendable
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.keys import locks_of
from clinvoker.web import cors
from clinvoker.web.addresses import Pace, Proxies
from clinvoker.web.auth import Keyring
from clinvoker.web.guard import Guard, host_name
from clinvoker.web.request import ApiRequest
from clinvoker.web.tracing import trace_of
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Input, Target
from tests.fuzzing.targets.bodies import check_error

KEY = "sk-0123456789abcdef"
LOCAL = IPv4Address("TCP", "192.0.2.1", 8080)
PROXY = "10.0.0.1"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
GOOD = [
    ["host", "localhost:8080"],
    ["origin", "http://localhost:3000"],
    ["authorization", f"Bearer {KEY}"],
    ["content-type", "application/json; charset=utf-8"],
    ["x-forwarded-for", "203.0.113.9, 10.0.0.2"],
    ["traceparent", TRACE],
    ["accept", "application/json, text/event-stream"],
    ["sec-fetch-site", "same-origin"],
    ["mcp-name", "=?base64?w6k=?="],
]
OTHER = [
    ["host", "api.example.com"],
    ["x-api-key", KEY],
    ["x-trace-id", "abc"],
    ["x-span-id", "def"],
    ["x-forwarded-for", "2001:db8::1"],
    ["access-control-request-method", "POST"],
    ["access-control-request-headers", "a, b"],
    ["content-type", "application/json"],
]
WORDS = [
    *(
        "[::1]",
        "127.0.0.1",
        "[::ffff:127.0.0.1]:80",
        "192.0.2.1",
        "evil.example",
        "localhost.",
        "a.localhost",
    ),
    *(
        "null",
        "https://app.example.com",
        "http://localhost:1",
        "*",
        "Basic",
        "bearer  ",
        "0" * 32,
        "ff-",
        ",",
    ),
    *(
        "unix",
        "::ffff:10.0.0.1",
        "10.0.0.3",
        "fe80::1%eth0",
        "1.2.3.4:80",
        "text/plain",
        "application/jsonx",
        ";q=",
    ),
]
ALLOWED = re.compile(r"localhost|.+\.localhost|api\.example\.com|192\.0\.2\.1")
_UNFIT = re.compile(r"[\r\n\0]")


class HeadersIn(Target):
    """An input is a list of [name, value], as Latin-1."""

    name = "headers"
    planted = ("clinvoker.web.guard", "host_name")

    def __init__(self) -> None:
        super().__init__()
        self._guard = Guard(["api.example.com"], ["http://localhost:*", "https://*.example.com"])
        self._proxies = Proxies(["10.0.0.0/8", "::1", "unix"])
        self._keyring = Keyring(lambda: locks_of([("ann", KEY)]))
        self._pace = Pace(cast(Any, SimpleNamespace(seconds=lambda: 0.0)), 1e9, 0)

    def read_seeds(self) -> Sequence[Input]:
        return [GOOD, OTHER, [*GOOD[:1], *OTHER[1:]], [["host", "[::1]:8080"], *GOOD[2:]]]

    def words(self) -> Sequence[Any]:
        return [GOOD, OTHER, WORDS]

    def made(self, chance: Chance) -> Input:
        told = [*chance.pick(self.seeds)]
        while True:
            place = chance.below(len(told))
            name, value = told[place]
            if chance.below(6):
                value = self.damage.text(value, chance)
                told[place] = [name, _UNFIT.sub("", value.encode("utf-8", "replace").decode("latin-1"))]
            elif chance.below(2) and len(told) > 1:
                del told[place]
            else:
                told.append([name, chance.pick(WORDS)])
            if not chance.once_in(3):
                return told

    def run(self, given: Input) -> bool:
        headers = Headers()
        for name, value in given:
            headers.addRawHeader(name.encode("latin-1"), value.encode("latin-1"))
        self._read(headers)
        try:
            self._guard.check(b"POST", headers, LOCAL)
            _check_guarded(headers)
            assert self._keyring.principal(headers) == "ann", "somebody else"
            assert any(KEY in value for name, value in given), "nobody's key was taken for somebody's"
            _json_body(headers)
        except ClinvokerError as error:
            told = error_body(error)
            check_error(error, told)
            hosts = [value for name, value in given if name == "host"]
            return _told_no_key(told) if not any(KEY in host for host in hosts) else False
        return True

    def _read(self, headers: Headers) -> None:
        """What refuses nothing."""
        client = self._proxies.client(PROXY, headers)
        ip_address(client)
        self._pace.check(client)
        trace = trace_of(headers, "0123456789abcdef01234567")
        for name, value in trace.headers():
            assert re.fullmatch(rb"[A-Za-z0-9._-]{1,64}", value), f"{name!r} is not sane"
        told = Headers()
        for origin in headers.getRawHeaders(b"origin", []):
            cors.let_read(origin, told, cors.Cors())
        cors.let_call(headers, told, cors.Cors())
        takes_events(cast(Any, headers).getRawHeaders("accept", []))
        for value in headers.getRawHeaders(b"mcp-name", []):
            name = plain(value.decode("latin-1").strip())
            assert name is None or plain(sendable(name)) == name, "a name is lost on its way"


def _told_no_key(told: bytes) -> bool:
    assert KEY.encode() not in told, "a key was told"
    return False


def _check_guarded(headers: Headers) -> None:
    """As another one would have it."""
    hosts = headers.getRawHeaders(b"host", [])
    for host in hosts:
        name = host_name(host)
        assert ALLOWED.fullmatch(name) or ip_address(name).is_loopback or _mapped(name), (
            "a foreign host came in"
        )
    for origin in headers.getRawHeaders(b"origin", []):
        text = origin.decode("latin-1").lower()
        known = re.fullmatch(r"http://localhost:\d+|https://[a-z0-9.-]*\.example\.com", text)
        assert known or text.partition("://")[2].encode("latin-1") in [h.strip().lower() for h in hosts], (
            "a page"
        )


def _mapped(name: str) -> bool:
    mapped = getattr(ip_address(name), "ipv4_mapped", None)
    return mapped is not None and (mapped.is_loopback or str(mapped) == "192.0.2.1")


def _json_body(headers: Headers) -> None:
    """The part of a request that looks at its type."""
    request = SimpleNamespace(too_large=False, requestHeaders=headers, content=BytesIO(b"{}"))
    assert ApiRequest.json_body(cast(Any, request)) == b"{}", "another body"
    for kind in headers.getRawHeaders(b"content-type", []):
        assert kind.strip().lower().startswith(b"application/json"), "no JSON"
