"""Keys that come and go while the daemon runs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from shutil import rmtree
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.real.children import wait_for
from tests.real.daemon import Daemon, own_environment
from tests.real.test_clinvk import DEMO

SAID = [{"role": "user", "content": "x"}]


class KeysTests(SynchronousTestCase):
    """A daemon with the demonstration, and its owner who makes keys."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clinvoker-keys-"))
        self.addCleanup(rmtree, self.folder, ignore_errors=True)
        self.environment = own_environment(self.folder, {"CLINVK_API_KEYS_FILE": str(self.folder / "keys")})
        self.first = self.keys("create", "first")
        work = str(self.folder)
        agent = {"allowed_workdir_prefixes": [work]}
        settings = {"backends": DEMO, "models": {"fast": "demo/quick"}, "agent": agent}
        self.daemon = Daemon(settings, {"CLINVK_API_KEYS_FILE": str(self.folder / "keys")})
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)

    def keys(self, *words: str) -> str:
        """What `clinvk keys` prints."""
        command = [sys.executable, "-m", "clinvoker.client", "keys", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def ask(self, key: str, path: str, asked: Any = None) -> tuple[int, Any]:
        """Status and JSON."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = None if asked is None else json.dumps(asked).encode()
        request = urllib.request.Request(self.daemon.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def chat(self, key: str, model: str) -> tuple[int, str]:
        """Status, and the answer's or error's text."""
        asked = {"model": model, "messages": [{"role": "user", "content": "demo: words=1"}]}
        status, told = self.ask(key, "/openai/v1/chat/completions", asked)
        return status, told["choices"][0]["message"]["content"] if status == 200 else told["error"]["message"]

    def comes(self, key: str, status: int) -> None:
        wait_for(lambda: self.ask(key, "/openai/v1/models")[0] == status, 6, f"the key gives {status}")

    def test_live(self) -> None:
        """A key that is made is good without a restart, and one that is revoked is not."""
        self.assertEqual((200, "word1 "), self.chat(self.first, "demo"))
        second = self.keys("create", "second")
        self.comes(second, 200)
        self.keys("revoke", "first")
        self.comes(self.first, 401)
        self.assertEqual(200, self.chat(second, "demo")[0])
        self.assertEqual(401, self.ask("clk_guess", "/openai/v1/models")[0])

    def test_models(self) -> None:
        """A key with models of its own sees and uses these only, by every door."""
        key = self.keys("create", "narrow", "--models", "fast", "--mode", "chat")
        self.comes(key, 200)
        listed = self.ask(key, "/openai/v1/models")[1]["data"]
        self.assertEqual(["fast"], [each["id"] for each in listed])
        self.assertEqual(200, self.chat(key, "fast")[0])
        status, said = self.chat(key, "demo")
        self.assertEqual((403, "The key 'narrow' may not use the model 'demo', only: fast."), (status, said))
        for path, asked in (
            ("/api/v1/prompt", {"backend": "demo", "prompt": "x"}),
            ("/openai/v1/responses", {"model": "demo", "input": "x"}),
            (
                "/anthropic/v1/messages",
                {"model": "demo", "max_tokens": 9, "messages": SAID},
            ),
        ):
            self.assertEqual(403, self.ask(key, path, asked)[0], path)
        tasks = [{"backend": "demo", "prompt": "x"}]
        [refused] = self.ask(key, "/api/v1/parallel", {"tasks": tasks})[1]["results"]
        self.assertEqual("forbidden", refused["error_code"])
