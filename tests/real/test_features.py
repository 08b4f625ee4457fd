"""
What the earlier program's users rely on of its server, each feature by its number, over HTTP.

Others stand where they belong: `tests.test_features` finds all of them.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, ClassVar

import yaml
from openai import APIStatusError

from clinvoker.config import read_config
from tests.real.children import marked, wait_for
from tests.real.daemon import LISTENING, free_port
from tests.real.raw import JSON, PATH, Caller, fetch, question
from tests.real.rigs import Rig
from tests.real.test_clinvk import CLINVK, DEMO, Typed
from tests.real.test_web_pages import DemoTestCase

KEYS = ("a-key-of-more-than-sixteen-letters", "another-key-of-more-than-sixteen-letters")
ENDLESS = "demo: words=100000 pause_ms=50"


class Serving(Typed):
    """`clinvk serve`."""

    def serve(self, *words: str) -> subprocess.Popen[str]:
        """One that listens."""
        log = self.folder / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [*CLINVK, "serve", *words], cwd=self.folder, env=self.environment, stdout=out, stderr=out
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for(lambda: LISTENING.search(log.read_text()), 20, "it listens")
        return process

    def test_where(self) -> None:
        """F086: a flag says where, without one the configuration, without that it is 127.0.0.1:8080."""
        said, configured = free_port(), free_port()
        settings = {"backends": DEMO, "server": {"port": configured}}
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump(settings))
        self.environment.pop("CLINVK_PORT")
        for words, port in ((["--port", str(said)], said), ([], configured)):
            process = self.serve(*words)
            self.assertEqual(200, fetch(port, "GET", "/health").status)
            process.terminate()
            self.assertEqual(0, process.wait(10))
        self.assertEqual(("tcp:8080:interface=127.0.0.1",), read_config().server.listen)

    def test_stopped(self) -> None:
        """F087: SIGTERM and SIGINT end it with 0, with it what it does, and its processes."""
        settings = {"backends": DEMO, "server": {"drain_secs": 1}}
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump(settings))
        for number in (signal.SIGTERM, signal.SIGINT):
            port = free_port()
            process = self.serve("--port", str(port))
            with Caller(port, "demo", ENDLESS, stream=True) as caller:
                caller.read_until(b"word1 ")
                process.send_signal(number)
                self.assertIn(b"shutting_down", caller.read_to_end())
            self.assertEqual(0, process.wait(10))
            wait_for(lambda: not marked(str(self.folder)), 5, "nothing is left")


class Keyed(DemoTestCase):
    """A daemon of `twistd clinvoker`, with two keys in the environment."""

    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ", ".join(KEYS)}

    def status(self, headers: dict[str, str]) -> int:
        return fetch(self.daemon.port, "GET", "/api/v1/backends", headers).status

    def test_twistd(self) -> None:
        """F088: it is the same service."""
        self.assertIn("twistd", " ".join(self.daemon.process.args))  # type: ignore[arg-type]
        self.assertEqual(200, fetch(self.daemon.port, "GET", "/health").status)

    def test_keys(self) -> None:
        """F089, F090: each of the keys is good, in either header, whose names and schemes have no case."""
        for key in KEYS:
            for headers in (
                {"X-Api-Key": key},
                {"x-API-key": key},
                {"Authorization": f"Bearer {key}"},
                {"authorization": f"bearer {key}"},
                {"AUTHORIZATION": f"BEARER {key}"},
            ):
                self.assertEqual(200, self.status(headers), headers)
        for headers in ({}, {"X-Api-Key": KEYS[0] + "x"}, {"Authorization": KEYS[0]}):
            self.assertEqual(401, self.status(headers), headers)

    def test_unauthorized(self) -> None:
        """F091: why is said in the body, how in a header."""
        answer = fetch(self.daemon.port, "POST", "/api/v1/prompt", JSON, b"{}")
        self.assertEqual((401, "Bearer"), (answer.status, answer.headers["www-authenticate"]))
        self.assertEqual("unauthorized", json.loads(answer.body)["error"])

    def test_open(self) -> None:
        """F092: what says nothing of anybody needs no key."""
        for path in ("/health", "/docs", "/openapi.json", "/schemas"):
            self.assertEqual(200, fetch(self.daemon.port, "GET", path).status, path)
        self.assertNotEqual(401, fetch(self.daemon.port, "GET", "/metrics").status)

    def test_pages(self) -> None:
        """F101: pages that this machine serves may call, no others."""
        asked = {"Access-Control-Request-Method": "POST"}
        for origin, expected in (("http://localhost:3000", 204), ("http://evil.test", 403)):
            answer = fetch(self.daemon.port, "OPTIONS", PATH, {**asked, "Origin": origin})
            allowed = answer.headers.get("access-control-allow-origin")
            self.assertEqual((expected, origin if expected == 204 else None), (answer.status, allowed))

    def test_request_id(self) -> None:
        """F106: the client's word for a request is told back, and in the log."""
        answer = fetch(self.daemon.port, "GET", "/health", {"X-Request-Id": "abc-of-mine"})
        self.assertEqual("abc-of-mine", answer.headers["x-request-id"])
        self.assertIn("abc-of-mine", self.daemon.log())

    def test_verbatim(self) -> None:
        """F104: a prompt that looks like a flag, and one of a mebibyte, are prompts."""
        for text in ("--version", "-p", "x" * 1024 * 1024):
            headers = {**JSON, "X-Api-Key": KEYS[0]}
            answer = fetch(self.daemon.port, "POST", PATH, headers, question("demo", text))
            said = json.loads(answer.body)["choices"][0]["message"]["content"]
            self.assertEqual((200, True), (answer.status, text[:20] in said))

    def test_no_secrets(self) -> None:
        """F105: no program is told the keys, nor has any a prompt among its arguments."""
        canary = "a-word-that-nobody-else-says"
        stream = self.daemon.client(api_key=KEYS[0]).chat.completions.create(
            model="demo", messages=[{"role": "user", "content": f"{ENDLESS} {canary}"}], stream=True
        )
        with stream:
            next(iter(stream))
            children = self.daemon.children()
            self.assertTrue(children)
            for pid in children:
                told = b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
                self.assertFalse([word for word in (*KEYS, canary) if word.encode() in told])


class Hurried(DemoTestCase):
    """Answers may take a second."""

    settings: ClassVar[dict[str, Any]] = {"limits": {"request_secs": 1}}

    def at_rest(self) -> None:
        """Nothing is under way."""
        wait_for(lambda: self.daemon.get("/health")[1]["load"]["running"] == 0, 5, "nothing is under way")

    def test_late(self) -> None:
        """F099: an answer that takes longer is a 504, and its turn is over."""
        begun = time.monotonic()
        with self.assertRaises(APIStatusError) as caught:
            self.ask("demo", "demo: words=2 pause_ms=30000")
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual((504, "timeout"), (caught.exception.status_code, caught.exception.code))
        self.at_rest()

    def test_left(self) -> None:
        """F100: so is the turn of a client that leaves."""
        with Caller(self.daemon.port, "demo", "demo: words=100 pause_ms=50", stream=True) as caller:
            caller.read_until(b"word1 ")
        self.at_rest()


class Broken(DemoTestCase):
    """A program that does not start."""

    settings: ClassVar[dict[str, Any]] = {"agents": {"failed_starts": 2, "pause_secs": 20}}

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        return {**super().configured(rig), "claude": {"program": "/bin/false"}}

    def test_left_alone(self) -> None:
        """F149: after some failures it is left alone, and who asks is told for how long."""
        codes = []
        for _ in range(3):
            answer = fetch(self.daemon.port, "POST", PATH, JSON, question("claude", "hello"))
            codes.append((answer.status, answer.code))
        self.assertEqual([(503, "backend_unusable")] * 2 + [(503, "backend_failing")], codes)
        self.assertTrue(0 < int(answer.headers["retry-after"]) <= 20)
        self.assertEqual("failing", self.health("claude")["state"])
