"""
The real programs started for one prompt, as a person or a script does it: the other way.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from benchmarks.rounds import Figures
from tests.real.daemon import own_environment

Record = Mapping[str, Any]


@attrs.frozen
class Way:
    """How one program is started, and how its first words look.  The prompt goes in by stdin."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    speaks: Callable[[Record], bool]
    files: Mapping[str, Record] = {}  # JSON, by path in the home directory


def ways(url: str, programs: Mapping[str, str]) -> dict[str, Way]:
    """The ways of the programs that are there, each pointed to one provider."""
    settings = {
        "model_provider": "bench",
        "model_providers.bench.name": "bench",
        "model_providers.bench.base_url": f"{url}/v1",
        "model_providers.bench.env_key": "CODEX_API_KEY",
        "model_providers.bench.wire_api": "responses",
    }
    told = [word for key, value in settings.items() for word in ("-c", f"{key}={json.dumps(value)}")]
    found = {
        "claude": Way(
            ("-p", "--output-format=stream-json", "--include-partial-messages", "--verbose"),
            {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "fake", "DISABLE_AUTOUPDATER": "1"},
            lambda record: (
                record.get("type") == "stream_event" and record["event"].get("type") == "content_block_delta"
            ),
        ),
        # It tells no pieces of an answer: the whole is its first word.
        "codex": Way(
            ("exec", "--json", "--skip-git-repo-check", "--ephemeral", *told, "-"),
            {"CODEX_API_KEY": "fake"},
            lambda record: record.get("item", {}).get("type") == "agent_message",
        ),
        "gemini": Way(
            ("--output-format=stream-json", "--skip-trust", "--model=gemini-2.5-flash"),
            {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": "fake"},
            lambda record: record.get("role") == "assistant",
            {".gemini/settings.json": {"security": {"auth": {"selectedType": "gemini-api-key"}}}},
        ),
    }
    return {
        name: attrs.evolve(way, arguments=(programs[name], *way.arguments))
        for name, way in found.items()
        if name in programs
    }


def started_for(way: Way, prompt: str) -> Figures:
    """
    Seconds until the first words, and until the end, of one start; CPU seconds and the most memory (MB) of
    the process and its children, by the kernel's account.

    Raises `AssertionError` where there was no answer.
    """
    with tempfile.TemporaryDirectory(prefix="clinvoker-bench-") as folder:
        environment = own_environment(Path(folder), way.environment)
        for name, value in way.files.items():
            path = Path(environment["HOME"], name)
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(value))
        began = time.monotonic()
        process = subprocess.Popen(
            way.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=environment["HOME"],
            env=environment,
        )
        assert process.stdin is not None
        process.stdin.write(prompt.encode())
        process.stdin.close()
        first = _first_words(process, way)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return {
            "first": first - began,
            "whole": time.monotonic() - began,
            "cpu": used.ru_utime + used.ru_stime,
            "peak": used.ru_maxrss / 1024,
        }


def _first_words(process: subprocess.Popen[bytes], way: Way) -> float:
    assert process.stdout is not None
    first = 0.0
    with process.stdout:
        for line in process.stdout:
            if not first and line.startswith(b"{") and way.speaks(json.loads(line)):
                first = time.monotonic()
    assert first, f"{way.arguments[0]} gave no answer"
    return first
