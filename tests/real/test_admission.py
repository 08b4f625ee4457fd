"""Many requests at once through a daemon with few places: who is served, who is refused, in which order."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from twisted.trial.unittest import SynchronousTestCase

from tests.real.daemon import Daemon, Settings
from tests.real.raw import JSON, PATH, Answer, fetch, question

KEYS = {"ann": "the-key-of-ann-0123456789", "ben": "the-key-of-ben-0123456789"}


class AdmissionCase(SynchronousTestCase):
    """The demonstration, whose answers take a known time."""

    limits: ClassVar[Settings] = {"runs": 4, "queue": 28}
    words = 5

    def setUp(self) -> None:
        keys = ",".join(KEYS.values())
        settings = {"backends": {"demo": {"enabled": True}}, "limits": self.limits}
        self.daemon = self.enterContext(Daemon(settings, {"CLINVK_API_KEYS": keys}))

    def ask(self, key: str) -> tuple[str, Answer, float]:
        """Whose it was, the answer, and when it was whole."""
        body = question("demo", f"demo: words={self.words} pause_ms=20")
        headers = {**JSON, "Authorization": f"Bearer {KEYS[key]}"}
        answer = fetch(self.daemon.port, "POST", PATH, headers, body)
        return key, answer, time.monotonic()

    def together(self, keys: list[str]) -> list[tuple[str, Answer, float]]:
        """Ask for all at once; the answers in the order in which they were whole."""
        with ThreadPoolExecutor(len(keys)) as clients:
            return sorted(clients.map(self.ask, keys), key=lambda told: told[2])


class FairTests(AdmissionCase):
    """Two keys."""

    def test_fair(self) -> None:
        """Of 32 requests none is lost, and who asks for few is not behind who asks for many."""
        answers = self.together(["ann"] * 24 + ["ben"] * 8)
        self.assertEqual({200}, {answer.status for _, answer, _ in answers})
        places = [place for place, (key, _, _) in enumerate(answers) if key == "ben"]
        self.assertEqual(8, len(places))
        self.assertLess(sum(places) / 8, 15.5)  # in the order of arrival they would be the last, at 27.5
        self.assertLess(places[-1], 28)


class CrowdTests(AdmissionCase):
    """More than there is room for; the answers take longer than all of them need to come."""

    limits: ClassVar[Settings] = {"runs": 20, "queue": 80}
    words = 200

    def test_crowd(self) -> None:
        """Of 200 requests there is room for 100; as many are refused at once, and told when to come back."""
        asked = time.monotonic()
        answers = self.together(["ann"] * 200)
        served = [answer for _, answer, _ in answers if answer.status == 200]
        refused = [(answer, when) for _, answer, when in answers if answer.status != 200]
        self.assertEqual((100, 100), (len(served), len(refused)))
        for answer, when in refused:
            self.assertEqual((503, "overloaded"), (answer.status, answer.code))
            self.assertGreater(int(answer.headers["retry-after"]), 0)
            self.assertLess(when - asked, 5)
        self.assertTrue(all(b"finish_reason" in answer.body for answer in served))
