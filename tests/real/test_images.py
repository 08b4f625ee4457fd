"""
Pictures with the real programs: what a client sends arrives at the model, and nothing is fetched.
"""

from __future__ import annotations

import base64
import socket
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from openai import BadRequestError

from tests.real.chats import PICTURE, PIXELS, ConversationCase, Json, result, tool, user
from tests.real.rigs import RealTestCase

SENT = f"image/png {PIXELS}"
LIMIT = 20 * 1024 * 1024


def text(said: str) -> Json:
    """A part that is text."""
    return {"type": "text", "text": said}


def picture(url: str) -> Json:
    """A part that is a picture."""
    return {"type": "image_url", "image_url": {"url": url}}


def png(size: int) -> str:
    """A data URL of something that begins like a PNG, of so many bytes."""
    data = base64.b64decode(PIXELS).ljust(size, b"\0")
    return "data:image/png;base64," + base64.b64encode(data).decode()


REFUSED = {
    "a type that is no picture": "data:text/html;base64,PGI+",
    "a picture that models do not take": "data:image/svg+xml;base64,PHN2Zy8+",
    "no base64": "data:image/png;base64,*** no ***",
    "nothing": "data:image/png;base64,",
    "a file": "file:///etc/passwd",
    "a path": "/etc/passwd",
    "too large": png(LIMIT + 3),
}


class ImageTests(ConversationCase):
    """What holds for every program."""

    def kinds(self) -> list[str]:
        """What the provider was told last, in order; the program's own words left out."""
        return [block.kind for block in self.received()[-1].blocks if block.kind != "system"]

    def test_between_texts(self) -> None:
        """A picture arrives as it was sent, and stands where it stood."""
        asked = user([text("before"), PICTURE, text("!say I see.")])
        self.assertEqual(self.chat([asked]).message.content, "I see.")
        self.assertEqual(self.received()[-1].texts("image"), [SENT])
        self.assertEqual(self.kinds(), ["user", "image", "user"])

    def test_earlier(self) -> None:
        """Pictures of earlier messages are part of the conversation."""
        messages = [user([text("one"), PICTURE]), {"role": "assistant", "content": "a dot"}]
        self.chat([*messages, user("!say Yes.")])
        self.assertEqual(self.kinds(), ["user", "image", "assistant", "user"])

    def test_several(self) -> None:
        """Several pictures arrive in their order."""
        pictures = [picture(png(100 + number)) for number in range(5)]
        self.chat([user([*pictures, text("!say Five.")])])
        sent = [part["image_url"]["url"].removeprefix("data:image/png;base64,") for part in pictures]
        self.assertEqual(self.received()[-1].texts("image"), ["image/png " + data for data in sent])

    def test_of_a_tool(self) -> None:
        """A tool's result may be a picture, for a turn that waits and for a new one."""
        asked = user('!tool get_weather {"city":"Oslo"}\n!next say Cloudy.')
        choice = self.chat([asked], tools=[tool()])
        content = [text("it looks like this"), PICTURE]
        answered = [asked, choice.message.to_dict(), result(choice.message.tool_calls[0], content)]
        for _ in ("warm", "cold"):
            self.assertEqual(self.chat(answered, tools=[tool()]).message.content, "Cloudy.")
            self.assertEqual(self.received()[-1].texts("image"), [SENT])
            self.assertIn("it looks like this", self.received()[-1].texts("result")[0])

    def test_large(self) -> None:
        """A picture of three megabytes arrives."""
        sent = png(3 * 1024 * 1024)
        self.chat([user([text("!say Big."), picture(sent)])])
        [arrived] = self.received()[-1].texts("image")
        self.assertTrue(self.arrived_as(len(arrived), len("image/png ") + len(sent.partition(",")[2])))

    def arrived_as(self, there: int, sent: int) -> bool:
        """Whether a large picture of `sent` characters may have so many at the provider."""
        return there == sent

    def test_refused(self) -> None:
        """What is no picture is refused with its place, and nobody is asked."""
        got = {}
        for what, url in REFUSED.items():
            with self.assertRaises(BadRequestError, msg=what) as caught:
                self.chat([user("hello"), user([text("look"), picture(url)])])
            got[what] = caught.exception.param
        self.assertEqual(got, dict.fromkeys(REFUSED, "messages[1].content[1].image_url.url"))
        self.assertEqual(self.provider.entries(), [])

    def test_sound_and_files(self) -> None:
        """Sound and files are refused by name."""
        sound: Json = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
        file: Json = {"type": "file", "file": {"file_data": "AAAA", "filename": "a.pdf"}}
        for part in (sound, file):
            with self.assertRaises(BadRequestError) as caught:
                self.chat([user([text("listen"), part])])
            self.assertIn("messages[0].content[1]", caught.exception.param or "")

    def test_nothing_is_fetched(self) -> None:
        """A picture on the network is left to the provider, or refused: no one here connects to it."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            url = f"http://127.0.0.1:{port}/secret.png"
            self.elsewhere(user([text("!say Seen."), picture(url)]), url)
            listening.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                listening.accept()

    def elsewhere(self, asked: Json, url: str) -> None:
        """What becomes of a picture on the network."""
        with self.assertRaises(BadRequestError) as caught:
            self.chat([asked])
        self.assertIn("messages[0].content", caught.exception.param or "")
        self.assertEqual(self.provider.entries(), [])


class ClaudeImages(ImageTests, RealTestCase):
    """Claude Code, whose provider takes pictures by their address."""

    backend = "claude"

    def arrived_as(self, there: int, sent: int) -> bool:
        """The program makes large pictures smaller."""
        return len("image/png ") < there <= sent

    def elsewhere(self, asked: Json, url: str) -> None:
        """The provider is told the address."""
        choice: Any = self.chat([asked])
        self.assertEqual((choice.message.content, self.received()[-1].texts("image")), ("Seen.", [url]))


class CodexImages(ImageTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"


class GeminiImages(ImageTests, RealTestCase):
    """Gemini CLI."""

    backend = "gemini"


class FetchingTests(ConversationCase, RealTestCase):
    """Pictures of a host that the configuration allows."""

    backend = "codex"
    settings: ClassVar[dict[str, Any]] = {"images": {"fetch": ["127.0.0.1"]}}

    def test_fetched(self) -> None:
        """The daemon brings the picture, and the program sends it on."""
        folder = Path(self.mktemp())
        folder.mkdir()
        folder.joinpath("dot.png").write_bytes(base64.b64decode(PIXELS))
        serving = partial(SimpleHTTPRequestHandler, directory=str(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), serving) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/dot.png"
            said = self.chat([user([text("!say Seen."), picture(url)])]).message.content
            server.shutdown()
        self.assertEqual((said, self.received()[-1].texts("image")), ("Seen.", [SENT]))
