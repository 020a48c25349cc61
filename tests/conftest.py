"""What goes for all tests: none is timed, and what they count goes into the figures.

That is what they give to ``record_property``, all workers' together: before they assert, so that
a test which fails counts as a violation of its figure.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings

from tests.proof.figures import failed, record, withdraw

# A machine with other work, or the first use of a library, takes longer than any deadline.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

_DONE = Counter[str]()
_FAILED = Counter[str]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    withdraw(item.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        failed(report.nodeid)
    for name, value in report.user_properties if report.when == "call" else ():
        if isinstance(value, int):
            _DONE[name] += value
            _FAILED[name] += report.failed


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        for name, count in _DONE.items():
            record(name.capitalize(), count, seed="in the test", violations=_FAILED[name])
