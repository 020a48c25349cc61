from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture
def no_pause_between_tries() -> Iterator[None]:
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)
