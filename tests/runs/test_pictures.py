"""Pictures on the network: fetched from allowed hosts, and from nowhere else."""

from base64 import b64encode

from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from clinvoker.errors import BadRequest
from clinvoker.model import Image, Invocation, Message, Text
from clinvoker.pictures import LARGEST
from clinvoker.runs.pictures import Pictures

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


class Host(Resource):
    """What each path answers."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes | int:
        path = (request.path or b"").decode()
        if path == "/silent":
            return NOT_DONE_YET
        if path == "/moved":
            request.redirect(b"http://169.254.169.254/secret")
            return b""
        if path == "/missing":
            request.setResponseCode(404)
        return {"/large.png": PNG.ljust(LARGEST + 1), "/page": b"<html>"}.get(path, PNG)


class PictureTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.treq = StubTreq(Host())
        self.pictures = Pictures(("a.example", "*.b.example", "127.0.0.1:8000"), self.treq, self.clock)

    def fetch(self, *urls: str) -> "Deferred[Invocation]":
        parts = (Text("look"), *(Image(url=url) for url in urls))
        asked = Invocation(model="m", messages=(Message("system", ()), Message("user", parts)))
        return Deferred.fromCoroutine(self.pictures.fetched(asked))

    def refused(self, url: str) -> BadRequest:
        fetching = self.fetch(url)
        self.treq.flush()
        return self.failureResultOf(fetching, BadRequest).value  # type: ignore[no-any-return]

    def test_fetched(self) -> None:
        """A picture of an allowed host is in the conversation then, with the type that its bytes say."""
        for url in ("https://a.example/p.jpg", "http://x.b.example/?q", "http://127.0.0.1:8000/"):
            parts = self.successResultOf(self.fetch(url)).messages[1].parts
            self.assertEqual((Text("look"), Image("image/png", b64encode(PNG).decode())), parts)

    def test_not_allowed(self) -> None:
        """Other hosts are not asked: their pictures stay named."""
        for url in (
            *("http://b.example/", "http://127.0.0.1/", "http://127.0.0.1:8001/", "http://a.example.evil/"),
            *("http://a.example@evil.example/", "http://evil.example/a.example", "http://a.example:81/x"),
        ):
            allowed = "a.example:81" in url  # a name without a port allows all its ports
            [_, part] = self.successResultOf(self.fetch(url)).messages[1].parts
            self.assertEqual(not allowed, part == Image(url=url), url)

    def test_unfit(self) -> None:
        """What is no picture, too large, missing or elsewhere is told with its place."""
        for path, why in {"page": "PNG", "large.png": "exceeds", "missing": "404", "moved": "302"}.items():
            error = self.refused(f"http://a.example/{path}")
            self.assertIn(why, str(error))
            self.assertEqual("messages[1].content[1]", error.param)

    def test_silent(self) -> None:
        """A host that says nothing is waited for only so long."""
        fetching = self.fetch("http://a.example/silent")
        self.assertNoResult(fetching)
        self.clock.advance(self.pictures.secs)
        self.assertIn("within 20 seconds", str(self.failureResultOf(fetching, BadRequest).value))
