"""
The catalogue of models that a chat process is given in place of the program's own.

By its own catalogue codex 0.169 sends the current models a JavaScript tool and up to 20 kB of
instructions that no setting removes.  By this one it sends neither.  A model that is not in here
works too: the program then assumes little of it, and offers it no tools either.
"""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """What the program must know of a model; values as in `codex debug models` of 0.169.0."""

    slug: str
    effort: str  # of reasoning, when nothing else is asked for
    efforts: tuple[str, ...]
    lite: bool = True  # the dialect of the Responses API that the provider expects for it


_EFFORTS = ("low", "medium", "high", "xhigh")
_MORE = (*_EFFORTS, "max")

ENTRIES = (  # the program's default comes first
    Entry("gpt-6.1-sol", "low", _MORE),
    Entry("gpt-6-astra", "low", _MORE),
    Entry("gpt-6-sol", "medium", _MORE),
    Entry("gpt-6-luna", "medium", _MORE),
    Entry("gpt-5.6-sol", "low", _MORE),
    Entry("gpt-6.1-terra", "low", _MORE),
    Entry("gpt-5.6-terra", "medium", _MORE),
    Entry("gpt-5.6-luna", "medium", _MORE),
    Entry("gpt-5.5", "medium", _EFFORTS, lite=False),
)

# What the public may ask for by name.
MODELS = tuple(entry.slug for entry in ENTRIES)


def catalogue() -> str:
    """The JSON text of the file that `model_catalog_json` names."""
    models = [_model(entry, priority) for priority, entry in enumerate(ENTRIES, 1)]
    return msgspec.json.encode({"models": models}).decode()


def _model(entry: Entry, priority: int) -> dict[str, object]:
    return {
        "slug": entry.slug,
        "display_name": entry.slug,
        "description": "",
        "priority": priority,
        "visibility": "list",
        "supported_in_api": True,
        "default_reasoning_level": entry.effort,
        "supported_reasoning_levels": [{"effort": effort, "description": ""} for effort in entry.efforts],
        "default_reasoning_summary": "none",
        "use_responses_lite": entry.lite,
        "support_verbosity": False,  # else answers are asked to be terse
        "input_modalities": ["text", "image"],
        "context_window": 1_000_000_000,  # the provider knows better; see `launch`
        "truncation_policy": {"mode": "tokens", "limit": 10_000_000},
        "base_instructions": "You are a helpful assistant.",  # never sent: each thread says its own
        "shell_type": "disabled",
        "apply_patch_tool_type": None,
        "experimental_supported_tools": [],
        "supports_parallel_tool_calls": True,
    }
