"""What keys may, as the openai client meets it."""

from __future__ import annotations

import json
import threading
from typing import Any, ClassVar

from openai import NotFoundError, OpenAI, RateLimitError

from tests.real.natives import Native
from tests.real.rigs import Rig
from tests.real.test_web_pages import DemoTestCase

SAID = [{"role": "user", "content": "demo: words=2"}]
KEYS = {
    "day": "requests_per_day=2",
    "tokens": "tokens_per_day=1",
    "leaving": "tokens_per_day=1",
    "pace": "requests_per_second=0.2 burst=2",
    "one": "concurrent=1",
    "poor": "cost_per_month=0.001",
    "few": "models=few/*",
    "free": "",
}


def key_of(name: str) -> str:
    return f"the-key-of-{name}-which-is-long-enough"


class QuotaTests(DemoTestCase):
    settings: ClassVar[dict[str, Any]] = {
        "prices": {"demo": {"input": 1000, "output": 1000}},
        "server": {"api_keys_file": "keys"},
    }
    shared = False

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        path = rig.folder / "keys"
        path.write_text("".join(f"{name}: {key_of(name)} {said}\n" for name, said in KEYS.items()))
        path.chmod(0o600)
        cls.settings["server"]["api_keys_file"] = str(path)
        return super().configured(rig)

    def of(self, name: str) -> OpenAI:
        client = self.daemon.client(api_key=key_of(name))
        self.addCleanup(client.close)
        return client

    def ask(self, name: str, **more: Any) -> Any:  # type: ignore[override]
        return self.of(name).chat.completions.create(model="demo", messages=SAID, **more)

    def refused(self, name: str) -> tuple[str | None, str, dict[str, str]]:
        with self.assertRaises(RateLimitError) as caught:
            self.ask(name)
        error = caught.exception
        return error.code, error.message, {**error.response.headers}

    def test_day(self) -> None:
        """The day's requests; others are not concerned."""
        self.ask("day")
        raw = self.of("day").chat.completions.with_raw_response.create(model="demo", messages=SAID)
        self.assertEqual("0", raw.headers["x-ratelimit-remaining-requests"])
        code, message, headers = self.refused("day")
        self.assertEqual("insufficient_quota", code)
        self.assertIn("2 requests a day; it has them again at ", message)
        self.assertEqual("false", headers["x-should-retry"])
        self.ask("free")

    def test_tokens(self) -> None:
        """Tokens, at whichever door they were used."""
        status, _ = Native(self.daemon, key_of("tokens")).ask(
            "prompt", {"backend": "demo", "prompt": "hello"}
        )
        self.assertEqual(200, status)
        self.assertIn("tokens a day", self.refused("tokens")[1])

    def test_left(self) -> None:
        """Who leaves before the end pays for what he had."""
        said = [{"role": "user", "content": "demo: words=40 pause_ms=50"}]
        stream = self.of("leaving").chat.completions.create(model="demo", messages=said, stream=True)
        next(iter(stream))
        stream.close()
        threading.Event().wait(0.3)
        self.assertIn("tokens a day", self.refused("leaving")[1])

    def test_cost(self) -> None:
        """Costs, by prices."""
        self.ask("poor")
        _, message, headers = self.refused("poor")
        self.assertIn("0.001 USD a month", message)
        self.assertRegex(headers["x-clinvoker-quota-reset"], r"^\d{4}-\d\d-01T00:00:00Z$")

    def test_pace(self) -> None:
        """Too many in a time: when to come back is told."""
        self.ask("pace")
        self.ask("pace")
        code, message, headers = self.refused("pace")
        self.assertEqual("rate_limit_exceeded", code)
        self.assertIn("requests_per_second", message)
        self.assertTrue(1 <= int(headers["retry-after"]) <= 5)

    def test_one(self) -> None:
        """Too many at once; the place is free when the stream is over, or left."""
        for leave in (False, True):
            stream = self.of("one").chat.completions.create(
                model="demo",
                messages=[{"role": "user", "content": "demo: words=20 pause_ms=50"}],
                stream=True,
            )
            next(iter(stream))
            self.assertIn("concurrent", self.refused("one")[1])
            if leave:
                stream.close()
                threading.Event().wait(0.3)
            else:
                list(stream)
            self.ask("one")

    def test_names(self) -> None:
        """Who asks for a model that nobody knows is not told names that are not for him."""
        with self.assertRaises(NotFoundError) as caught:
            self.of("few").chat.completions.create(model="nobody", messages=SAID, seed=1)
        self.assertNotIn("demo", json.dumps(caught.exception.body))
