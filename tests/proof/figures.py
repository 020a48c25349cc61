"""What a proof has measured, written down where ``FIKA_FIGURES`` says; otherwise nowhere.

`make proof` and `make soak` set it, and `make safety` makes the table of `docs/safety.md` from the
files: one for each figure, so that proofs may run side by side and a later run replaces a figure.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
FOLDER = "FIKA_FIGURES"


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` is what a reader sees; ``seed`` repeats the run, empty where all was tried.

    ``commit`` is that of the working tree, with a ``+`` where the tree differs from it.
    """

    name: str
    value: str
    seed: str
    violations: int
    note: str
    commit: str


def record(
    name: str, value: object, *, seed: object = "", violations: int = 0, note: str = ""
) -> None:
    """Write one figure, in place of an earlier one of the same name."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    figure = Figure(name, shown, str(seed), violations, note, _commit())
    file = Path(folder) / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(figure), indent=2) + "\n", encoding="utf-8")
    unfinished.replace(file)


def recorded(folder: Path) -> tuple[Figure, ...]:
    """Every figure written there, by name."""
    files = (json.loads(each.read_text(encoding="utf-8")) for each in folder.glob("*.json"))
    return tuple(sorted((Figure(**each) for each in files), key=lambda figure: figure.name))


@cache
def _commit() -> str:
    """Short, and empty outside a checkout."""
    head = _git("rev-parse", "--short=10", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{head}+" if changed else head


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
