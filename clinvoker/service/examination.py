"""
Whether the programs work: each is started, greeted and has its rehearsal, and no model is asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping

import msgspec
from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import ClinvokerError, TimedOut
from clinvoker.interfaces import IBackend, ISpawner
from clinvoker.model import BackendHealth
from clinvoker.runs.refill import NOTHING
from clinvoker.service.commands import TooMuch, output_of

# Asks a program at a path for its version; gives the empty string if it has none to tell.
AskVersion = Callable[[str], Awaitable[str]]

VERSION_SECS = 10.0


class Examiner:
    """Starts one agent of each backend, one after the other, and ends it once it is ready or not."""

    def __init__(
        self, spawner: ISpawner, clock: IReactorTime, ready_secs: float, ask_version: AskVersion
    ) -> None:
        self._spawner = spawner
        self._clock = clock
        self._ready_secs = ready_secs
        self._ask_version = ask_version

    async def examine(
        self, backends: Mapping[str, IBackend], wanted: Collection[str]
    ) -> AsyncIterator[BackendHealth]:
        """How each backend is; those whose name is not `wanted` are disabled."""
        for name, backend in backends.items():
            path = self._spawner.locate(backend)
            if name not in wanted:
                yield BackendHealth(name=name, state="disabled", path=path)
            elif path:
                yield await self._start(backend, path)
            else:
                yield BackendHealth(name=name, state="missing")

    async def _start(self, backend: IBackend, path: str) -> BackendHealth:
        launch = msgspec.structs.replace(backend.launch(NOTHING), rehearse=True)
        agent = self._spawner.spawn(backend, launch)
        try:
            await agent.when_ready().addTimeout(self._ready_secs, self._clock, onTimeoutCancel=_late)
        except ClinvokerError as error:
            agent.kill()
            version, failure = await self._ask_version(path), error.message
            health = BackendHealth(
                name=backend.name, state="failing", path=path, version=version, last_error=failure
            )
        else:
            agent.retire()
            said = agent.identity
            health = BackendHealth(
                name=backend.name,
                state="ready",
                path=path,
                version=said.version,
                login=said.login,
                note=said.note,
            )
        await agent.when_gone()
        return health


def version_of(environ: Mapping[str, str], path: str) -> str:
    """
    What the program at a path answers to `--version`, cut to a line; empty where it gives no answer.  Blocks.
    """
    try:
        _, said, complained = output_of([path, "--version"], environ, VERSION_SECS)
    except (OSError, TooMuch):  # `TimeoutError` is one
        return ""
    return (said + complained).decode("utf-8", "replace").strip().partition("\n")[0][:100]


def _late(_: object, secs: float) -> None:
    raise TimedOut(f"It said nothing within {secs:g} seconds (limits.ready_secs).")
