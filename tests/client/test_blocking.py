"""Requests that block."""

from __future__ import annotations

import socket
import time
from http.client import HTTPResponse

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.blocking import BlockingResponse, at_once
from clinvoker.client.connection import Broken, Interrupted, Late

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class ResponseTests(SynchronousTestCase):
    """An answer of which some has come."""

    def response(self, data: bytes, secs: float = 0.0, ends: bool = True) -> BlockingResponse:
        """An answer to a pair of sockets; `ends` closes the other one."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        theirs.sendall(HEAD + data)
        if ends:
            theirs.close()
        response = HTTPResponse(ours)
        response.begin()
        return BlockingResponse(ours, response, time.monotonic() + secs if secs else 0.0)

    def test_whole(self) -> None:
        """The pieces are handed on, without what HTTP puts between them."""
        heard: list[bytes] = []
        at_once(self.response(b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").read(heard.append))
        self.assertEqual(b"abc", b"".join(heard))

    def test_broken(self) -> None:
        """An end in the middle is none."""
        for data in (b"2\r\nab\r\n", b"9\r\nab", b"x\r\n"):
            with self.assertRaises(Broken):
                at_once(self.response(data).read(lambda piece: None))

    def test_late(self) -> None:
        """It is not waited for longer than was said."""
        with self.assertRaises(Late):
            at_once(self.response(b"2\r\nab\r\n", secs=0.01, ends=False).read(lambda piece: None))

    def test_interrupted(self) -> None:
        """Ctrl-C is what a person wants; whatever else the listener raises comes through."""

        def raising(error: BaseException) -> BlockingResponse:
            def hear(piece: bytes) -> None:
                raise error

            at_once(self.response(b"2\r\nab\r\n0\r\n\r\n").read(hear))
            raise AssertionError

        self.assertRaises(Interrupted, raising, KeyboardInterrupt())
        self.assertRaises(BrokenPipeError, raising, BrokenPipeError())


class AtOnceTests(SynchronousTestCase):
    def test_gives(self) -> None:
        """What a coroutine gives that does not wait."""

        async def three() -> int:
            return 3

        self.assertEqual(3, at_once(three()))

    def test_waits(self) -> None:
        """One that waits has no business here."""

        async def waiting() -> None:
            await Deferred()

        self.assertRaises(RuntimeError, at_once, waiting())
