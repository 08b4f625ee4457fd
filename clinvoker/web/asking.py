"""
What becomes of what a request asks, before a run is begun for it.
"""

from __future__ import annotations

from clinvoker.errors import UnsupportedParameter
from clinvoker.interfaces import IRuns
from clinvoker.model import Asked


def without_effect(asked: Asked, runs: IRuns, strict: bool, principal: str = "") -> tuple[str, ...]:
    """
    The names of the parameters that this model's backend lets pass without obeying, and of those that
    nobody obeys.

    Raises `UnsupportedParameter` if the backend refuses one, and for any of these if `strict`;
    `UnknownModel`.
    """
    treatments = runs.parameters(asked.invocation.model, principal) if asked.depending else {}
    unheard = list(asked.ignored)
    for name in asked.depending:
        treatment = treatments.get(name, "refused")
        if treatment == "refused":
            place = asked.places.get(name, name)
            raise UnsupportedParameter(
                f"The model {asked.invocation.model!r} does not support {place!r}.", place
            )
        if treatment == "ignored":
            unheard.append(asked.places.get(name, name))
    if strict and unheard:
        raise UnsupportedParameter(
            f"{unheard[0]!r} would have no effect, and server.strict_parameters is set.", unheard[0]
        )
    return tuple(unheard)
