"""The daily run as a process, on two calendars of 10,000 entries each: first, and with no change.

python benchmarks/daily.py [--entries N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from calendars import calendar
from processes import cost, keep, surroundings

BIN = Path(sys.executable).parent
BUDGET_S = 1.0
CONFIG = """[owner]
name = "Olle Owner"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "work.ics"

[[calendar]]
name = "private"
path = "private.ics"

[[calendar]]
name = "planning"
path = "planning"

[write]
calendar = "planning"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        (home / "planning").mkdir()
        (home / "config.toml").write_text(CONFIG)
        for seed, name in enumerate(("work", "private"), 1):
            (home / f"{name}.ics").write_bytes(calendar(entries, seed=seed))
        environment = {"FIKA_HOME": str(home)}
        command = [str(BIN / "fika"), "run"]
        first = _first(command, home)
        again = cost(command, runs=5, environment=environment)
    print(f"first run on 2 x {entries} entries  {first:6.2f} s CPU")
    size = f"{again.peak_mb:5.0f} MB (at most {BUDGET_S} s)"
    print(f"run with nothing changed      {again.cpu_s:6.2f} s CPU {size}")
    keep("daily", {"entries": entries, "first_cpu_s": first, "unchanged": again._asdict()})


def _first(command: list[str], home: Path) -> float:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = surroundings({"FIKA_HOME": str(home)})
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
