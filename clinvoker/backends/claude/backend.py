"""
The backend `claude`: Anthropic's Claude Code, by its stream-json session.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.agent import Agent
from clinvoker.backends.claude.conversation import read
from clinvoker.backends.claude.launch import BACKEND, CHAT, ENVIRONMENT, MODELS, PROGRAM
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch


class ClaudeAgent(Agent):
    """One `claude` process, which serves one conversation."""


@implementer(IPlugin, IBackend)
class ClaudeBackend:
    """Describes Claude Code; made for 2.1.330.  2.1.197 is too old: it ends at an unknown option."""

    name = BACKEND
    program = PROGRAM
    owner = "anthropic"
    models: Sequence[str] = MODELS
    patterns: Sequence[str] = ("claude-*", "sonnet", "opus", "haiku")
    environment: Sequence[str] = ENVIRONMENT

    def launch(self, invocation: Invocation) -> Launch:
        """The same for every invocation that can be carried out."""
        read(invocation.messages)  # raises `BadRequest` before a process is started in vain
        return CHAT

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        """Make the protocol of one process."""
        return ClaudeAgent(self.name, ClaudeTalk(), launch, clock)
