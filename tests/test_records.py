"""What is kept, as values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Usage
from clinvoker.records import Item, ItemPage, added, paged
from clinvoker.settings import Keeping
from clinvoker.testing.store_case import NOW, SESSION

ITEMS = tuple(Item(name, b"{}") for name in "abcdef")


class PageTests(SynchronousTestCase):
    @given(st.integers(1, 7), st.sampled_from(["asc", "desc"]))
    def test_walk(self, limit: int, order: str) -> None:
        """Page after page gives every item once, in order, and the last page says that it is."""
        seen: list[Item] = []
        more = True
        while more:
            after = seen[-1].id if seen else ""
            page = paged(ITEMS, ItemPage(limit=limit, after=after, order=order))  # type: ignore[arg-type]
            assert page is not None
            more = page.more
            self.assertTrue(page.items)
            seen += page.items
        self.assertEqual(list(ITEMS if order == "asc" else reversed(ITEMS)), seen)

    def test_between(self) -> None:
        """Two cursors cut out what lies between them; crossed ones nothing."""
        between = paged(ITEMS, ItemPage(order="asc", after="a", before="d"))
        crossed = paged(ITEMS, ItemPage(order="asc", after="d", before="a"))
        assert between is not None
        assert crossed is not None
        self.assertEqual(["b", "c"], [item.id for item in between.items])
        self.assertEqual(((), False), (crossed.items, crossed.more))

    def test_unknown(self) -> None:
        """A cursor that is no item gives no page."""
        self.assertIsNone(paged(ITEMS, ItemPage(after="z")))
        self.assertIsNone(paged(ITEMS, ItemPage(before="z")))

    def test_empty(self) -> None:
        """Of nothing there is an empty page."""
        page = paged((), ItemPage())
        assert page is not None
        self.assertEqual(((), False), (page.items, page.more))


class ValueTests(SynchronousTestCase):
    def test_forked(self) -> None:
        """A fork is where its parent is, for the same principal, and has used nothing and failed nowhere."""
        parent = replace(
            SESSION,
            workdir="/w",
            tags=("a",),
            metadata={"k": "v"},
            status="failed",
            error="no",
            native="thread",
            turns=3,
            usage=Usage(input=1),
            cost=0.5,
        )
        fork = parent.forked("ff" * 16, NOW + 5)
        for name in ("principal", "backend", "model", "mode", "workdir", "tags", "metadata"):
            self.assertEqual(getattr(parent, name), getattr(fork, name))
        self.assertEqual((parent.id, "completed", NOW + 5), (fork.parent, fork.status, fork.created))
        self.assertEqual(
            ("", "", 0, Usage(), 0.0), (fork.error, fork.native, fork.turns, fork.usage, fork.cost)
        )

    def test_added(self) -> None:
        """Each kind of token by itself."""
        one = Usage(input=1, cached=2, output=3, reasoning=4)
        self.assertEqual(Usage(input=2, cached=4, output=6, reasoning=8), added(one, one))

    def test_prompts(self) -> None:
        """Which prompts are kept, by the three words."""
        kept = {
            word: [Keeping(prompts=word).prompts_of(resumable) for resumable in (True, False)]  # type: ignore[arg-type]
            for word in ("needed", "always", "never")
        }
        self.assertEqual({"needed": [True, False], "always": [True, True], "never": [False, False]}, kept)
        self.assertFalse(Keeping(prompts="never").responses_stored)
        self.assertTrue(Keeping().responses_stored)
