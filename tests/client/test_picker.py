"""A list to choose from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.picker import MARK, NAMES, Picker, keys_in

LINES = [f"line {number} {word}" for number, word in enumerate(("red", "green", "blue", "red fox"))]
KEYS = st.sampled_from(sorted({*NAMES.values()})) | st.characters()


def marked(picker: Picker, height: int = 10) -> str:
    """The line at hand."""
    [line] = [each for each in picker.drawn(80, height)[1:-1] if each.startswith(MARK)]
    return line[2:]


class PickerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.picker = Picker("Which", LINES)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.picker.press(key)

    def test_moves(self) -> None:
        """Up and down, and no further than the ends."""
        self.press("up", "down", "down", "up")
        self.assertEqual(LINES[1], marked(self.picker))
        self.press("end", "down")
        self.assertEqual(LINES[3], marked(self.picker))
        self.press("home")
        self.assertEqual(LINES[0], marked(self.picker))

    def test_search(self) -> None:
        """Every word that is typed has to be in a line; backspace takes it back."""
        self.press(*"RED 3")
        self.assertEqual([3], self.picker.found)
        self.press("backspace", "backspace")
        self.assertEqual([0, 3], self.picker.found)
        self.press(*"zzz")
        self.press("enter")
        self.assertFalse(self.picker.over)
        self.assertIn("nothing", self.picker.drawn(80, 10)[-1])

    def test_choice(self) -> None:
        """Enter chooses what is marked, in the list as it was given; Escape chooses nothing."""
        self.press(*"red", "down", "enter")
        self.assertEqual((True, 3), (self.picker.over, self.picker.chosen))
        other = Picker("Which", LINES)
        other.press("escape")
        self.assertEqual((True, None), (other.over, other.chosen))

    @given(st.lists(KEYS, max_size=30), st.integers(3, 40), st.integers(3, 12))
    def test_any_keys(self, keys: list[str], width: int, height: int) -> None:
        """Whatever is typed, it fits the screen, and one line is marked if any is found."""
        picker = Picker("Which", LINES * 5)
        for key in keys:
            picker.press(key, height - 2)
            lines = picker.drawn(width, height)
            self.assertLessEqual(len(lines), height)
            self.assertLessEqual(max(map(len, lines)), width)
            marks = sum(line.startswith(MARK) for line in lines[1:-1])
            self.assertEqual(bool(picker.found), bool(marks))


class KeyTests(SynchronousTestCase):
    def test_names(self) -> None:
        """Sequences, characters of any alphabet, several at once; what is unknown is nothing."""
        data = b"\x1b[A\x1bOBx\xc3\xa4\r\x1b[99~\x7f\x1b"
        self.assertEqual(["up", "down", "x", "ä", "enter", "backspace", "escape"], keys_in(data))

    @given(st.binary(max_size=20))
    def test_any(self, data: bytes) -> None:
        """Nothing that a terminal sends can move the cursor."""
        for key in keys_in(data):
            self.assertTrue(key.isprintable())
