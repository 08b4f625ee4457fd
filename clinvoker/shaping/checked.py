"""
The plans that check an answer before the client sees it, and ask again with what was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.errors import BadRequest, ClinvokerError, OutputInvalid, ProviderRefused, ToolNotCalled
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    Message,
    Output,
    Text,
    TextDelta,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
    Tools,
    Usage,
)
from clinvoker.shaping.plans import Plan
from clinvoker.shaping.schema import NotThat, bare
from clinvoker.shaping.unusable import Unusable
from clinvoker.shaping.words import corrected, instructed, must_call, must_match


def added(one: Usage, other: Usage) -> Usage:
    """The tokens of two attempts."""
    return Usage(
        input=one.input + other.input,
        cached=one.cached + other.cached,
        output=one.output + other.output,
        reasoning=one.reasoning + other.reasoning,
    )


class _CheckedPlan(Plan):
    """Keeps the text of an attempt until its end, and then judges it."""

    further_tries = 2

    def __init__(self, invocation: Invocation) -> None:
        super().__init__(invocation)
        self._text: list[str] = []
        self._spent = Usage()
        self._error: ClinvokerError | None = None

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        shown: list[Event] = []
        for event in events:
            if isinstance(event, TextDelta):
                self._text.append(event.text)
            elif isinstance(event, Finished):
                text, self._text = "".join(self._text), []
                shown += self._end(text, event)
            else:
                shown += self._other(event)
        return shown

    def again(self) -> bool:
        if self._error is not None:
            raise self._error
        return super().again()

    def _other(self, event: Event) -> Sequence[Event]:
        return [event]

    def _end(self, text: str, finished: Finished) -> Sequence[Event]:
        raise NotImplementedError

    def _finished(self, finished: Finished) -> Finished:
        return replace(finished, usage=added(self._spent, finished.usage))

    def _refuse(self, finished: Finished, again: Invocation, error: ClinvokerError) -> Sequence[Event]:
        """Show nothing and ask again, or fail when that was the last try."""
        self._spent = added(self._spent, finished.usage)
        if self.further_tries:
            self.further_tries -= 1
            self.ask_again(again)
        else:
            self._error = error
        return ()


class JSONPlan(_CheckedPlan):
    """
    JSON and nothing else.  `native` says that the program is asked by its own means; where the
    provider refuses the schema, and else, it is asked in words.
    """

    _param = "response_format"  # to blame for the schema

    def __init__(self, invocation: Invocation, native: bool) -> None:
        self._asked = invocation
        self._native = native
        self._check_schema()
        super().__init__(invocation if native else self._in_words())

    def _check_schema(self) -> None:
        """Raises `BadRequest` for what could not be checked, before anything is asked."""
        from clinvoker.shaping.patterns import check_patterns  # few daemons ever need it

        try:
            check_patterns(self._asked.output.schema)
        except Unusable as why:
            raise BadRequest(f"Answers cannot be checked against this schema: {why}.", self._param) from None

    def failed(self, error: ClinvokerError) -> bool:
        if not self._native or not isinstance(error, ProviderRefused):
            return False
        self._native = False
        self._text = []
        self.invocation = self._in_words()
        return True

    def _in_words(self) -> Invocation:
        plain = replace(self._asked, output=Output())
        return instructed(plain, must_match(self._asked.output))

    def _end(self, text: str, finished: Finished) -> Sequence[Event]:
        if finished.reason == "tool_calls":
            self.altered = bool(text)  # prose before a call is not the JSON that was asked for
            return [self._finished(finished)]
        if finished.reason != "stop":
            return [TextDelta(text), self._finished(finished)]  # an unfinished answer says so
        try:
            return self._answer(bare(text, self._asked.output.schema), finished)
        except NotThat as why:
            error = OutputInvalid(f"The model's answer is not the JSON that was asked for: {why}.")
            return self._refuse(finished, corrected(self.invocation, text, str(why)), error)
        except Unusable as why:
            self._error = BadRequest(f"The answer cannot be checked against this schema: {why}.", self._param)
            return ()

    def _answer(self, json: str, finished: Finished) -> Sequence[Event]:
        return [TextDelta(json), self._finished(finished)]


class NamedToolPlan(JSONPlan):
    """One certain tool: its arguments are asked for as the answer, which becomes the call."""

    _param = "tools"

    def __init__(self, invocation: Invocation, tool: Tool, native: bool, call_id: str) -> None:
        output = Output(kind="json_schema", name=tool.name, schema=tool.parameters)
        asked = replace(invocation, tools=Tools(), output=output)
        words = f"Answer with the arguments for the function {tool.name!r}. {tool.description}".strip()
        super().__init__(instructed(asked, words), native)
        self._tool = tool
        self._call_id = call_id
        self.altered = True  # the program's conversation holds a text where the client's holds a call

    def _answer(self, json: str, finished: Finished) -> Sequence[Event]:
        usage = self._finished(finished).usage
        call = ToolCallStarted(self._call_id, self._tool.name)
        return [call, ToolCallDelta(self._call_id, json), Finished("tool_calls", usage)]


class RequiredToolPlan(_CheckedPlan):
    """Some tool: the program is told in words that it must call one."""

    further_tries = 1

    def __init__(self, invocation: Invocation) -> None:
        names = [tool.name for tool in invocation.tools.offered]
        super().__init__(instructed(invocation, must_call(names)))
        self._called = False
        self.altered = True  # the client's conversation does not hold our words

    def _other(self, event: Event) -> Sequence[Event]:
        if not isinstance(event, ToolCallStarted) or self._called:
            return [event]
        self._called = True
        text, self._text = "".join(self._text), []
        return [TextDelta(text), event] if text else [event]

    def _end(self, text: str, finished: Finished) -> Sequence[Event]:
        if self._called or finished.reason != "stop":
            return [*([TextDelta(text)] if text else []), self._finished(finished)]
        again = replace(
            self.invocation,
            messages=(
                *self.invocation.messages,
                Message("assistant", (Text(text),)),
                Message("user", (Text("Do not answer in text: call one of the functions now."),)),
            ),
        )
        error = ToolNotCalled("The model did not call a function, which tool_choice demanded, in two tries.")
        return self._refuse(finished, again, error)
