"""`python -m tests.mutants`: does a test notice each small mistake in what sends and what guards?

Each mutant is one module with one place changed, loaded in place of the real one while the tests
of that module run. One that every test passes is a survivor: either nothing can tell it from the
real one, which `survivors.toml` then explains, or a test is missing. The command fails on a
survivor that has no explanation.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import tomllib
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

import hypothesis
import icalendar
import pytest

from tests.mutants.loading import load_as
from tests.mutants.mutating import Mutant, mutants
from tests.proof.figures import FOLDER, record

ROOT: Final = Path(__file__).parents[2]
EXPLAINED: Final = Path(__file__).with_name("survivors.toml")
_SENDING: Final = (
    *(
        f"tests/agent/dispatch/test_{name}.py"
        for name in ("dispatch", "gate", "after", "killed", "mail")
    ),
    *("tests/agent/store/test_actions.py", "tests/agent/sending/test_report.py"),
)
TESTS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "policies/sending/gate.py": (
            "tests/policies/sending/test_gate.py",
            "tests/agent/dispatch/test_gate.py",
        ),
        "policies/text.py": ("tests/policies/test_text.py",),
        "policies/sending/action.py": (
            *("tests/policies/sending/test_action.py", "tests/agent/store/test_actions.py"),
            "tests/policies/sending/test_gate.py",
        ),
        "agent/sending/entries.py": ("tests/agent/sending/test_entries.py", *_SENDING),
        "agent/dispatch.py": (
            *_SENDING,
            *("tests/agent/store/test_elapsed.py", "tests/agent/sending/test_suspension.py"),
        ),
        "agent/store/actions.py": ("tests/agent/store/test_actions.py",),
        "agent/sending/outcome.py": ("tests/agent/sending/test_outcome.py",),
        "agent/store/suspension.py": ("tests/agent/sending/test_suspension.py",),
        "agent/sending/suspension.py": ("tests/agent/sending/test_suspension.py",),
        "agent/sending/facts.py": (
            *("tests/agent/sending/test_facts.py", "tests/agent/dispatch/test_gate.py"),
            *("tests/agent/sending/test_approving.py", "tests/agent/sending/test_report.py"),
        ),
        "agent/store/sendings.py": (
            *("tests/agent/dispatch/test_gate.py", "tests/agent/sending/test_outcome.py"),
        ),
        "agent/store/elapsed.py": ("tests/agent/store/test_elapsed.py",),
    }
)
_LATE: Final = "ignore::pytest.PytestAssertRewriteWarning"  # of what is loaded once for all
_PATIENCE_S: Final = 300
_TOLD: Final = {0: "lives", signal.SIGALRM: f"goes on for {_PATIENCE_S} s"}
_WORDS: Final = ("-q", "-x", "-p", "no:cacheprovider", "-W", _LATE)
LOADED: Final = (hypothesis, icalendar)
"""Once, for every process that is forked."""


class Survivor(NamedTuple):
    """A mutant that no test noticed, as `survivors.toml` names it."""

    module: str
    line: str
    change: str


def survivors(module: str, wanted: Sequence[Mutant], jobs: int) -> list[Survivor]:
    """Which of these mutants no test notices; each is tried in a process of its own.

    Forked from this one, which has loaded what all of them need and nothing of the program.
    """
    waiting, running, living = deque(wanted), dict[int, Mutant](), []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.popleft()
            process = os.fork()
            if process == 0:
                _try(module, mutant)
            running[process] = mutant
        process, status = os.wait()
        mutant = running.pop(process)
        if status == 0:
            living.append(Survivor(module, mutant.line, mutant.change))
        if status in _TOLD:
            said = f"  {_TOLD[status]}: {mutant.line}\n    {mutant.change}"
            print(said, flush=True)  # noqa: T201 - it takes long
    return living


def _try(module: str, mutant: Mutant | None) -> NoReturn:
    """Run the tests of a module with a mutant of it, or as it is, and end with their outcome."""
    code = 1
    try:
        signal.alarm(_PATIENCE_S)
        os.environ.pop(FOLDER, None)  # a test that fails here is as it should be
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if mutant is not None:
            load_as(module, mutant.tree)
        code = int(pytest.main([*_WORDS, *TESTS[module]]))
    finally:
        os._exit(code)


def passes(module: str) -> bool:
    """Whether its tests pass as it is."""
    process = os.fork()
    if process == 0:
        _try(module, None)
    return os.waitpid(process, 0)[1] == 0


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
    os.chdir(ROOT)
    known, new = explained(), 0
    for module in said.modules or TESTS:
        if not passes(module):
            print(f"{module}: its tests fail as it is")  # noqa: T201 - a program of its own
            return 1
        every = list(mutants((ROOT / module).read_text("utf-8")))
        wanted = every[said.first : said.first + said.count]
        living = survivors(module, wanted, said.jobs)
        unexplained = [each for each in living if each not in known]
        new += len(unexplained)
        counts = f"{len(wanted)} mutants, {len(living)} survive, {len(unexplained)} new"
        print(f"{module}: {counts}", flush=True)  # noqa: T201 - see above
        for each in unexplained:
            print(f"  new: {each.line}\n    {each.change}")  # noqa: T201 - see above
        if len(wanted) == len(every):
            note = f"{len(living)} survive, each explained in tests/mutants/survivors.toml"
            record(f"Mutants of {module}", len(every), violations=len(unexplained), note=note)
    return int(new > 0)


if __name__ == "__main__":
    # What a failing example was is of no use to the next mutant.
    with tempfile.TemporaryDirectory(prefix="fika-mutants-") as storage:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = storage
        sys.exit(main())
