"""What `clinvk compare` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from clinvoker.client.exits import BACKEND, GENERAL, CommandFailed
from clinvoker.client.progress import Progress
from clinvoker.client.several import Several, carried, span, status_of, words_of
from clinvoker.client.tables import cut, harmless, one_line, table
from clinvoker.client.work import Work
from clinvoker.config.checking import did_you_mean

HEAD = ("BACKEND", "STATUS", "DURATION", "MODEL")
NARROWEST = 36  # columns of an answer beside others


async def compare(
    work: Work, prompt: str, named: Sequence[str] | None, sequential: bool, as_json: bool
) -> int:
    """Ask them all the same; gives 1 if one of them failed.  `named` is None for all that are there."""
    backends = await _present(work, named)
    as_json = as_json or work.given.output in ("json", "stream-json")
    body = {
        "backends": backends,
        "prompt": prompt,
        "model": work.given.model,
        "workdir": work.given.directory,
        "sequential": sequential,
        "dry_run": work.given.dry_run or work.config.unified_flags.dry_run,
    }
    work.tell(f"Comparing {', '.join(backends)}: {cut(one_line(prompt), 60)}")
    beside = work.terminal and len(backends) > 1 and work.width() >= NARROWEST * len(backends)
    began = work.clock.seconds()
    with Progress(work, backends) as progress:
        telling = Telling(progress, silent=as_json or beside)
        several = await carried(work, "/api/v1/compare", {k: v for k, v in body.items() if v}, telling)
    whole = {"prompt": prompt, "backends": backends, **_told(several, began, work.clock.seconds())}
    if as_json:
        work.say(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        if beside:
            work.say(side_by_side(work, whole["results"]))
        work.say(_summary(whole))
    return int(any(result["exit_code"] for result in whole["results"]))


class Telling:
    """Hands on what happens to the progress, and tells each answer as it comes, unless that is for later."""

    def __init__(self, progress: Progress, silent: bool) -> None:
        self._progress = progress
        self._silent = silent
        self.begun = progress.begun
        self.said = progress.said

    def over(self, place: int, result: Mapping[str, Any]) -> None:
        """Tell it."""
        self._progress.over(place, result)
        if not self._silent:
            self._progress.print(f"[{result['backend']}]\n{words_of(result)}\n")


def side_by_side(work: Work, results: Sequence[Mapping[str, Any]]) -> str:
    """The answers in columns of one width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = Table(expand=True, show_lines=False)
    for result in results:
        columns.add_column(result["backend"], ratio=1, overflow="fold")
    columns.add_row(*(Text(harmless(words_of(result))) for result in results))
    written = StringIO()
    Console(file=written, width=work.width(), force_terminal=work.coloured, no_color=not work.coloured).print(
        columns
    )
    return written.getvalue().rstrip("\n")


async def _present(work: Work, named: Sequence[str] | None) -> list[str]:
    """Those that can be asked; the others are told.  Raises `CommandFailed` if none is left."""
    known = {each["name"]: each for each in (await work.api.get("/api/v1/backends"))["backends"]}
    wanted = list(dict.fromkeys(named)) if named is not None else [*known]
    for name in wanted:
        if name not in known:
            raise CommandFailed(f"There is no backend {name!r}{did_you_mean(name, known)}.", GENERAL)
    present = [name for name in wanted if known[name]["available"]]
    for name in wanted:
        if name not in present and named is not None:
            print(f"clinvk: {name} is not there, and is left out; `clinvk doctor` says why.", file=work.err)
    if not present:
        raise CommandFailed("No program is there to ask; `clinvk doctor` says why.", BACKEND)
    return present


def _told(several: Several, began: float, ended: float) -> dict[str, Any]:
    results = [several.results[place] for place in sorted(several.results)]
    return {**span(began, ended), "results": results}


def _summary(whole: Mapping[str, Any]) -> str:
    rows = [
        (
            each["backend"],
            status_of(each),
            f"{each['duration_seconds']:.2f}s",
            each.get("model") or "(default)",
        )
        for each in whole["results"]
    ]
    return f"\n{table(HEAD, rows)}\n\nTotal: {whole['total_duration_seconds']:.2f}s"
