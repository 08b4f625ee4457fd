"""What was used, over HTTP."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from openai.types.admin.organization import UsageCompletionsResponse, UsageCostsResponse
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Usage
from clinvoker.records import UsageRow
from tests.web.wire import House, Reply

ADA, BEN = {"X-Api-Key": "key-of-ada"}, {"X-Api-Key": "key-of-ben"}
ROW = UsageRow(
    principal="ada",
    day="2026-11-25",
    backend="claude",
    model="opus",
    requests=2,
    usage=Usage(input=30, cached=10, output=5),
    cost=0.25,
)
START = 1_795_564_800  # 2026-11-25


class UsageTests(SynchronousTestCase):
    def setUp(self) -> None:
        keys = (("ada", "key-of-ada"), ("ben", "key-of-ben"))
        self.house = House(keys=keys, admin_keys=("ben",))
        self.wire = self.house.wire()
        for row in (
            ROW,
            replace(ROW, day="2026-11-26", model="haiku"),
            replace(ROW, day="2026-11-26"),
            replace(ROW, principal="ben"),
        ):
            self.house.store.add_usage(row)

    def get(self, query: str = "", headers: dict[str, str] = ADA) -> Reply:
        return self.wire.get(f"/api/v1/usage{query}", headers)

    def openai(self, path: str, headers: dict[str, str]) -> Any:
        reply = self.wire.get(f"/openai/v1/organization/{path}", headers)
        self.assertEqual(200, reply.status, reply.body)
        return reply.json

    def test_own(self) -> None:
        """One's own, with the sum; of some days."""
        told = self.get().json
        self.assertEqual(3, len(told["usage"]))
        total = told["total"]
        self.assertEqual((6, 90, 0.75), (total["requests"], total["tokens"]["input"], total["cost"]))
        self.assertEqual({"ada"}, {entry["key"] for entry in told["usage"]})
        days = self.get("?from=2026-11-26&to=2026-11-26").json["usage"]
        self.assertEqual(["haiku", "opus"], [entry["model"] for entry in days])

    def test_others(self) -> None:
        """What others used only an admin sees."""
        for query in ("?key=ben", "?key=*"):
            self.assertEqual(403, self.get(query).status)
        self.assertEqual(4, len(self.get("?key=*", BEN).json["usage"]))
        self.assertEqual(3, len(self.get("?key=ada", BEN).json["usage"]))

    def test_bad(self) -> None:
        """What is no day is told, by name."""
        for query, told in (
            ("?from=yesterday", "'from': Expected a day such as 2026-11-26."),
            ("?to=2026-1-1", "'to': Expected a day such as 2026-11-26."),
            ("?group=week", "'group': Expected some of key, day, backend and model, with commas."),
            ("?to=2026-13-01", "'to': There is no day 2026-13-01."),
            ("?from=2026-11-26&to=2026-11-25", "'from': It is later than 'to'."),
        ):
            reply = self.get(query)
            self.assertEqual(400, reply.status)
            self.assertEqual(f"Invalid value for {told}", reply.json["detail"])
        reply = self.wire.get("/openai/v1/usage?date=2026-02-30", BEN)
        self.assertIn("no day 2026-02-30", reply.json["error"]["message"])
        self.assertEqual(200, self.get("?from=2026-11-26&to=2026-11-26").status)

    def test_grouped(self) -> None:
        """What is not named is summed up; the sum of all stays."""
        told = self.get("?group=model").json
        groups = [(entry["model"], entry["requests"], entry["cost"]) for entry in told["usage"]]
        self.assertEqual([("haiku", 2, 0.25), ("opus", 4, 0.5)], groups)
        self.assertEqual([("", "")] * 2, [(entry["key"], entry["day"]) for entry in told["usage"]])
        self.assertEqual(self.get().json["total"], told["total"])
        told = self.get("?key=*&group=key,day", BEN).json["usage"]
        self.assertEqual(
            [("ada", "2026-11-25", 2), ("ada", "2026-11-26", 4), ("ben", "2026-11-25", 2)],
            [(entry["key"], entry["day"], entry["requests"]) for entry in told],
        )
        reply = self.get("?group=colour")
        self.assertEqual((400, True), (reply.status, b"group" in reply.body))

    def test_by_date(self) -> None:
        """OpenAI's older shape: a day by model, of all keys for an admin."""
        reply = self.wire.get("/openai/v1/usage?date=2026-11-25", BEN)
        [entry] = reply.json["data"]
        expected = {
            "aggregation_timestamp": START,
            "n_requests": 4,
            "operation": "completion",
            "snapshot_id": "claude/opus",
            "n_context_tokens_total": 60,
            "n_generated_tokens_total": 10,
        }
        self.assertEqual((expected, 0.5), (entry, reply.json["current_usage_usd"]))
        [own] = self.wire.get("/openai/v1/usage?date=2026-11-25", ADA).json["data"]
        self.assertEqual(2, own["n_requests"])
        for query in ("", "?date=", "?date=yesterday"):
            self.assertEqual(400, self.wire.get(f"/openai/v1/usage{query}", ADA).status, query)

    def test_openai(self) -> None:
        """In buckets of a day, by model and key if that is asked for; as the SDK reads it."""
        told = self.openai(f"usage/completions?start_time={START}&group_by=model", ADA)
        page = UsageCompletionsResponse.model_validate(told)
        self.assertEqual([START, START + 86_400], [bucket.start_time for bucket in page.data])
        results = [(result["model"], result["input_tokens"]) for result in told["data"][1]["results"]]
        self.assertEqual([("claude/haiku", 30), ("claude/opus", 30)], results)
        [first] = self.openai(f"usage/completions?start_time={START}&limit=1&group_by=api_key_id", BEN)[
            "data"
        ]
        self.assertEqual(["ada", "ben"], [result["api_key_id"] for result in first["results"]])
        [bucket] = self.openai(f"usage/completions?start_time={START}&end_time={START + 9}", BEN)["data"]
        [result] = bucket["results"]
        self.assertEqual(
            (4, 60, None), (result["num_model_requests"], result["input_tokens"], result["model"])
        )

    def test_costs(self) -> None:
        """The same in dollars."""
        told = self.openai(f"costs?start_time={START}", BEN)
        UsageCostsResponse.model_validate(told)
        self.assertEqual([0.5, 0.5], [bucket["results"][0]["amount"]["value"] for bucket in told["data"]])
