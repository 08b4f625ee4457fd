"""Paths as those who measure call them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.web.paths import Paths

ROUTES = ("/health", "/api/v1/sessions", "/api/v1/sessions/<name>", "/api/v1/sessions/<name>/export")


class PathTests(SynchronousTestCase):
    def test_labels(self) -> None:
        """F110: ids are one label, and so is everything that is no route."""
        paths = Paths(ROUTES)
        for path, label in (
            ("/health", "/health"),
            ("/health/", "/health"),
            ("/api/v1/sessions/abc", "/api/v1/sessions/:id"),
            ("/api/v1/sessions/abc/export", "/api/v1/sessions/:id/export"),
            ("/api/v1/sessions/abc/other", "other"),
            ("/", "other"),
            ("/api/v1/sessionsx", "other"),
        ):
            self.assertEqual(label, paths.of(path), path)
