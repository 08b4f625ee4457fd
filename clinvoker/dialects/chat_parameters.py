"""
What becomes of each parameter of a chat request.  The one table of it.

`chat_request` reads requests by this table and `docs/parameters.md` is made from it.  A field
that is not named here is unknown, and is ignored without a word as every server does.
"""

from __future__ import annotations

from typing import Any

from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.chat_messages import WireMessage
from clinvoker.dialects.chat_output import WireFormat
from clinvoker.dialects.chat_tools import WireChoice, WireTool
from clinvoker.dialects.extension import WireExtension
from clinvoker.dialects.parameters import (
    ACCOUNT,
    NO_PROBABILITIES,
    Bias,
    Choices,
    Count,
    Effort,
    Object,
    Penalty,
    Probabilities,
    Seed,
    Share,
    StreamOptions,
    Temperature,
    Verbosity,
)

_TOOLS = "Use `tools`."

HONOURED = (
    Parameter("model", "honoured", str, "Required."),
    Parameter("messages", "honoured", list[WireMessage], "Required, at least one; see above."),
    Parameter("stream", "honoured", bool, "True: server-sent events."),
    Parameter(
        "stream_options",
        "honoured",
        StreamOptions,
        "`include_usage`; without effect, and named, unless `stream` is true.",
    ),
    Parameter(
        "n",
        "honoured",
        Choices,
        "So many runs, independent of each other; their usage is added up.",
        (1,),
    ),
    Parameter(
        "clinvoker",
        "honoured",
        WireExtension,
        "What no dialect has a word for: `mode`; in agent mode `workdir`, `approval_mode`, `sandbox_mode`,"
        " `max_turns`, `actions` (see [agent mode](agent-mode.md)). Other keys, and `session`, are refused.",
        ({},),
    ),
)

DEPENDING = (
    Parameter(
        "tools",
        "depending",
        list[WireTool],
        "Functions; other types are refused. `strict` is accepted, what the model's arguments satisfy"
        " depends on the program. `parameters` is a schema of an object, without references to the outside.",
        ([],),
    ),
    Parameter(
        "tool_choice",
        "depending",
        str | WireChoice,
        "`none`, `auto`, `required`, or one function by name.",
        ("auto",),
    ),
    Parameter("parallel_tool_calls", "depending", bool, "False: at most one call in an answer.", (True,)),
    Parameter(
        "response_format",
        "depending",
        WireFormat,
        "`text`, `json_object`, or `json_schema` with a schema of an object.",
        ({"type": "text"},),
    ),
    Parameter("stop", "depending", str | list[str], "At most four, none empty.", ([],)),
    Parameter("max_tokens", "depending", Count, "`max_completion_tokens` goes before it."),
    Parameter("max_completion_tokens", "depending", Count, "The same as `max_tokens`."),
    Parameter("temperature", "depending", Temperature, ""),
    Parameter("top_p", "depending", Share, ""),
    Parameter("reasoning_effort", "depending", Effort, ""),
    Parameter("seed", "depending", Seed, ""),
    Parameter("presence_penalty", "depending", Penalty, "", (0.0,)),
    Parameter("frequency_penalty", "depending", Penalty, "", (0.0,)),
    Parameter("logit_bias", "depending", dict[str, Bias], "", ({},)),
    Parameter("verbosity", "depending", Verbosity, ""),
)

REFUSED = (
    Parameter("functions", "refused", list[Any], _TOOLS, ([],)),
    Parameter("function_call", "refused", str | Object, _TOOLS, ("none", "auto")),
    Parameter("logprobs", "refused", bool, NO_PROBABILITIES, (False,)),
    Parameter("top_logprobs", "refused", Probabilities, NO_PROBABILITIES, (0,)),
    Parameter("modalities", "refused", list[str], "Only text is offered.", (["text"], [])),
    Parameter("audio", "refused", Object, "Only text is offered."),
    Parameter("web_search_options", "refused", Object, "Chat answers use no tools of the program."),
)

IGNORED = (
    Parameter("prediction", "ignored", Object, "Would only make the answer faster."),
    Parameter("service_tier", "ignored", str, ACCOUNT, ("auto", "default")),
    Parameter("store", "ignored", bool, "Chat answers are not kept.", (False,)),
    Parameter("metadata", "ignored", Object, "Chat answers are not kept.", ({},)),
    Parameter("user", "ignored", str, ACCOUNT),
    Parameter("safety_identifier", "ignored", str, ACCOUNT),
    Parameter("prompt_cache_key", "ignored", str, ACCOUNT),
    Parameter("prompt_cache_retention", "ignored", str, ACCOUNT),
)

PARAMETERS = HONOURED + DEPENDING + REFUSED + IGNORED
