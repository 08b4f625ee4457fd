"""
Carrying out what was admitted: attempts on agents, or going on with a conversation that one holds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from clinvoker.errors import ClinvokerError, RunError
from clinvoker.interfaces import Deliver, IBackend, IRun
from clinvoker.model import Invocation
from clinvoker.runs.accounting import Account
from clinvoker.runs.agents import Agents
from clinvoker.runs.conversations import Asked, Conversations, asked
from clinvoker.runs.run import Run
from clinvoker.settings import Limits
from clinvoker.shaping.plans import Plan

BACKOFF_SECS = 0.5  # before the first new attempt; doubled each time


class Attempts:
    """`look_at` is told of a backend before its agents are asked for anything."""

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        limits: Limits,
        agents: Agents,
        conversations: Conversations,
        look_at: Callable[[IBackend], None],
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._agents = agents
        self._conversations = conversations
        self._look_at = look_at
        self._closed = False

    def close(self) -> None:
        """Keep nothing any more, and give up what is kept."""
        self._closed = True
        self._conversations.clear()

    async def carry_out(
        self, run: Run, backend: IBackend, plan: Plan, invocation: Invocation, account: Account
    ) -> None:
        """Bring a run to its end; fails as its last attempt does."""
        request = asked(backend.name, invocation)
        try:
            await self._fulfil(run, plan, partial(self._begin, backend, plan, request, account))
            if plan.invocation is invocation and not plan.altered:
                self._keep(request, run)
        finally:
            self._let_go(run)

    async def _fulfil(self, run: Run, plan: Plan, begin: Callable[[Deliver], Awaitable[IRun]]) -> None:
        """Attempt until the plan is content, an attempt fails for good, or one fails in the middle."""
        failures = 0
        again = True
        while again:
            self._let_go(run)
            try:
                await run.attempt(plan, begin)
                again = plan.again()
            except ClinvokerError as error:
                if run.delivered:
                    raise
                if not plan.failed(error):
                    failures += 1
                    await self._pause(error, failures)

    async def _pause(self, error: ClinvokerError, failures: int) -> None:
        """Wait before another attempt; raises the error if there is to be none."""
        if not isinstance(error, RunError) or not error.transient or failures > self._limits.retries:
            raise error
        self._log.warn("attempt {failures} failed: {code}", failures=failures, code=error.code)
        await deferLater(self._clock, BACKOFF_SECS * 2 ** (failures - 1))

    async def _begin(
        self, backend: IBackend, plan: Plan, request: Asked, account: Account, deliver: Deliver
    ) -> IRun:
        account.attempts += 1
        self._look_at(backend)
        conversation = self._conversations.take(request)
        if conversation is None:
            launch = backend.launch(plan.invocation)
            return await self._agents.begin(backend, launch, plan.invocation, deliver)
        run = conversation.resume(request.after, deliver)
        run.settled.addCallback(lambda _: self._agents.tidy())
        return run

    def _keep(self, request: Asked, run: Run) -> None:
        """
        Keep what a program still holds after a run, if it holds what the client will send back: not if
        it was asked, or answered, in other words.
        """
        if run.held is not None and not self._closed:
            self._conversations.keep(request, run.answer, run.held)
            run.held = None

    def _let_go(self, run: Run) -> None:
        """Give up the conversation that an attempt left, if it is still the run's."""
        conversation, run.held = run.held, None
        if conversation is not None:
            conversation.abandon().addCallback(lambda _: self._agents.tidy())
