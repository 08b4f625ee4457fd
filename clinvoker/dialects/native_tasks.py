"""
One task of a request of the native API: what its fields and flags ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import depending_on
from clinvoker.dialects.native_bodies import How, StepBody, TaskBody
from clinvoker.dialects.native_flags import meant
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Asked, Invocation, Message, Sampling, Text
from clinvoker.orders import Task

Body = TaskBody | StepBody

# Short words for models.  Those of claude and gemini are as ever; codex's models have new names since.
_ALIASES: Mapping[str, Mapping[str, str]] = {
    "claude": {"fast": "haiku", "balanced": "sonnet", "best": "opus"},
    "codex": {"fast": "gpt-6-luna", "balanced": "gpt-6.1-terra", "best": "gpt-6.1-sol"},
    "gemini": {"fast": "gemini-2.5-flash", "balanced": "gemini-2.5-pro", "best": "gemini-2.5-pro"},
}
_SAME = {"quick": "fast", "default": "balanced", "powerful": "best"}


def task_of(asked: Body, at: str, inherits: bool = False) -> Task:
    """One task; `at` is what stands before the names of its fields."""
    if asked.extra:
        asked = _flagged(asked, asked.extra, f"{at}extra")
    invocation = Invocation(
        model=_model(asked.backend, asked.model or ""),
        messages=tuple(_messages(asked)),
        sampling=Sampling(max_tokens=asked.max_tokens or 0),
        agency=_agency(asked, at, inherits),
    )
    told = Asked(
        invocation=invocation,
        ignored=(f"{at}verbose",) if asked.verbose else (),
        depending=(*depending(invocation), *depending_on(invocation.agency)),
        places={
            "max_tokens": f"{at}max_tokens",
            "clinvoker.mode": f"{at}workdir",
            "clinvoker.max_turns": f"{at}max_turns",
        },
    )
    name = getattr(asked, "name", None) or ""
    return Task(asked=told, backend=asked.backend, model=asked.model or "", name=name)


def _flagged(asked: Body, flags: list[str], at: str) -> Body:
    """The same body, with what its flags mean in its fields; those must not say it already."""
    fields = meant(asked.backend, flags, at)
    for name in fields:
        if getattr(asked, name) not in (None, "", "default", 0):
            raise BadRequest(f"{at!r} and {name!r} say the same thing; say it once.", at)
    try:
        values = msgspec.convert(fields, How, strict=False)  # they are words, numbers too
    except msgspec.ValidationError as error:
        raise BadRequest(f"Invalid value for {at!r}: {error}.", at) from None
    return replace(asked, **{name: getattr(values, name) for name in fields})


def _model(backend: str, model: str) -> str:
    """The name by which runs know it; the bare backend's where the choice is left to it."""
    aliases = _ALIASES.get(backend, {})
    model = aliases.get(_SAME.get(model, model), model)
    return f"{backend}/{model}" if model else backend


def _messages(asked: Body) -> Iterator[Message]:
    if asked.system_prompt:
        yield Message("system", (Text(asked.system_prompt),))
    yield Message("user", (Text(asked.prompt),))


def _agency(asked: Body, at: str, inherits: bool) -> Agency:
    """With a directory it works there as an agent; what only an agent can do needs one."""
    wanted = Agency(
        workdir=asked.workdir or "",
        approval=asked.approval_mode or "default",
        sandbox=asked.sandbox_mode or "default",
        max_turns=asked.max_turns or 0,
    )
    said = {
        "workdir": wanted.workdir,
        "approval_mode": wanted.approval != "default",
        "sandbox_mode": wanted.sandbox != "default",
        "max_turns": wanted.max_turns,
    }
    wrong = next((name for name, is_said in said.items() if is_said), "")
    mode = asked.mode or ("agent" if wanted.workdir or (inherits and wrong) else "chat")
    if mode == "agent":
        return replace(wanted, mode=mode, actions=True)
    if wrong:
        needed = "the mode 'agent'" if asked.mode else "a 'workdir' to work in"
        raise UnsupportedParameter(f"{wrong!r} needs {needed}.", f"{at}{wrong}")
    return Agency()
