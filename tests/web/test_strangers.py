"""Whatever a stranger sends is answered, and never as a bug."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from tests.web.wire import House

# What Twisted's parser lets through: any byte but line ends and NUL in values, visible ASCII in paths.
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
PATHS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "BREW"])
NAMES = st.sampled_from(
    [
        "Host",
        "Origin",
        "Authorization",
        "X-Api-Key",
        "X-Request-Id",
        "Sec-Fetch-Site",
        "Content-Type",
        "Accept",
        "Cookie",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    ]
)


class StrangerTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(METHODS, PATHS, st.dictionaries(NAMES, VALUES), st.booleans())
    def test_answered(self, method: str, path: str, headers: dict[str, str], local: bool) -> None:
        """Odd methods, paths and headers give an answer with an id and a status that is no 5xx."""
        house = House(cors_allowed_origins=("http://localhost:*", "null"))
        wire = house.wire(UNIXAddress("/run/s") if local else None)
        reply = wire.get("/" + path, headers, method)
        self.assertLess(reply.status, 500)
        self.assertTrue(reply.headers["x-request-id"])
        self.assertEqual([], self.flushLoggedErrors())
