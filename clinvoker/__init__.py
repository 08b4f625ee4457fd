"""clinvoker: AI command-line programs as an HTTP API, on Twisted."""

__version__ = "0.1.0"
