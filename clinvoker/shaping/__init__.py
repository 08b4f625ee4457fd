"""
What the daemon does to answers where a program does not do it by itself.  Pure.

`plan_for` gives the plan of one answer: what to ask, what of the events the client may see, and
whether to ask again.
"""

from clinvoker.shaping.planning import plan_for

__all__ = ["plan_for"]
