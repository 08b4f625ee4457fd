"""
What becomes of each parameter of a request in Anthropic's format.  The one table of it.

`anthropic_request` reads requests by this table and `docs/anthropic.md` has it.  A field that is
not named here is unknown, and is ignored without a word as every server does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from clinvoker.dialects.anthropic_content import SentBlock
from clinvoker.dialects.anthropic_output import SentFormat, SentOutput, SentThinking
from clinvoker.dialects.anthropic_tools import SentChoice, SentTool
from clinvoker.dialects.anthropic_turns import SentMessage
from clinvoker.dialects.bodies import Parameter
from clinvoker.dialects.extension import WireExtension

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Object = dict[str, Any]

MOST_STOPS = 8191

_ACCOUNT = "Concerns an account at the provider; the program uses its own."
_SERVERS = "The provider's own tools are not offered."

HONOURED = (
    Parameter("model", "honoured", str, "Required."),
    Parameter("messages", "honoured", list[SentMessage], "Required, at least one; see above."),
    Parameter("system", "honoured", str | list[SentBlock], "Text, or blocks of it.", ([], "")),
    Parameter("stream", "honoured", bool, "True: server-sent events."),
    Parameter(
        "thinking",
        "honoured",
        SentThinking,
        "Thoughts are told if it is there, not `disabled`, and `display` is not `omitted`, as far as the"
        " program tells them. `budget_tokens` stands for an effort, unless `output_config` says one: `low`,"
        " from 4096 on `medium`, from 16384 on `high`.",
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
    Parameter("max_tokens", "depending", Count, "Required, but for counting."),
    Parameter(
        "tools",
        "depending",
        list[SentTool],
        "Your own, without `type` or of type `custom`; others are refused. One with `defer_loading` is"
        " offered once a result has a `tool_reference` to it.",
        ([],),
    ),
    Parameter(
        "tool_choice",
        "depending",
        SentChoice,
        "`auto`, `any`, `none`, or `tool` with a `name`; `disable_parallel_tool_use`.",
        ({"type": "auto"},),
    ),
    Parameter(
        "output_config",
        "depending",
        SentOutput,
        "`effort`, and `format` of type `json_schema` with a schema of an object. `task_budget` is ignored"
        " and named.",
        ({},),
    ),
    Parameter("output_format", "depending", SentFormat, "The same as `output_config.format`."),
    Parameter(
        "stop_sequences",
        "depending",
        Annotated[list[str], Meta(max_length=MOST_STOPS)],
        "None empty; the answer tells which one ended it.",
        ([],),
    ),
    Parameter("temperature", "depending", Share, ""),
    Parameter("top_p", "depending", Share, ""),
)

REFUSED = (
    Parameter(
        "thread",
        "refused",
        Object,
        "Send the whole conversation. (The SDKs' tool runner does so by itself when it is refused.)",
    ),
    Parameter("mcp_servers", "refused", list[Any], _SERVERS, ([],)),
    Parameter("container", "refused", str | Object, _SERVERS),
    Parameter("compaction", "refused", Object, "Conversations are not shortened here."),
    Parameter("inference_geo", "refused", str, "Where the program's provider computes is not known."),
)

IGNORED = (
    Parameter("top_k", "ignored", Annotated[int, Meta(ge=0)], "No program has a way to it."),
    Parameter("metadata", "ignored", Object, "Answers are not kept.", ({},)),
    Parameter("service_tier", "ignored", Literal["auto", "standard_only"], _ACCOUNT, ("auto",)),
    Parameter("speed", "ignored", Literal["standard", "fast"], _ACCOUNT, ("standard",)),
    Parameter("cache_control", "ignored", Object, "The program sees to its provider's cache by itself."),
    Parameter("context_management", "ignored", Object, "Conversations are not shortened here.", ({},)),
    Parameter("diagnostics", "ignored", Object, "Concerns the provider's cache.", ({},)),
    Parameter("fallbacks", "ignored", str | list[Any], "The model that is named answers.", ([],)),
    Parameter("billing_policy", "ignored", str | Object, _ACCOUNT),
    Parameter("user_profile_id", "ignored", str, _ACCOUNT),
)

PARAMETERS = HONOURED + DEPENDING + REFUSED + IGNORED
