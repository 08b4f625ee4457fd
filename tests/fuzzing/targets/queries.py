"""What stands behind the `?` of a path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clinvoker.dialects.bodies import converted
from clinvoker.dialects.mcp_sessions import page_of, place_of
from clinvoker.dialects.native_bodies import SessionQuery
from clinvoker.dialects.native_sessions import wanted
from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.openai_lists import items_body, read_page
from clinvoker.dialects.responses_bodies import read_query
from clinvoker.dialects.usage import (
    BucketQuery,
    DateQuery,
    UsageQuery,
    completions_usage,
    costs,
    days,
    report,
)
from clinvoker.errors import ClinvokerError
from clinvoker.model import Usage
from clinvoker.records import Item, UsageRow, paged
from tests.fuzzing.chance import Chance
from tests.fuzzing.mutation import written
from tests.fuzzing.target import Input, Target
from tests.fuzzing.targets.bodies import check_error

ITEMS = tuple(
    Item(
        f"msg_{number}",
        b'{"type":"message","id":"msg_%d","role":"user","status":"completed","content":[]}' % number,
    )
    for number in range(5)
)
ROWS = [
    UsageRow(principal="key", day=f"2026-11-2{number}", backend="demo", model="", usage=Usage(input=number))
    for number in range(3)
]
Query = Mapping[str, str]


class Queries(Target):
    """An input is the name of a reader and what it reads."""

    name = "queries"
    planted = ("clinvoker.dialects.usage", "rfc3339")

    def read_seeds(self) -> Sequence[Input]:
        return [
            ["page", {"limit": "2", "order": "asc", "after": "msg_1", "before": "msg_4"}],
            ["page", {}],
            ["response", {"stream": "true", "starting_after": "5"}],
            ["sessions", {"backend": "demo", "status": "active", "limit": "5", "offset": "1", "search": "a"}],
            ["usage", {"from": "2026-11-01", "to": "2026-11-26", "key": "*", "group": "day,model"}],
            [
                "buckets",
                {"start_time": "1790000000", "end_time": "1790100000", "limit": "7", "group_by": "model"},
            ],
            ["date", {"date": "2026-11-26"}],
            ["cursor", {"cursor": "after-50", "uri": "clinvk://sessions/0123abcd.md"}],
        ]

    def made(self, chance: Chance) -> Input:
        name, query = chance.pick(self.seeds)
        damaged = self.damage.trees(query, chance)
        told = damaged if isinstance(damaged, dict) else {"limit": damaged}
        # The web hands on texts that are UTF-8.
        return [name, {_text(key): _text(value) for key, value in told.items()}]

    def run(self, given: Input) -> bool:
        name, query = given
        try:
            READERS[name](query)
        except ClinvokerError as error:
            check_error(error, error_body(error))
            return False
        return True


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else written(value)
    return text.encode("utf-8", "replace").decode()[:1000]


def _page(query: Query) -> None:
    page = paged(ITEMS, read_page(query))
    assert page is None or json.loads(items_body(page))["object"] == "list", "no list"


def _buckets(query: Query) -> None:
    asked = converted(query, BucketQuery)
    first, last = days(asked)
    assert first <= last, "it ends before it begins"
    assert json.loads(json.dumps([str(completions_usage(ROWS, asked.group_by.split(","))), str(costs(ROWS))]))


def _sessions(query: Query) -> None:
    found = wanted(converted(query, SessionQuery))
    assert found.limit >= 0 <= found.offset, "a page before the first"


def _usage(query: Query) -> None:
    assert report(ROWS, converted(query, UsageQuery).group).total.requests == 3, "something was lost"


def _cursor(query: Query) -> None:
    page_of(query.get("cursor"))
    place_of(query.get("uri"))


READERS: Mapping[str, Callable[[Query], object]] = {
    "page": _page,
    "response": read_query,
    "sessions": _sessions,
    "usage": _usage,
    "buckets": _buckets,
    "date": lambda query: converted(query, DateQuery),
    "cursor": _cursor,
}
