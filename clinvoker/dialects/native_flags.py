"""
Command-line flags of the programs that clients may write in `extra`, as what they mean here.

Programs live longer than a request, so a flag cannot be handed to them.  One that says what a field of
the request says is taken for that field; one that says what happens anyway is accepted; every other one
is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinvoker.errors import BadRequest, UnsupportedParameter

# A field, the empty string for what happens anyway.
Meaning = tuple[str, Mapping[str, str] | None]  # and what the flag's values are called there

_APPROVALS: Mapping[str, Mapping[str, str]] = {
    "claude": {"acceptedits": "auto", "dontask": "none", "default": "always"},
    "codex": {"on-request": "auto", "never": "none", "untrusted": "always"},
    "gemini": {"auto_edit": "auto", "yolo": "none", "default": "always"},
}
_SANDBOXES = {"read-only": "read-only", "workspace-write": "workspace", "danger-full-access": "full"}
_MODEL: Meaning = ("model", None)
_NOTHING: Meaning = ("", None)

# Flags that are followed by a value, or hold it after "=".
WITH_VALUE: Mapping[str, Mapping[str, Meaning]] = {
    "claude": {
        "--model": _MODEL,
        "-m": _MODEL,
        "--max-turns": ("max_turns", None),
        "--system-prompt": ("system_prompt", None),
        "--permission-mode": ("approval_mode", _APPROVALS["claude"]),
        "--output-format": _NOTHING,
    },
    "codex": {
        "--model": _MODEL,
        "-m": _MODEL,
        "--sandbox": ("sandbox_mode", _SANDBOXES),
        "--ask-for-approval": ("approval_mode", _APPROVALS["codex"]),
    },
    "gemini": {
        "--model": _MODEL,
        "-m": _MODEL,
        "--approval-mode": ("approval_mode", _APPROVALS["gemini"]),
        "--output-format": _NOTHING,
    },
}

# Flags that stand alone, and the fields they are.
ALONE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "claude": {"--print": {}, "--verbose": {}, "--no-session-persistence": {}, "-v": {}},
    "codex": {
        "--full-auto": {"approval_mode": "auto", "sandbox_mode": "workspace"},
        "--json": {},
        "--quiet": {},
        "-q": {},
    },
    "gemini": {
        "--sandbox": {"sandbox_mode": "workspace"},
        "--yolo": {"approval_mode": "none"},
        "--debug": {},
        "--color": {},
        "--disable-color": {},
    },
}


def meant(backend: str, flags: Sequence[str], place: str) -> dict[str, str]:
    """
    The fields that flags mean, with their values.

    Raises `UnsupportedParameter` for a flag that means none, `BadRequest` for what is no flag.
    """
    fields: dict[str, str] = {}
    words = iter(enumerate(flags))
    for number, word in words:
        at = f"{place}[{number}]"
        flag, equals, value = word.partition("=")
        flag = flag.lower()
        if flag in WITH_VALUE.get(backend, {}):
            following = value if equals else next((each for _, each in words), None)
            fields |= _valued(backend, flag, following, at)
        elif flag in ALONE.get(backend, {}) and not equals:
            fields |= ALONE[backend][flag]
        else:
            raise _refused(backend, word, at)
    return fields


def _valued(backend: str, flag: str, value: str | None, at: str) -> dict[str, str]:
    field, words = WITH_VALUE[backend][flag]
    if value is None:
        raise BadRequest(f"The flag {flag!r} needs a value.", at)
    if words is not None:
        if value.lower() not in words:
            raise _refused(backend, f"{flag}={value}", at)
        value = words[value.lower()]
    return {field: value} if field else {}


def _refused(backend: str, word: str, at: str) -> BadRequest:
    shown = word[:100]
    if not word.startswith("-"):
        return BadRequest(f"invalid flag format: {shown!r} (must start with - or --).", at)
    known = ", ".join(sorted({*WITH_VALUE.get(backend, {}), *ALONE.get(backend, {})})) or "none"
    return UnsupportedParameter(f"flag not allowed for {backend}: {shown}. Allowed are: {known}.", at)
