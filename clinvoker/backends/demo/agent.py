"""A live demonstration program."""

from clinvoker.agent import Agent


class DemoAgent(Agent):
    """The demonstration program as an agent."""
