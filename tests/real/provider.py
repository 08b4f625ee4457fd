"""The imitated provider as the tests hold it: a child process and its log."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any

from tests.real.children import first_line, wait_for

ROOT = __file__.rpartition("/tests/")[0]


class ProviderProcess:
    """`python -m tests.real.providers`, running from `with` to its end."""

    port: int

    def __enter__(self) -> ProviderProcess:
        """Start it; it answers on `port` from now on."""
        command = [sys.executable, "-m", "tests.real.providers"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        self.port = int(first_line(self._process))
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def url(self) -> str:
        """The root that the programs are pointed to."""
        return f"http://127.0.0.1:{self.port}"

    def entries(self) -> list[dict[str, Any]]:
        """What was asked so far, oldest first: `tests.real.providers.serving.Entry`s."""
        with urllib.request.urlopen(self.url + "/_log", timeout=10) as answer:
            return list(json.load(answer))

    def asked(self, text: str) -> list[dict[str, Any]]:
        """The questions whose body holds a text, as it stands in JSON."""
        written = json.dumps(text)[1:-1]
        return [entry for entry in self.entries() if written in json.dumps(entry["body"])]

    def wait_for(self, text: str, outcome: str = "", seconds: float = 10.0) -> dict[str, Any]:
        """
        The first question that holds the text, once it has come and, where an `outcome` is
        given, has ended so.
        """

        def look() -> list[dict[str, Any]]:
            return [e for e in self.asked(text) if not outcome or e["outcome"] == outcome]

        return wait_for(look, seconds, f"the provider was asked {text!r} ({outcome or 'at all'})")[0]

    def forget(self) -> None:
        """Empty the log."""
        urllib.request.urlopen(self.url + "/_reset", data=b"", timeout=10).close()
