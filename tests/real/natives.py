"""The native API as a client without any library uses it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.real.daemon import Daemon


class Native:
    """Requests to one daemon; `key` is sent if there is one."""

    def __init__(self, daemon: Daemon, key: str = "") -> None:
        self._url = f"{daemon.url}/api/v1/"
        self._headers = {"Content-Type": "application/json", **({"X-Api-Key": key} if key else {})}

    def request(self, path: str, asked: Any = None, method: str = "") -> Any:
        """An answer that can be read line by line; raises `HTTPError`."""
        body = None if asked is None else json.dumps(asked).encode()
        request = urllib.request.Request(self._url + path, body, self._headers, method=method or None)
        return urllib.request.urlopen(request, timeout=60)

    def ask(self, path: str, asked: Any = None, method: str = "") -> tuple[int, Any]:
        """Status and decoded JSON."""
        try:
            with self.request(path, asked, method) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def lines(self, path: str, asked: Any) -> list[Any]:
        """All lines of a streamed answer."""
        with self.request(path, {**asked, "stream": True}) as answer:
            return [json.loads(line) for line in answer]
