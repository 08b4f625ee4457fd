"""
What was used: by key, day and model for clients of the native API, in buckets for those of OpenAI's (the
reference's `organization/usage/completions` and `organization/costs`, and the older `usage?date=`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from clinvoker.dialects.bodies import QUERY, converted
from clinvoker.dialects.patterns import Day, DayOrNone, Groups
from clinvoker.dialects.times import rfc3339, seconds_of
from clinvoker.errors import BadRequest
from clinvoker.model import Usage
from clinvoker.records import UsageRow, added

DAY = 86_400
EVERYBODY = "*"


class UsageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which rows: of days from and to, both included; of a key, or of all (`*`), for those who may.  What
    `group` does not name, with commas, is summed up; without it nothing is.
    """

    since: DayOrNone = msgspec.field(default="", name="from")
    until: DayOrNone = msgspec.field(default="", name="to")
    key: str = ""
    group: Groups = ""


class UsageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one key used of one model on one day (UTC); `cost` is in US dollars, by `prices`.  Empty is what was
    summed up.
    """

    key: str
    day: str
    backend: str
    model: str
    requests: int
    tokens: Usage
    cost: float


class UsageTotal(msgspec.Struct, frozen=True, kw_only=True):
    requests: int
    tokens: Usage
    cost: float


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """In order of key, day, backend and model."""

    usage: Sequence[UsageEntry]
    total: UsageTotal


class BucketQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds since 1970, the latter not included; a bucket is a day."""

    start_time: Annotated[int, Meta(ge=0)]
    end_time: Annotated[int, Meta(ge=0)] = 253_402_300_799
    bucket_width: Literal["1d"] = "1d"
    limit: Annotated[int, Meta(ge=1)] = 31
    group_by: str = ""  # `model`, `api_key_id`, with commas


class CompletionsUsage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="object", tag="organization.usage.completions.result"
):
    input_tokens: int
    input_cached_tokens: int
    output_tokens: int
    num_model_requests: int
    model: str | None
    api_key_id: str | None
    project_id: None = None
    user_id: None = None
    batch: None = None


class Amount(msgspec.Struct, frozen=True):
    value: float
    currency: Literal["usd"] = "usd"


class Cost(msgspec.Struct, frozen=True, kw_only=True, tag_field="object", tag="organization.costs.result"):
    amount: Amount
    line_item: None = None
    project_id: None = None


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["bucket"] = "bucket"
    start_time: int
    end_time: int
    results: Sequence[CompletionsUsage | Cost]


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["page"] = "page"
    data: Sequence[Bucket]
    has_more: Literal[False] = False
    next_page: None = None


class DateQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of one day, UTC."""

    date: Day


class DayUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of one model; `aggregation_timestamp` is the day's begin."""

    aggregation_timestamp: int
    n_requests: int
    operation: Literal["completion"] = "completion"
    snapshot_id: str
    n_context_tokens_total: int
    n_generated_tokens_total: int


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """The older shape.  Its lists of what there is not here are empty; `current_usage_usd` is the day's."""

    object: Literal["list"] = "list"
    data: Sequence[DayUsage]
    ft_data: Sequence[None] = ()
    dalle_api_data: Sequence[None] = ()
    whisper_api_data: Sequence[None] = ()
    current_usage_usd: float


def report(rows: Iterable[UsageRow], group: str = "") -> UsageReport:
    """All of these, or of each group its sum; and the sum of all."""
    rows = tuple(_summed(rows, group.split(",")) if group else rows)
    entries = [
        UsageEntry(
            key=row.principal,
            day=row.day,
            backend=row.backend,
            model=row.model,
            requests=row.requests,
            tokens=row.usage,
            cost=row.cost,
        )
        for row in rows
    ]
    requests, usage, cost = _sum(rows)
    return UsageReport(usage=entries, total=UsageTotal(requests=requests, tokens=usage, cost=cost))


def usage_query(asked: Mapping[str, str]) -> UsageQuery:
    """What a query asks.  Raises `BadRequest`."""
    query = converted(asked, UsageQuery)
    _check_day("from", query.since)
    _check_day("to", query.until)
    if query.until and query.since > query.until:
        raise BadRequest("Invalid value for 'from': It is later than 'to'.", f"{QUERY}from")
    return query


def date_query(asked: Mapping[str, str]) -> str:
    """The day that a query asks for.  Raises `BadRequest`."""
    query = converted(asked, DateQuery)
    _check_day("date", query.date)
    return query.date


def _check_day(name: str, day: str) -> None:
    if day and not _is_day(day):
        raise BadRequest(f"Invalid value for {name!r}: There is no day {day}.", QUERY + name)


def _is_day(day: str) -> bool:
    """Whether the calendar has it: else it is counted on into the next month."""
    try:
        return date(seconds_of(f"{day}T00:00:00Z")) == day
    except ValueError:
        return False


def days(query: BucketQuery) -> tuple[str, str]:
    """The first and the last day of what is asked for."""
    last = min(query.end_time - 1, query.start_time - query.start_time % DAY + query.limit * DAY - 1)
    return date(query.start_time), date(max(query.start_time, last))


def date(at: float) -> str:
    """The date of a time, UTC."""
    return rfc3339(at)[:10]


def completions_usage(rows: Iterable[UsageRow], group_by: Collection[str]) -> Buckets:
    """A bucket for each day on which something was used, in it a result for each group."""
    return Buckets(data=[_bucket(day, _results(found, group_by)) for day, found in _by_day(rows)])


def costs(rows: Iterable[UsageRow]) -> Buckets:
    """A bucket for each day on which something was used."""
    return Buckets(data=[_bucket(day, [Cost(amount=Amount(_sum(found)[2]))]) for day, found in _by_day(rows)])


def by_date(rows: Iterable[UsageRow]) -> DayReport:
    """These, which are of one day, by model."""
    rows = tuple(rows)
    return DayReport(
        data=[
            DayUsage(
                aggregation_timestamp=_begin(row.day),
                n_requests=row.requests,
                snapshot_id=_model(row),
                n_context_tokens_total=row.usage.input,
                n_generated_tokens_total=row.usage.output,
            )
            for row in _summed(rows, ("day", "backend", "model"))
        ],
        current_usage_usd=_sum(rows)[2],
    )


def _summed(rows: Iterable[UsageRow], group: Collection[str]) -> Iterator[UsageRow]:
    def of(row: UsageRow) -> tuple[str, ...]:
        named = {"key": row.principal, "day": row.day, "backend": row.backend, "model": row.model}
        return tuple(value if name in group else "" for name, value in named.items())

    for (key, day, backend, model), members in groupby(sorted(rows, key=of), of):
        requests, usage, cost = _sum(members)
        yield UsageRow(
            principal=key, day=day, backend=backend, model=model, requests=requests, usage=usage, cost=cost
        )


def _model(row: UsageRow) -> str:
    return f"{row.backend}/{row.model}" if row.model else row.backend


def _begin(day: str) -> int:
    return int(seconds_of(f"{day}T00:00:00Z"))


def _by_day(rows: Iterable[UsageRow]) -> Iterator[tuple[str, list[UsageRow]]]:
    for day, found in groupby(sorted(rows, key=lambda row: row.day), lambda row: row.day):
        yield day, list(found)


def _bucket(day: str, results: Sequence[CompletionsUsage | Cost]) -> Bucket:
    start = _begin(day)
    return Bucket(start_time=start, end_time=start + DAY, results=results)


def _results(rows: Iterable[UsageRow], group_by: Collection[str]) -> list[CompletionsUsage | Cost]:
    def group(row: UsageRow) -> tuple[str, str]:
        return (
            _model(row) if "model" in group_by else "",
            row.principal if "api_key_id" in group_by else "",
        )

    found: list[CompletionsUsage | Cost] = []
    for (model, key), members in groupby(sorted(rows, key=group), group):
        requests, usage, _ = _sum(members)
        found.append(
            CompletionsUsage(
                input_tokens=usage.input,
                input_cached_tokens=usage.cached,
                output_tokens=usage.output,
                num_model_requests=requests,
                model=model or None,
                api_key_id=key or None,
            )
        )
    return found


def _sum(rows: Iterable[UsageRow]) -> tuple[int, Usage, float]:
    requests, usage, cost = 0, Usage(), 0.0
    for row in rows:
        requests, usage, cost = requests + row.requests, added(usage, row.usage), cost + row.cost
    return requests, usage, cost
