"""
The demonstration: a program that comes with the house and is run as any other.

It shows the whole path, from HTTP to a child process and back, on a machine with nothing installed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.plugin import IPlugin
from zope.interface import implementer

from clinvoker.backends.demo.agent import DemoAgent
from clinvoker.backends.demo.talk import DemoTalk
from clinvoker.interfaces import IAgent, IBackend
from clinvoker.model import Invocation, Launch, Treatment

PROGRAM = Path(__file__).with_name("program.py")


@implementer(IBackend, IPlugin)
class Demo:
    """Needs no login and no network; every run can share one process."""

    name = "demo"
    program = sys.executable
    owner = "clinvoker"
    models = ()
    patterns = ()
    environment = ()
    warm = 0
    # It says one thing only, so whatever shapes an answer is the daemon's or nobody's.
    parameters: Mapping[str, Treatment] = {
        "stop": "enforced",
        "max_tokens": "enforced",
        "temperature": "ignored",
        "top_p": "ignored",
        "seed": "ignored",
        "presence_penalty": "ignored",
        "frequency_penalty": "ignored",
        "logit_bias": "ignored",
        "reasoning_effort": "ignored",
        "verbosity": "ignored",
    }

    def launch(self, invocation: Invocation) -> Launch:
        # Isolated (-I) and without site packages (-S): it starts in the time of a bare interpreter.
        program = str(PROGRAM)
        return Launch(key="demo", arguments=(self.program, "-I", "-S", program), parts=(program,))

    def agent(self, launch: Launch, clock: IReactorTime) -> IAgent:
        return DemoAgent(self.name, DemoTalk(), launch, clock)
