"""`python -m tests.proof.covered`: every branch of what sends, limits sending, or makes text safe.

Runs the tests of these modules under coverage, and fails where one branch of one of them is not
taken both ways.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.proof.figures import record

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = (
    *("agent/dispatch.py", "agent/entries.py", "agent/store/elapsed.py"),
    *("policies/sending/action.py", "policies/sending/gate.py"),
    *("policies/people/identity.py", "policies/text.py"),
)
_SERVICES: Final = frozenset({"google", "outlook", "caldav"})
TESTS: Final = (
    *sorted(
        str(each.relative_to(ROOT))
        for each in (ROOT / "tests/agent").glob("test_dispatch*")
        if each.stem.removeprefix("test_dispatch_") not in _SERVICES  # these only take longer
    ),
    *("tests/agent/test_actions.py", "tests/agent/test_elapsed.py", "tests/agent/test_report.py"),
    *("tests/policies/sending", "tests/policies/people/test_identity.py"),
    "tests/policies/test_text.py",
)


def measured(folder: Path) -> dict[str, float]:
    """How much of each module's lines and branches its tests take, in per cent."""
    data, report = f"--data-file={folder / 'data'}", folder / "report.json"
    include = f"--include={','.join(MODULES)}"
    coverage = (sys.executable, "-m", "coverage")
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    subprocess.run([*coverage, "run", "--branch", data, *tests], cwd=ROOT, check=True)
    subprocess.run([*coverage, "json", data, include, "-q", "-o", report], cwd=ROOT, check=True)
    subprocess.run([*coverage, "report", data, include, "-m"], cwd=ROOT, check=True)
    files = json.loads(report.read_text("utf-8"))["files"]
    return {each: files[each]["summary"]["percent_covered"] for each in MODULES}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fika-covered-") as folder:
        found = measured(Path(folder))
    for module, covered in found.items():
        record(f"Branch coverage of {module}", f"{covered:g} %", violations=int(covered < 100))
    return int(min(found.values()) < 100)


if __name__ == "__main__":
    sys.exit(main())
