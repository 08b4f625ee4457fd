"""
Variables with the prefix of ours that stand for nothing.

One that is nearly the name of another is a mistake, and perhaps of who believes that keys are needed now: it
is a complaint.  Any other may be another program's, and is a warning.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import get_args, get_origin

from clinvoker.config.checking import fields_of, section_in
from clinvoker.config.environment import API_KEYS, PREFIX, SHORT
from clinvoker.config.values import File

# Not keys of the configuration: of the command, of files, and of the scripts beside the sources.
OTHERS = frozenset(
    {API_KEYS, "CLINVK_API_KEY", "CLINVK_SERVER", "CLINVK_CONFIG", "CLINVK_HOME", "CLINVK_VENV"},
)
# Of the earlier program's manuals, which it did not heed either, and what does that here.
EARLIER = {
    "CLINVK_DEBUG": "CLINVK_LOG__LEVEL=debug",
    "CLINVK_TIMEOUT": "CLINVK_LIMITS__REQUEST_SECS",
}
# How like another name a mistaken one is, as difflib counts.
_LIKE = 0.75


def complaints_about_variables(environ: Mapping[str, str], backends: Collection[str]) -> Iterator[str]:
    """Sentences about those that are probably meant to be others."""
    for variable, meant in _unknown(environ, backends):
        if meant:
            yield f"{variable}: There is no such variable; did you mean {meant}?"


def warnings_about_variables(environ: Mapping[str, str], backends: Collection[str]) -> Iterator[str]:
    """Sentences about all others."""
    for variable, meant in _unknown(environ, backends):
        if not meant:
            near = f"; {EARLIER[variable]} does" if variable in EARLIER else ""
            yield f"The variable {variable} stands for nothing here{near}."


def _unknown(environ: Mapping[str, str], backends: Collection[str]) -> Iterator[tuple[str, str]]:
    """With what was probably meant, or nothing.  Those with `__` are paths, and looked at as such."""
    ours = [name for name in sorted(environ) if name.startswith(PREFIX) and "__" not in name]
    for variable in ours:
        if environ[variable] and not _is_known(variable, backends):
            yield variable, "" if variable in EARLIER else _meant(variable, backends)


def _is_known(variable: str, backends: Collection[str]) -> bool:
    if variable in SHORT or variable in OTHERS:
        return True
    name, _, last = variable.removeprefix(PREFIX).rpartition("_")
    return last == "MODEL" and name.lower() in backends


def _meant(variable: str, backends: Collection[str]) -> str:
    models = [f"{PREFIX}{name.upper()}_MODEL" for name in backends]
    # Later ones go before: of two that are the same but for underscores the shorter name is told.
    known = {_bare(name): name for name in (*_paths(File, PREFIX), *_of(backends), *models, *OTHERS, *SHORT)}
    known.pop(_bare("CLINVK_VENV"))
    near = difflib.get_close_matches(_bare(variable), known, 1, _LIKE)
    return known[near[0]] if near else ""


def _bare(variable: str) -> str:
    return variable.removeprefix(PREFIX).replace("_", "").lower()


def _paths(kind: object, name: str) -> Iterator[str]:
    """The variables of all keys that have a name of their own."""
    section = section_in(kind)
    if section is None:
        if get_origin(kind) is not Mapping:
            yield name
        return
    for field, below in fields_of(section).items():
        yield from _paths(below, f"{name}{'' if name == PREFIX else '__'}{field.upper()}")


def _of(backends: Collection[str]) -> Iterator[str]:
    (kind,) = get_args(fields_of(File)["backends"])[1:]
    for name in backends:
        yield from _paths(kind, f"{PREFIX}BACKENDS__{name.upper()}")
