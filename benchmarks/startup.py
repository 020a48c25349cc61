"""What it costs to ask `fika` for help, beside gcalcli, click alone and a bare interpreter.

python benchmarks/startup.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from processes import cost, keep

BIN = Path(sys.executable).parent


def main() -> None:
    commands = {
        "bare interpreter": [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
        "fika --help": [str(BIN / "fika"), "--help"],
        "fika --version": [str(BIN / "fika"), "--version"],
    }
    if shutil.which(str(BIN / "gcalcli")):
        commands["gcalcli --version"] = [str(BIN / "gcalcli"), "--version"]
    measured = {name: cost(command, runs=9) for name, command in commands.items()}
    ours = measured["fika --help"].cpu_s
    for name, each in measured.items():
        share = ours / each.cpu_s
        costs = f"{each.cpu_s * 1000:7.0f} ms CPU {each.peak_mb:6.0f} MB"
        print(f"{name:20} {costs}   ours is {share:.2f} of it")
    keep("startup", {"measured": {name: each._asdict() for name, each in measured.items()}})


if __name__ == "__main__":
    main()
