"""Tests for the reading of pictures."""

from __future__ import annotations

from base64 import b64encode

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.images import LARGEST, read_image
from clinvoker.errors import BadRequest
from clinvoker.model import Image

PNG = b64encode(b"\x89PNG\r\n\x1a\nxyz").decode()
PLAIN = b64encode(b"no picture at all").decode()


def refused(url: str) -> BadRequest:
    try:
        read_image(url, "at")
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


class DataTests(SynchronousTestCase):
    def test_types(self) -> None:
        """W34: PNG, JPEG, GIF and WebP, by their declaration where the bytes do not say."""
        for kind in ("image/png", "image/jpeg", "image/gif", "image/webp"):
            self.assertEqual(read_image(f"data:{kind};base64,{PLAIN}", "at"), Image(kind, PLAIN))

    def test_spelling(self) -> None:
        """Schemes and types have no case, `jpg` is a JPEG, and attributes may stand between."""
        expected = Image("image/jpeg", PLAIN)
        for head in (
            "DATA:Image/JPG;base64",
            "data:image/jpeg;charset=utf-8;BASE64",
            "data:image/jpeg ; base64",
        ):
            self.assertEqual(read_image(f"{head},{PLAIN}", "at"), expected)

    def test_label(self) -> None:
        """The bytes are believed before the label: a provider refuses a picture that is mislabelled."""
        self.assertEqual(read_image(f"data:image/jpeg;base64,{PNG}", "at").media_type, "image/png")
        for begin, kind in {
            b"\xff\xd8\xff\xe0": "image/jpeg",
            b"GIF89a": "image/gif",
            b"RIFF\0\0\0\0WEBP": "image/webp",
        }.items():
            data = b64encode(begin + b"...").decode()
            self.assertEqual(read_image(f"data:image/png;base64,{data}", "at").media_type, kind)

    def test_other_types(self) -> None:
        """W34: other types are refused."""
        for kind in ("image/svg+xml", "application/pdf", "text/html", "", "image/*"):
            self.assertEqual(refused(f"data:{kind};base64,{PLAIN}").param, "at")

    def test_no_base64(self) -> None:
        """Data that is not base64, or is cut off, or is none, is refused."""
        for rest in (
            f";base64,{PLAIN[:-1]}",
            ";base64,====",
            ";base64,a b=",
            ";base64,",
            ";base64",
            ",%89PNG",
        ):
            self.assertEqual(refused(f"data:image/png{rest}").param, "at")
        self.assertEqual(refused(f"data:image/png;base64,{PLAIN}\n").param, "at")
        self.assertEqual(refused("data:image/png;base64,-_-_").param, "at")

    def test_size(self) -> None:
        """20 MiB are taken, more is refused."""
        largest = b64encode(bytes(LARGEST)).decode()
        self.assertEqual(read_image(f"data:image/png;base64,{largest}", "at").data, largest)
        self.assertIn(str(LARGEST), refused(f"data:image/png;base64,{largest}AAAA").message)

    def test_echo(self) -> None:
        """The picture does not come back in the error."""
        self.assertLess(len(refused("data:image/bmp;base64," + PLAIN * 1000).message), 300)


class RemoteTests(SynchronousTestCase):
    def test_urls(self) -> None:
        """W34: a URL of the network is handed on as it is; nothing is fetched here."""
        for url in ("https://example.com/a.png?x=1", "http://127.0.0.1:8080/", "HTTPS://[::1]/é"):
            self.assertEqual(read_image(url, "at"), Image(url=url))

    def test_refused(self) -> None:
        """Other schemes, and what only looks like a URL, are refused."""
        for url in (
            "",
            "cat.png",
            "file:///etc/passwd",
            "ftp://host/a",
            "javascript:1",
            "http:",
            "http://",
            "https:///a",
            "http://[x",
            "http://host/a b",
            "http://host/a\nb",
            "http://host/" + "x" * 9000,
        ):
            self.assertEqual(refused(url).param, "at")
