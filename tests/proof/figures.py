"""What a proof has measured, written down where ``FIKA_FIGURES`` says; otherwise nowhere.

`make proof` and `make soak` set it, and `make safety` makes the table of `docs/safety.md` from the
files: one for each figure, so that proofs may run side by side and a later run replaces a figure.
A test that is run again begins without the figures it wrote before, and one that fails leaves a
row of its own: what stands in the table has held.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
FOLDER = "FIKA_FIGURES"
_LONGEST = 200  # of a file's name; a test's parameters may be longer


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` is what a reader sees; ``seed`` repeats the run, empty where all was tried.

    ``commit`` is that of the working tree, with a ``+`` where the tree differs from it. ``test`` is
    the one that wrote it, as pytest names it; empty where that was another program.
    """

    name: str
    value: str
    seed: str
    violations: int
    note: str
    commit: str
    test: str = ""


def record(
    name: str, value: object, *, seed: object = "", violations: int = 0, note: str = ""
) -> None:
    """Write one figure, in place of an earlier one of the same name."""
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    _write(Figure(name, shown, str(seed), violations, note, "", test))


def failed(test: str) -> None:
    """Write that a test failed, whether or not it came to a figure of its own."""
    _write(Figure(f"`{test}`", "failed", "", 1, "", "", test))


def withdraw(test: str) -> None:
    """Remove what an earlier run of a test wrote."""
    folder = os.environ.get(FOLDER)
    for file in Path(folder).glob("*.json") if folder else ():
        with suppress(FileNotFoundError):  # another's, withdrawn at the same moment
            if json.loads(file.read_text("utf-8")).get("test") == test:
                file.unlink()


def _write(figure: Figure) -> None:
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    stem = re.sub("[^a-z0-9]+", "-", figure.name.lower()).strip("-")[:_LONGEST]
    file = Path(folder) / f"{stem}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    said = asdict(replace(figure, commit=_commit()))
    unfinished.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
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
