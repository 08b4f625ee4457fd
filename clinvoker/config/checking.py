"""
Untyped trees to typed ones, every complaint kept.

A tree is nested mappings as YAML gives them.  What is right in it is converted; what is wrong
is left out and complained about, so that one reading tells everything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import msgspec

from clinvoker.config.patterns import FORMS
from clinvoker.config.section import Section
from clinvoker.config.texts import complaint_about, shown

Tree = Mapping[str, object]
Path = tuple[str, ...]

# Keys of the earlier program of this name that mean what another key beside them does.
SAME = {
    "server.max_request_body_bytes": "max_body_bytes",
    "backends.*.extra_flags": "arguments",
}
# Those of which it is told where they are now, since their meaning or default moved,
RENAMED = {
    "server.request_timeout_secs": "limits.request_secs",
    "server.idle_timeout_secs": "limits.idle_output_secs",
    "server.allowed_workdir_prefixes": "agent.allowed_workdir_prefixes",
    "server.blocked_workdir_prefixes": "agent.blocked_workdir_prefixes",
}
# and what to do in place of those that are not.
IN_PLACE = {
    "server.read_timeout_secs": "http.header_secs and http.body_secs bound how a request comes in",
    "server.write_timeout_secs": "limits.request_secs bounds the whole request",
    "server.rate_limit_enabled": "server.rate_limit_rps says how many, and 0 that it is off",
    "server.rate_limit_cleanup_secs": "what is remembered of addresses is bounded by itself",
}


class Checker:
    """
    Converts trees and collects what is wrong with them in `complaints`.

    `subject` says what a complaint is about: the path of the key, or what stands for it.
    """

    def __init__(self, subject: str = "") -> None:
        self.complaints: list[str] = []
        self._subject = subject

    def complain(self, path: Path, sentence: str) -> None:
        """Keep a complaint about the key at `path`."""
        self.complaints.append(shown(f"{self._subject or '.'.join(path) or 'the file'}: {sentence}"))

    def convert(self, kind: object, value: object, path: Path = ()) -> object:
        """
        Convert `value` to `kind`.  Sections and mappings stay dictionaries, without what was
        wrong in them; anything else that is wrong gives `msgspec.UNSET`.
        """
        section = section_in(kind)
        if section is not None and (section is kind or isinstance(value, Mapping)):
            return self._section(fields_of(section), value, path)
        if get_origin(kind) is Mapping:
            return self._mapping(get_args(kind)[1], value, path)
        try:
            # Not strict: "30" is the number 30, as the environment has only texts.
            found = msgspec.convert(value, kind, strict=False)
            wrong = complaint_about(found)
        except msgspec.ValidationError as error:
            wrong = _sentence(f"{error}", kind)
        except UnicodeEncodeError:  # half of a character where a number should be
            wrong = complaint_about(value)
        if wrong:
            self.complain(path, wrong)
        return msgspec.UNSET if wrong else found

    def _entries(self, value: object, path: Path) -> Iterable[tuple[str, object]]:
        """The keys and values of what should be a mapping; none where it is not one."""
        if value is None:  # a section all of whose keys are commented out
            return
        if not isinstance(value, Mapping):
            self.complain(path, f"Expected keys and values, got {type(value).__name__}")
            return
        for key, item in value.items():
            wrong = "" if isinstance(key, str) else "Expected a text as the key; put it in quotes"
            if wrong := wrong or complaint_about(key):
                self.complain((*path, str(key)), wrong)
            else:
                yield key, item

    def _section(self, fields: Mapping[str, object], value: object, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for said, item in self._entries(value, path):
            key = own_name((*path, said))
            if key in found:
                self.complain((*path, said), f"Means the same as {key!r}, which is there too")
            elif key in fields:
                self._put(found, key, self.convert(fields[key], item, (*path, key)))
            else:
                self.complain((*path, key), f"Unknown key{suggestion((*path, key), fields)}")
        return found

    def _mapping(self, kind: object, value: object, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in self._entries(value, path):
            self._put(found, key, self.convert(kind, item, (*path, key)))
        return found

    def _put(self, found: dict[str, object], key: str, value: object) -> None:
        if value is not msgspec.UNSET:
            found[key] = value


@cache
def fields_of(section: type[Section]) -> Mapping[str, object]:
    """The keys of a section with their types, which take long to be found out."""
    return get_type_hints(section, include_extras=True)


def section_in(kind: object) -> type[Section] | None:
    """The section that this type is, or that is an alternative of it."""
    if isinstance(kind, type):
        return kind if issubclass(kind, Section) else None
    return next(filter(None, map(section_in, get_args(kind))), None) if isinstance(kind, UnionType) else None


def _sentence(said: str, kind: object) -> str:
    """What msgspec said, without its marks, and with the words that would have been right."""
    if said.startswith("Invalid enum value"):
        return f"{said}; known are {', '.join(_words(kind))}"
    return FORMS.in_words(said).replace("`", "").replace(" - at $", ", at item ")


def _words(kind: object) -> list[str]:
    """The texts that a `Literal`, or a union with one, allows."""
    if kind is bool:
        return ["true", "false"]
    if isinstance(kind, str):
        return [kind]
    return [word for part in get_args(kind) for word in _words(part)]


def own_name(path: Path) -> str:
    """The last part of a path, in the words of this program."""
    return SAME.get(_general(path), path[-1])


def _general(path: Path) -> str:
    return ".".join((path[0], "*", *path[2:]) if path[0] == "backends" else path)


def suggestion(path: Path, known: Iterable[str]) -> str:
    """The rest of a sentence about an unknown key: what was probably meant."""
    general = _general(path)
    if general in RENAMED:
        return f"; here it is {RENAMED[general]}"
    if general in IN_PLACE:
        return f"; there is no such thing here, but {IN_PLACE[general]}"
    return did_you_mean(path[-1], known)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'port'?`, or all that is known where nothing is near."""
    listed = sorted(known)
    near = difflib.get_close_matches(word.lower(), listed, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(listed)}"


def merged(lower: Tree, higher: Tree) -> dict[str, object]:
    """The two trees as one: mappings are joined, of anything else the higher's holds."""
    result = dict(lower)
    for key, value in higher.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result
