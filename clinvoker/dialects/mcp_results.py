"""
What became of a tool's call, as its client is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinvoker.dialects.mcp_tools import Tool
from clinvoker.dialects.native_results import ChainResult, Result, prompt_result
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.orders import Order, Outcome

Json = dict[str, Any]


def refused(error: ClinvokerError) -> Json:
    """Of a call that could not be begun: the model is told why, and can do better."""
    return {"content": [_text(mended(error.message))], "isError": True}


def result_of(
    tool: Tool, order: Order, outcomes: Mapping[int, Outcome], seconds: float, session: str
) -> Json:
    """Of a call that was carried out, well or not; `session` is the one that it is of, if any."""
    if tool.kind is None:
        one = prompt_result(order, outcomes[0], session)
        return _told(one, [_alone(one)], failed=one.exit_code != 0)
    told = tool.kind.whole(order, outcomes, seconds)
    failed = [result.exit_code != 0 for result in told.results]
    wrong = any(failed) if isinstance(told, ChainResult) else all(failed)
    return _told(told, [*_several(told.results)], wrong)


def _told(structured: object, texts: Sequence[str], failed: bool) -> Json:
    content = [_text(text) for text in texts]
    return {"content": content, "structuredContent": structured, "isError": failed}


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _alone(result: Result) -> str:
    """The answer; after it, or instead of it, what went wrong."""
    said = [result.output, f"It failed ({result.error_code}): {result.error}" if result.error else ""]
    return "\n\n".join(filter(None, said))


def _several(results: Sequence[Result]) -> Iterator[str]:
    for number, result in enumerate(results, 1):
        name = getattr(result, "name", "")
        yield f"{number}. {result.backend}{f' ({name})' if name else ''}:\n{_alone(result)}"
