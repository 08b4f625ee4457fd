"""
A daemon, a provider and the real programs, joined: what most real tests begin with.
"""

from __future__ import annotations

from contextlib import ExitStack
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


class RealTestCase(SynchronousTestCase):
    """
    One provider and one daemon for all tests of a class.

    Blocking is right here: the daemon is another process.
    """

    settings: ClassVar[dict[str, Any]] = {}  # on top of `backends`
    environment: ClassVar[dict[str, str]] = {}
    programs: ClassVar[dict[str, str]] = installed()
    skip: ClassVar[str | None] = None if len(programs) == 3 else MISSING

    daemon: ClassVar[Daemon]
    provider: ClassVar[ProviderProcess]
    _rig: ClassVar[ExitStack]

    @classmethod
    def setUpClass(cls) -> None:
        """Start both, unless the tests will be skipped."""
        if not cls.skip:
            cls.setUpRig()

    @classmethod
    def tearDownClass(cls) -> None:
        """End both."""
        if not cls.skip:
            cls.tearDownRig()

    @classmethod
    def setUpRig(cls) -> None:
        """Start a provider and a daemon."""
        cls._rig = ExitStack()
        cls.provider = cls._rig.enter_context(ProviderProcess())
        settings = {"backends": cls.configured(cls.provider.url), **cls.settings}
        try:
            cls.daemon = cls._rig.enter_context(Daemon(settings, cls.environment))
        except BaseException:
            cls.tearDownRig()
            raise

    @classmethod
    def tearDownRig(cls) -> None:
        """End them."""
        cls._rig.close()

    @classmethod
    def configured(cls, url: str) -> dict[str, Any]:
        """The configuration's `backends`; classes with programs of their own say otherwise."""
        return backends(url, cls.programs)

    def setUp(self) -> None:
        """A client of this test's own."""
        self.client: OpenAI = self.daemon.client()
        self.addCleanup(self.client.close)

    def ask(self, model: str, text: str, **more: Any) -> Any:
        """One user message, answered whole."""
        messages = [{"role": "user", "content": text}]
        return self.client.chat.completions.create(model=model, messages=messages, **more)

    def stream(self, model: str, text: str, **more: Any) -> Any:
        """One user message, answered as it comes."""
        return self.ask(model, text, stream=True, **more)

    def assert_works(self, model: str) -> None:
        """An ordinary request succeeds."""
        answer = self.ask(model, "!say all is well")
        self.assertEqual(answer.choices[0].message.content, "all is well")
