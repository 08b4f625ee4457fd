"""
Requests of the native API: bodies to orders, or `BadRequest` naming the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.dialects import bodies as wire
from clinvoker.dialects import native_bodies as bodies
from clinvoker.dialects.native_tasks import task_of
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.orders import HOLE, Order, Task

AT_ONCE = 3  # unless the request or the configuration says otherwise

B = TypeVar("B", bound=msgspec.Struct)

_SESSION = "{{session}}"


class Prompted(msgspec.Struct, frozen=True, kw_only=True):
    """A request for one prompt or more; `tags` and `metadata` are for the session, if there is to be one."""

    order: Order
    stream: bool = False
    ephemeral: bool = False
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}

    def asked_by(self, principal: str, request_id: str) -> Prompted:
        """The same, asked with this key in this request."""

        def put(task: Task) -> Task:
            named = replace(task.asked.invocation, principal=principal, request_id=request_id)
            return replace(task, asked=replace(task.asked, invocation=named))

        return replace(self, order=replace(self.order, tasks=tuple(map(put, self.order.tasks))))


_prompt = msgspec.json.Decoder(bodies.PromptRequest)
_parallel = msgspec.json.Decoder(bodies.ParallelRequest)
_chain = msgspec.json.Decoder(bodies.ChainRequest)
_compare = msgspec.json.Decoder(bodies.CompareRequest)
_change = msgspec.json.Decoder(bodies.SessionChange)
_resume = msgspec.json.Decoder(bodies.ResumeRequest)


def read_prompt(body: bytes) -> Prompted:
    """One prompt.  These all raise `BadRequest` or `UnsupportedParameter`."""
    asked = _decoded(_prompt, body)
    return Prompted(
        order=Order(tasks=(task_of(asked, ""),), rehearsed=bool(asked.dry_run)),
        stream=_streams(asked.stream, asked.output_format),
        ephemeral=bool(asked.ephemeral),
        tags=tuple(dict.fromkeys(asked.tags or ())),
        metadata=asked.metadata or {},
    )


def read_parallel(body: bytes, at_once: int = AT_ONCE) -> Prompted:
    """Several at once; `at_once` of them where the request does not say how many."""
    asked = _decoded(_parallel, body)
    tasks = tuple(_unkept(task, f"tasks[{index}].") for index, task in enumerate(asked.tasks))
    order = Order(
        tasks=tasks,
        at_once=asked.max_parallel or at_once,
        stop=bool(asked.fail_fast),
        rehearsed=bool(asked.dry_run),
    )
    return Prompted(order=order, stream=_streams(asked.stream, asked.output_format))


def read_chain(body: bytes) -> Prompted:
    """One after the other."""
    asked = _decoded(_chain, body)
    for name in ("pass_session_id", "persist_sessions"):
        if getattr(asked, name):
            raise UnsupportedParameter(f"{name!r} is not supported: a chain keeps no session.", name)
    _check_steps(asked.steps)
    passes = bool(asked.pass_working_dir)
    order = Order(
        tasks=tuple(task_of(step, f"steps[{index}].", passes) for index, step in enumerate(asked.steps)),
        chained=True,
        same_workdir=passes,
        stop=bool(asked.stop_on_failure),
        rehearsed=bool(asked.dry_run),
    )
    return Prompted(order=order, stream=_streams(asked.stream, asked.output_format))


def read_compare(body: bytes) -> Prompted:
    """One prompt to several."""
    asked = _decoded(_compare, body)

    def task(backend: str) -> Task:
        how = bodies.TaskBody(backend=backend, prompt=asked.prompt, model=asked.model, workdir=asked.workdir)
        return task_of(how, "")

    order = Order(
        tasks=tuple(task(backend) for backend in asked.backends),
        at_once=1 if asked.sequential else len(asked.backends),
        rehearsed=bool(asked.dry_run),
    )
    return Prompted(order=order, stream=_streams(asked.stream, asked.output_format))


def read_resume(body: bytes, backend: str, model: str, agency: Agency) -> Prompted:
    """
    The next prompt of a session of this backend, model and agency; the request's own model goes before.
    """
    asked = _decoded(_resume, body)
    if asked.mode not in (None, agency.mode):
        raise BadRequest(f"This session is one of mode {agency.mode!r}.", "mode")
    how = bodies.TaskBody(
        backend=backend,
        workdir=agency.workdir or None,
        **{name: getattr(asked, name) for name in (*bodies.How.__struct_fields__, "prompt")},
    )
    how = replace(how, model=how.model or model or None, mode=agency.mode)
    return Prompted(
        order=Order(tasks=(task_of(how, ""),), rehearsed=bool(asked.dry_run)),
        stream=_streams(asked.stream, asked.output_format),
    )


def read_change(body: bytes) -> bodies.SessionChange:
    """What is to be different about a session."""
    return _decoded(_change, body)


def _decoded(decoder: msgspec.json.Decoder[B], body: bytes) -> B:
    """As for every dialect, and where a word is none of a few, these are told."""
    try:
        return wire.decoded(decoder, body)
    except BadRequest as error:
        words = bodies.CHOICES.get((error.param or "").rpartition(".")[2])
        if words is None or type(error) is not BadRequest:
            raise
        raise BadRequest(f"{error.message} Supported values are: {', '.join(words)}.", error.param) from None


def _unkept(body: bodies.TaskBody, at: str) -> Task:
    """A task of several: no session is kept of it, so labels have no effect."""
    task = task_of(body, at)
    labels = [f"{at}{name}" for name in ("metadata", "tags") if getattr(body, name)]
    return replace(task, asked=replace(task.asked, ignored=(*task.asked.ignored, *labels)))


def _streams(stream: bool | None, output_format: str | None) -> bool:
    return bool(stream) or output_format == "stream-json"


def _check_steps(steps: list[bodies.StepBody]) -> None:
    """Names are unique, and a prompt speaks of steps before it only."""
    named: set[str] = set()
    for index, step in enumerate(steps):
        place = f"steps[{index}]"
        if _SESSION in step.prompt:
            raise UnsupportedParameter(f"{_SESSION!r} is not supported in prompts.", f"{place}.prompt")
        for _, name in HOLE.findall(step.prompt):
            if name and name not in named:
                raise BadRequest(f"No step before this one is called {name!r}.", f"{place}.prompt")
        if step.name and step.name in named:
            raise BadRequest(f"Two steps are called {step.name!r}.", f"{place}.name")
        named |= {step.name} if step.name else set()
