"""
Claude Code.  `launch` is pure, `talk` is sans-IO, `backend` joins them.
"""

from clinvoker.backends.claude.backend import ClaudeAgent, ClaudeBackend

__all__ = ["ClaudeAgent", "ClaudeBackend"]
