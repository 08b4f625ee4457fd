"""A real daemon whose configuration, keys and programs are changed while it runs."""

from __future__ import annotations

import json
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from clinvoker.backends.demo import PROGRAM
from tests.real.children import wait_for
from tests.real.daemon import Daemon, Settings

ONLY_DEMO = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
CHAT = "/openai/v1/chat/completions"


def put(file: Path, text: str, mode: int = 0o600) -> None:
    """A text in the place of a file, whole at once, as editors and `clinvk` do it."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(file)


def demo_of(version: str) -> str:
    """A program that is the demonstration, and says that it is of this version."""
    text = PROGRAM.read_text().replace('"version": "1"', f'"version": "{version}"')
    return f"#!{sys.executable} -IS\n{text}"


class ChangingDaemon(Daemon):
    """A daemon that is told to read its configuration anew."""

    def change(self, settings: Settings) -> None:
        """Another configuration in the place of the one before."""
        put(self.folder / "config.yaml", yaml.safe_dump(dict(settings)))

    def hang_up(self, settings: Settings) -> None:
        """The same, and have it taken, by a signal."""
        before = self.log().count("was read anew")
        self.change(settings)
        self.signal(signal.SIGHUP)
        wait_for(lambda: self.log().count("was read anew") > before, 10, "the configuration is read")

    def post(self, path: str, asked: Any = None, key: str = "") -> tuple[int, Any]:
        """Status and JSON."""
        headers = {"Content-Type": "application/json", **_key(key)}
        request = urllib.request.Request(self.url + path, json.dumps(asked or {}).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def chat(self, text: str, model: str = "demo", key: str = "") -> tuple[int, Any]:
        """Ask for a whole answer."""
        return self.post(CHAT, {"model": model, "messages": [{"role": "user", "content": text}]}, key)

    def backend(self, name: str) -> Any:
        """What is told of a backend's health; None where it is not told of."""
        return next((each for each in self.get("/health")[1]["backends"] if each["name"] == name), None)


def _key(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}
