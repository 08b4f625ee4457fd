"""Where the configuration comes from: files, the environment, flags."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Mapping
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

from clinvoker.config import Config, ConfigError, read_config

# Looked for after what --config and CLINVK_CONFIG name, and after config.yaml in `home`.
OF_THE_MACHINE = "/etc/clinvoker/clinvoker.yaml"
# Bytes; what is larger is something else.
LARGEST = 1 << 20
LARGEST_KEYS = 1 << 24
# A descriptor that is a pipe, such as a shell makes of `<(command)`, has such a path in truth.
_DESCRIPTORS = "/proc/"


class Unfit(OSError):
    """What is at a path cannot be a configuration, nor keys; the text names it."""


def load_config(
    named: str,
    environ: Mapping[str, str],
    flags: Mapping[str, object] = {},
    backends: Collection[str] = (),
    again: bool = False,
) -> Config:
    """
    Read the file there is, by `named` if that is not empty, and all that goes over it.  It may be an open
    pipe, unless it is read `again`.

    Raises `ConfigError` with everything that is wrong; a file that was named must be there.
    """
    path = config_path(named, environ)
    try:
        text = read_config_file(path, again) if path else ""
    except Unfit as error:
        raise ConfigError([str(error)]) from error
    except (OSError, ValueError) as error:  # the latter of what is not UTF-8, or no path
        raise ConfigError([f"{path}: {error}"]) from error
    usual = str(own_keys(environ))
    return read_config(text, environ, flags, backends=backends, read_secret=read_secret, keys_file=usual)


def loading(
    named: str,
    environ: Mapping[str, str],
    flags: Mapping[str, object] = {},
    backends: Collection[str] = (),
) -> Callable[[], Config]:
    """What loads the configuration, as `load_config` does, once and then again."""
    again = chain([False], repeat(True))
    return lambda: load_config(named, environ, flags, backends, next(again))


def read_config_file(path: Path, again: bool = False) -> str:
    """
    Its text.  Raises `OSError`, such as `Unfit`, or `ValueError`; nothing is waited for but the end of an
    open pipe.
    """
    if os.fspath(path) == os.devnull:
        return ""
    if not again and os.path.realpath(path).startswith(_DESCRIPTORS):
        with open(path, "rb") as pipe:
            if text := _bounded(pipe, path, LARGEST):
                return text
            raise Unfit(f"{path} gives nothing; a pipe can be read once only")
    with _regular(path) as file:
        return _bounded(file, path, LARGEST)


def config_path(named: str, environ: Mapping[str, str]) -> Path | None:
    """The file to read; None where none was named and none is in the usual places."""
    named = named or environ.get("CLINVK_CONFIG", "")
    if named:
        return Path(os.path.expanduser(named))
    # `os.path` and not `Path`, which raises where a home is not there or not readable.
    places = (own_config(environ), Path(OF_THE_MACHINE))
    return next((place for place in places if os.path.exists(place)), None)


def own_config(environ: Mapping[str, str]) -> Path:
    """Where a user's own configuration is, if it is."""
    return home(environ) / "config.yaml"


def own_keys(environ: Mapping[str, str]) -> Path:
    """Where a user's API keys are, if they are and nothing else is configured."""
    return home(environ) / "keys"


def home(environ: Mapping[str, str]) -> Path:
    """The directory of what is kept, also of the earlier program."""
    return Path(os.path.expanduser(environ.get("CLINVK_HOME") or "~/.clinvk"))


def read_secret(path: str) -> str:
    """
    The text of a file that nobody but its owner may read.

    Raises `OSError` with a sentence if it cannot be read, or others can.
    """
    with _regular(os.path.expanduser(path)) as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise PermissionError(f"Others may read or change {path}; do: chmod 600 {path}")
        return _bounded(file, path, LARGEST_KEYS, errors="replace")


def _regular(path: str | Path) -> BinaryIO:
    """An open file.  Raises `Unfit` where it is none, at which a reader could wait for ever."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Unfit(f"{path} is no regular file, and cannot be read again and again")
    return open(number, "rb")


def _bounded(file: BinaryIO, path: str | Path, most: int, errors: str = "strict") -> str:
    data = file.read(most + 1)
    if len(data) > most:
        raise Unfit(f"{path} has more than {most} bytes")
    # Ends of lines as Python has them in texts.
    return data.decode("utf-8", errors).replace("\r\n", "\n").replace("\r", "\n")
