from __future__ import annotations

from dataclasses import replace

import pytest

from policies.people.person import Relation, Seniority
from tests.make import person


@pytest.mark.parametrize(
    ("changes", "senior"),
    [
        ({"seniority": Seniority.DIRECTOR}, True),
        ({"relation": Relation.SENIOR_LEADER}, True),
        ({"seniority": Seniority.MANAGER}, False),
        ({}, False),
    ],
)
def test_who_is_asked_more_carefully(changes: dict[str, object], senior: bool) -> None:
    assert replace(person(), **changes).is_senior is senior  # type: ignore[arg-type]
