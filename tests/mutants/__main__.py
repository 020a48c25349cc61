"""`python -m tests.mutants`: does a test notice each small mistake in what sends and what guards?

Each mutant is one module with one place changed, loaded in place of the real one while the tests
of that module run. One that every test passes is a survivor: either nothing can tell it from the
real one, which `survivors.toml` then explains, or a test is missing. The command fails on a
survivor that has no explanation.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from tests.mutants.loading import MUTANT
from tests.mutants.mutating import mutants
from tests.proof.figures import record

ROOT: Final = Path(__file__).parents[2]
EXPLAINED: Final = Path(__file__).with_name("survivors.toml")
_SENDING: Final = tuple(
    f"tests/agent/test_{name}.py"
    for name in (
        *("dispatch", "dispatch_gate", "dispatch_after", "actions", "dispatch_killed"),
        *("dispatch_mail", "report"),
    )
)
TESTS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "policies/gate.py": ("tests/policies/test_gate.py", "tests/agent/test_dispatch_gate.py"),
        "policies/text.py": ("tests/policies/test_text.py",),
        "policies/action.py": (
            *("tests/policies/test_action.py", "tests/agent/test_actions.py"),
            "tests/policies/test_gate.py",
        ),
        "agent/entries.py": _SENDING,
        "agent/dispatch.py": _SENDING,
    }
)
_PATIENCE_S: Final = 300


class Survivor(NamedTuple):
    """A mutant that no test noticed, as `survivors.toml` names it."""

    module: str
    line: str
    change: str


def tried(module: str, number: int | None) -> bool:
    """Whether the tests of a module pass, with a mutant of it or as it is."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    if number is not None:
        environment[MUTANT] = f"{module}:{number}"
    words = ("-q", "-x", "-p", "tests.mutants.loading", "-p", "no:cacheprovider", "--no-header")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, *TESTS[module]],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survivors(module: str, numbers: Iterable[int], jobs: int) -> list[Survivor]:
    """Which of these mutants no test notices."""
    found = {each.number: each for each in mutants((ROOT / module).read_text("utf-8"))}
    wanted = [each for each in numbers if each in found]
    with ThreadPoolExecutor(jobs) as pool:
        passed = pool.map(lambda number: tried(module, number), wanted)
        living = [found[number] for number, lives in zip(wanted, passed, strict=True) if lives]
    return [Survivor(module, each.line, each.change) for each in living]


def explained() -> dict[Survivor, str]:
    listed = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", [])
    return {Survivor(e["module"], e["line"], e["change"]): e["because"] for e in listed}


def main() -> int:
    words = argparse.ArgumentParser(description="Mutants of the modules that must not be wrong.")
    words.add_argument("modules", nargs="*", help="only these; all of them when none is named")
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--first", type=int, default=0, help="begin with this mutant of each")
    words.add_argument("--count", type=int, default=10_000, help="at most so many of each")
    said = words.parse_args()
    known, new = explained(), 0
    for module in said.modules or TESTS:
        if not tried(module, None):
            print(f"{module}: its tests fail as it is")  # noqa: T201 - a program of its own
            return 1
        count = sum(1 for _ in mutants((ROOT / module).read_text("utf-8")))
        numbers = range(said.first, min(said.first + said.count, count))
        living = survivors(module, numbers, said.jobs)
        unexplained = [each for each in living if each not in known]
        new += len(unexplained)
        print(f"{module}: {len(numbers)} mutants, {len(living)} survive, {len(unexplained)} new")  # noqa: T201 - see above
        for each in unexplained:
            print(f"  {each.line}\n    {each.change}")  # noqa: T201 - see above
        if len(numbers) == count:
            note = f"{len(living)} survive, each explained in tests/mutants/survivors.toml"
            record(f"Mutants of {module}", count, violations=len(unexplained), note=note)
    return int(new > 0)


if __name__ == "__main__":
    sys.exit(main())
