"""Where the configuration comes from: files, the environment, flags."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from clinvoker.config import Config, ConfigError, read_config

# Looked for after what --config and CLINVK_CONFIG name, and after config.yaml in `home`.
OF_THE_MACHINE = "/etc/clinvoker/clinvoker.yaml"


def load_config(
    named: str,
    environ: Mapping[str, str],
    flags: Mapping[str, object] = {},
    backends: Collection[str] = (),
) -> Config:
    """
    Read the file there is, by `named` if that is not empty, and all that goes over it.

    Raises `ConfigError` with everything that is wrong; a file that was named must be there.
    """
    path = config_path(named, environ)
    try:
        text = path.read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError) as error:  # the latter of what is not UTF-8, or no path
        raise ConfigError([f"{path}: {error}"]) from error
    usual = str(own_keys(environ))
    return read_config(text, environ, flags, backends=backends, read_secret=read_secret, keys_file=usual)


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
    with open(os.path.expanduser(path), encoding="utf-8", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise PermissionError(f"Others may read or change {path}; do: chmod 600 {path}")
        return file.read()
