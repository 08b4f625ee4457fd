"""
How long the commands take: to say the version, to ask something, and until the daemon answers.

    script/bench startup [--rounds 7]

The daemon starts no program until it is asked, so its time is Python's and the libraries'.  A prompt is to
the demonstration program: over a daemon as it is, over a daemon by treq on a reactor, and without a daemon.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.daemons import settings
from benchmarks.figures import cpu_us, memory_kb
from benchmarks.rounds import Figures, interleaved
from benchmarks.table import conditions, results_table
from tests.real.children import first_line
from tests.real.daemon import Daemon, own_environment

COLUMNS = {"cpu": "CPU, ms", "wall": "from call to end, or to READY, ms", "memory": "resident, MB"}
CLINVK = str(Path(sys.executable).with_name("clinvk"))
IDLE_SECS = 1.0


PROMPT = ("-b", "demo", "--ephemeral", "-o", "text", "demo: words=1 pause_ms=1")
BY_TREQ = """
from clinvoker.client.asking import Wish, ask
from clinvoker.client.flags import Given
from clinvoker.client.running import run
given = Given()
given.backend, given.output, given.ephemeral = "demo", "text", True
run(given, ask, Wish(prompt="demo: words=1 pause_ms=1"), waits=True)
"""


def command(*arguments: str, program: str = CLINVK, server: str = "") -> Figures:
    """Run `clinvk`, or another program, to its end."""
    environment = {**os.environ, "CLINVK_SERVER": server}
    began = time.monotonic()
    process = subprocess.Popen(
        [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"clinvk {' '.join(arguments)} ended with {process.returncode}"
    wall = time.monotonic() - began
    return {"cpu": (used.ru_utime + used.ru_stime) * 1000, "wall": wall * 1000}


def daemon() -> Figures:
    """Run `clinvk serve` until it greets, which it does once it answers, and look at it a little later."""
    with tempfile.TemporaryDirectory(prefix="clinvoker-bench-") as name:
        folder = Path(name)
        folder.joinpath("config.yaml").write_text(_configuration())
        environment = {**own_environment(folder, {}), "PYTHONUNBUFFERED": "1"}
        listen = ["--listen", "tcp:0:interface=127.0.0.1"]
        arguments = [CLINVK, "serve", "--config", str(folder / "config.yaml"), *listen]
        began = time.monotonic()
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment)
        try:
            while "clinvoker listens at" not in first_line(process):
                pass
            wall, used = time.monotonic() - began, cpu_us(process.pid)
            time.sleep(IDLE_SECS)
            return {"cpu": used / 1000, "wall": wall * 1000, "memory": memory_kb(process.pid) / 1024}
        finally:
            process.kill()
            process.communicate()


def _configuration() -> str:
    """As it comes, with the demonstration program alone."""
    import yaml

    return str(yaml.safe_dump({"backends": settings({"demo": {}})["backends"]}))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    with Daemon(settings({"demo": {}})) as serving:
        variants = {
            "clinvk version": partial(command, "version"),
            "clinvk --help": partial(command, "--help"),
            "clinvk PROMPT": partial(command, *PROMPT, server=serving.url),
            "the same by treq": partial(command, "-c", BY_TREQ, program=sys.executable, server=serving.url),
            "clinvk --local PROMPT": partial(command, "--local", *PROMPT),
            "clinvk serve": daemon,
        }
        results = interleaved(variants, chosen.rounds)
    print(results_table("command", COLUMNS, results))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
