"""
The Gemini CLI: one process, many sessions at once, over the Agent Client Protocol.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from twisted.python.randbytes import secureRandom
from zope.interface import implementer

from clinvoker.backends.gemini.agency import launch_at_work
from clinvoker.backends.gemini.agent import GeminiAgent
from clinvoker.backends.gemini.launch import ENVIRONMENT, MODELS, PROGRAM, launch
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch, Treatment

# Text that must be JSON: the program has a setting for that too, but older models refuse it beside
# functions.  `seed` and the penalties have settings as well, of which nothing is told here.
PARAMETERS: Mapping[str, Treatment] = {
    "tools": "honoured",
    "tool_choice": "enforced",
    "parallel_tool_calls": "enforced",
    "response_format": "enforced",
    "images": "honoured",
    "stop": "enforced",
    "max_tokens": "enforced",
    "temperature": "honoured",
    "top_p": "honoured",
    "reasoning_effort": "honoured",
    "seed": "ignored",
    "presence_penalty": "ignored",
    "frequency_penalty": "ignored",
    "logit_bias": "ignored",
    "verbosity": "ignored",
    "clinvoker.mode": "honoured",
    "clinvoker.max_turns": "honoured",
}


def _token() -> str:
    """Letters, digits, "-" and "_"; nobody can guess them."""
    return urlsafe_b64encode(secureRandom(24)).decode("ascii")


@implementer(IBackend, IPlugin)
class Gemini:
    """
    One process serves every chat of one kind of sampling, whatever its model: the model is chosen session
    by session.  `new_token` is where secret paths and the ids of calls come from.
    """

    name = PROGRAM
    program = PROGRAM
    owner = "google"
    models = MODELS
    patterns = ("gemini-*",)
    parameters = PARAMETERS
    environment = ENVIRONMENT
    warm = 1

    def __init__(self, new_token: Callable[[], str] = _token) -> None:
        self._new_token = new_token

    def launch(self, invocation: Invocation) -> Launch:
        chat = launch(invocation)
        return chat if invocation.agency.mode == "chat" else launch_at_work(chat, invocation.agency)

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        return GeminiAgent(self.name, launch, clock, self._new_token)
