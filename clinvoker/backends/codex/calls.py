"""
The calls of tools in one response of the provider, until the client has brought their results.

What the model wrote is told by `rawResponseItem/completed`; a call that is ours to answer comes as
a request `item/tool/call` besides, before or after the response is over.  The program itself
answers calls of unknown tools and with arguments that are no JSON, and goes on when all others are
answered.  A request stays open as long as it is not answered (0.169.0; held 400 s).

Where the provider's answer breaks off, or is cut at its length, behind a call that was asked for already,
the program says nothing at all until that call is answered: such a run ends by `limits.idle_output_secs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from clinvoker.backends.codex.conversation import result_there
from clinvoker.backends.codex.tools import name_there
from clinvoker.backends.codex.words import CallRequest, RawItem, Tokens
from clinvoker.model import Event, Message, Tool, ToolCall, ToolCallDelta, ToolCallStarted
from clinvoker.talk import Record, Send, sendable


def _failed(said: str) -> Record:
    return {"contentItems": [{"type": "inputText", "text": said}], "success": False}


_NO_OBJECT = _failed("The arguments must be a JSON object.")
_LATE = _failed("This call came too late to be carried out.")


class Calls:
    """The calls of one response."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._names = {name_there(tool.name): tool.name for tool in tools}
        self._made: dict[str, ToolCall] = {}  # by id; those that the program asks for
        self._asked: list[tuple[object, str]] = []  # the requests that are open: number, id of the call
        self._over = False  # the response is
        self.usage = Tokens()  # of the response
        self.mistaken = False  # the program answers one by itself, which the client is not told of
        self.told = False  # the client was, of all there were by then: more cannot be added

    def made(self, item: RawItem) -> None:
        """The model has written a call."""
        good = (
            item.name in self._names and _is_object(item.arguments) and item.call_id == sendable(item.call_id)
        )
        if good and not self.told:
            self._made[item.call_id] = ToolCall(item.call_id, self._names[item.name], item.arguments)
        else:
            self.mistaken = True

    def answered(self, call_id: str) -> None:
        """The program has a result for a call.  If we were not asked for it we will not be."""
        if call_id not in self._ids() and self._made.pop(call_id, None) is not None:
            self.mistaken = True

    def asked(self, number: object, request: CallRequest) -> Iterator[Send]:
        """The program wants a result; for a call that no client can answer it gets one at once."""
        if request.call_id in self._made:
            self._asked.append((number, request.call_id))
        else:
            yield Send({"id": number, "result": _LATE if self.told else _NO_OBJECT})

    def over(self, usage: Tokens | None) -> None:
        """The response is whole."""
        self._over, self.usage = True, usage or Tokens()

    @property
    def waiting(self) -> bool:
        """Whether there are calls for a client."""
        return bool(self._made)

    @property
    def none(self) -> bool:
        """Whether the response is whole and has no call for a client."""
        return self._over and not self._made

    @property
    def complete(self) -> bool:
        """Whether the response is whole and there is a request for each of its calls, at least one."""
        return self._over and bool(self._made) and self._made.keys() <= self._ids()

    def events(self) -> Iterator[Event]:
        """The calls as the model made them."""
        for call in self._made.values():
            yield ToolCallStarted(call.id, call.name)
            yield ToolCallDelta(call.id, call.arguments)

    def message(self) -> tuple[ToolCall, ...]:
        """The calls, for a conversation."""
        return tuple(self._made.values())

    def answers(self, results: Sequence[Message]) -> Iterator[Send]:
        """Answer the requests."""
        found: Mapping[str, Message] = {result.call_id: result for result in results}
        for number, call_id in self._asked:
            yield Send({"id": number, "result": result_there(found[call_id])})

    def _ids(self) -> set[str]:
        return {call_id for _, call_id in self._asked}


def _is_object(arguments: str) -> bool:
    try:
        msgspec.json.decode(arguments, type=dict[str, object])
    except (ValueError, RecursionError):
        return False
    return True
