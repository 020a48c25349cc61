from __future__ import annotations

from datetime import date

import pytest

from policies.planning.agenda import AgendaFacts, agenda
from policies.planning.block import Purpose
from tests.make import BERLIN

TODAY = date(2026, 11, 24)
STOPPED = "Ana Silva: You had a one-to-one every week until 2 June 2026; none is planned."


def test_what_stopped_is_in_the_agenda_of_slots_in_which_one_looks_back() -> None:
    facts = AgendaFacts(TODAY, BERLIN, restarts=lambda: (STOPPED,))

    for purpose in (Purpose.FIRST, Purpose.REVIEW):
        assert f"To take up again\n- {STOPPED}\n" in agenda(purpose, facts)


def test_a_weekly_slot_does_not_even_ask_what_stopped() -> None:
    def restarts() -> tuple[str, ...]:
        raise AssertionError("nobody asked")

    assert "take up" not in agenda(Purpose.RHYTHM, AgendaFacts(TODAY, BERLIN, restarts=restarts))


@pytest.mark.parametrize("purpose", Purpose)
def test_the_notes_to_write_stand_in_every_agenda(purpose: Purpose) -> None:
    lines = tuple(f"Write to Raj, met at Fair {n}, by Wed 1 Apr: fika events" for n in range(7))
    told = agenda(purpose, AgendaFacts(TODAY, BERLIN, to_write=lines))

    assert f"To write\n- {lines[0]}\n" in told
    assert "- and 2 more: fika events\n" in told
