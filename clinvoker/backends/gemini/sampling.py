"""
How answers are made, as settings of a process: `modelConfigs` of its settings file (0.61.0).

A session that is loaded takes the settings of its process, not of its folder, so there is a process for
each combination of these that clients ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from clinvoker.model import Sampling

# How Google's own OpenAI endpoint translates them; models before 3 count tokens, the others have levels.
_BUDGETS = {"low": 1024, "medium": 8192, "high": 24576}
_SAME = {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}

Settings = Mapping[str, object]
Kind = Literal["chat-base", "chat-base-2.5", "chat-base-3"]


def model_configs(sampling: Sampling) -> Settings:
    """What goes under `modelConfigs`; empty if nothing of it was asked for."""
    overrides: list[Settings] = []
    chosen = {"temperature": sampling.temperature, "topP": sampling.top_p}
    if said := {name: value for name, value in chosen.items() if value is not None}:
        overrides.append(_override("chat-base", said))
    if sampling.effort:
        effort = _SAME.get(sampling.effort, sampling.effort)
        budget = _BUDGETS.get(effort, _BUDGETS["medium"])
        overrides.append(_override("chat-base-2.5", {"thinkingConfig": {"thinkingBudget": budget}}))
        overrides.append(_override("chat-base-3", {"thinkingConfig": {"thinkingLevel": effort.upper()}}))
    return {"customOverrides": overrides} if overrides else {}


def _override(kind: Kind, config: Settings) -> Settings:
    """For all chats with models of this kind, by the program's own table of models."""
    return {"match": {"model": kind}, "modelConfig": {"generateContentConfig": config}}
