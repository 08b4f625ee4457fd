"""
Responses, kept when they have ended and before the client is told of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from clinvoker.dialects.openai_conversations import kept
from clinvoker.dialects.responses_bodies import stored
from clinvoker.dialects.responses_request import ResponsesRequest
from clinvoker.dialects.responses_stream import StreamedResponse
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished
from clinvoker.stores import IStore


@implementer(IRenderer)
class KeptAnswer:
    """
    A renderer that keeps the response when it has ended, if the request wants it kept.  Of a conversation,
    what came and what was answered become part; not of one that failed.
    """

    def __init__(
        self, renderer: StreamedResponse, asked: ResponsesRequest, principal: str, store: IStore
    ) -> None:
        self.content_type = renderer.content_type
        self._renderer = renderer
        self._asked = asked
        self._principal = principal
        self._store = store

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        data = self._renderer.feed(events)
        if isinstance(events[-1], Finished):
            self.keep()
        return data

    def idle(self) -> bytes:
        return self._renderer.idle()

    def fail(self, error: ClinvokerError) -> bytes:
        data = self._renderer.fail(error)
        self.keep()
        return data

    def keep(self) -> None:
        """Keep the response as it is now."""
        asked, response = self._asked, self._renderer.response
        ended = response.status in ("completed", "incomplete")
        if asked.store:
            answer = self._renderer.message() if ended else None
            self._store.put_response(stored(asked, response, self._principal, answer))
        if asked.conversation and ended:
            items = kept((*asked.items, *response.output))
            self._store.add_items(self._principal, asked.conversation, items)
