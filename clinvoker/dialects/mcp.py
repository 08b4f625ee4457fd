"""
The Model Context Protocol, as a server speaks it: a message in, and what to do about it out.

Nothing is remembered from one message to the next, so there is nothing to be lost by a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from clinvoker.dialects import mcp_messages as rpc
from clinvoker.dialects import mcp_sessions as sessions
from clinvoker.dialects import mcp_versions as versions
from clinvoker.dialects.mcp_messages import Answer, Heard, Id, Json, Request
from clinvoker.dialects.mcp_tools import TOOLS, Tool, listed
from clinvoker.records import SessionFilter

INSTRUCTIONS = (
    "Other AI command-line agents, to be asked for a second opinion or to share the work. Every prompt of"
    " clinvk_prompt begins a session; the resources are these sessions."
)
CAPABILITIES: Json = {"tools": {}, "resources": {}}
TITLE = "clinvoker"

# Milliseconds for which what is listed may be taken for known.
_FRESH = {"server/discover": 60_000, "tools/list": 60_000}


class Say(msgspec.Struct, frozen=True):
    """To be answered at once."""

    answer: Answer


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A tool is to be carried out; `arguments` is JSON, `token` is for the notifications of its progress."""

    id: Id
    tool: Tool
    arguments: Mapping[str, Any]
    token: Id | None
    stated: bool


class ListSessions(msgspec.Struct, frozen=True, kw_only=True):
    """A page of sessions is to be listed."""

    id: Id
    wanted: SessionFilter
    stated: bool


class ReadSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session is to be shown."""

    id: Id
    uri: str
    place: sessions.Place
    stated: bool


class Cancel(msgspec.Struct, frozen=True):
    """The call of this id is to be given up."""

    id: Id


class Nothing(msgspec.Struct, frozen=True):
    """Nothing is to be done."""


Step = Say | Call | ListSessions | ReadSession | Cancel | Nothing


class McpServer:
    """Says what to do about messages.  `version` is ours, `backends` gives the names of those there are."""

    def __init__(self, version: str, backends: Callable[[], Sequence[str]]) -> None:
        self._about = {"name": "clinvoker", "title": TITLE, "version": version}
        self._backends = backends
        self._methods: Mapping[str, Callable[[Request, Id], Step | Json]] = {
            "server/discover": self._discover,
            "initialize": self._initialize,
            "ping": lambda request, identity: {},
            "logging/setLevel": lambda request, identity: {},
            "tools/list": lambda request, identity: {"tools": listed(self._backends())},
            "tools/call": self._call,
            "resources/list": self._list,
            "resources/templates/list": lambda request, identity: {"resourceTemplates": sessions.TEMPLATES},
            "resources/read": self._read,
        }

    def step(self, heard: Heard, headers: versions.Headers | None = None) -> Step:
        """What to do; `headers` are those of HTTP, where it came that way."""
        if isinstance(heard, Answer):
            return Say(heard)
        if not isinstance(heard, Request):
            return _noticed(heard.method, heard.params)
        assert not isinstance(heard.id, msgspec.UnsetType)
        if versions.stated(heard):
            if wrong := versions.fault(heard, heard.id, headers):
                return Say(wrong)
            if heard.method in _OF_AGREED:
                return Say(_unknown(heard.id, heard.method))
        method = self._methods.get(heard.method)
        if method is None:
            return Say(_unknown(heard.id, heard.method))
        done = method(heard, heard.id)
        if isinstance(done, dict):
            return Say(self.result(heard.id, done, versions.stated(heard), heard.method))
        return done

    def result(self, identity: Id, result: Json, stated: bool, method: str = "") -> Answer:
        """The answer with a result, which has more in it since versions are stated."""
        if stated:
            about = {"io.modelcontextprotocol/serverInfo": self._about}
            fresh = {"ttlMs": _FRESH.get(method, 0), "cacheScope": "private"}
            result = {**result, "resultType": "complete", **(fresh if method else {}), "_meta": about}
        return Answer(id=identity, result=result)

    def _initialize(self, request: Request, identity: Id) -> Json:
        return {
            "protocolVersion": versions.agreed(request.params.get("protocolVersion")),
            "capabilities": CAPABILITIES,
            "serverInfo": self._about,
            "instructions": INSTRUCTIONS,
        }

    def _discover(self, request: Request, identity: Id) -> Step | Json:
        if not versions.stated(request):
            return Say(_unknown(identity, request.method))
        return {
            "supportedVersions": [*versions.KNOWN],
            "capabilities": CAPABILITIES,
            "instructions": INSTRUCTIONS,
        }

    def _call(self, request: Request, identity: Id) -> Step:
        params = request.params
        tool = TOOLS.get(name) if isinstance(name := params.get("name"), str) else None
        if tool is None:
            said = f"There is no such tool; there are: {', '.join(TOOLS)}."
            return Say(rpc.failed(identity, rpc.INVALID_PARAMS, said))
        arguments = params.get("arguments")
        if not isinstance(arguments, Mapping | None):
            return Say(rpc.failed(identity, rpc.INVALID_PARAMS, "'arguments' must be an object."))
        meta = params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, Mapping) else None
        return Call(
            id=identity,
            tool=tool,
            arguments=arguments or {},
            token=rpc.id_of(token),
            stated=versions.stated(request),
        )

    def _list(self, request: Request, identity: Id) -> Step:
        wanted = sessions.page_of(request.params.get("cursor"))
        if wanted is None:
            return Say(rpc.failed(identity, rpc.INVALID_PARAMS, "The cursor is none that was given out."))
        return ListSessions(id=identity, wanted=wanted, stated=versions.stated(request))

    def _read(self, request: Request, identity: Id) -> Step:
        uri, stated = request.params.get("uri"), versions.stated(request)
        place = sessions.place_of(uri)
        if place is None or not isinstance(uri, str):
            return Say(no_resource(identity, uri, f"Resources are called {sessions.SCHEME}ID.", stated))
        return ReadSession(id=identity, uri=uri, place=place, stated=stated)


# Gone since versions are stated.
_OF_AGREED = ("initialize", "ping", "logging/setLevel")


def no_resource(identity: Id, uri: object, said: str, stated: bool) -> Answer:
    """The answer where nothing has such a URI."""
    return rpc.failed(identity, rpc.INVALID_PARAMS if stated else rpc.NO_RESOURCE, said, {"uri": uri})


def _unknown(identity: Id, method: str) -> Answer:
    return rpc.failed(identity, rpc.UNKNOWN_METHOD, f"There is no method {method[:100]!r} here.")


def _noticed(method: str, params: Mapping[str, Any]) -> Step:
    identity = rpc.id_of(params.get("requestId"))
    if method == "notifications/cancelled" and identity is not None:
        return Cancel(identity)
    return Nothing()
