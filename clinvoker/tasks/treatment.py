"""
What becomes of what a task asks, before a run is begun for it.
"""

from __future__ import annotations

from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.interfaces import IRuns
from clinvoker.orders import Task


def checked(task: Task, runs: IRuns, strict: bool) -> tuple[str, ...]:
    """
    The names of the parameters that have no effect with this task's backend.

    Raises `BadRequest` for a backend that is none, `UnsupportedParameter` for what it refuses, and for any of
    these if `strict`.
    """
    known = [health.name for health in runs.health()]
    if task.backend not in known:
        names = ", ".join(known) or "none"
        raise BadRequest(f"Unknown backend {task.backend[:100]!r}. Known backends: {names}.", "backend")
    asked = task.asked
    unheard = list(asked.ignored)
    treatments = runs.parameters(asked.invocation.model, asked.invocation.principal)
    for name in asked.depending:
        treatment = treatments.get(name, "refused")
        place = asked.places.get(name, name)
        if treatment == "refused":
            raise UnsupportedParameter(f"The backend {task.backend!r} does not support {place!r}.", place)
        if treatment == "ignored":
            unheard.append(place)
    if strict and unheard:
        raise UnsupportedParameter(
            f"{unheard[0]!r} would have no effect, and server.strict_parameters is set.", unheard[0]
        )
    return tuple(unheard)
