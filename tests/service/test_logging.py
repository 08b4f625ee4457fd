"""What is logged, and how."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from twisted.logger import LogEvent, Logger, LogLevel, LogPublisher, capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Log
from clinvoker.service.logging import Levels, as_json
from clinvoker.web.journal import Entry

METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"
ENTRY = Entry(
    request="r1",
    trace="t1",
    key="ada",
    client="192.0.2.1",
    method="POST",
    path="/openai/v1/chat/completions",
    status=200,
    outcome="done",
    model="fast",
    backend="claude",
    input=3,
    output=2,
    first=0.25,
    secs=1.5,
    sent=99,
)


class DocumentTests(SynchronousTestCase):
    def test_fields(self) -> None:
        """The documents tell every field that a line may have, in its order, and no other."""
        section = METRICS.read_text().split("\n## The log\n", 1)[1].split("\n## ", 1)[0]
        cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
        told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
        event = {"log_time": 0.0, "entry": ENTRY, "log_failure": Failure(ValueError())}
        own = [name for name in json.loads(as_json(event)) if name not in Entry.__struct_fields__]
        self.assertEqual([*own, *Entry.__struct_fields__], told)


class LogCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.heard: list[LogEvent] = []
        self.publisher = LogPublisher(self.heard.append)
        self.stream = io.StringIO()

    def log(self, config: Log, namespace: str = "clinvoker.runs.service.Runs") -> Logger:
        """What writes with this configuration."""
        self.levels = Levels(config)
        self.levels.install(config, self.stream, self.publisher)
        return Logger(namespace, observer=self.publisher)


class LevelTests(LogCase):
    def said(self) -> list[Any]:
        found = [event["log_level"] for event in self.heard]
        self.heard.clear()
        return found

    def test_level(self) -> None:
        """Only events of the level and above reach observers; that can change."""
        log = self.log(Log(level="warn"))
        for level in (LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error):
            log.emit(level, "said")
        self.assertEqual([LogLevel.warn, LogLevel.error], self.said())
        self.levels.change(Log(level="error"))
        log.warn("said")
        self.levels.change(Log(level="debug"))
        log.debug("said")
        self.assertEqual([LogLevel.debug], self.said())

    def test_rooms(self) -> None:
        """A room may have a level of its own."""
        log = self.log(Log(level="warn", levels={"runs": "debug", "web.journal": "error"}))
        log.debug("said")
        for name in ("clinvoker.web.journal.Journal", "clinvoker.web.request", "clinvoker.storage"):
            Logger(name, observer=self.publisher).warn("said")
        self.assertEqual([LogLevel.debug, LogLevel.warn, LogLevel.warn], self.said())

    def test_as_told(self) -> None:
        """A room may be written as the log tells it, with its class or without, and those of Twisted."""
        for name, namespace in (
            ("clinvoker.web.journal.Journal", "clinvoker.web.journal.Journal"),
            ("clinvoker.web.journal", "clinvoker.web.journal.Journal"),
            ("web.journal.Journal", "clinvoker.web.journal.Journal"),
            ("twisted.internet", "twisted.internet.base"),
        ):
            self.setUp()
            log = self.log(Log(level="warn", levels={name: "debug"}), namespace)
            log.debug("said")
            self.assertEqual([LogLevel.debug], self.said(), name)

    def test_unknown(self) -> None:
        """A room that is none is warned of, as its level says nothing."""
        rooms = (
            "no.such.room",
            "web.journal",
            "clinvoker.web",
            "runs",
            "twisted.web",
            "web.journl.Journal",
            "",
        )
        with capturedLogs() as said:
            Levels(Log(levels=dict.fromkeys(rooms, "debug")))
        self.assertEqual(["no.such.room", "web.journl.Journal", ""], [event["room"] for event in said])


class JsonTests(LogCase):
    def lines(self) -> list[dict[str, Any]]:
        self.assertEqual([], self.heard)
        return [json.loads(line) for line in self.stream.getvalue().split("\n")[:-1]]

    def test_event(self) -> None:
        """An object in a line: when, how grave, where, what."""
        self.log(Log(format="json")).warn("it is {what}", what="late")
        [line] = self.lines()
        self.assertRegex(line.pop("time"), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
        expected = {
            "level": "warn",
            "room": "clinvoker.runs.service.Runs",
            "message": "it is late",
        }
        self.assertEqual(expected, line)

    def test_request(self) -> None:
        """A request's entry has its fields."""
        self.log(Log(format="json")).info("{entry}", entry=ENTRY)
        [line] = self.lines()
        self.assertEqual(("request", "ada", "claude"), (line["message"], line["key"], line["backend"]))
        self.assertEqual((3, 2, 0.25, 200), (line["input"], line["output"], line["first"], line["status"]))

    def test_one_line(self) -> None:
        """Whatever it says, it is one line, and can be read."""
        log = self.log(Log(format="json"))
        log.info("{text}", text='a\nb\r\u2028"{"level": "error"}\ud800')
        log.failure("it failed", Failure(ValueError("a\nb")))
        said, failed = self.lines()
        self.assertTrue(said["message"].startswith("a\nb"))
        self.assertIn("ValueError", failed["traceback"])
        self.assertEqual("it failed", failed["message"])


class JournaldTests(LogCase):
    def test_priority(self) -> None:
        """Each line begins with its priority, a traceback's too."""
        log = self.log(Log(format="journald"))
        log.info("said")
        log.critical("{text}", text="one\ntwo")
        log.failure("it failed", Failure(ValueError("a")))
        lines = self.stream.getvalue().splitlines()
        self.assertEqual(["<6>said", "<2>one", "<2>two"], lines[:3])
        self.assertEqual({"<2>"}, {line[:3] for line in lines[3:]})


class TextTests(LogCase):
    def test_entry(self) -> None:
        """A request's line for people."""
        self.assertEqual(
            "r1 ada 192.0.2.1 POST '/openai/v1/chat/completions' 200 done 1.500s 99B trace=t1"
            " model='fast' backend=claude tokens=3+2 queue=0.000s first=0.250s",
            str(ENTRY),
        )
