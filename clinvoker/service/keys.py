"""The keys of the daemon: those it began with, and what has become of their file since."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from msgspec.structs import asdict
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from clinvoker.config import Config, Key
from clinvoker.config.key_lines import has_keys
from clinvoker.config.keys import keys_in_file
from clinvoker.keys import EVERYTHING, Allowance, Lock, Locks, Rights, digest_of
from clinvoker.sources import read_secret

# Between two looks at the file.
LOOK_SECS = 2.0


class Keys:
    """
    Looks at the file when a request comes, at most each `LOOK_SECS`, and reads it if it is another: it is
    small and local.  `several` is called when there then are more than one that may share no process.

    A file that cannot be used changes nothing, and is complained of in the log; of one that is gone no key
    is good.  Once there was a key one is needed, even when none is left.
    """

    _log = Logger()

    def __init__(
        self,
        config: Config,
        clock: IReactorTime,
        several: Callable[[], object],
        read: Callable[[str], str] = read_secret,
    ) -> None:
        self._clock = clock
        self._read = read
        self._locks = Locks()
        self._rights: dict[str, Rights] = {}
        self._allowances: dict[str, Allowance] = {}
        self._several = several
        self._of_file: Sequence[Key] = ()
        self._added: Sequence[Key] = ()
        self.change(config)

    def change(self, config: Config) -> None:
        """The configuration is this; what it says of keys was read just now."""
        self._path = os.path.expanduser(config.keys_file)
        self._fixed = config.keys_fixed
        self._shared = config.agents.reuse_across_keys
        self._usual = Allowance(**asdict(config.per_key))
        self._stamp = stamp(self._path)
        self._due = self._clock.seconds() + LOOK_SECS
        self._gopass = bool(config.server.api_keys_gopass_path)
        self._of_file = [key for key in config.keys if key not in config.keys_fixed]
        self._take()

    def add(self, keys: Sequence[Key]) -> None:
        """These are good too, in place of those that were added before."""
        self._added = keys
        self._take()
        if len(self._rights) > 1 and not self._shared:
            self._several()

    def locks(self) -> Locks:
        """Those that are good now."""
        if self._path and self._clock.seconds() >= self._due:
            self._due = self._clock.seconds() + LOOK_SECS
            self._look()
        return self._locks

    def rights(self, name: str) -> Rights:
        """What the key of this name may; everything for one of which nothing is said."""
        return self._rights.get(name, EVERYTHING)

    def allowance(self, name: str) -> Allowance:
        """How much the key of this name may, or whoever comes without one."""
        return self._allowances.get(name, self._usual)

    def _look(self) -> None:
        now = stamp(self._path)
        if now == self._stamp:
            return
        self._stamp = now
        complaints: list[str] = []
        try:
            found = self._found(complaints)
        except OSError as error:
            found = ()
            complaints.append(f"{self._path}: {error}")
        if complaints:
            for complaint in complaints:
                self._log.error("the keys stay as they were: {complaint}", complaint=complaint)
            return
        self._of_file = found
        self._take()
        if len(self._rights) > 1 and not self._shared:
            self._several()
        self._log.info("the keys were read anew: there are {count}", count=len(self._rights))

    def _found(self, complaints: list[str]) -> Sequence[Key]:
        """What the file holds now; that it holds none is no complaint here: the last one was revoked."""
        try:
            text = self._read(self._path)
        except FileNotFoundError:
            return ()
        return keys_in_file(text, complaints, self._path) if has_keys(text) else ()

    def _take(self) -> None:
        keys = (*self._fixed, *self._of_file, *(self._added if self._gopass else ()))
        self._locks = Locks(map(lock_of, keys), needed=self._locks.needed or self._gopass)
        self._rights = {
            key.name: Rights(models=key.models, modes=key.modes, workdirs=key.workdirs) for key in keys
        }
        self._allowances = {key.name: key.allowance.over(self._usual) for key in keys}


def lock_of(key: Key) -> Lock:
    """What tells that the key is known."""
    if key.digest:
        return Lock(key.name, bytes.fromhex(key.digest), bytes.fromhex(key.salt))
    return Lock(key.name, digest_of(key.key.encode("utf-8")))


def stamp(path: str) -> object:
    """What is different once the file is; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
