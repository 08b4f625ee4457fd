"""
The pool with the real programs: it fills, it is full again after a death, with quiet nothing else is there.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from openai import OpenAI

from tests.real.exchanged import session
from tests.real.pools import RealPoolTestCase
from tests.real.rigs import Rig

QUICK = {"agents": {"idle_secs": 2}, "conversations": {"keep_secs": 1}}


class PromisedTests(RealPoolTestCase):
    """As many as are promised by default."""

    settings: ClassVar[dict[str, Any]] = QUICK

    def test_fills(self) -> None:
        """After the first request, after a kill, and with quiet after many: as many as are promised."""
        self.assertEqual(self.leaders(), [])
        self.assert_works("claude")
        self.wait_until_full(20, claude=2, codex=0)
        os.kill(self.leaders()[0], signal.SIGKILL)
        self.wait_until_full(20, claude=2, codex=0)
        with ThreadPoolExecutor() as threads:
            list(threads.map(self.assert_works, ["claude", "codex", "claude", "codex", "claude"]))
        self.wait_until_full(20, claude=2, codex=1)


class ColdTests(RealPoolTestCase):
    """`warm: 0`."""

    settings: ClassVar[dict[str, Any]] = QUICK

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """None is kept ready."""
        return {name: {**said, "warm": 0} for name, said in super().configured(rig).items()}

    def test_none(self) -> None:
        """With quiet there is no process."""
        for name in self.programs:
            self.assert_works(name)
        self.wait_until_full(20, **dict.fromkeys(self.programs, 0))


class PrestartedTests(RealPoolTestCase):
    """`prestart: true`."""

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Codex is ready before anybody asks."""
        return {name: {**said, "prestart": name == "codex"} for name, said in super().configured(rig).items()}

    def test_from_the_start(self) -> None:
        """It is there, and nothing else."""
        self.wait_until_full(20, codex=1, claude=0, gemini=0)


class KeysTests(RealPoolTestCase):
    """Two keys, the same words: what the provider sees."""

    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": "first-key-0123456789,second-key-0123456789"}
    expected_shared = False

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Each codex tells the provider the word that only this process has."""
        settings = super().configured(rig)
        says = 'model_providers.clinvoker.env_http_headers={"x-process"="CLINVOKER_RUN"}'
        settings["codex"]["arguments"] += ["-c", says]
        return settings

    def asked_by(self, key: str, model: str) -> set[str]:
        """The processes, as the provider knows them, that ask for this key."""
        self.provider.forget()
        messages: Any = [{"role": "user", "content": "!say the same words"}]
        with OpenAI(base_url=self.daemon.url + "/openai/v1", api_key=key, max_retries=0) as client:
            client.chat.completions.create(model=model, messages=messages)
        return {entry["process"] or session(entry) for entry in self.provider.asked("the same words")}

    def test_never_shared(self) -> None:
        """No process asks for both, in whatever order they come."""
        first, second = self.environment["CLINVK_API_KEYS"].split(",")
        for model in ("codex", "claude"):
            by_key: dict[str, set[str]] = {first: set(), second: set()}
            for key in (first, second, second, first, second, first):
                by_key[key] |= self.asked_by(key, model)
            self.assertTrue(all("" not in asked and asked for asked in by_key.values()), by_key)
            shared = bool(by_key[first] & by_key[second])
            self.assertEqual(shared, self.expected_shared and model == "codex", by_key)


class AcrossKeysTests(KeysTests):
    """With `agents.reuse_across_keys` one codex serves both, and the provider can tell that."""

    settings: ClassVar[dict[str, Any]] = {"agents": {"reuse_across_keys": True, "reuse": "never"}}
    expected_shared = True
