from __future__ import annotations

from typing import Final

import pytest

_LONGEST: Final = (
    *("test_schedules", "test_every_crash", "test_foreign_events", "test_hostile_input"),
    *("test_covered", "test_limits", "test_real_kills", "test_a_year", "test_text"),
    *("test_approval", "test_personas", "test_browser", "test_hostile_text", "test_canaries"),
    "test_canaries_accounts",
)
"""What takes longest begins first, so that nothing long is left when all else is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {stem: place for place, stem in enumerate(_LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
