"""What is fuzzed, by groups."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tests.fuzzing.target import Target

# The class of each, by its name: what none is asked for is not imported, and reads no seeds.
PLACES = {
    "framing": "framing:Framing",
    "claude": "claude:Claude",
    "codex": "codex:Codex",
    "gemini": "gemini:Gemini",
    "demo": "demo:Demo",
    "at-work": "at_work:AtWork",
    "chat": "openai:Chat",
    "completions": "openai:Completions",
    "responses": "openai:Responses",
    "conversations": "openai:Conversations",
    "anthropic": "anthropic:Messages",
    "counting": "anthropic:Counting",
    "native": "native:Native",
    "mcp": "mcp:Mcp",
    "extension": "openai:Extension",
    "queries": "queries:Queries",
    "keys": "configuration:Keys",
    "configuration": "configuration:Tree",
    "headers": "headers:HeadersIn",
    "rendering": "rendering:Rendering",
    "through": "through:Through",
    "shaping": "shaping:Shaping",
    "configuration-text": "configuration:TextOfIt",
}
NAMES = tuple(PLACES)


@cache
def target(name: str) -> Target:
    """The target of a name; raises `KeyError`."""
    module, _, kind = PLACES[name].partition(":")
    made: Target = getattr(import_module(f"{__name__}.{module}"), kind)()
    return made
