"""Every benchmark, one after the other; each gates its figures on equal results first.

make bench        or: python benchmarks/run.py [name ...]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = (
    "startup",
    "read_ics",
    "expand",
    "slots",
    "assign",
    "store",
    "audit",
    "circles",
    "usual",
    "usual --heavy",
    "web",
    "daily",
    "services",
)


def main() -> None:
    failed = []
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}", flush=True)
        script, *options = name.split()
        command = [sys.executable, str(Path(__file__).with_name(f"{script}.py")), *options]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
