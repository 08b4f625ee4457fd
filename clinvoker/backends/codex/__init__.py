"""
Codex CLI.  `launch` is pure, `talk` is sans-IO, `backend` joins them.
"""

from clinvoker.backends.codex.backend import CodexAgent, CodexBackend

__all__ = ["CodexAgent", "CodexBackend"]
