"""
How long the commands take: to say the version, to say what there is, and until the daemon answers.

    script/bench startup [--rounds 7]

The daemon starts no program until it is asked, so its time is Python's and the libraries'.
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
from tests.real.daemon import own_environment

COLUMNS = {"cpu": "CPU, ms", "wall": "from call to end, or to READY, ms", "memory": "resident, MB"}
CLINVK = str(Path(sys.executable).with_name("clinvk"))
IDLE_SECS = 1.0


def command(*arguments: str) -> Figures:
    """Run `clinvk` to its end."""
    began = time.monotonic()
    process = subprocess.Popen([CLINVK, *arguments], stdout=subprocess.DEVNULL)
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
    variants = {
        "clinvk version": partial(command, "version"),
        "clinvk --help": partial(command, "--help"),
        "clinvk serve": daemon,
    }
    print(results_table("command", COLUMNS, interleaved(variants, chosen.rounds)))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
