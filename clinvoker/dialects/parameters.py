"""
What OpenAI's dialects take as values of parameters.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Temperature = Annotated[float, Meta(ge=0, le=2)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Bias = Annotated[float, Meta(ge=-100, le=100)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Verbosity = Literal["low", "medium", "high"]
Count = Annotated[int, Meta(ge=1)]
Probabilities = Annotated[int, Meta(ge=0, le=20)]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Object = dict[str, Any]

ACCOUNT = "Concerns an account at the provider; the program uses its own."
NO_PROBABILITIES = "The programs tell no probabilities."

# How many answers to one request: each is a run of its own, and a run may be a process.
MOST_CHOICES = 8
Choices = Annotated[int, Meta(ge=1, le=MOST_CHOICES)]


class StreamOptions(msgspec.Struct):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None
