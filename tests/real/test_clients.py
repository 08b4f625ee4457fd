"""
Libraries that people reach models by, with their tools and typed answers, over each real program.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import agents
import pydantic_ai
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool as langchain_tool
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.real.clis import VARIABLE
from tests.real.rigs import RealTestCase

CALL = '!tool get_weather {"city":"Oslo"}'
JSON = '!json {"n":3,"why":"so"}'
SAID = "Tool said: sun in Oslo"


class Answer(BaseModel):
    """A number, and why."""

    n: int
    why: str


ANSWER = Answer(n=3, why="so")


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sun in {city}"


class ClientCase(RealTestCase):
    """Where the daemon is."""

    @property
    def url(self) -> str:
        """What clients call `base_url`."""
        return self.daemon.url + "/openai/v1"


class LangChain(ClientCase):
    """langchain-openai."""

    def models(self) -> Iterator[ChatOpenAI]:
        """One for each program.  Told nothing else, it takes a name with `codex` for another API's."""
        for name in self.programs:
            settings: Any = {"api_key": "unused", "max_retries": 0, "use_responses_api": False}
            yield ChatOpenAI(base_url=self.url, model=name, **settings)

    def test_bind_tools(self) -> None:
        """`bind_tools` gives calls, and takes their results."""
        for model in self.models():
            bound = model.bind_tools([langchain_tool(get_weather)])
            called = bound.invoke(CALL)
            [call] = called.tool_calls
            self.assertEqual((call["name"], call["args"]), ("get_weather", {"city": "Oslo"}))
            result = ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])
            self.assertEqual(bound.invoke([HumanMessage(CALL), called, result]).content, SAID)

    def test_streamed_calls(self) -> None:
        """Pieces of a streamed answer add up to its calls."""
        for model in self.models():
            bound = model.bind_tools([langchain_tool(get_weather)])
            first, *rest = bound.stream("!say Well.\n" + CALL + "\n" + CALL)
            whole = sum(rest, first)
            self.assertEqual(whole.content, "Well.")
            self.assertEqual([call["args"] for call in whole.tool_calls], [{"city": "Oslo"}] * 2)

    def test_with_structured_output(self) -> None:
        """Each method of `with_structured_output` gives an instance of the class."""
        for model in self.models():
            for method in ("json_schema", "function_calling", "json_mode"):
                structured = model.with_structured_output(Answer, method=method)
                self.assertEqual(structured.invoke(JSON), ANSWER, f"{model.model_name} {method}")

    def test_conversation(self) -> None:
        """Its messages of earlier turns arrive."""
        for model in self.models():
            messages = [HumanMessage("one"), AIMessage("two"), HumanMessage("!say three")]
            self.assertEqual(model.invoke(messages).content, "three")


class AgentsCase(ClientCase):
    """The OpenAI Agents SDK, by one of its classes for models."""

    kind: ClassVar[Any]

    def run_each(self, run: Any) -> None:
        """Have `run` with an agent of each program, and a client of its own."""

        async def one(name: str) -> None:
            async with AsyncOpenAI(base_url=self.url, api_key="unused", max_retries=0) as client:
                model = self.kind(model=name, openai_client=client)
                tools: Any = [agents.function_tool(get_weather)]
                await run(agents.Agent(name="Weather", instructions="Be brief.", model=model, tools=tools))

        agents.set_tracing_disabled(True)  # it would tell a server
        for name in self.programs:
            asyncio.run(one(name))


class OpenAIAgents(AgentsCase):
    """By its class for chat completions."""

    kind = agents.OpenAIChatCompletionsModel

    def test_tools(self) -> None:
        """The runner calls the tool, and gives the model its result."""

        async def run(agent: Any) -> None:
            self.assertEqual((await agents.Runner.run(agent, CALL)).final_output, SAID)

        self.run_each(run)

    def test_streamed(self) -> None:
        """The same as a stream."""

        async def run(agent: Any) -> None:
            result = agents.Runner.run_streamed(agent, CALL)
            names = [event.name async for event in result.stream_events() if hasattr(event, "name")]
            self.assertEqual(names, ["tool_called", "tool_output", "message_output_created"])
            self.assertEqual(result.final_output, SAID)

        self.run_each(run)

    def test_output_type(self) -> None:
        """A typed answer, after a tool was called."""

        async def run(agent: Any) -> None:
            typed = agent.clone(output_type=Answer)
            result = await agents.Runner.run(typed, f"{CALL}\n!next {JSON[1:]}")
            self.assertEqual(result.final_output, ANSWER)

        self.run_each(run)

    def test_handoff(self) -> None:
        """One agent hands over to another, which is a call without arguments."""

        async def run(agent: Any) -> None:
            first = agents.Agent(name="First", model=agent.model, handoffs=[agent])
            result = await agents.Runner.run(first, "!tool transfer_to_weather\n!next say Here I am.")
            self.assertEqual((result.final_output, result.last_agent.name), ("Here I am.", "Weather"))

        self.run_each(run)


class PydanticAI(ClientCase):
    """pydantic-ai."""

    def run_each(self, run: Any, **more: Any) -> None:
        """Have `run` with an agent of each program, and a client of its own."""

        async def one(name: str) -> None:
            async with AsyncOpenAI(base_url=self.url, api_key="unused", max_retries=0) as client:
                model = OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client))
                await run(pydantic_ai.Agent(model, tools=[get_weather], **more))

        for name in self.programs:
            asyncio.run(one(name))

    def test_tools(self) -> None:
        """The agent calls the tool, and gives the model its result."""

        async def run(agent: Any) -> None:
            self.assertEqual((await agent.run(CALL)).output, SAID)

        self.run_each(run)

    def test_streamed(self) -> None:
        """The same, the answer streamed."""

        async def run(agent: Any) -> None:
            async with agent.run_stream(CALL) as result:
                pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
            self.assertEqual("".join(pieces), SAID)

        self.run_each(run)

    def test_output_types(self) -> None:
        """A typed answer by each of its ways: a tool, which it then requires, a schema, or words."""

        async def by_tool(agent: Any) -> None:
            said = JSON.replace("!json", "!tool final_result")
            self.assertEqual((await agent.run(said)).output, ANSWER)

        async def by_text(agent: Any) -> None:
            self.assertEqual((await agent.run(JSON)).output, ANSWER)

        self.run_each(by_tool, output_type=Answer)
        self.run_each(by_text, output_type=pydantic_ai.NativeOutput(Answer))
        self.run_each(by_text, output_type=pydantic_ai.PromptedOutput(Answer))


class VercelAI(ClientCase):
    """The Vercel AI SDK, in node."""

    packages: ClassVar[Path] = Path(os.environ.get(VARIABLE, ""))
    if not packages.joinpath("ai").is_dir():
        skip: ClassVar[str | None] = f"{VARIABLE} has no package `ai`"

    def test_all(self) -> None:
        """`generateText`, `streamText`, `generateObject` and `streamObject`, with tools and without."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        folder.joinpath("node_modules").symlink_to(self.packages)
        script = shutil.copy(Path(__file__).with_name("vercel_ai.mjs"), folder)
        answer = {"n": 3, "why": "so"}
        expected = {
            "generateText": [SAID, 2, "stop"],
            "streamText": [SAID, 2, "stop"],
            "generateObject": answer,
            "generateObject without schemas": answer,
            "streamObject": answer,
            "tools and an object": answer,
        }
        for name in self.programs:
            command = ["node", script, self.url, name]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
            got = dict(json.loads(line) for line in ended.stdout.splitlines() if line.startswith("["))
            self.assertEqual((got, ended.returncode), (expected, 0), f"{name}: {ended.stderr}")
