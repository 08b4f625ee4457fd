"""
Errors about things that are kept, or no longer, or not in a state for what is asked.
"""

from __future__ import annotations

from typing import ClassVar

from clinvoker.errors.request import Conflict, NotFound


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


class SessionBusy(Conflict):
    """A prompt of the session is under way."""

    code = "session_busy"

    def __init__(self, identity: str) -> None:
        super().__init__(f"A prompt of the session {identity!r} is under way; wait for its end.")


class SessionNotKept(Conflict):
    """What was said in the session is not kept, so it cannot be continued."""

    code = "session_not_kept"

    def __init__(self, identity: str) -> None:
        super().__init__(
            f"What was said in the session {identity!r} was not kept (session.store_prompts): "
            "it can be neither resumed nor forked. Begin a new one."
        )


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
