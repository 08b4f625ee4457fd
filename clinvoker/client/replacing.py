"""Files of the user's, replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.sources import Unfit, read_config_file

OWNERS = 0o600  # what is new is for its owner alone


def replace_file(path: Path, text: str, exit_code: int = CONFIG) -> None:
    """
    Give a file this text.  Its mode stays, and a link stays one; a new file is 0600 and belongs to whoever
    its directory does; a new directory is 0700.

    Raises `CommandFailed`, the file then being as it was.
    """
    try:
        _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}.", exit_code) from None


def read_file(path: Path, exit_code: int = CONFIG) -> str:
    """Its text, empty where there is no such file.  Raises `CommandFailed`."""
    try:
        return read_config_file(path)
    except FileNotFoundError:
        return ""
    except Unfit as error:
        raise CommandFailed(f"{error}.", exit_code) from None
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}.", exit_code) from None
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{path}: {error}.", exit_code) from None


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, new = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(number, "w", encoding="utf-8") as file:
            file.write(text)
            _be_like(file.fileno(), path)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise


def _be_like(number: int, path: Path) -> None:
    """
    Have the new file the mode, and where that can be the owner, of the one it replaces; else the owner of the
    directory: what root makes in the daemon's is for the daemon to read.
    """
    try:
        like = path.stat()
        mode = stat.S_IMODE(like.st_mode)
    except FileNotFoundError:
        like, mode = path.parent.stat(), OWNERS
    with suppress(PermissionError):
        os.fchown(number, like.st_uid, like.st_gid)
    os.fchmod(number, mode)
