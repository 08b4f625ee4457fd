"""
The backend `codex`: OpenAI's Codex CLI, by its `app-server`.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.agent import Agent
from clinvoker.backends.codex.catalogue import MODELS
from clinvoker.backends.codex.failures import BACKEND
from clinvoker.backends.codex.launch import CHAT
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch


class CodexAgent(Agent):
    """One `codex app-server`, which serves many runs at a time."""


@implementer(IPlugin, IBackend)
class CodexBackend:
    """Describes the Codex CLI; made for 0.169."""

    name = BACKEND
    program = "codex"
    owner = "openai"
    models: Sequence[str] = MODELS
    patterns: Sequence[str] = ("gpt-*", "o[0-9]*", "codex-*")
    environment: Sequence[str] = ("OPENAI_*", "CODEX_*")

    def launch(self, invocation: Invocation) -> Launch:
        """The same for every invocation: threads choose their models."""
        return CHAT

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        """Make the protocol of one app-server."""
        return CodexAgent(self.name, CodexTalk(), launch, clock)
