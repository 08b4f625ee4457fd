"""
The daemon as web pages meet it: what a page could send is refused, unless its origin was allowed.

No real program is needed: the demonstration backend answers.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tests.real.raw import JSON, PATH, Answer, fetch, question
from tests.real.rigs import RealTestCase, Rig

ALLOWED = "https://app.example"
FOREIGN = "https://evil.example"
KEY = "a-key-of-more-than-sixteen-letters"


class DemoTestCase(RealTestCase):
    """A daemon with nothing but the demonstration backend."""

    skip = None

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """The demonstration alone, whatever is installed here."""
        others = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
        return {**others, "demo": {"enabled": True}}

    def post(self, headers: dict[str, str]) -> Answer:
        """A chat request that is right but for its headers."""
        return fetch(self.daemon.port, "POST", PATH, headers, question("demo", "demo: words=1"))


class Pages(DemoTestCase):
    """No keys, no origin allowed: the daemon as it is after installation."""

    def refused(self, headers: dict[str, str]) -> tuple[int, str]:
        """Status and code."""
        answer = self.post(headers)
        return answer.status, answer.code

    def test_programs(self) -> None:
        """A program's request, with neither origin nor key, is answered."""
        self.assertEqual(self.post(JSON).status, 200)

    def test_forms(self) -> None:
        """F103: what a form can send, and so any page without asking, is not JSON: 415."""
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            self.assertEqual(self.refused({"Content-Type": kind}), (415, "unsupported_media_type"))

    def test_no_content_type(self) -> None:
        """F103: a body of no declared type is refused too."""
        self.assertEqual(self.refused({}), (415, "unsupported_media_type"))

    def test_foreign_origin(self) -> None:
        """F103: a page of another site may not ask, nor may a page without an origin."""
        for origin in (FOREIGN, "null"):
            self.assertEqual(self.refused({**JSON, "Origin": origin}), (403, "forbidden"))

    def test_foreign_host(self) -> None:
        """F103: a page whose own name was pointed at this machine is known by that name."""
        self.assertEqual(self.refused({**JSON, "Host": "evil.example:8080"}), (403, "forbidden"))

    def test_reading(self) -> None:
        """A foreign name reads nothing either."""
        for path in ("/openai/v1/models", "/health"):
            answer = fetch(self.daemon.port, "GET", path, {"Host": "evil.example"})
            self.assertEqual(answer.status, 403)


class KeysAndOrigins(DemoTestCase):
    """With a key set and one origin allowed."""

    settings: ClassVar[dict[str, Any]] = {"server": {"cors_allowed_origins": [ALLOWED]}}
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": KEY}

    def preflight(self, origin: str) -> Answer:
        """What a browser asks before it lets a page post JSON with a key."""
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-stainless-os",
        }
        return fetch(self.daemon.port, "OPTIONS", PATH, asked)

    def test_preflight(self) -> None:
        """F102: an allowed origin's preflight is answered, although it carries no key."""
        answer = self.preflight(ALLOWED)
        self.assertEqual((answer.status, answer.headers["access-control-allow-origin"]), (204, ALLOWED))
        self.assertIn("POST", answer.headers["access-control-allow-methods"])
        self.assertIn("authorization", answer.headers["access-control-allow-headers"])

    def test_preflight_of_others(self) -> None:
        """A foreign origin's preflight allows nothing."""
        answer = self.preflight(FOREIGN)
        self.assertEqual(answer.status, 403)
        self.assertNotIn("access-control-allow-origin", answer.headers)

    def test_allowed_page(self) -> None:
        """The page's request itself is answered, readably."""
        answer = self.post({**JSON, "Origin": ALLOWED, "Authorization": f"Bearer {KEY}"})
        self.assertEqual((answer.status, answer.headers["access-control-allow-origin"]), (200, ALLOWED))

    def test_refusals_are_readable(self) -> None:
        """An allowed page can read why it was refused."""
        answer = self.post({**JSON, "Origin": ALLOWED})
        self.assertEqual((answer.status, answer.code), (401, "invalid_api_key"))
        self.assertEqual(answer.headers["access-control-allow-origin"], ALLOWED)

    def test_keys(self) -> None:
        """The key is taken by either header; without it, or with another, there is no entry."""
        right = ({"Authorization": f"Bearer {KEY}"}, {"X-Api-Key": KEY})
        wrong = ({}, {"Authorization": "Bearer another-key-entirely"}, {"X-Api-Key": KEY + "x"})
        self.assertEqual([self.post({**JSON, **headers}).status for headers in right], [200, 200])
        self.assertEqual([self.post({**JSON, **headers}).status for headers in wrong], [401] * 3)

    def test_keys_stay_secret(self) -> None:
        """No key is said back or logged, right or wrong."""
        wrong = "a-wrong-key-that-is-not-to-be-seen"
        answer = self.post({**JSON, "Authorization": f"Bearer {wrong}"})
        self.assertNotIn(wrong.encode(), answer.body)
        log = self.daemon.log()
        self.assertNotIn(wrong, log)
        self.assertNotIn(KEY, log)

    def test_health(self) -> None:
        """Who watches the daemon needs no key."""
        answer = fetch(self.daemon.port, "GET", "/health")
        self.assertEqual((answer.status, json.loads(answer.body)["status"]), (200, "ok"))
