"""The client's functions: served, called, told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.names import PREFIX, served, shown
from clinvoker.backends.gemini.tools import Toolbox, schema
from clinvoker.errors import BackendUnusable, ProviderFailed
from clinvoker.model import Finished, ReasoningDelta, Started, TextDelta, Tool, ToolCallDelta, ToolCallStarted
from clinvoker.talk import Ended, Heard, Record
from tests.backends.gemini.playing import (
    MODEL,
    Played,
    answer,
    asking,
    ended,
    greeted,
    lines,
    sends,
    session_of,
    update,
)

WEATHER = Tool("get_weather", "the weather", {"properties": {"city": {"type": "string"}}})


def asked(method: str, **params: object) -> Record:
    """A question of the program's MCP client."""
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


class NameTests(SynchronousTestCase):
    """Names of functions."""

    def test_kept(self) -> None:
        """A name the program takes as it is stays so, behind the prefix."""
        for name in ("get_weather", "a-b.c:d", "x" * 52):
            self.assertEqual(shown(name), f"mcp_client_{name}")

    @given(st.text(min_size=1, max_size=80))
    def test_taken(self, name: str) -> None:
        """The program changes no name that it is given."""
        self.assertRegex(shown(name), r"\A[A-Za-z0-9_.:-]{1,63}\Z")
        self.assertTrue(shown(name).startswith(PREFIX))

    def test_apart(self) -> None:
        """Names that the program would make one stay two."""
        for one, other in (("a b", "a/b"), ("a b", "a_b"), ("x" * 63 + "1", "x" * 63 + "2")):
            self.assertNotEqual(served(one), served(other))


class ToolboxTests(SynchronousTestCase):
    """What is answered to the program."""

    def setUp(self) -> None:
        """Two functions."""
        self.box = Toolbox((WEATHER, Tool("say it")), lambda: "new")

    def called(self, name: str, **arguments: object) -> str:
        """The arguments of a call as they were noted."""
        self.box.answer(asked("tools/call", name=name, arguments=arguments))
        return self.box.calls[-1].arguments

    def test_list(self) -> None:
        """All are listed, each with an object's schema, and then they are known to be."""
        self.assertFalse(self.box.listed)
        found = self.box.answer(asked("tools/list"))
        assert found is not None
        assert isinstance(found["result"], dict)
        tools = found["result"]["tools"]
        self.assertEqual([tool["name"] for tool in tools], ["get_weather", served("say it")])
        self.assertEqual([tool["inputSchema"]["type"] for tool in tools], ["object", "object"])
        self.assertTrue(self.box.listed)

    def test_call(self) -> None:
        """A call is noted under the client's name for the function, and answered at once."""
        found = self.box.answer(asked("tools/call", name=served("say it"), arguments={"wörd": 1}))
        assert found is not None
        self.assertIn("result", found)
        [call] = self.box.calls
        self.assertEqual((call.id, call.name, call.arguments), ("new", "say it", '{"wörd": 1}'))

    def test_no_arguments(self) -> None:
        """A call without arguments has the empty object."""
        self.box.answer(asked("tools/call", name="get_weather"))
        self.assertEqual(self.box.calls[0].arguments, "{}")

    def test_own_parameter(self) -> None:
        """The parameter that the program adds is taken out, unless the client has one of that name."""
        self.assertEqual(self.called("get_weather", city="x", wait_for_previous=True), '{"city": "x"}')
        theirs = Tool("wait", parameters={"properties": {"wait_for_previous": {}}})
        self.box = Toolbox((theirs,), lambda: "new")
        self.assertEqual(self.called("wait", wait_for_previous=True), '{"wait_for_previous": true}')

    def test_unknown(self) -> None:
        """An unknown function or method is an error; a notification is not answered."""
        for question in (asked("tools/call", name="no"), asked("resources/list"), {"id": 1}):
            self.assertIn("error", self.box.answer(question) or {})
        self.assertIsNone(self.box.answer({"method": "notifications/initialized"}))

    def test_schema(self) -> None:
        """A schema gets the form that MCP demands, and keeps everything else."""
        given = {"$defs": {"a": {}}, "properties": {"x": True, "y": False, "z": {"type": "null"}}}
        properties = {"x": {}, "y": {"not": {}}, "z": {"type": "null"}}
        self.assertEqual(schema(given), {"$defs": {"a": {}}, "properties": properties, "type": "object"})
        self.assertEqual(schema({}), {"type": "object"})


class CaptureTests(SynchronousTestCase):
    """What the real program did with functions."""

    def setUp(self) -> None:
        """The capture, to its end."""
        self.played = Played(lines("acp-gemini-chat-tools"))

    def test_same_answers(self) -> None:
        """The program is answered as it was when the capture was made."""
        for said, expected in self.played.answers:
            self.assertEqual(said, expected)

    def test_calls(self) -> None:
        """Two calls of one message come together, behind its text, under the client's names."""
        *texts, one, first, two, second, finished = self.played.events(1)
        self.assertEqual(texts, [Started(MODEL), TextDelta("calling "), TextDelta("now")])
        self.assertEqual(
            (one, first),
            (ToolCallStarted("call_token2", "get_weather"), ToolCallDelta("call_token2", '{"city": "Köln"}')),
        )
        self.assertEqual(
            (two, second),
            (ToolCallStarted("call_token3", "get time"), ToolCallDelta("call_token3", '{"city": "Rome"}')),
        )
        assert isinstance(finished, Finished)
        self.assertEqual((finished.reason, finished.usage.output), ("tool_calls", 2))

    def test_results(self) -> None:
        """The conversation goes on in another run, with the results in it."""
        self.assertIn('{"output": "noon"}', self.played.text(2))
        self.assertEqual(self.played.ends[2], Ended(2))

    def test_not_called(self) -> None:
        """A model that calls nothing answers as ever."""
        self.assertEqual(self.played.text(3), "no need")

    def test_bad_calls(self) -> None:
        """Calls that the program keeps to itself are failures that another try may mend."""
        for run, said in ((4, "'city'"), (5, "not offered")):
            error = self.played.ends[run].error
            assert isinstance(error, ProviderFailed)
            self.assertIn(said, error.message)

    def test_no_text(self) -> None:
        """A turn may hold thoughts and a call and no text."""
        kinds = [type(event) for event in self.played.events(6)]
        self.assertEqual(kinds, [Started, ReasoningDelta, ToolCallStarted, ToolCallDelta, Finished])


class AddressTests(SynchronousTestCase):
    """Where functions are served."""

    def test_own_address(self) -> None:
        """Each session has a path of its own, as long as it lasts; nothing else is answered."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking(tools=(WEATHER,))), "session/load")
        self.assertIn("http://127.0.0.1:1/token1", str(load))
        self.assertIsNotNone(talk.asked("/token1", asked("ping")))
        for path in ("/token2", "/", ""):
            self.assertRaises(KeyError, talk.asked, path, asked("ping"))
        talk.receive(answer(load, error={"code": 500, "message": "x"}))
        self.assertRaises(KeyError, talk.asked, "/token1", asked("ping"))

    def test_none(self) -> None:
        """A session without functions has no server at all."""
        [load] = sends(greeted().begin(1, asking()), "session/load")
        assert isinstance(load["params"], dict)
        self.assertEqual(load["params"]["mcpServers"], [])

    def test_not_fetched(self) -> None:
        """A model is not asked without its functions where the program could not fetch them."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking(tools=(WEATHER,))), "session/load")
        steps = talk.receive(answer(load, result={}))
        [end] = [step for step in steps if isinstance(step, Ended)]
        assert isinstance(end.error, BackendUnusable)
        self.assertIn("NO_PROXY", end.error.message)

    def test_interrupted(self) -> None:
        """Calls of a run that was given up are not heard."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking(("assistant", "a"), tools=(WEATHER,))), "session/load")
        talk.asked("/token1", asked("tools/list"))
        talk.receive(answer(load, result={}))
        told = update(session_of(load), "agent_message_chunk", "a")
        [prompt] = sends(talk.receive(told), "session/prompt")
        talk.interrupt(1)
        talk.asked("/token1", asked("tools/call", name="get_weather"))
        steps = talk.receive(answer(prompt, result=ended(reason="cancelled")))
        self.assertFalse([step for step in steps if isinstance(step, Heard)])
