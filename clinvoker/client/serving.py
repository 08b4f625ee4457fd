"""`clinvk serve`: the daemon that `twistd` runs, in the foreground and without its files."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.scripts.twistd import ServerOptions, runApp  # type: ignore[attr-defined]  # it has no __all__ for it


def serve(arguments: Sequence[str]) -> None:
    """Run until a signal comes; `arguments` are those of `twistd clinvoker`."""
    options = ServerOptions()
    options.parseOptions(["--nodaemon", "--pidfile=", "clinvoker", "--greet", *arguments])
    runApp(options)
