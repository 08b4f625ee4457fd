"""
The backend `codex`: OpenAI's Codex CLI, by its `app-server`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.agent import Agent
from clinvoker.backends.codex.agency import launch_at_work
from clinvoker.backends.codex.catalogue import MODELS
from clinvoker.backends.codex.conversation import remote_image
from clinvoker.backends.codex.failures import BACKEND
from clinvoker.backends.codex.launch import CHAT
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch, Treatment

# The program sends its provider nothing of what is ignored here (0.169.0), except a verbosity, for which
# an invocation has no word.
PARAMETERS: Mapping[str, Treatment] = {
    "tools": "honoured",
    "tool_choice": "enforced",  # it always sends "auto"
    "parallel_tool_calls": "enforced",  # it sends what its catalogue says of the model
    "response_format": "honoured",
    "images": "honoured",
    "reasoning_effort": "honoured",
    "stop": "enforced",
    "max_tokens": "enforced",
    "temperature": "ignored",
    "top_p": "ignored",
    "seed": "ignored",
    "presence_penalty": "ignored",
    "frequency_penalty": "ignored",
    "logit_bias": "ignored",
    "verbosity": "ignored",
    "clinvoker.mode": "honoured",
    "clinvoker.max_turns": "refused",  # it has no such setting
}


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
    parameters = PARAMETERS
    environment: Sequence[str] = ("OPENAI_*", "CODEX_*")
    warm = 1

    def launch(self, invocation: Invocation) -> Launch:
        """
        The same for every chat: threads choose their models.  In agent mode one for each run.

        Raises `BadRequest` for a picture that lies elsewhere, which the program refuses to fetch.
        """
        index = remote_image(invocation.messages)
        if index is not None:
            said = "Codex does not fetch pictures; send the picture itself, as a data: URL in base64."
            raise BadRequest(said, f"messages[{index}].content")
        return CHAT if invocation.agency.mode == "chat" else launch_at_work(invocation.agency)

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        """Make the protocol of one app-server."""
        return CodexAgent(self.name, CodexTalk(at_work=bool(launch.workdir)), launch, clock)
