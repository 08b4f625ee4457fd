"""What `twistd` and the daemon find: the service, and a backend for each program."""

from twisted.application.service import ServiceMaker

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.backends.codex import CodexBackend
from clinvoker.backends.demo import Demo
from clinvoker.backends.gemini import Gemini

clinvoker = ServiceMaker(
    "clinvoker",
    "clinvoker.service",
    "AI command-line programs as an OpenAI-compatible HTTP API.",
    "clinvoker",
)
claude = ClaudeBackend()
codex = CodexBackend()
demo = Demo()
gemini = Gemini()
