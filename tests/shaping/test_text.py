"""Stop sequences and token budgets, whatever the chunks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.shaping.stops import StopSequences
from clinvoker.shaping.tokens import TokenBudget
from clinvoker.tokens import estimate

TEXTS = st.text(alphabet="ab\n", max_size=40)
STOPS = st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), min_size=1, max_size=4)


def cut(text: str, places: list[int]) -> list[str]:
    """The text in pieces."""
    borders = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(borders)]


class StopTests(SynchronousTestCase):
    def test_across_chunks(self) -> None:
        """A sequence is found though it came in pieces, and nothing of it goes out."""
        stops = StopSequences(["END"])
        pieces = ("one ", "E two E", "N", "D", "x")
        self.assertEqual(["one ", "E two ", "", "", ""], [stops.feed(piece) for piece in pieces])
        self.assertEqual("END", stops.found)

    def test_held_no_longer_than_needed(self) -> None:
        """What cannot begin a sequence any more goes out at once."""
        stops = StopSequences(["\n\n"])
        self.assertEqual(["a", "\nb", "c"], [stops.feed("a\n"), stops.feed("b"), stops.feed("c")])

    def test_rest(self) -> None:
        """What was held back goes out at the end."""
        stops = StopSequences(["END"])
        self.assertEqual(("a", "EN", ""), (stops.feed("aEN"), stops.rest(), stops.rest()))

    @given(TEXTS, STOPS, st.lists(st.integers(0, 40), max_size=6))
    def test_any_chunks(self, text: str, sequences: list[str], places: list[int]) -> None:
        """The same goes out however the text is cut: all up to the first sequence that is complete."""
        stops = StopSequences(sequences)
        out = "".join(map(stops.feed, cut(text, places)))
        out += stops.rest()
        ends = [(place + len(stop), place) for stop in sequences if (place := text.find(stop)) >= 0]
        self.assertEqual(text[: min(ends)[1]] if ends else text, out)
        self.assertEqual(bool(ends), bool(stops.found))

    def test_one_within_another(self) -> None:
        """The one that is complete first counts, whole or in pieces."""
        whole, pieces = StopSequences(["b", "abc"]), StopSequences(["b", "abc"])
        self.assertEqual("a", whole.feed("abc"))
        self.assertEqual(["", "a", ""], [pieces.feed(piece) for piece in "abc"])

    @given(TEXTS, STOPS, st.lists(st.integers(0, 40), max_size=6))
    def test_never_late(self, text: str, sequences: list[str], places: list[int]) -> None:
        """What is held back is always the beginning of a sequence."""
        stops = StopSequences(sequences)
        fed = out = ""
        for piece in cut(text, places):
            fed += piece
            out += stops.feed(piece)
            if not stops.found:
                held = fed[len(out) :]
                self.assertTrue(not held or any(stop.startswith(held) for stop in sequences))


class BudgetTests(SynchronousTestCase):
    @given(st.text(max_size=60), st.integers(1, 20), st.lists(st.integers(0, 60), max_size=6))
    def test_any_chunks(self, text: str, tokens: int, places: list[int]) -> None:
        """What goes out is the text's beginning, within the budget by less than one character."""
        budget = TokenBudget(tokens)
        out = ""
        for piece in cut(text, places):
            if not budget.spent:
                out += budget.feed(piece)
        self.assertTrue(text.startswith(out))
        self.assertLessEqual(estimate(out), tokens)
        self.assertEqual(budget.spent, out != text)

    def test_half_an_emoji(self) -> None:
        """A program may tell half a character, whose other half comes with the next piece: none is lost."""
        budget = TokenBudget(3)
        pieces = ("\ud83d", "\ude00 and more")
        self.assertEqual(["\ud83d", "\ude00 and m"], [budget.feed(piece) for piece in pieces])
        self.assertEqual("It \ude00x", TokenBudget(2).feed("It \ude00xé"))
