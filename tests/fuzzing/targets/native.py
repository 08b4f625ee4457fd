"""The bodies of the daemon's own API."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from clinvoker.agency import Agency
from clinvoker.dialects import native_requests
from clinvoker.dialects.native_errors import problem
from clinvoker.dialects.native_import import read_import
from clinvoker.dialects.native_requests import Prompted
from clinvoker.dialects.native_sessions import session_export
from clinvoker.errors import ClinvokerError
from clinvoker.web.status import status_of
from tests.fuzzing.targets.bodies import BodyTarget, check_asked
from tests.fuzzing.targets.seeds import NATIVE

READERS: Sequence[Callable[[bytes], Any]] = (
    native_requests.read_prompt,
    native_requests.read_parallel,
    native_requests.read_chain,
    native_requests.read_compare,
    lambda body: native_requests.read_resume(body, "claude", "opus", Agency()),
    native_requests.read_change,
    lambda body: read_import(body, "key"),
)


class Native(BodyTarget):
    """Prompts, several tasks, sessions and their import: each body to each of them."""

    name = "native"
    planted = ("clinvoker.dialects.native_requests", "task_of")

    def read_seeds(self) -> Sequence[Any]:
        return NATIVE

    def error(self, error: ClinvokerError) -> bytes:
        return problem(error, status_of(error, {}))

    def accept(self, body: bytes) -> None:
        """By one reader at least; all are tried."""
        errors: list[ClinvokerError] = []
        for read in READERS:
            try:
                _check(read(body))
            except ClinvokerError as error:
                errors.append(error)
        if len(errors) == len(READERS):
            raise errors[len(body) % len(errors)]


def _check(found: Any) -> None:
    if isinstance(found, Prompted):
        for task in found.order.tasks:
            check_asked(task.asked)
    elif isinstance(found, list):
        for session, turns in found:
            assert json.loads(msgspec.json.encode(session_export(session, turns))), "no export"
