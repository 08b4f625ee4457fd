"""
Libraries that take the Responses API by themselves, over each real program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import agents
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool as langchain_tool
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI

from tests.real.node import NodeCase, lacks
from tests.real.test_clients import ANSWER, CALL, JSON, SAID, AgentsCase, Answer, ClientCase, get_weather


class OpenAIAgents(AgentsCase):
    """The OpenAI Agents SDK as it comes."""

    kind = agents.OpenAIResponsesModel

    def test_default(self) -> None:
        """Told nothing but a client and a model's name, it takes this API, and all is well."""

        async def run(name: str) -> None:
            async with AsyncOpenAI(base_url=self.url, api_key="unused", max_retries=0) as client:
                agents.set_default_openai_client(client, use_for_tracing=False)
                agent = agents.Agent(name="Weather", model=name, tools=[agents.function_tool(get_weather)])
                self.assertEqual((await agents.Runner.run(agent, CALL)).final_output, SAID)

        agents.set_tracing_disabled(True)
        for name in self.programs:
            asyncio.run(run(name))

    def test_streamed(self) -> None:
        """The runner calls the tool and gives the model its result, all of it streamed."""

        async def run(agent: Any) -> None:
            result = agents.Runner.run_streamed(agent, CALL)
            names = [event.name async for event in result.stream_events() if hasattr(event, "name")]
            self.assertEqual(names, ["tool_called", "tool_output", "message_output_created"])
            self.assertEqual(result.final_output, SAID)

        self.run_each(run)

    def test_output_type(self) -> None:
        """A typed answer, after a tool was called."""

        async def run(agent: Any) -> None:
            result = await agents.Runner.run(agent.clone(output_type=Answer), f"{CALL}\n!next {JSON[1:]}")
            self.assertEqual(result.final_output, ANSWER)

        self.run_each(run)

    def test_handoff(self) -> None:
        """One agent hands over to another, which then calls its tool."""

        async def run(agent: Any) -> None:
            first = agents.Agent(name="First", model=agent.model, handoffs=[agent])
            asked = f"!tool transfer_to_weather\n!next {CALL[1:]}\n!next say Here I am."
            result = await agents.Runner.run(first, asked)
            self.assertEqual((result.final_output, result.last_agent.name), ("Here I am.", "Weather"))

        self.run_each(run)

    def test_previous_response(self) -> None:
        """Turns that go on by the id of the last response, in one run and in the next."""

        async def run(agent: Any) -> None:
            first = await agents.Runner.run(agent, CALL, auto_previous_response_id=True)
            self.assertEqual(first.final_output, SAID)
            again = await agents.Runner.run(agent, "!say More.", previous_response_id=first.last_response_id)
            self.assertEqual(again.final_output, "More.")

        self.run_each(run)


class LangChain(ClientCase):
    """langchain-openai, which takes this API for models whose names have `codex` in them."""

    def models(self, **more: Any) -> Iterator[ChatOpenAI]:
        """One for each program, told to take this API but for codex, where it does by itself."""
        for name in self.programs:
            told = {} if "codex" in name else {"use_responses_api": True}
            settings: Any = {"api_key": "unused", "max_retries": 0, **told, **more}
            yield ChatOpenAI(base_url=self.url, model=name, **settings)

    def test_invoke(self) -> None:
        """An answer, as text and streamed, by this API."""
        for model in self.models():
            answer = model.invoke("!say Hello there.")
            self.assertEqual(answer.text, "Hello there.", model.model_name)
            self.assertTrue(answer.response_metadata["id"].startswith("resp_"))
            pieces = [piece.text for piece in model.stream("!say one two three")]
            self.assertEqual("".join(pieces), "one two three")

    def test_tools(self) -> None:
        """Calls, whole and streamed, and their results, with the messages of the answer sent back."""
        for model in self.models():
            bound = model.bind_tools([langchain_tool(get_weather)])
            first, *rest = bound.stream(CALL)
            for called in (bound.invoke(CALL), sum(rest, first)):
                [call] = called.tool_calls
                self.assertEqual((call["name"], call["args"]), ("get_weather", {"city": "Oslo"}))
                result = ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])
                self.assertEqual(bound.invoke([HumanMessage(CALL), called, result]).text, SAID)

    def test_with_structured_output(self) -> None:
        """A typed answer, by a schema and by a tool."""
        for model in self.models():
            for method in ("json_schema", "function_calling"):
                structured = model.with_structured_output(Answer, method=method)
                self.assertEqual(structured.invoke(JSON), ANSWER, f"{model.model_name} {method}")

    def test_conversation(self) -> None:
        """Earlier turns arrive, sent again or named by the last response's id."""
        for model in self.models():
            messages = [HumanMessage("one"), AIMessage("two"), HumanMessage("!say three")]
            self.assertEqual(model.invoke(messages).text, "three")
        for model in self.models(use_previous_response_id=True):
            first = model.invoke("!say one")
            said = [HumanMessage("!say one"), first, HumanMessage("!say two")]
            self.assertEqual(model.invoke(said).text, "two")


class Node(NodeCase):
    """OpenAI's own SDK in JavaScript."""

    skip: ClassVar[str | None] = NodeCase.skip or lacks("openai")

    def test_all(self) -> None:
        """Whole, streamed, parsed, with tools, in the background, and what is gone."""
        expected = {
            "create": ["Hello there.", "completed"],
            "stream": ["one two three"] * 2,
            "parse": {"n": 3, "why": "so"},
            "tools": SAID,
            "streamed call": [
                "created",
                "in_progress",
                "output_item.added",
                "function_call_arguments.done",
                "output_item.done",
                "completed",
            ],
            "background": "later",
            "gone": [404, 400, "previous_response_not_found", "previous_response_id"],
        }
        for name in self.programs:
            self.assertEqual(self.found("openai_responses.mjs", name), expected, name)


class Vercel(NodeCase):
    """The Vercel AI SDK by its provider for OpenAI."""

    skip: ClassVar[str | None] = NodeCase.skip or lacks("@ai-sdk/openai")

    def test_all(self) -> None:
        """`generateText` and `streamText` with a tool, a conversation, and `generateObject`."""
        expected = {
            "generateText": [SAID, 2, "stop"],
            "streamText": [SAID, 2, "stop"],
            "not stored": [SAID, 2],
            "conversation": "two",
            "generateObject": {"n": 3, "why": "so"},
        }
        for name in self.programs:
            self.assertEqual(self.found("vercel_openai.mjs", name), expected, name)
