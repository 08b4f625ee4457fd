"""
What becomes of each parameter of a request for legacy completions.  The one table of it.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.extension import WireExtension
from clinvoker.dialects.parameters import (
    ACCOUNT,
    NO_PROBABILITIES,
    Bias,
    Choices,
    Count,
    Penalty,
    Seed,
    Share,
    StreamOptions,
    Temperature,
)

HONOURED = (
    Parameter("model", "honoured", str, "Required."),
    Parameter(
        "prompt",
        "honoured",
        str | list[Any],
        "Required: a text, or several, each answered by itself; a message of the user's. No token ids.",
    ),
    Parameter("stream", "honoured", bool, "True: server-sent events."),
    Parameter("stream_options", "honoured", StreamOptions, "As in chat completions."),
    Parameter("n", "honoured", Choices, "So many answers to each prompt, 32 in all.", (1,)),
    Parameter("clinvoker", "honoured", WireExtension, "As in chat completions.", ({},)),
)

DEPENDING = (
    Parameter("max_tokens", "depending", Count, "Without it the answer is as long as it gets."),
    Parameter("stop", "depending", str | list[str], "At most four, none empty.", ([],)),
    Parameter("temperature", "depending", Temperature, ""),
    Parameter("top_p", "depending", Share, ""),
    Parameter("seed", "depending", Seed, ""),
    Parameter("presence_penalty", "depending", Penalty, "", (0.0,)),
    Parameter("frequency_penalty", "depending", Penalty, "", (0.0,)),
    Parameter("logit_bias", "depending", dict[str, Bias], "", ({},)),
)

REFUSED = (
    Parameter("echo", "refused", bool, "The prompt is not part of the answer.", (False,)),
    Parameter("suffix", "refused", str, "The programs write on, not between.", ("",)),
    Parameter("best_of", "refused", Count, "Nobody says which answer is best.", (1,)),
    Parameter("logprobs", "refused", Annotated[int, Meta(ge=0, le=5)], NO_PROBABILITIES),
)

IGNORED = (Parameter("user", "ignored", str, ACCOUNT),)

PARAMETERS = HONOURED + DEPENDING + REFUSED + IGNORED
