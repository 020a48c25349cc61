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
    "web",
    "daily",
    "services",
)


def main() -> None:
    failed = []
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        if subprocess.run([sys.executable, str(script)], check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
