"""
What becomes of each parameter of a Responses request.  The one table of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.extension import WireExtension
from clinvoker.dialects.parameters import (
    ACCOUNT,
    NO_PROBABILITIES,
    Count,
    Object,
    Probabilities,
    Share,
    StreamOptions,
    Temperature,
)
from clinvoker.dialects.responses_input import WireItem
from clinvoker.dialects.responses_settings import WireReasoning, WireText
from clinvoker.dialects.responses_tools import WireChoice, WireTool

# OpenAI's bounds.
Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)
]
Input = str | list[WireItem]
Identity = Annotated[str, Meta(min_length=1, max_length=256)]


class WireConversation(msgspec.Struct):
    id: Identity


HONOURED = (
    Parameter("model", "honoured", str, "Required."),
    Parameter(
        "input", "honoured", Input, "Required, unless there is a conversation to go on with; see above."
    ),
    Parameter("instructions", "honoured", str, "A message of role `system` before all others; not kept."),
    Parameter("stream", "honoured", bool, "True: server-sent events."),
    Parameter("store", "honoured", bool, "False: nothing can refer to the response later.", (True,)),
    Parameter(
        "background",
        "honoured",
        bool,
        "True: answered at once with status `queued`; goes on without the client. Needs `store`.",
        (False,),
    ),
    Parameter("previous_response_id", "honoured", Identity, "Any stored response that is complete."),
    Parameter("conversation", "honoured", Identity | WireConversation, "Not with `previous_response_id`."),
    Parameter("metadata", "honoured", Metadata, "Kept with the response.", ({},)),
    Parameter(
        "clinvoker",
        "honoured",
        WireExtension,
        "What no dialect has a word for, as in chat completions; see [agent mode](agent-mode.md).",
        ({},),
    ),
)

DEPENDING = (
    Parameter(
        "tools",
        "depending",
        list[WireTool],
        "Functions; OpenAI's own tools and `custom` ones are refused with their place. `strict` is accepted.",
        ([],),
    ),
    Parameter(
        "tool_choice",
        "depending",
        str | WireChoice,
        "`none`, `auto`, `required`, one function by name, or `allowed_tools`.",
        ("auto",),
    ),
    Parameter("parallel_tool_calls", "depending", bool, "False: at most one call in an answer.", (True,)),
    Parameter(
        "text",
        "depending",
        WireText,
        "`format`: `text`, `json_object`, or `json_schema` with a schema of an object. `verbosity`.",
        ({"format": {"type": "text"}}, {}),
    ),
    Parameter(
        "reasoning",
        "depending",
        WireReasoning,
        "`effort`. Summaries come whenever the program tells what the model thinks.",
        ({},),
    ),
    Parameter("max_output_tokens", "depending", Count, "Past it the response is `incomplete`."),
    Parameter("temperature", "depending", Temperature, ""),
    Parameter("top_p", "depending", Share, ""),
)

REFUSED = (
    Parameter("top_logprobs", "refused", Probabilities, NO_PROBABILITIES, (0,)),
    Parameter("prompt", "refused", Object, "There are no stored prompts here: send `instructions`."),
    Parameter("context_management", "refused", list[Any], "Nothing is compacted here.", ([],)),
    Parameter("moderation", "refused", Object, "There is no moderation here."),
)

IGNORED = (
    Parameter("include", "ignored", list[str], "Probabilities are refused.", ([],)),
    Parameter(
        "truncation", "ignored", Literal["auto", "disabled"], "Nothing is left out here.", ("disabled",)
    ),
    Parameter("max_tool_calls", "ignored", Count, "Concerns OpenAI's own tools."),
    Parameter("stream_options", "ignored", StreamOptions, "Streams are not obfuscated, and tell the usage."),
    Parameter("service_tier", "ignored", str, ACCOUNT, ("auto", "default")),
    Parameter("user", "ignored", str, ACCOUNT),
    Parameter("safety_identifier", "ignored", str, ACCOUNT),
    Parameter("prompt_cache_key", "ignored", str, ACCOUNT),
    Parameter("prompt_cache_retention", "ignored", str, ACCOUNT),
    Parameter("prompt_cache_options", "ignored", Object, ACCOUNT),
)

PARAMETERS = HONOURED + DEPENDING + REFUSED + IGNORED
