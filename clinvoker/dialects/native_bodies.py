"""
The bodies of requests under `/api/v1`, as types: they check what comes and describe it.

Null equals absence everywhere.  A field that is not here is refused: what it asked for would not happen.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, field

from clinvoker.agency import Approval, Mode, Sandbox
from clinvoker.dialects.patterns import StepName

# What is kept and listed has bounds.
MOST_TASKS = 100
MOST_AT_ONCE = 32
MOST_BACKENDS = 16
MOST_TAGS = 32
MOST_METADATA = 64

Prompt = Annotated[str, Meta(min_length=1)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Directory = Annotated[str, Meta(max_length=4096)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Turns = Annotated[int, Meta(ge=0, le=10_000)]
Format = Literal["", "default", "text", "json", "stream-json"]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]
Word = Annotated[str, Meta(max_length=2048)]
Metadata = Annotated[dict[Annotated[str, Meta(max_length=64)], Word], Meta(max_length=MOST_METADATA)]
Flags = Annotated[list[Annotated[str, Meta(max_length=4096)]], Meta(max_length=64)]

# What to say where a value is none of these.
CHOICES = {
    "mode": get_args(Mode),
    "approval_mode": get_args(Approval),
    "sandbox_mode": get_args(Sandbox),
    "output_format": [word for word in get_args(Format) if word],
}


class Sent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What all have.  `$schema` says nothing here."""

    schema_: str | None = field(default=None, name="$schema")


class How(Sent, kw_only=True, forbid_unknown_fields=True):
    """
    How one prompt is carried out.  With a `workdir` the program works there as an agent, else it only talks,
    unless `mode` says otherwise.
    """

    model: Annotated[str, Meta(max_length=200)] | None = None
    mode: Mode | None = None
    approval_mode: Approval | Literal[""] | None = None
    sandbox_mode: Sandbox | Literal[""] | None = None
    system_prompt: str | None = None
    max_tokens: Count | None = None
    max_turns: Turns | None = None
    verbose: bool | None = None
    extra: Flags | None = None


class TaskBody(How, kw_only=True, forbid_unknown_fields=True):
    """One prompt to one program."""

    backend: Name
    prompt: Prompt
    workdir: Directory | None = None
    output_format: Format | None = None
    ephemeral: bool | None = None
    metadata: Metadata | None = None
    tags: Annotated[list[Tag], Meta(max_length=MOST_TAGS)] | None = None


class PromptRequest(TaskBody, kw_only=True, forbid_unknown_fields=True):
    """A prompt; unless it is `ephemeral`, a session is begun by it."""

    dry_run: bool | None = None
    stream: bool | None = None


class ParallelRequest(Sent, kw_only=True, forbid_unknown_fields=True):
    """Several prompts at once.  With `fail_fast` the first failure ends the others."""

    tasks: Annotated[list[TaskBody], Meta(min_length=1, max_length=MOST_TASKS)]
    max_parallel: Annotated[int, Meta(ge=0, le=MOST_AT_ONCE)] | None = None
    fail_fast: bool | None = None
    dry_run: bool | None = None
    stream: bool | None = None
    output_format: Format | None = None


class StepBody(How, kw_only=True, forbid_unknown_fields=True):
    """One step of a chain.  `{{previous}}` and `{{steps.NAME}}` in its prompt stand for earlier results."""

    backend: Name
    prompt: Prompt
    workdir: Directory | None = None
    name: StepName | None = None


class ChainRequest(Sent, kw_only=True, forbid_unknown_fields=True):
    """Prompts one after the other.  `pass_session_id` and `persist_sessions` may only be false."""

    steps: Annotated[list[StepBody], Meta(min_length=1, max_length=MOST_TASKS)]
    stop_on_failure: bool | None = None
    pass_working_dir: bool | None = None
    pass_session_id: bool | None = None
    persist_sessions: bool | None = None
    dry_run: bool | None = None
    stream: bool | None = None
    output_format: Format | None = None


class CompareRequest(Sent, kw_only=True, forbid_unknown_fields=True):
    """One prompt to several programs."""

    backends: Annotated[list[Name], Meta(min_length=1, max_length=MOST_BACKENDS)]
    prompt: Prompt
    model: Annotated[str, Meta(max_length=200)] | None = None
    workdir: Directory | None = None
    sequential: bool | None = None
    dry_run: bool | None = None
    stream: bool | None = None
    output_format: Format | None = None


class ResumeRequest(How, kw_only=True, forbid_unknown_fields=True):
    """The next prompt of a session, whose backend and directory are kept."""

    prompt: Prompt
    output_format: Format | None = None
    dry_run: bool | None = None
    stream: bool | None = None


class SessionQuery(msgspec.Struct, kw_only=True):
    """Which sessions are listed.  `search`: the beginning of an id, or a part of a title or first prompt."""

    backend: str = ""
    status: str = ""
    model: str = ""
    workdir: str = ""
    tag: str = ""
    search: str = ""
    limit: Count = 0  # 0: all
    offset: Count = 0


class SessionChange(Sent, kw_only=True, forbid_unknown_fields=True):
    """What is to be different; what is not there stays.  `tags` are all it then has."""

    title: Annotated[str, Meta(max_length=500)] | None = None
    tags: Annotated[list[Tag], Meta(max_length=MOST_TAGS)] | None = None
