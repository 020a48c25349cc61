from __future__ import annotations

import pytest

from agent.sending.rehearsal import RehearsedWriter
from connectors.port import CalendarWriter
from tests.agent.memory_calendar import MemoryCalendar
from tests.connectors.contract import MOVED, SLOT, CalendarWriterContract


class TestRehearsedWriter(CalendarWriterContract):
    """What it writes it finds again, as any writer would."""

    @pytest.fixture
    def writer(self) -> CalendarWriter:
        return RehearsedWriter(MemoryCalendar())

    # Only a real write would meet it; that nothing is touched is held below.
    test_what_we_did_not_make_is_never_found_or_touched = None  # type: ignore[assignment]


def test_the_real_calendar_is_only_ever_asked() -> None:
    real = MemoryCalendar()
    kept = real.create(SLOT)
    before = dict(real.events), list(real.writes)
    rehearsed = RehearsedWriter(real)

    found = rehearsed.find(SLOT.uid)
    assert found is not None
    assert found.written == kept
    rehearsed.delete(rehearsed.update(kept, MOVED))
    assert rehearsed.find(SLOT.uid) is None
    assert (real.events, real.writes) == before
