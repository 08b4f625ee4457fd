"""
Prompts that speak of the results before them.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from clinvoker.errors import BadRequest
from clinvoker.model import Invocation, Message, Part, Text
from clinvoker.orders import HOLE, Outcome, Task

# Of a prompt with results in it, in characters: it could speak of a long one many times.
LONGEST = 16 * 1024 * 1024


def filled(invocation: Invocation, tasks: Sequence[Task], outcomes: Sequence[Outcome]) -> Invocation:
    """
    The same invocation, with results in the places that speak of them.  `outcomes` are those of the first of
    `tasks`, all that there are.

    In the first task `{{previous}}` stands for itself.  What a result holds is not looked at again.  Raises
    `BadRequest` if the prompt would become longer than `LONGEST`.
    """
    if not outcomes:
        return invocation
    named = {task.name: outcome.text for task, outcome in zip(tasks, outcomes, strict=False) if task.name}
    messages = tuple(_filled(message, outcomes[-1].text, named) for message in invocation.messages)
    return replace(invocation, messages=messages)


def _filled(message: Message, previous: str, named: Mapping[str, str]) -> Message:
    def put(found: re.Match[str]) -> str:
        return previous if found[1] else named.get(found[2], found[0])

    length = sum(len(put(found)) for found in HOLE.finditer(message.text))
    if length > LONGEST:
        raise BadRequest(f"With the results in it the prompt exceeds {LONGEST} characters.", "prompt")

    def part(each: Part) -> Part:
        return Text(HOLE.sub(put, each.text)) if isinstance(each, Text) else each

    return replace(message, parts=tuple(part(each) for each in message.parts))


def inherited(task: Task, before: Sequence[Task]) -> Task:
    """The same task, in the directory of the last before it that has one, if it has none itself."""
    workdirs = [each.asked.invocation.agency for each in before if each.asked.invocation.agency.workdir]
    invocation = task.asked.invocation
    if invocation.agency.workdir or not workdirs:
        return task
    agency = replace(invocation.agency, mode="agent", workdir=workdirs[-1].workdir)
    return replace(task, asked=replace(task.asked, invocation=replace(invocation, agency=agency)))
