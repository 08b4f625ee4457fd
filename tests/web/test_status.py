"""Errors as HTTP tells them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.dialects.openai_errors import error_type
from clinvoker.web.status import headers_of, status_of, worth_retrying

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
EARLIER = "## The earlier program's words"
BUSY = errors.Busy("full")


def every_class() -> list[type[errors.ClinvokerError]]:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, errors.ClinvokerError)]


def sample(kind: type[errors.ClinvokerError]) -> errors.ClinvokerError:
    """An error of this class; what is it made of does not matter."""
    fillings: dict[str, Any] = {"message": "m", "name": "n", "known": (), "allowed": ("GET",), "limit": 1}
    fillings["identity"] = "i"
    fillings |= {"backend": "b", "said": "s", "complaints": ("c",)}
    fillings |= {"principal": "p", "told": "t", "when": "w", "retry_after": 2.0, "rps": 1.0}
    wanted = inspect.signature(kind).parameters.values()
    return kind(**{p.name: fillings[p.name] for p in wanted if p.default is p.empty})


class StatusTests(SynchronousTestCase):
    def status(self, error: errors.ClinvokerError) -> int:
        return int(status_of(error))

    def test_caller_can_act(self) -> None:
        """W77, W78, W81: what the caller can repair is a 4xx of its own."""
        self.assertEqual(400, self.status(errors.BadRequest("no")))
        self.assertEqual(400, self.status(errors.ContextOverflow()))
        self.assertEqual(400, self.status(errors.ProviderRefused("no")))
        self.assertEqual(404, self.status(errors.UnknownModel("x", ())))
        self.assertEqual(401, self.status(errors.Unauthorized("who")))

    def test_login_is_not_401(self) -> None:
        """W85: the program's own login trouble never tells the caller that his key is bad."""
        self.assertEqual(503, self.status(errors.NotLoggedIn("log in")))
        self.assertEqual(403, self.status(errors.BackendForbidden("no")))

    def test_failed_runs(self) -> None:
        """A run that failed for no better-known reason is a bad gateway."""
        for kind in (errors.AgentDied, errors.AgentGarbled, errors.ProviderFailed, errors.AnswerCut):
            self.assertEqual(502, self.status(kind("it failed")))
        self.assertEqual(504, self.status(errors.TimedOut("too long")))
        self.assertEqual(503, self.status(errors.ProviderOverloaded("529")))
        self.assertEqual(429, self.status(errors.QuotaExhausted("spent")))

    def test_total(self) -> None:
        """Every class has a status."""
        for kind in every_class():
            self.assertTrue(400 <= self.status(sample(kind)) < 600, kind)


class HeadersTests(SynchronousTestCase):
    def headers(self, error: errors.ClinvokerError) -> dict[bytes, bytes]:
        return dict(headers_of(error))

    def test_wait(self) -> None:
        """W82: how long to wait is told in whole seconds and in milliseconds."""
        told = self.headers(errors.Busy("full", 0.25))
        self.assertEqual({b"retry-after": b"1", b"retry-after-ms": b"250"}, told)

    def test_longest_wait(self) -> None:
        """W84: never more than a minute is told; a longer wait is not worth an SDK's retries."""
        told = self.headers(errors.RateLimited("slow down", retry_after=3600))
        self.assertEqual(b"60", told[b"retry-after"])
        self.assertEqual(b"60000", told[b"retry-after-ms"])
        self.assertEqual(b"false", told[b"x-should-retry"])

    def test_no_wait_known(self) -> None:
        """A provider that does not tell leaves the wait to the client's own backoff."""
        self.assertEqual({}, self.headers(errors.RateLimited("slow down")))

    def test_nonsense_wait(self) -> None:
        """A wait in the past or without an end still is a number a client can read."""
        self.assertEqual(b"1", self.headers(errors.Busy("full", -5))[b"retry-after"])
        self.assertEqual(b"60", self.headers(errors.Busy("full", float("inf")))[b"retry-after"])

    def test_quota(self) -> None:
        """When a quota is there again is told as a date too: the wait that is told is never that long."""
        told = self.headers(errors.KeyQuotaExhausted("ann", "5 USD a month", "2026-12-01", 9e5))
        self.assertEqual(b"2026-12-01T00:00:00Z", told[b"x-clinvoker-quota-reset"])
        self.assertEqual((b"60", b"false"), (told[b"retry-after"], told[b"x-should-retry"]))

    def test_hopeless(self) -> None:
        """W83: what waiting does not cure stops the SDKs' own retries."""
        for kind in (errors.NotLoggedIn, errors.BackendMissing, errors.BackendUnusable, errors.TimedOut):
            self.assertEqual(b"false", self.headers(kind("no"))[b"x-should-retry"])
        self.assertEqual(b"false", self.headers(errors.QuotaExhausted("spent"))[b"x-should-retry"])

    def test_hopeful(self) -> None:
        """What may pass is left to the SDKs, which retry 5xx unasked."""
        for kind in (errors.AgentDied, errors.ProviderOverloaded, errors.ProviderUnreachable):
            self.assertEqual({}, self.headers(kind("again")))

    def test_refusals(self) -> None:
        """A 4xx that is not retried anyway needs no such header; 401 and 405 have their own."""
        self.assertEqual({}, self.headers(errors.BadRequest("no")))
        self.assertEqual({b"www-authenticate": b"Bearer"}, self.headers(errors.Unauthorized("who")))
        self.assertEqual(
            {b"allow": b"GET, HEAD"}, self.headers(errors.MethodNotAllowed("no", ["GET", "HEAD"]))
        )


class DocumentationTests(SynchronousTestCase):
    def test_earlier(self) -> None:
        """F150: each word of the earlier program has its place here, with the status that is told."""
        page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
        rows = re.findall(
            r"^\| `(\w+)` \| (\d+) \| `(\w+)` \| (\d+)", page.partition("## The earlier")[2], re.M
        )
        self.assertEqual(17, len(rows))
        statuses = {kind.code: int(status_of(sample(kind))) for kind in every_class()}
        for _, _, code, status in rows:
            self.assertEqual(int(status), statuses[code], code)

    def test_errors_page(self) -> None:
        """docs/errors.md has a row for each class, with the status, code, retries and type of the code."""
        page, _, _ = PAGE.read_text("utf-8").partition(EARLIER)
        rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in page.splitlines() if "|" in row]
        told = {row[0].strip("`"): row[1:5] for row in rows if row[0].startswith("`")}
        self.assertEqual({kind.__name__ for kind in every_class()}, set(told))
        for kind in every_class():
            error = sample(kind)
            retried = "yes" if worth_retrying(error) else "no"
            row = [str(int(status_of(error))), f"`{kind.code}`", retried, f"`{error_type(kind)}`"]
            self.assertEqual(row, told[kind.__name__])
