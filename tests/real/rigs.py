"""
A daemon, a provider and the real programs, joined: what most real tests begin with.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

from openai import OpenAI
from twisted.trial.unittest import SynchronousTestCase

from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.provider import ProviderProcess


def backends(url: str, programs: dict[str, str]) -> dict[str, Any]:
    """The configuration's `backends`, each program pointed to one provider."""
    settings: dict[str, dict[str, Any]] = {
        "claude": {"environment": {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "fake"}},
        "codex": {
            "arguments": ["-c", f'model_providers.clinvoker.base_url="{url}/v1"'],
            "environment": {"CODEX_API_KEY": "fake", "OPENAI_API_KEY": "fake"},
        },
        "gemini": {"environment": {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": "fake"}},
    }
    for name, program in programs.items():
        settings[name]["program"] = program
    return {name: settings[name] for name in programs}


class Rig:
    """A provider and a daemon, from being made to `close`."""

    def __init__(self, case: type[RealTestCase]) -> None:
        self.case = case
        self.folder = Path(tempfile.mkdtemp(prefix="clinvoker-rig-"))
        self._ends = ExitStack()
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.provider = self._ends.enter_context(ProviderProcess())
            settings = {"backends": case.configured(self), **case.settings}
            self.daemon = self._ends.enter_context(Daemon(settings, case.environment))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End both."""
        self._ends.close()


class RealTestCase(SynchronousTestCase):
    """
    One provider and one daemon for all tests of a class.

    Trial has no fixtures of classes: the rig is made by the first test of a class, and ended by
    the first of the next class or by the end of all.  Blocking is right here: the daemon is
    another process.
    """

    settings: ClassVar[dict[str, Any]] = {}  # on top of `backends`
    environment: ClassVar[dict[str, str]] = {}
    maxDiff = None
    programs: ClassVar[dict[str, str]] = installed()
    skip: ClassVar[str | None] = None if len(programs) == 3 else MISSING
    shared: ClassVar[bool] = True  # or each test has its own

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """The configuration's `backends`; classes with programs of their own say otherwise."""
        return backends(rig.provider.url, cls.programs)

    def setUp(self) -> None:
        """A client of this test's own."""
        self.rig = rig_of(type(self)) if self.shared else Rig(type(self))
        if not self.shared:
            self.addCleanup(self.rig.close)
        self.daemon = self.rig.daemon
        self.provider = self.rig.provider
        self.client: OpenAI = self.daemon.client()
        self.addCleanup(self.client.close)

    def ask(self, model: str, text: str, **more: Any) -> Any:
        """One user message, answered whole."""
        messages = [{"role": "user", "content": text}]
        return self.client.chat.completions.create(model=model, messages=messages, **more)

    def stream(self, model: str, text: str, **more: Any) -> Any:
        """One user message, answered as it comes."""
        return self.ask(model, text, stream=True, **more)

    def health(self, backend: str) -> dict[str, Any]:
        """What the daemon says of one backend: `clinvoker.model.BackendHealth`."""
        [found] = [b for b in self.daemon.get("/health")[1]["backends"] if b["name"] == backend]
        return found

    def assert_works(self, model: str) -> None:
        """An ordinary request succeeds."""
        answer = self.ask(model, "!say all is well")
        self.assertEqual(answer.choices[0].message.content, "all is well")


class OneProgram:
    """To be mixed into a `RealTestCase`: a daemon with one program alone."""

    backend: ClassVar[str]

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """This program's part."""
        return {cls.backend: backends(rig.provider.url, installed())[cls.backend]}


_standing: list[Rig] = []


def rig_of(case: type[RealTestCase]) -> Rig:
    """The rig of a class of tests; another class's is ended."""
    if not _standing or _standing[0].case is not case:
        close_rigs()
        _standing.append(Rig(case))
    return _standing[0]


@atexit.register
def close_rigs() -> None:
    """End what stands."""
    while _standing:
        _standing.pop().close()
