"""
Errors about things that are kept, or no longer.
"""

from __future__ import annotations

from typing import ClassVar

from clinvoker.errors import NotFound


class Missing(NotFound):
    """The principal keeps no such thing, or no longer.  `sentence` takes its id."""

    sentence: ClassVar[str] = "There is no {!r}."

    def __init__(self, identity: str) -> None:
        super().__init__(self.sentence.format(identity))


class SessionNotFound(Missing):
    """No id of a session of the principal's begins so."""

    code = "session_not_found"
    sentence = "There is no session {!r}; it was deleted, or is too old."


class SessionAmbiguous(SessionNotFound):
    """Several do."""

    code = "session_ambiguous"
    sentence = "Several sessions have ids that begin with {!r}; give more of it."


class ResponseNotFound(Missing):
    """The principal has no such stored response."""

    code = "response_not_found"
    sentence = "There is no response {!r}; it was deleted, is too old, or was made with store: false."


class ConversationNotFound(Missing):
    """The principal has no such conversation."""

    code = "conversation_not_found"
    sentence = "There is no conversation {!r}; it was deleted, or is too old."


class ItemNotFound(Missing):
    """The conversation or response has no such item."""

    code = "item_not_found"
    sentence = "There is no item {!r} here."
