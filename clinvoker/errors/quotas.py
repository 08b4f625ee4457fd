"""
A key or an address asks more than it may.
"""

from __future__ import annotations

from clinvoker.errors.run import QuotaExhausted, RateLimited


class KeyRateLimited(RateLimited):
    """Too many at once, or in a time; `told` says which."""

    def __init__(self, principal: str, told: str, retry_after: float) -> None:
        super().__init__(
            f"The key {principal!r} asks too much: {told}; wait, or have it allowed more.",
            retry_after=retry_after,
        )


class AddressRateLimited(RateLimited):
    """One address sends more requests than it may."""

    def __init__(self, rps: float, retry_after: float) -> None:
        super().__init__(
            f"More than {rps:g} requests a second come from your address (server.rate_limit_rps); wait.",
            retry_after=retry_after,
        )


class KeyQuotaExhausted(QuotaExhausted):
    """
    What a key may use in a day or month is used up; `told` says what, `when` the date it has it again, and
    `reset` the moment, by RFC 3339.
    """

    def __init__(self, principal: str, told: str, when: str, retry_after: float) -> None:
        super().__init__(
            f"The key {principal!r} has used up its {told}; it has them again at {when} 00:00 UTC.",
            retry_after=retry_after,
        )
        self.reset = f"{when}T00:00:00Z"
