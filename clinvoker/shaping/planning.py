"""Which plan an answer needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from clinvoker.model import Invocation, Tools, Treatment
from clinvoker.shaping.checked import JSONPlan, NamedToolPlan, RequiredToolPlan
from clinvoker.shaping.plans import LimitedPlan, OneCallPlan, Plan, Then


def plan_for(invocation: Invocation, parameters: Mapping[str, Treatment], new_id: Callable[[], str]) -> Plan:
    """
    The plan of an answer; `parameters` says what the backend's program does by itself, `new_id` gives
    ids for calls that the daemon makes of text.
    """
    plan = _asking(_without_unused_tools(invocation), parameters, new_id)
    if invocation.tools.offered and not invocation.tools.parallel:
        plan = Then(plan, OneCallPlan(invocation))
    stops = invocation.sampling.stop
    limit = invocation.sampling.max_tokens if parameters.get("max_tokens") == "enforced" else 0
    return Then(plan, LimitedPlan(invocation, stops, limit)) if stops or limit else plan


def _asking(invocation: Invocation, parameters: Mapping[str, Treatment], new_id: Callable[[], str]) -> Plan:
    native = parameters.get("response_format") == "honoured"
    tools, output = invocation.tools, invocation.output
    if tools.choice == "named":
        tool = next(tool for tool in tools.offered if tool.name == tools.name)
        return NamedToolPlan(invocation, tool, native, new_id())
    if tools.choice == "required":
        return RequiredToolPlan(invocation)
    if output.kind != "text":
        return JSONPlan(invocation, native and output.kind == "json_schema")
    return Plan(invocation)


def _without_unused_tools(invocation: Invocation) -> Invocation:
    """`tool_choice: none` is to offer none."""
    return replace(invocation, tools=Tools()) if invocation.tools.choice == "none" else invocation
