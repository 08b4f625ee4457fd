"""
The caller can act: the request is wrong, or what it names is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from clinvoker.errors.root import ClinvokerError


class BadRequest(ClinvokerError):
    """The request cannot be carried out as it stands; `param` names the field, if one is to blame."""

    code = "invalid_request"

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnsupportedParameter(BadRequest):
    """The field is known, but what it asks for is not offered."""

    code = "unsupported_parameter"


class UnknownModel(BadRequest):
    """No backend answers to this name."""

    code = "model_not_found"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        listed = ", ".join(known) or "none: no backend is available"
        super().__init__(f"The model {name!r} does not exist here. Known models: {listed}.", "model")


class PreviousNotFound(BadRequest):
    """The response that is to be continued is not kept."""

    code = "previous_response_not_found"

    def __init__(self, identity: str) -> None:
        super().__init__(
            f"There is no response {identity!r} to continue; it was deleted, is too old, or was made with"
            " store: false. Send the whole conversation instead.",
            "previous_response_id",
        )


class ContextOverflow(BadRequest):
    """The conversation is longer than the model can take."""

    code = "context_length_exceeded"

    def __init__(self, said: str = "") -> None:
        super().__init__(
            "This conversation exceeds the model's maximum context length; shorten it."
            + (f" The provider said: {said}" if said else ""),
            "messages",
        )


class ContentRefused(BadRequest):
    """The provider's filter refused the prompt before there was an answer."""

    code = "content_filter"


class ProviderRefused(BadRequest):
    """The provider called the request invalid."""

    code = "provider_refused"


class Unauthorized(ClinvokerError):
    """The caller's own key is missing or wrong."""

    code = "invalid_api_key"


class Forbidden(ClinvokerError):
    """The caller may not do this: a foreign web page, a foreign host name."""

    code = "forbidden"


class NotFound(ClinvokerError):
    """There is no such route."""

    code = "not_found"


class Conflict(ClinvokerError):
    """The thing is there, but not in a state for what is asked."""

    code = "conflict"


class MethodNotAllowed(ClinvokerError):
    """The route exists, for other methods."""

    code = "method_not_allowed"

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class UnsupportedMediaType(ClinvokerError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"


class Malformed(ClinvokerError):
    """What came is no request as HTTP has it."""

    code = "malformed_request"
    sentence = "This is not HTTP: the request's first line, a header or its body is malformed."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class RequestLineTooLong(Malformed):
    """The first line of a request exceeds what is kept of it."""

    code = "uri_too_long"
    sentence = "The request's first line is too long; send what it says in the body."


class HeadersTooLarge(Malformed):
    """A header, all of them together, or their number exceeds what is kept of them."""

    code = "headers_too_large"
    sentence = "The request's headers are too long (16 kB in all) or too many (500)."


class UnknownCoding(Malformed):
    """The body is sent in a way that is not spoken here."""

    code = "unknown_transfer_coding"
    sentence = "Of transfer codings only 'chunked' is spoken here, once and alone; send Content-Length."


class ExpectationFailed(ClinvokerError):
    """`Expect` asks for something else than `100-continue`."""

    code = "expectation_failed"

    def __init__(self) -> None:
        super().__init__("Of what a request can expect only '100-continue' is known; leave Expect out.")


class TooSlow(ClinvokerError):
    """The request did not come to its end in time."""

    code = "request_timeout"

    def __init__(self) -> None:
        super().__init__("The request did not come in time (http.header_secs, http.body_secs).")


class BodyTooLarge(ClinvokerError):
    """The body exceeds `server.max_body_bytes`, or what bodies may take together."""

    code = "request_too_large"

    def __init__(self, limit: int, setting: str = "server.max_body_bytes") -> None:
        super().__init__(f"The request body exceeds {limit} bytes; send less or raise {setting}.")
