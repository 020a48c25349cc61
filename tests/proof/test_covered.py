"""Every branch of what sends, limits sending, or makes text safe is taken both ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.proof.figures import record

pytestmark = pytest.mark.proof

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = (
    *("agent/dispatch.py", "agent/sending/entries.py", "agent/sending/facts.py"),
    *("agent/store/elapsed.py", "agent/store/sendings.py"),
    *("policies/sending/action.py", "policies/sending/gate.py"),
    *("policies/people/identity.py", "policies/text.py"),
)
_SERVICES: Final = frozenset({"google", "outlook", "caldav", "mail"})
TESTS: Final = (
    *sorted(
        str(each.relative_to(ROOT))
        for each in (ROOT / "tests/agent/dispatch").glob("test_*.py")
        if each.stem.removeprefix("test_") not in _SERVICES  # these only take longer
    ),
    "tests/agent/store/test_elapsed.py",
    *(f"tests/agent/sending/test_{name}.py" for name in ("approving", "entries", "report")),
    *("tests/policies/sending", "tests/policies/people/test_identity.py"),
    "tests/policies/test_text.py",
)


def test_every_branch_of_what_sends_limits_or_makes_text_safe_is_taken(tmp_path: Path) -> None:
    data, report = f"--data-file={tmp_path / 'data'}", tmp_path / "report.json"
    only = f"--include={','.join(MODULES)}"
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)

    _coverage("run", "--branch", data, *tests)
    _coverage("json", data, only, "-q", "-o", str(report))

    files = json.loads(report.read_text("utf-8"))["files"]
    for module in MODULES:
        covered = files[module]["summary"]["percent_covered"]
        record(f"Branch coverage of {module}", f"{covered:g} %", violations=int(covered < 100))
        assert covered == 100, f"{module}: {files[module]['missing_branches']}"


def _coverage(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "coverage", *words], cwd=ROOT, check=True)
