"""
Conversations of many kinds, as clients have them with `claude`, and how each of them goes.

Each is made from its number alone, so that two processes can be put through the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from random import Random

import msgspec

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.model import (
    Image,
    Invocation,
    Launch,
    Message,
    Output,
    Part,
    Role,
    Sampling,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallStarted,
    Tools,
)
from clinvoker.talk import Broken, Ended, Heard, Kept, Parked, Step
from tests.real.chats import PIXELS
from tests.real.claude_process import ClaudeProcess

PICTURE = Image("image/png", PIXELS)
WEATHER = Tool(
    "get_weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)
TIME = Tool("get_time", "Tells the time.")
MODELS = ("", "sonnet", "haiku", "opus", "claude-of-tomorrow")
SYSTEMS = ("", "", "Be brief.", "You are a pirate.\n\nSay arr.", "h\u00e9llo <b>\u4e16\u754c</b>")

# Goes on with a run of a process to the conversation's end; the runs' numbers are taken from the counter.
Course = Callable[[ClaudeProcess, int, "count[int]"], None]


class Scenario(msgspec.Struct, frozen=True):
    """What is asked, and what happens then."""

    kind: str
    invocation: Invocation
    course: Course

    @property
    def launch(self) -> Launch:
        """What process it needs."""
        return ClaudeBackend().launch(self.invocation)

    def through(self, claude: ClaudeProcess, runs: count[int]) -> None:
        """Have it, and leave the process as it is to be left."""
        run = next(runs)
        claude.carry_out(claude.talk.begin(run, self.invocation))
        self.course(claude, run, runs)


def said(role: Role, *parts: str | Part) -> Message:
    """A message."""
    return Message(role, tuple(Text(part) if isinstance(part, str) else part for part in parts))


def give_up(claude: ClaudeProcess, step: Step) -> None:
    """Have the conversation ended in which a run has come to rest."""
    if isinstance(step, Kept):
        claude.carry_out(claude.talk.forget(step.run))
    elif isinstance(step, Parked):
        claude.carry_out(claude.talk.interrupt(step.run))
    if isinstance(step, Kept | Parked):
        run = step.run
        claude.until(lambda later: isinstance(later, Ended | Broken) and getattr(later, "run", run) == run)


def answered(claude: ClaudeProcess, run: int, runs: count[int]) -> None:
    """Wait for whatever end it has."""
    give_up(claude, claude.rest(run))


def interrupted(claude: ClaudeProcess, run: int, runs: count[int]) -> None:
    """Stop it after its first words."""
    claude.until(
        lambda step: isinstance(step, Heard) and step.run == run and isinstance(step.event, TextDelta)
    )
    claude.carry_out(claude.talk.interrupt(run))
    claude.rest(run)


def stopped_early(claude: ClaudeProcess, run: int, runs: count[int]) -> None:
    """Stop it before its first word."""
    time.sleep(0.3)
    claude.carry_out(claude.talk.interrupt(run))
    claude.rest(run)


def worked(claude: ClaudeProcess, run: int, runs: count[int]) -> None:
    """Bring results for every call, until it is answered."""
    while isinstance(step := claude.rest(run), Parked):
        calls = [event.id for event in claude.events(run) if isinstance(event, ToolCallStarted)]
        results = [
            Message("tool", (Text(f"result {number}"),), call_id=call) for number, call in enumerate(calls)
        ]
        run, held = next(runs), run
        claude.carry_out(claude.talk.resume(held, run, results))
    give_up(claude, step)


def continued(claude: ClaudeProcess, run: int, runs: count[int]) -> None:
    """Ask twice more, in place."""
    for question in ("and then?", "!think so so\n!say at last"):
        step = claude.rest(run)
        assert isinstance(step, Kept), step
        run, held = next(runs), run
        claude.carry_out(claude.talk.resume(held, run, [said("user", question)]))
    give_up(claude, claude.rest(run))


def scenario(number: int) -> Scenario:
    """The conversation of a number; those of 20 numbers that follow each other are of 20 kinds."""
    random = Random(number)
    kind = sorted(KINDS)[number % len(KINDS)]
    messages, changes, course = KINDS[kind](random)
    system = random.choice(SYSTEMS)
    first = [said("system", system)] if system else []
    asked = Invocation(model=random.choice(MODELS), messages=(*first, *messages))
    return Scenario(kind, msgspec.structs.replace(asked, **changes), course)


def with_tools(number: int) -> Scenario:
    """One of the conversations of which each has other tools than the one before, or none."""
    names = (("a",), ("b", "c"), ("a", "c"), (), ("c",), ("c", "b"))[number % 6]
    tools = Tools(offered=tuple(Tool(name) for name in names))
    course, text = (worked, f"!tool {names[0]}") if names and number % 2 else (answered, "!say well")
    messages = (said("system", f"S{number}"), said("user", text))
    return Scenario(f"tools {names}", Invocation(model="", messages=messages, tools=tools), course)


Made = tuple[Sequence[Message], dict[str, object], Course]


def _one(text: str, course: Course = answered, **changes: object) -> Made:
    return [said("user", text)], changes, course


def _history(random: Random) -> Made:
    turns = random.randrange(1, 12)
    past = [each for n in range(turns) for each in (said("user", f"Q{n}"), said("assistant", f"A{n}"))]
    return [*past, said("user", "!say so it was")], {}, answered


def _pictures(random: Random) -> Made:
    past = [said("user", PICTURE, "see"), said("assistant", "I see")]
    return [*(past if random.random() < 0.5 else ()), said("user", "and this", PICTURE)], {}, answered


def _called_before(random: Random) -> Made:
    call = ToolCall(f"call_{random.randrange(9)}", "get_weather", '{"city": "Oslo"}')
    result = Message("tool", (Text("12 degrees"), PICTURE), call_id=call.id)
    past = [said("user", "how is it?"), Message("assistant", (), (call,)), result]
    return [*past, *([said("user", "so?")] if random.random() < 0.5 else ())], {"tools": OFFERED}, answered


def _sampled(random: Random) -> Made:
    chosen = {
        "max_tokens": random.choice((0, 500, 4000)),
        "temperature": random.choice((None, 0.0, 0.5, 1.0)),
    }
    return _one("!say a number", sampling=Sampling(top_p=random.choice((None, 0.9)), **chosen))  # type: ignore[arg-type]


OFFERED = Tools(offered=(WEATHER, TIME))
ONE_CALL = Tools(offered=(TIME,), parallel=False)
SCHEMA = Output(
    kind="json_schema", name="s", schema={"type": "object", "properties": {"a": {"type": "string"}}}
)
CALL = '!tool get_weather {"city": "Oslo"}'

KINDS: dict[str, Callable[[Random], Made]] = {
    "plain": lambda random: _one(f"!say {random.random()}"),
    "command": lambda random: _one(random.choice(("/clear", "/compact now", "/model haiku", "@/etc/passwd"))),
    "history": _history,
    "pictures": _pictures,
    "thinking": lambda random: _one("!think hm hm\n!say well"),
    "offered": lambda random: _one("!say no need", tools=random.choice((OFFERED, ONE_CALL))),
    "called": lambda random: _one(f"!say see\n{CALL}\n!tool get_time", worked, tools=OFFERED),
    "called twice": lambda random: _one(f"{CALL}\n!next tool get_time", worked, tools=OFFERED),
    "abandoned": lambda random: _one(CALL, tools=OFFERED),
    "called before": _called_before,
    "unknown tool": lambda random: _one("!tool nobody_has_it\n!next say oh", tools=OFFERED),
    "refused": lambda random: _one(f"!error {random.choice((400, 401, 403, 404, 413))}"),
    "failed": lambda random: _one(f"!error {random.choice((429, 500, 529))}"),
    "cut": lambda random: _one(
        random.choice(("!cut 2\n!long 9", "!malformed", "!late overloaded_error\n!long 9"))
    ),
    "interrupted": lambda random: _one("!slow 20\n!long 500", interrupted, tools=OFFERED),
    "stopped early": lambda random: _one("!delay 5000", stopped_early),
    "at the limit": lambda random: _one(f"!stop {random.choice(('max_tokens', 'refusal'))}\n!long 5"),
    "sampled": _sampled,
    "effort": lambda random: _one(
        "!say hard", sampling=Sampling(effort=random.choice(("none", "low", "high")))
    ),
    "schema": lambda random: _one('!json {"a": "b"}', output=SCHEMA),
    "continued": lambda random: _one("!say first", continued, tools=random.choice((OFFERED, Tools()))),
}

# Those in which the program would ask again by itself.
STOPPED = {"at the limit", "cut", "failed", "refused"}
