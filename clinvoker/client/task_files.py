"""Files of tasks and of steps: JSON or YAML, from a file or stdin, as checked values."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml
from msgspec import Meta

from clinvoker.client.exits import CommandFailed
from clinvoker.config.checking import did_you_mean

LARGEST = 64 * 1024 * 1024

Word = Annotated[str, Meta(min_length=1)]
F = TypeVar("F", bound=msgspec.Struct)


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What there may be a schema of."""

    schema_: str | None = msgspec.field(default=None, name="$schema")


class How(Sheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One prompt to one program.  What is not said follows from the flags and the configuration."""

    prompt: Word
    backend: str | None = None
    model: str | None = None
    mode: str | None = None
    workdir: str | None = None
    approval_mode: str | None = None
    sandbox_mode: str | None = None
    system_prompt: str | None = None
    max_tokens: int | None = None
    max_turns: int | None = None
    verbose: bool | None = None
    extra: list[str] | None = None
    name: str | None = None


class Task(How, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id`, `name`, `tags` and `meta` are told with its result."""

    id: str | None = None
    tags: list[str] | None = None
    meta: dict[str, Any] | None = None
    output_format: str | None = None
    dry_run: bool | None = None


class TaskFile(Sheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of `parallel`."""

    tasks: Annotated[list[Task], Meta(min_length=1)]
    max_parallel: int | None = None
    fail_fast: bool | None = None
    output_dir: str | None = None
    dry_run: bool | None = None


class ChainFile(Sheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of `chain`.  Without `stop_on_failure` it stops, as it always did."""

    steps: Annotated[list[How], Meta(min_length=1)]
    stop_on_failure: bool | None = None
    pass_working_dir: bool | None = None
    pass_session_id: bool | None = None
    persist_sessions: bool | None = None
    dry_run: bool | None = None


def read_tasks(kind: type[F], path: str) -> F:
    """
    What the file holds, or stdin where `path` is empty or `-`.  Raises `CommandFailed` with all that can be
    said about it.
    """
    where, text = _text(path)
    try:
        tree = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise CommandFailed(f"{where}: Neither JSON nor YAML: {' '.join(str(error).split())}") from None
    if tree is None:
        raise CommandFailed(f"{where}: There is nothing in it.")
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"{where}: {_sentence(str(error), kind)}") from None


def _text(path: str) -> tuple[str, str]:
    if path and path != "-":
        try:
            return path, Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise CommandFailed(f"{path}: {error.strerror or error}.") from None
        except UnicodeDecodeError:
            raise CommandFailed(f"{path}: It is no UTF-8.") from None
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise CommandFailed("There is nothing to do: name a file by -f, or give it on stdin.")
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise CommandFailed(f"stdin holds more than {LARGEST} bytes, which no daemon takes.")
    return "stdin", data.decode("utf-8", "replace")


def _sentence(said: str, kind: type[msgspec.Struct]) -> str:
    """What msgspec said, after the place in the file, and with what was probably meant."""
    problem, _, place = said.partition(" - at `")
    place = place.rstrip("`").removeprefix("$").removeprefix(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", problem)
    if unknown:
        fields = kind if not place else How if kind is ChainFile else Task
        problem = f"Unknown field {unknown[1]!r}{did_you_mean(unknown[1], _names(fields))}"
    problem = problem.replace("`", "").replace("Object missing required field", "It lacks the field")
    return f"{place}: {problem}" if place else problem


def _names(kind: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(kind)]
