"""Tasks as the native API takes them: what they say, then the flags, then the configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from clinvoker.client.asking import backend_of
from clinvoker.client.exits import CommandFailed
from clinvoker.client.task_files import How, Task
from clinvoker.client.work import Work

AS_SAID = ("prompt", "system_prompt", "verbose", "extra", "mode", "approval_mode", "sandbox_mode")


async def bodies_of(work: Work, tasks: Sequence[How]) -> list[dict[str, Any]]:
    """The body of each.  Who names no backend has that of the flag, or else the usual one."""
    usual = "" if all(task.backend for task in tasks) else await backend_of(work)
    return [_body(work, task, task.backend or usual) for task in tasks]


def rehearses(work: Work, tasks: Sequence[Task], whole: bool | None) -> bool:
    """Whether nothing is to be started.  Raises `CommandFailed` where only some tasks say so."""
    if work.given.dry_run or work.config.unified_flags.dry_run or whole:
        return True
    said = {bool(task.dry_run) for task in tasks}
    if len(said) > 1:
        raise CommandFailed("dry_run: All tasks or none; give some of them a file of their own.")
    return said == {True}


def place_of(work: Work, path: str) -> str:
    """The absolute path of what is named in a file."""
    return os.path.normpath(os.path.join(work.directory, os.path.expanduser(path)))


def _body(work: Work, task: How, backend: str) -> dict[str, Any]:
    flags = work.config.unified_flags
    body: dict[str, Any] = {name: getattr(task, name) for name in AS_SAID}
    body["backend"] = backend
    body["model"] = task.model or work.given.model
    body["max_tokens"] = task.max_tokens or flags.max_tokens
    body["max_turns"] = task.max_turns
    body["workdir"] = place_of(work, task.workdir) if task.workdir else work.given.directory
    if task.mode == "agent" or (not task.mode and (body["workdir"] or flags.mode == "agent")):
        body |= _of_agent(work, body)
    return {name: value for name, value in body.items() if value}


def _of_agent(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """What is not said of how an agent works."""
    flags = work.config.unified_flags
    usual = {"approval_mode": flags.approval_mode, "sandbox_mode": flags.sandbox_mode}
    said = {name: body[name] or (value if value != "default" else "") for name, value in usual.items()}
    return {
        **said,
        "mode": "agent",
        "max_turns": body["max_turns"] or flags.max_turns,
        "workdir": body["workdir"] or work.directory,
    }
