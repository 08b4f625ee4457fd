"""
A page in a real Chromium tries all that a page can: nothing runs, and it reads nothing.

The same page, served by this machine itself, may ask: so it is seen that it would have worked.
"""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

from tests.real.test_web_pages import DemoTestCase

PAGE = Path(__file__).with_name("page.html")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP rebind.test 127.0.0.1",
)


class Visited(BaseHTTPRequestHandler):
    """Serves the page, and hears what it found."""

    found: ClassVar[queue.Queue[dict[str, str]]] = queue.Queue()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.read_bytes())

    def do_POST(self) -> None:
        self.found.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class BrowserTests(DemoTestCase):
    skip = None if CHROMIUM else "There is no Chromium here (apt install chromium)."
    shared = False

    def visit(self, host: str) -> dict[str, str]:
        """What the page found out, served under this name."""
        server = HTTPServer(("127.0.0.1", 0), Visited)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        profile = tempfile.mkdtemp(prefix="clinvoker-page-")
        self.addCleanup(shutil.rmtree, profile, ignore_errors=True)
        url = f"http://{host}:{server.server_port}/?daemon={self.daemon.port}"
        assert CHROMIUM
        browser = subprocess.Popen(
            [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(browser.wait)
        self.addCleanup(browser.kill)
        return Visited.found.get(timeout=90)

    def ran(self) -> int:
        """How many processes were started for anybody."""
        return int(self.health("demo")["agents"]["started"])

    def test_foreign(self) -> None:
        """Of another site: whatever it tries, nothing runs, and it reads nothing."""
        found = self.visit("evil.test")
        self.assertEqual(18, len(found))
        self.assertEqual(
            {}, {name: what for name, what in found.items() if what.startswith(("read", "open"))}
        )
        self.assertEqual(0, self.ran())
        self.assertEqual([], self.daemon.get("/api/v1/sessions")[1]["sessions"])
        self.assertNotIn("read anew", self.daemon.log())

    def test_own(self) -> None:
        """Of this machine: it may ask and read, but by no form and under no other name."""
        found: dict[str, Any] = self.visit("localhost")
        self.assertEqual(("read 200", "read 200"), (found["json"], found["models"]))
        self.assertNotIn(found["rebound"], ("read 200", "sent"))
        self.assertEqual(1, self.ran())
