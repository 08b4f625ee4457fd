"""What becomes of parameters with the model that is asked."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.model import Asked, Finished, Invocation, Message, Text, Treatment, Usage
from clinvoker.testing.runs import MemoryRuns
from clinvoker.web.asking import without_effect
from tests.web.wire import ASK, CHAT, House, Reply

END = Finished("stop", Usage())
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SEEN = [{"role": "user", "content": [{"type": "text", "text": "a"}, PICTURE]}]
TOOLS = [{"type": "function", "function": {"name": "f"}}]


class TreatmentTests(SynchronousTestCase):
    def house(self, parameters: dict[str, Treatment], **settings: Any) -> House:
        house = House(**settings)
        house.runs.treatments = parameters
        return house

    def refused(self, house: House, **asked: Any) -> str:
        """The field for which the request is refused; no run is begun."""
        reply = house.wire().posted({**ASK, **asked})
        self.assertEqual((400, "unsupported_parameter"), (reply.status, reply.code))
        self.assertEqual([], house.runs.runs)
        return str(reply.json["error"]["param"])

    def ignored(self, house: House, **asked: Any) -> list[str]:
        """What the answer names as being without effect."""
        wire = house.wire()
        wire.post(CHAT, {**ASK, **asked})
        house.run.hear(END)
        reply = Reply(wire.take())
        self.assertEqual(200, reply.status)
        named = reply.headers["x-clinvoker-ignored"]
        return named.split(", ") if named else []

    def test_obeyed(self) -> None:
        """What is honoured or enforced is asked, and not spoken of."""
        house = self.house({"temperature": "honoured", "stop": "enforced"})
        self.assertEqual([], self.ignored(house, temperature=1, stop="x"))
        self.assertEqual(("x",), house.run.invocation.sampling.stop)

    def test_refused(self) -> None:
        """W35: what the backend refuses is 400 by name, and so is what it does not know of."""
        self.assertEqual("stop", self.refused(self.house({"stop": "refused"}), stop="x"))
        self.assertEqual("tools", self.refused(self.house({}), tools=TOOLS))

    def test_places(self) -> None:
        """W80: the field that is named is the one the client used."""
        house = self.house({})
        self.assertEqual("max_completion_tokens", self.refused(house, max_completion_tokens=5))
        self.assertEqual("max_tokens", self.refused(house, max_tokens=5))
        self.assertEqual("messages[0].content[1]", self.refused(house, messages=SEEN))

    def test_ignored(self) -> None:
        """What the backend ignores is named besides what nobody obeys."""
        house = self.house({"temperature": "ignored", "seed": "ignored"})
        self.assertEqual(
            ["user", "temperature", "seed"], self.ignored(house, temperature=0, seed=1, user="u")
        )

    def test_not_asked(self) -> None:
        """What is null or asks for nothing is nobody's affair."""
        quiet = {"tools": [], "tool_choice": "none", "temperature": None, "response_format": {"type": "text"}}
        self.assertEqual([], self.ignored(self.house({}), **quiet))

    def test_strict(self) -> None:
        """With strict_parameters whatever would have no effect is refused."""
        house = self.house({"seed": "ignored"}, strict_parameters=True)
        self.assertEqual("seed", self.refused(house, seed=1))
        self.assertEqual("user", self.refused(house, user="u"))
        self.assertEqual([], self.ignored(house, temperature=None))

    def test_strict_name(self) -> None:
        """It says which setting is to blame."""
        house = self.house({}, strict_parameters=True)
        self.assertIn(
            "server.strict_parameters", house.wire().posted({**ASK, "user": "u"}).json["error"]["message"]
        )

    def test_unknown_model(self) -> None:
        """W78: a model that is not known is told as such, whatever is asked of it."""
        reply = House().wire().posted({**ASK, "model": "nobody", "temperature": 1})
        self.assertEqual((404, "model_not_found"), (reply.status, reply.code))

    def test_model_of_whom(self) -> None:
        """The runs are asked only if something depends on it."""
        asked = Asked(invocation=Invocation(model="nobody", messages=(Message("user", (Text("a"),)),)))
        self.assertEqual((), without_effect(asked, MemoryRuns(), strict=True))


class PermissionTests(SynchronousTestCase):
    def test_agent_mode(self) -> None:
        """Agent mode is for the runs to permit; the web hands on who asks, and for what."""
        house = House()
        house.wire().post(CHAT, {**ASK, "clinvoker": {"mode": "agent", "workdir": "/srv"}})
        self.assertEqual(Agency(mode="agent", workdir="/srv"), house.run.invocation.agency)

    def test_principal(self) -> None:
        """The run knows whose key it is asked with."""
        house = House(keys=(("ada", "key-of-ada"),))
        house.wire().post(CHAT, ASK, {"Authorization": "Bearer key-of-ada"})
        self.assertEqual("ada", house.run.invocation.principal)
