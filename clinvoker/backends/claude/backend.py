"""
The backend `claude`: Anthropic's Claude Code, by its stream-json session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.agent import Agent
from clinvoker.backends.claude.agency import launch as agency_launch
from clinvoker.backends.claude.agency import spoken, system_of
from clinvoker.backends.claude.conversation import read
from clinvoker.backends.claude.launch import (
    BACKEND,
    ENVIRONMENT,
    MODELS,
    PROGRAM,
    launch_for,
    schema_of,
)
from clinvoker.backends.claude.sampling import check
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.backends.claude.work import ClaudeWork
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch, Treatment

# Where the program has a way to it, the provider decides which models take a parameter, and refuses.
PARAMETERS: Mapping[str, Treatment] = {
    "tools": "honoured",
    "tool_choice": "enforced",
    "parallel_tool_calls": "honoured",
    "response_format": "honoured",
    "images": "honoured",
    "reasoning_effort": "honoured",
    "stop": "enforced",
    "max_tokens": "honoured",
    "temperature": "honoured",
    "top_p": "honoured",
    "seed": "ignored",
    "presence_penalty": "ignored",
    "frequency_penalty": "ignored",
    "logit_bias": "ignored",
    "verbosity": "ignored",
    "clinvoker.mode": "honoured",
    "clinvoker.max_turns": "honoured",
}


class ClaudeAgent(Agent):
    """One `claude` process, which serves one conversation at a time."""


@implementer(IPlugin, IBackend)
class ClaudeBackend:
    """Describes Claude Code; made for 2.1.330.  2.1.197 is too old: it ends at an unknown option."""

    name = BACKEND
    program = PROGRAM
    owner = "anthropic"
    models: Sequence[str] = MODELS
    patterns: Sequence[str] = ("claude-*", "sonnet", "opus", "haiku")
    parameters = PARAMETERS
    environment: Sequence[str] = ENVIRONMENT
    warm = 2

    def launch(self, invocation: Invocation) -> Launch:
        """
        One for chats with a system text and one for those without; of each kind one for each schema of an
        answer, which is asked for at the start; in agent mode one for each run.

        Raises `BadRequest` for what cannot be answered, before a process is started in vain.
        """
        if invocation.agency.mode == "agent":
            read(spoken(invocation).messages)
            check(invocation.sampling)
            return agency_launch(invocation)
        conversation = read(invocation.messages)
        check(invocation.sampling)
        return launch_for(invocation.output, system=bool(conversation.system))

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        """Make the protocol of one process."""
        reuse = launch.reuse and not launch.workdir
        chat = ClaudeTalk(schema_of(launch), reuse, launch.rehearse)
        talk = ClaudeWork(chat, system_of(launch)) if launch.workdir else chat
        return ClaudeAgent(self.name, talk, launch, clock)
