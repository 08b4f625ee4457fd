"""What tests of commands begin with: a daemon in memory, and a person who reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Coroutine
from io import StringIO
from typing import Any, cast

from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.connection import Connection
from clinvoker.client.flags import Given
from clinvoker.client.places import Place
from clinvoker.client.running import ended
from clinvoker.client.treqing import TreqCarrier
from clinvoker.client.work import Work
from clinvoker.config import Config
from clinvoker.errors import ClinvokerError
from clinvoker.model import Event, Finished, Message, TextDelta, Usage
from tests.web.natives import NativeHouse

URL = "http://localhost:8080"
END = Finished("stop", Usage(input=10, cached=4, output=2))


class CommandCase(SynchronousTestCase):
    """Commands over a daemon with two backends, whose runs the test carries out."""

    keys: tuple[tuple[str, str], ...] = ()

    def setUp(self) -> None:
        self.house = NativeHouse(keys=self.keys)
        self.stub = StubTreq(self.house.site.entrance)
        cast(Any, self.stub)._agent._serverFactory = self.house.site
        self.out, self.err = StringIO(), StringIO()

    def work(self, config: Config | None = None, terminal: bool = False, key: str = "", **given: Any) -> Work:
        """The flags are as they are given; typed in /here."""
        flags = Given()
        for name, value in given.items():
            setattr(flags, name, value)
        carrier = TreqCarrier(cast(Any, self.stub), URL, self.house.clock)
        return Work(
            given=flags,
            config=config or Config(),
            api=Connection(carrier, Place(URL, key=key)),
            out=self.out,
            err=self.err,
            directory="/here",
            terminal=terminal,
            coloured=False,
            clock=self.house.clock,
        )

    def begin(self, command: Coroutine[Any, Any, int | None]) -> Deferred[int]:
        """A command under way; its exit code comes."""
        self.patch(sys, "stderr", self.err)
        begun = Deferred.fromCoroutine(ended(Given(), command))
        self.stub.flush()
        return begun

    def done(self, command: Coroutine[Any, Any, int | None]) -> int:
        """The exit code of a command that has to wait for no run."""
        begun = self.begin(command)
        for _ in range(20):
            self.stub.flush()
        return self.successResultOf(begun)

    def hear(self, *events: Event) -> None:
        """Something happens in the latest run, and arrives."""
        self.house.run.hear(*events)
        self.stub.flush()

    def answer(self, text: str = "yes") -> None:
        """The latest run says something and is over."""
        self.hear(TextDelta(text), END)

    def fail_run(self, error: ClinvokerError) -> None:
        """The latest run fails."""
        self.house.run.fail(error)
        self.stub.flush()

    def asked(self) -> list[str]:
        """The texts of the messages of the latest run."""
        messages: tuple[Message, ...] = self.house.run.invocation.messages
        return [message.text for message in messages]

    def said(self) -> str:
        """What was written to stdout since the last time."""
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text

    def told(self) -> Any:
        """The same as JSON."""
        return json.loads(self.said())
