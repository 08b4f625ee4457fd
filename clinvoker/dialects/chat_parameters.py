"""
What becomes of each parameter of a chat request.  The one table of it.

`chat_request` reads requests by this table and `docs/parameters.md` is made from it.  A field
that is not named here is unknown, and is ignored without a word as every server does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# honoured: does what OpenAI says.  refused: 400 if it asks for anything.  ignored: accepted,
# checked, without effect, and named in the answer's header.
Treatment = Literal["honoured", "refused", "ignored"]


class Parameter(msgspec.Struct, frozen=True):
    """
    One field of the request's body.

    `type` is what `msgspec` checks it against; null always equals absence.  A value among
    `neutral` asks for nothing but what happens anyway, so it is neither refused nor named.
    """

    name: str
    treatment: Treatment
    type: Any
    note: str
    neutral: tuple[object, ...] = ()


Share = Annotated[float, Meta(ge=0, le=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Bias = Annotated[float, Meta(ge=-100, le=100)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Verbosity = Literal["low", "medium", "high"]
Count = Annotated[int, Meta(ge=1)]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Object = dict[str, Any]

_SAMPLING = "The programs offer no such setting."
_TOOLS = "Tools of the client are not offered yet."
_ACCOUNT = "Concerns an account at the provider; the program uses its own."

HONOURED = (
    Parameter("model", "honoured", str, "Required."),
    Parameter(
        "messages", "honoured", list, "Required, at least one. Text only; `name` is ignored and named."
    ),
    Parameter("stream", "honoured", bool, "True: server-sent events."),
    Parameter(
        "stream_options", "honoured", Object, "`include_usage`; without effect unless `stream` is true."
    ),
)

REFUSED = (
    Parameter("tools", "refused", list[Any], _TOOLS, ([],)),
    Parameter("tool_choice", "refused", str | Object, _TOOLS, ("none",)),
    Parameter("functions", "refused", list[Any], _TOOLS, ([],)),
    Parameter("function_call", "refused", str | Object, _TOOLS, ("none",)),
    Parameter("response_format", "refused", Object, "Only text is offered yet.", ({"type": "text"},)),
    Parameter("stop", "refused", str | list[str], "Not offered yet.", ([],)),
    Parameter("n", "refused", Annotated[int, Meta(ge=1, le=128)], "Only one choice is offered yet.", (1,)),
    Parameter("max_tokens", "refused", Count, "Not offered yet."),
    Parameter("max_completion_tokens", "refused", Count, "Not offered yet."),
    Parameter("logprobs", "refused", bool, "The programs tell no probabilities.", (False,)),
    Parameter(
        "top_logprobs",
        "refused",
        Annotated[int, Meta(ge=0, le=20)],
        "The programs tell no probabilities.",
        (0,),
    ),
    Parameter("modalities", "refused", list[str], "Only text is offered.", (["text"], [])),
    Parameter("audio", "refused", Object, "Only text is offered."),
    Parameter("web_search_options", "refused", Object, "Chat answers use no tools of the program."),
)

IGNORED = (
    Parameter("temperature", "ignored", Annotated[float, Meta(ge=0, le=2)], _SAMPLING),
    Parameter("top_p", "ignored", Share, _SAMPLING),
    Parameter("seed", "ignored", Seed, _SAMPLING),
    Parameter("frequency_penalty", "ignored", Penalty, _SAMPLING, (0.0,)),
    Parameter("presence_penalty", "ignored", Penalty, _SAMPLING, (0.0,)),
    Parameter("logit_bias", "ignored", dict[str, Bias], _SAMPLING, ({},)),
    Parameter("reasoning_effort", "ignored", Effort, "The program's own setting holds."),
    Parameter("verbosity", "ignored", Verbosity, "The program's own setting holds."),
    Parameter("prediction", "ignored", Object, "Would only make the answer faster."),
    Parameter("parallel_tool_calls", "ignored", bool, "Says nothing without tools.", (True, False)),
    Parameter("service_tier", "ignored", str, _ACCOUNT, ("auto", "default")),
    Parameter("store", "ignored", bool, "Chat answers are not kept.", (False,)),
    Parameter("metadata", "ignored", Object, "Chat answers are not kept.", ({},)),
    Parameter("user", "ignored", str, _ACCOUNT),
    Parameter("safety_identifier", "ignored", str, _ACCOUNT),
    Parameter("prompt_cache_key", "ignored", str, _ACCOUNT),
    Parameter("prompt_cache_retention", "ignored", str, _ACCOUNT),
)

PARAMETERS = HONOURED + REFUSED + IGNORED
