"""
What was used.  A key sees what it used itself, those in `server.admin_keys` what anybody did.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.dialects.bodies import converted
from clinvoker.dialects.described import ALWAYS, Content, Errors, Operation
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.usage import (
    EVERYBODY,
    BucketQuery,
    Buckets,
    DateQuery,
    DayReport,
    UsageQuery,
    UsageReport,
    by_date,
    completions_usage,
    costs,
    date_query,
    days,
    report,
    usage_query,
)
from clinvoker.records import UsageRow
from clinvoker.stores import IUsageStore
from clinvoker.web.native import TAG, TOLD
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

USAGE = Operation(
    name="getUsage",
    summary="What was used, by key, day, program and model.",
    tag=TAG,
    query=UsageQuery,
    answers={200: (Content(UsageReport),)},
    errors=Errors(TOLD, (*ALWAYS, 503)),
)


def _openai(name: str, summary: str, query: type[msgspec.Struct], answer: type[msgspec.Struct]) -> Operation:
    return Operation(
        name=name,
        summary=summary,
        tag="OpenAI",
        query=query,
        answers={200: (Content(answer),)},
        errors=Errors(Content(ErrorBody), (*ALWAYS, 503)),
    )


COMPLETIONS = _openai("usageCompletions", "Tokens that were used, by day.", BucketQuery, Buckets)
COSTS = _openai("usageCosts", "What that cost, by day.", BucketQuery, Buckets)
BY_DATE = _openai("usageByDate", "What was used on a day, in the older shape.", DateQuery, DayReport)


class UsageRoutes:
    """Under the names of both APIs."""

    def __init__(self, store: IUsageStore, settings: WebSettings) -> None:
        self._store = store
        self._settings = settings

    def routes(self) -> Sequence[Route]:
        """What there is."""
        openai = "/openai/v1/organization"
        return (
            Route("GET", "/api/v1/usage", self.usage, USAGE),
            Route("GET", f"{openai}/usage/completions", self.completions, COMPLETIONS),
            Route("GET", f"{openai}/costs", self.costs, COSTS),
            Route("GET", "/openai/v1/usage", self.by_date, BY_DATE),
        )

    async def usage(self, request: ApiRequest) -> bytes:
        """Rows, and their sum."""
        query = usage_query(request.strict_query())
        if query.key not in ("", request.principal):
            self._settings.check_admin(request.principal)
        rows = await self._rows(query.key or request.principal, query.since, query.until)
        return request.json_answer(msgspec.json.encode(report(rows, query.group)))

    async def completions(self, request: ApiRequest) -> bytes:
        """Tokens in buckets."""
        query = _bucket_query(request)
        rows = await self._organization(request, *days(query))
        told = completions_usage(rows, query.group_by.split(","))
        return request.json_answer(msgspec.json.encode(told))

    async def costs(self, request: ApiRequest) -> bytes:
        """Dollars in buckets."""
        rows = await self._organization(request, *days(_bucket_query(request)))
        return request.json_answer(msgspec.json.encode(costs(rows)))

    async def by_date(self, request: ApiRequest) -> bytes:
        """One day, by model."""
        day = date_query(request.strict_query())
        rows = await self._organization(request, day, day)
        return request.json_answer(msgspec.json.encode(by_date(rows)))

    async def _organization(self, request: ApiRequest, since: str, until: str) -> Sequence[UsageRow]:
        """All keys', for those who may see them; else one's own."""
        whose = EVERYBODY if self._settings.is_admin(request.principal) else request.principal
        return await self._rows(whose, since, until)

    async def _rows(self, key: str, since: str, until: str) -> Sequence[UsageRow]:
        if key == EVERYBODY:
            return await self._store.everybodys_usage(since, until)
        return await self._store.usage(key, since, until)


def _bucket_query(request: ApiRequest) -> BucketQuery:
    """What a query asks, in which SDKs write lists as `group_by[]=...`, once for each."""
    args = {
        name.decode("utf-8", "replace").removesuffix("[]"): b",".join(values).decode("utf-8", "replace")
        for name, values in (request.args or {}).items()
    }
    return converted(args, BucketQuery)
