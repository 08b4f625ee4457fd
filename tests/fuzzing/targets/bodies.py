"""Bodies of requests: what every dialect promises about them."""

from __future__ import annotations

import json
from typing import Any

from clinvoker.errors import ClinvokerError
from clinvoker.model import Asked, Invocation
from clinvoker.web.status import status_of
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Target

LONGEST = 4000  # characters of a sentence to a client


class BodyTarget(Target):
    """
    One that reads bodies.  `seeds` are JSON; what is made of them are bytes.
    """

    def made(self, chance: Chance) -> bytes:
        return self.damage.body(chance.pick(self.seeds), chance)

    def run(self, given: Any) -> bool:
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        try:
            self.accept(body)
        except ClinvokerError as error:
            check_error(error, self.error(error))
            return False
        return True

    def accept(self, body: bytes) -> None:
        """Read it, and check what was read."""
        raise NotImplementedError

    def error(self, error: ClinvokerError) -> bytes:
        """The body that tells of an error."""
        raise NotImplementedError


def check_error(error: ClinvokerError, body: bytes) -> None:
    """It is the client's mistake, told as JSON in a sentence."""
    status = status_of(error, {})
    assert 400 <= status < 500, f"{type(error).__name__} is {status}"
    assert isinstance(json.loads(body.decode()), dict), "an error is no object"
    assert error.message, "an error says nothing"
    assert len(error.message) < LONGEST, "an error says too much"
    param = getattr(error, "param", None)
    assert param is None or (isinstance(param, str) and len(param) < LONGEST), "an error blames too much"


def check_asked(asked: Asked) -> None:
    """What is promised of every request that was accepted."""
    check_invocation(asked.invocation)
    assert asked.choices >= 1, "no answer is wanted"
    for name in (*asked.ignored, *asked.depending, *asked.places):
        assert isinstance(name, str), "a parameter has no name"


def check_invocation(invocation: Invocation) -> None:
    """What the runs take for granted."""
    assert invocation.messages, "nothing was said"
    for message in invocation.messages:
        assert message.role in ("system", "developer", "user", "assistant", "tool"), "an unknown role"
        assert not message.calls or message.role == "assistant", "somebody else calls"
        assert bool(message.call_id) <= (message.role == "tool"), "somebody else has a result"
        for call in message.calls:
            assert isinstance(json.loads(call.arguments), dict), "arguments are no object"
    tools = invocation.tools
    names = [tool.name for tool in tools.offered]
    assert len({*names}) == len(names), "two tools have one name"
    assert tools.choice != "named" or tools.name in names, "a tool must be called that is not there"
    assert invocation.sampling.max_tokens >= 0, "fewer tokens than none"
    assert all(invocation.sampling.stop), "an empty stop sequence"


def texts_of(invocation: Invocation, role: str) -> str:
    """All that was said in a role."""
    return "".join(message.text for message in invocation.messages if message.role == role)


def loaded(body: bytes) -> Any:
    """The JSON of a body, as another reader has it; None where that reads none."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
