"""What every backend promises, by this one."""

from __future__ import annotations

from itertools import takewhile

from clinvoker.backends.gemini import Gemini
from clinvoker.testing.contract import backend_tests, talk_tests
from tests.backends.gemini.playing import lines, made

# The first run of the capture: what came before the second was begun.
FIRST = [
    line["msg"]
    for line in takewhile(lambda line: line.get("begin") != 2, lines("acp-gemini-chat"))
    if line.get("dir") == "in"
]

BackendTests = backend_tests(Gemini)
TalkTests = talk_tests(made, FIRST)
