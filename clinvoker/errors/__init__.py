"""
Everything that can be said to a client when there is no answer, by who can act.

Each class carries its facts as fields and makes one sentence of them.  `code` is the word
programs look at.  What the HTTP status is says `web`; what the body looks like says the dialect.
"""

from __future__ import annotations

from clinvoker.errors.daemon import (
    BackendFailing,
    Busy,
    ConfigInvalid,
    Draining,
    ShareFull,
    StoreFailed,
)
from clinvoker.errors.missing import (
    ConversationNotFound,
    ItemNotFound,
    Missing,
    ResponseNotFound,
    SessionAmbiguous,
    SessionBusy,
    SessionNotFound,
    SessionNotKept,
)
from clinvoker.errors.quotas import KeyQuotaExhausted, KeyRateLimited
from clinvoker.errors.request import (
    BadRequest,
    BodyTooLarge,
    Conflict,
    ContentRefused,
    ContextOverflow,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    PreviousNotFound,
    ProviderRefused,
    Unauthorized,
    UnknownModel,
    UnsupportedMediaType,
    UnsupportedParameter,
)
from clinvoker.errors.root import (
    ClinvokerError,
)
from clinvoker.errors.run import (
    AgentDied,
    AgentGarbled,
    AnswerCut,
    AnswerTooLong,
    BackendForbidden,
    BackendMissing,
    BackendUnusable,
    ClientTooSlow,
    NotLoggedIn,
    OutputInvalid,
    ProviderFailed,
    ProviderOverloaded,
    ProviderUnreachable,
    QuotaExhausted,
    RateLimited,
    RunError,
    TimedOut,
    ToolNotCalled,
)

__all__ = [
    "AgentDied",
    "AgentGarbled",
    "AnswerCut",
    "AnswerTooLong",
    "BackendFailing",
    "BackendForbidden",
    "BackendMissing",
    "BackendUnusable",
    "BadRequest",
    "BodyTooLarge",
    "Busy",
    "ClientTooSlow",
    "ClinvokerError",
    "ConfigInvalid",
    "Conflict",
    "ContentRefused",
    "ContextOverflow",
    "ConversationNotFound",
    "Draining",
    "Forbidden",
    "ItemNotFound",
    "KeyQuotaExhausted",
    "KeyRateLimited",
    "MethodNotAllowed",
    "Missing",
    "NotFound",
    "NotLoggedIn",
    "OutputInvalid",
    "PreviousNotFound",
    "ProviderFailed",
    "ProviderOverloaded",
    "ProviderRefused",
    "ProviderUnreachable",
    "QuotaExhausted",
    "RateLimited",
    "ResponseNotFound",
    "RunError",
    "SessionAmbiguous",
    "SessionBusy",
    "SessionNotFound",
    "SessionNotKept",
    "ShareFull",
    "StoreFailed",
    "TimedOut",
    "ToolNotCalled",
    "Unauthorized",
    "UnknownModel",
    "UnsupportedMediaType",
    "UnsupportedParameter",
]
