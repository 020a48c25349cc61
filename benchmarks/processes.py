"""Timing whole processes: CPU as the kernel counts it and the largest memory, over some runs."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


class Cost(NamedTuple):
    """The median of user and system seconds, the peak of resident memory, and the median wait."""

    cpu_s: float
    peak_mb: float
    wall_s: float


def cost(
    command: Sequence[str],
    *,
    runs: int = 5,
    environment: Mapping[str, str] | None = None,
    warm: bool = True,
) -> Cost:
    """What ``command`` costs, if ``warm`` after one run that does not count; it must end well."""
    every = [_once(command, environment or {}) for _ in range(runs + warm)][warm:]
    used, peaks, waits = zip(*every, strict=True)
    return Cost(statistics.median(used), max(peaks), statistics.median(waits))


def _once(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Runs in a child of a child, so that the kernel counts this one command alone."""
    script = (
        "import resource, subprocess, sys, time\n"
        "began = time.monotonic()\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
        "waited = time.monotonic() - began\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss, waited)\n"
        "sys.stderr.buffer.write(done.stderr[-2000:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        capture_output=True,
        text=True,
        check=True,
        env=surroundings(environment),
    )
    code, used, peak_kb, waited = done.stdout.split()
    if int(code):
        raise SystemExit(f"{' '.join(command)} ended with {code}: {done.stderr}")
    return Cost(float(used), int(peak_kb) / 1024, float(waited))


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """Our environment and ``more``; bytecode is written, for an installed program has it."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **more}


def keep(name: str, figures: Mapping[str, object]) -> None:
    """Write the figures beside the others, for machines to read."""
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": sys.version.split()[0], "cpus": os.cpu_count()}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine, **figures}, indent=2) + "\n")
