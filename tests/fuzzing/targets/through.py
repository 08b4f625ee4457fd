"""A client's body all the way: what is asked of each program for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.backends.codex import CodexBackend
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.backends.demo.talk import DemoTalk
from clinvoker.backends.gemini import Gemini
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.framing import line_of
from clinvoker.interfaces import ITalk
from clinvoker.model import Invocation
from clinvoker.runs.fingerprints import Fingerprint
from clinvoker.shaping import plan_for
from clinvoker.talk import Ended, Send, Step, Write
from clinvoker.tokens import of_invocation
from tests.backends.claude.playing import greeted
from tests.backends.codex.playing import MADE
from tests.backends.gemini.playing import made as gemini
from tests.fuzzing.targets.bodies import check_error
from tests.fuzzing.targets.openai import OpenAITarget
from tests.fuzzing.targets.seeds import CHATS, EXTENSIONS

BACKENDS = (ClaudeBackend(), CodexBackend(), Gemini())


class Through(OpenAITarget):
    """Chats: launches, fingerprints, plans, and the first words to each program."""

    name = "through"
    planted = ("clinvoker.backends.claude.conversation", "block")

    def read_seeds(self) -> Sequence[Any]:
        return [*CHATS, *EXTENSIONS[:1]]

    def accept(self, body: bytes) -> None:
        invocation = OpenAIChat().parse(body).invocation
        assert of_invocation(invocation) >= 0, "fewer tokens than none"
        mark = Fingerprint("claude", invocation)
        for message in invocation.messages:
            mark.add(message)
        assert len(mark.digest()) == 32, "no mark"
        for backend in BACKENDS:
            _refusable(
                lambda backend=backend: backend.launch(
                    plan_for(invocation, backend.parameters, str).invocation
                )
            )
        asked = plan_for(invocation, {}, str).invocation
        for begin in (_claude, _codex, _gemini, _demo):
            _refusable(lambda begin=begin: _check(begin(asked)))


def _refusable(ask: Callable[[], object]) -> None:
    """A program may not do what this asks; that is said as the client's mistake."""
    try:
        ask()
    except ClinvokerError as error:
        check_error(error, error_body(error))


def _claude(invocation: Invocation) -> Sequence[Step]:
    return greeted().begin(1, invocation)


def _codex(invocation: Invocation) -> Sequence[Step]:
    talk = CodexTalk()
    (asked,) = talk.begin(1, invocation)
    assert isinstance(asked, Send), "it asks for no thread"
    return [asked, *talk.receive({"id": asked.record["id"], "result": MADE})]


def _gemini(invocation: Invocation) -> Sequence[Step]:
    return gemini().begin(1, invocation)


def _demo(invocation: Invocation) -> Sequence[Step]:
    talk: ITalk = DemoTalk()
    return talk.begin(1, invocation)


def _check(steps: Sequence[Step]) -> None:
    assert steps, "nothing follows"
    for step in steps:
        if isinstance(step, Send):
            assert line_of(step.record).count(b"\n") == 1, "a record is not one line"
        elif isinstance(step, Write):
            step.text.encode()
            assert not step.path.startswith("/"), "it writes elsewhere"
            assert ".." not in step.path, "it writes elsewhere"
        elif isinstance(step, Ended):
            assert step.error is not None, "it ended without an answer"
