"""
The routes under `/api/v1` by which prompts are carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from twisted.internet.interfaces import IReactorTime

from clinvoker.carrying import ISessions, ITasks
from clinvoker.dialects import native_answers as answers
from clinvoker.dialects import native_bodies as bodies
from clinvoker.dialects import native_events as events
from clinvoker.dialects import native_results as results
from clinvoker.dialects.described import (
    ALWAYS,
    LINES,
    OF_BODIES,
    OF_RUNS,
    PROBLEM,
    Content,
    Errors,
    Operation,
)
from clinvoker.dialects.native_errors import Problem
from clinvoker.dialects.native_requests import (
    Prompted,
    read_chain,
    read_compare,
    read_parallel,
    read_prompt,
)
from clinvoker.model import Message
from clinvoker.records import Session
from clinvoker.web.ordering import OrderAnswer, PromptAnswer
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

TAG = "Native"
OURS = "api"  # the tag of sessions that were begun here
TOLD = Content(Problem, PROBLEM)
RUNNING = Errors(TOLD, (*ALWAYS, *OF_BODIES, *OF_RUNS))
SEVERAL = Errors(TOLD, (*ALWAYS, *OF_BODIES))

PROMPT = Operation(
    name="executePrompt",
    summary="One prompt to one program.",
    tag=TAG,
    asks=bodies.PromptRequest,
    answers={200: (Content(results.PromptResult), Content(events.PROMPT_LINES, LINES, many=True))},
    errors=RUNNING,
)
PARALLEL = Operation(
    name="executeParallel",
    summary="Several prompts at once.",
    tag=TAG,
    asks=bodies.ParallelRequest,
    answers={200: (Content(results.ParallelResult), Content(events.PARALLEL_LINES, LINES, many=True))},
    errors=SEVERAL,
)
CHAIN = Operation(
    name="executeChain",
    summary="Prompts one after the other, which may speak of earlier results.",
    tag=TAG,
    asks=bodies.ChainRequest,
    answers={200: (Content(results.ChainResult), Content(events.CHAIN_LINES, LINES, many=True))},
    errors=SEVERAL,
)
COMPARE = Operation(
    name="executeCompare",
    summary="One prompt to several programs.",
    tag=TAG,
    asks=bodies.CompareRequest,
    answers={200: (Content(results.CompareResult), Content(events.COMPARE_LINES, LINES, many=True))},
    errors=SEVERAL,
)


class NativeRoutes:
    """Prompts, alone and several together."""

    def __init__(
        self, tasks: ITasks, sessions: ISessions, settings: WebSettings, clock: IReactorTime
    ) -> None:
        self._tasks = tasks
        self._sessions = sessions
        self._settings = settings
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """What there is."""
        parallel = partial(read_parallel, at_once=self._settings.max_parallel)
        return (
            Route("POST", "/api/v1/prompt", self.prompt, PROMPT),
            Route("POST", "/api/v1/parallel", self._several(parallel, answers.PARALLEL), PARALLEL),
            Route("POST", "/api/v1/chain", self._several(read_chain, answers.CHAIN), CHAIN),
            Route("POST", "/api/v1/compare", self._several(read_compare, answers.COMPARE), COMPARE),
        )

    async def prompt(self, request: ApiRequest) -> None:
        """One prompt, in a session of its own unless it is ephemeral."""
        asked = named(read_prompt(request.json_body()), request)
        [task] = asked.order.tasks
        request.model = task.asked.invocation.model
        unheard = self._tasks.unheard(task)
        session = None
        if not asked.ephemeral:
            tags = (OURS, *asked.tags)
            session = self._sessions.opened(request.principal, task, tags, asked.metadata)
        await self.answer_prompt(request, asked, unheard, session)

    async def answer_prompt(
        self,
        request: ApiRequest,
        asked: Prompted,
        unheard: Sequence[str],
        session: Session | None,
        history: Sequence[Message] = (),
    ) -> None:
        """Carry out one prompt, in a session if there is one, and write the answer."""
        order, name = asked.order, session.id if session else ""
        turns = (session.turns if session else 0) + 1
        written: answers.IOrderRenderer = answers.whole_prompt(order, name)
        if asked.stream:
            written = answers.PromptLines(order, name, turns, unheard, self._clock.seconds)
        answer = PromptAnswer(request, written, self._clock, self._settings.keepalive_secs)
        answer.about(order.tasks[0], name, unheard)
        if session is None:
            await answer.follow(partial(self._tasks.begin, order))
        else:
            await answer.follow(lambda listener: self._sessions.begin(session, order, listener, history))

    def _several(
        self, read: Callable[[bytes], Prompted], kind: answers.Kind
    ) -> Callable[[ApiRequest], object]:
        async def answer(request: ApiRequest) -> None:
            asked = named(read(request.json_body()), request)
            written: answers.IOrderRenderer = answers.whole(kind, asked.order)
            if asked.stream:
                written = answers.SeveralLines(kind, asked.order, self._clock.seconds)
            told = OrderAnswer(request, written, self._clock, self._settings.keepalive_secs)
            await told.follow(partial(self._tasks.begin, asked.order))

        return answer


def named(asked: Prompted, request: ApiRequest) -> Prompted:
    """The same, asked by whoever sent the request."""
    return asked.asked_by(request.principal, request.request_id)
