"""Reading the configuration anew while the daemon runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from twisted.logger import Logger

from clinvoker.config import Config, ConfigError
from clinvoker.config.differing import differences, is_fixed, without_fixed
from clinvoker.errors import ConfigInvalid, Draining
from clinvoker.service.notify import Notify
from clinvoker.settings import Reloaded


class Reload:
    """
    `load` gives the configuration as it is now, or raises `ConfigError`; `change` has it hold, given what
    held before; that does all or raises having done nothing.  `uptime` gives the seconds since the machine
    started, by which systemd knows a reload.
    """

    _log = Logger()

    def __init__(
        self,
        config: Config,
        load: Callable[[], Config],
        change: Callable[[Config, Config], None],
        notify: Notify,
        uptime: Callable[[], float],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._config = config
        self._load = load
        self._change = change
        self._notify = notify
        self._uptime = uptime
        self._is_stopping = is_stopping

    def __call__(self) -> Reloaded:
        """
        Have the configuration hold that is there now, all of it but what needs another start.

        Raises `ConfigInvalid` where it cannot be used, `Draining` where the daemon stops; then nothing has
        changed.
        """
        if self._is_stopping():  # and systemd was told so
            raise Draining()
        self._notify(f"RELOADING=1\nMONOTONIC_USEC={int(self._uptime() * 1_000_000)}")
        try:
            return self._reload()
        finally:
            self._notify("READY=1")

    def on_signal(self) -> None:
        """The same, for who can be told nothing: it is in the log."""
        with suppress(ConfigInvalid, Draining):
            self()

    def _reload(self) -> Reloaded:
        try:
            found = self._load()
        except ConfigError as error:
            for complaint in error.complaints:
                self._log.error("the configuration stays as it was: {complaint}", complaint=complaint)
            raise ConfigInvalid(error.complaints) from None
        other = differences(self._config, found)
        later = tuple(name for name in other if is_fixed(name))
        new = without_fixed(self._config, found)
        self._change(self._config, new)
        self._config = new
        told = Reloaded(changed=tuple(name for name in other if not is_fixed(name)), needs_restart=later)
        self._log.info("the configuration was read anew; changed: {names}", names=_words(told.changed))
        if later:
            self._log.warn("what needs the daemon to be started anew: {names}", names=_words(later))
        for warning in found.warnings:
            self._log.warn("{sentence}", sentence=warning)
        return told


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
