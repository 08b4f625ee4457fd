"""
The Gemini CLI: one process, many sessions at once, over the Agent Client Protocol.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.backends.gemini.agent import GeminiAgent, find_method
from clinvoker.backends.gemini.launch import ENVIRONMENT, MODELS, PROGRAM, launch
from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch


@implementer(IBackend, IPlugin)
class Gemini:
    """One process serves every chat, whatever its model: the model is chosen session by session."""

    name = PROGRAM
    program = PROGRAM
    owner = "google"
    models = MODELS
    patterns = ("gemini-*",)
    environment = ENVIRONMENT

    def launch(self, invocation: Invocation) -> Launch:
        return launch()

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        method = partial(find_method, Path(launch.directory), launch.environment)
        return GeminiAgent(self.name, GeminiTalk(launch.directory, method), launch, clock)
