"""Tests for the words of event streams."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects import sse
from tests.dialects.chats import payloads


class EventTests(SynchronousTestCase):
    def test_event(self) -> None:
        """W53: an event ends in a blank line."""
        self.assertEqual(sse.event(b"{}"), b"data: {}\n\n")

    def test_comment(self) -> None:
        """W65: a sign of life is no event and breaks none."""
        self.assertEqual(
            payloads(sse.event(b"1") + sse.KEEP_ALIVE + sse.event(b"2") + sse.DONE), ["1", "2", "[DONE]"]
        )
