"""Answers to a prompt, in the three ways in which they can be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clinvoker.client.connection import Refused
from clinvoker.client.exits import of_code
from clinvoker.client.tables import cut, harmless, one_line
from clinvoker.client.work import Work
from clinvoker.framing import Record, line_of

NANOSECONDS = 1_000_000_000
TITLES = {"command": "$", "file_change": "edits", "read": "reads", "search": "searches", "tool": "uses"}


class Answer:
    """
    Takes the lines of an answer.  `ended` once the last was there, `failure` the word for its error,
    `midline` while a line on the terminal is not finished.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.session = ""
        self.failure = ""
        self.ended = False
        self.midline = False

    def hear(self, line: Record) -> None:
        """Take one line."""
        self.session = str(line.get("session_id") or self.session)
        content: Mapping[str, Any] = line["content"]  # type: ignore[assignment]
        if line["type"] == "error":
            self.failure = content["code"]
            self.ended = True
        self.ended = self.ended or line["type"] == "done"
        self.written(line, str(line["type"]), content)

    def written(self, line: Record, kind: str, content: Mapping[str, Any]) -> None:
        """Write what is to be written of it."""

    def refused(self, error: Refused, seconds: float) -> None:
        """There is no answer but this error."""
        self.session = str(error.problem.get("session_id") or "")
        self.tell_error(error.message, str(error.problem.get("backend") or ""))

    def broken_off(self) -> None:
        """There will be no more, because nobody wants it."""

    def tell_error(self, message: str, backend: str) -> None:
        """The sentence, on stderr whatever -q says."""
        end = "\n" if self.midline else ""
        self.midline = False
        who = f" [{backend}]" if backend else ""
        print(f"{end}clinvk{who}: {one_line(message)}", file=self.work.err, flush=True)


class Text(Answer):
    """The pieces of the text as they come; what an agent does, on stderr with -v or a terminal."""

    def written(self, line: Record, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "message":
            self._write(content["text"])
        elif kind == "tool_use":
            self._step(content)
        elif kind == "init" and content.get("ignored"):
            self.work.tell(f"Without effect: {', '.join(content['ignored'])}.")
        elif kind == "error":
            self.tell_error(content["message"], str(line.get("backend", "")))
        elif kind == "done":
            self._end()
            self._figures(content)

    def broken_off(self) -> None:
        self._end()

    def _write(self, text: str) -> None:
        self.work.out.write(harmless(text) if self.work.terminal else text)
        self.work.out.flush()
        if text:
            self.midline = not text.endswith("\n")

    def _end(self) -> None:
        if self.midline:
            self._write("\n")

    def _step(self, content: Mapping[str, Any]) -> None:
        if self.work.terminal or self.work.given.verbose:
            self._end()
            title = one_line(f"{TITLES.get(content['tool_name'], '')} {content['input']['title']}")
            self.work.tell(self.work.styled(f"  {cut(title, 200)}", dim=True))

    def _figures(self, done: Mapping[str, Any]) -> None:
        output, usage = self.work.config.output, done.get("token_usage")
        verbose = self.work.given.verbose
        if usage and (output.show_tokens or verbose):
            told = f"Tokens: {usage['input_tokens']} in, {usage['output_tokens']} out"
            self.work.tell(
                told + (f", {usage['cached_tokens']} cached" if usage.get("cached_tokens") else "")
            )
        if output.show_timing or verbose:
            self.work.tell(f"Time: {done['duration'] / NANOSECONDS:.2f} s")


class Lines(Answer):
    """Each line as it is."""

    def written(self, line: Record, kind: str, content: Mapping[str, Any]) -> None:
        self.work.out.write(line_of(line).decode("utf-8"))
        self.work.out.flush()

    def refused(self, error: Refused, seconds: float) -> None:
        super().refused(error, seconds)
        told = {"type": "error", "sequence": 1, "content": {"code": error.code, "message": error.message}}
        self.work.out.write(line_of(told).decode("utf-8"))


class Whole(Answer):
    """One object at the end, whatever that is."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._pieces: list[str] = []
        self._told: dict[str, Any] = {}

    def written(self, line: Record, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "init":
            self._told = {"backend": line.get("backend", ""), **content}
        elif kind == "message":
            self._pieces.append(content["text"])
        elif kind == "error":
            self._say(
                exit_code=of_code(content["code"]), error=content["message"], error_code=content["code"]
            )
        elif kind == "done":
            seconds = round(content["duration"] / NANOSECONDS, 3)
            rest = {name: value for name, value in content.items() if name not in ("duration", "token_usage")}
            usage = content.get("token_usage")
            self._say(exit_code=0, duration_seconds=seconds, usage=usage, **rest)

    def refused(self, error: Refused, seconds: float) -> None:
        super().refused(error, seconds)
        self._told = {"backend": error.problem.get("backend", "")}
        self._pieces = [str(error.problem.get("output") or "")]
        seconds = round(seconds, 3)
        self._say(
            exit_code=error.exit_code,
            error=error.message,
            error_code=error.code,
            duration_seconds=seconds,
        )

    def _say(self, **more: Any) -> None:
        content = "".join(self._pieces)
        told = {**self._told, "content": content, "session_id": self.session or None, **more}
        shown = {name: value for name, value in told.items() if value is not None}
        self.work.say(json.dumps(shown, indent=2, ensure_ascii=False))


def answer_for(work: Work) -> Answer:
    """What writes as is wanted."""
    return {"text": Text, "stream-json": Lines, "json": Whole}[work.format](work)
