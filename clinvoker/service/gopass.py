"""API keys that gopass(1) keeps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from clinvoker.config import Key
from clinvoker.config.keys import keys_in_list
from clinvoker.service.commands import MOST_BYTES, TooMuch, output_of
from clinvoker.service.keys import Keys

AGAIN_SECS = 300.0
LONGEST_SECS = 5.0
# That keys stay good which it does not give again.
STALE_SECS = 3600.0


class GopassFailed(Exception):
    """It gave no keys; the text says why, and never what it printed."""


class Gopass(Service):
    """
    Asks for the secret at a path when the daemon starts and every five minutes.  Until it has answered nobody
    is let in by its keys; where it fails later, those stay good that it gave last, for an hour: who takes
    keys back must not have it fail to be obeyed.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        path: str,
        keys: Keys,
        environ: Mapping[str, str],
        elsewhere: Callable[..., Deferred[str]] = deferToThread,
    ) -> None:
        self._path = path
        self._keys = keys
        self._environ = environ
        self._elsewhere = elsewhere
        self._asking = LoopingCall(self._ask)
        self._asking.clock = reactor
        self._clock = reactor
        self._end: IDelayedCall | None = None  # of what was given last

    def startService(self) -> None:
        super().startService()
        self._asking.start(AGAIN_SECS)

    def stopService(self) -> None:
        super().stopService()
        self._asking.stop()
        self._put_off()

    def _ask(self) -> Deferred[None]:
        return self._elsewhere(shown, self._path, self._environ).addCallbacks(
            self._take, lambda reason: self._log.error("{why}", why=reason.getErrorMessage())
        )

    def _take(self, text: str) -> None:
        complaints: list[str] = []
        found = keys_in(text, complaints)
        for complaint in complaints:
            self._log.error("{complaint}", complaint=complaint)
        if not complaints:
            self._keys.add(found)
            self._put_off()
            self._end = self._clock.callLater(STALE_SECS, self._close)

    def _put_off(self) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()

    def _close(self) -> None:
        self._keys.add(())
        self._log.error(
            "gopass has given no keys for {secs:g} seconds: those it gave last are good no longer",
            secs=STALE_SECS,
        )


def keys_in(text: str, complaints: list[str]) -> tuple[Key, ...]:
    """Keys in lines or between commas; none at all is a complaint."""
    found = keys_in_list(",".join(text.splitlines()), complaints, "gopass")
    if not found and not complaints:
        complaints.append("gopass: The secret is empty")
    return found


def shown(path: str, environ: Mapping[str, str]) -> str:
    """The secret at a path.  Blocks for a while; raises `GopassFailed`."""
    program = shutil.which("gopass", path=environ.get("PATH"))
    if program is None:
        raise GopassFailed("gopass is not on PATH (server.api_keys_gopass_path)")
    try:
        code, said, complained = output_of([program, "show", "--password", path], environ, LONGEST_SECS)
    except TimeoutError:
        raise GopassFailed(f"gopass did not answer within {LONGEST_SECS:g} seconds") from None
    except TooMuch:
        raise GopassFailed(f"gopass printed more than {MOST_BYTES} bytes") from None
    if code:
        why = complained.decode("utf-8", "replace").strip().partition("\n")[0][:200]
        raise GopassFailed(f"gopass show {path} failed with {code}: {why}")
    return said.decode("utf-8", "replace")
