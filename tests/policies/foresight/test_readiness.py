from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Standing, standing
from policies.foresight.readiness import Readiness, readiness
from policies.outreach.etiquette import Approach, Past
from policies.people.person import Boundaries, Person
from policies.proposal import Answer, ProposalState
from policies.quiet import parse_quiet
from policies.rules import CadenceRules, EtiquetteRules
from tests import make
from tests.policies.foresight.weeks import MONDAY, mondays

RULES = EtiquetteRules()
ANA = make.person()


def stands(person: Person = ANA, ago: int = 60) -> Standing:
    last = MONDAY - timedelta(days=ago)
    return standing(person, last, None, MONDAY, CadenceRules())


def asked(state: ProposalState = ProposalState.SENT, **more: object) -> Past:
    day = MONDAY - timedelta(days=7)
    return Past((Approach(1, state, day, day, sent=day, **more),))  # type: ignore[arg-type]


def test_whom_nothing_speaks_against_may_be_asked_any_day() -> None:
    assert readiness(stands(), Past(), RULES, mondays(4)) == Readiness(0)


@pytest.mark.parametrize(
    ("person", "day"),
    [
        (replace(ANA, snoozed_until=date(2026, 1, 14)), date(2026, 1, 19)),
        (replace(ANA, boundaries=Boundaries(not_before=date(2026, 1, 12))), date(2026, 1, 12)),
    ],
)
def test_snoozing_and_boundaries_are_waited_for(person: Person, day: date) -> None:
    assert readiness(stands(person), Past(), RULES, mondays(6)).day == day.toordinal()


def test_a_no_is_waited_for_as_long_as_etiquette_says() -> None:
    no = asked(answer=Answer.DECLINED, answered=MONDAY - timedelta(days=2))

    assert readiness(stands(), no, RULES, mondays(10)).day == date(2026, 2, 16).toordinal()
    never = readiness(stands(), no, RULES, mondays(3))
    assert never.day is None
    assert "said no" in never.why


def test_a_proposal_that_waits_for_a_yes_and_the_limit_of_a_year_are_no_reason() -> None:
    limited = replace(ANA, boundaries=Boundaries(at_most_a_year=1))

    assert readiness(stands(), asked(ProposalState.OPEN), RULES, mondays(2)) == Readiness(0)
    assert readiness(stands(limited), Past((), 3), RULES, mondays(2)) == Readiness(0)


def test_who_is_not_overdue_in_all_these_weeks_has_no_reason_to_wait() -> None:
    snoozed = replace(ANA, snoozed_until=date(2027, 1, 1))

    assert readiness(stands(snoozed, ago=0), Past(), RULES, mondays(2)) == Readiness(0)


@pytest.mark.parametrize(
    ("quiet", "day"),
    [("Mon", MONDAY), ("01-01..01-31", date(2026, 2, 2))],
)
def test_quiet_weeks_are_waited_for_and_quiet_weekdays_leave_the_others(
    quiet: str, day: date
) -> None:
    rules = replace(RULES, quiet=(parse_quiet(quiet),))

    found = readiness(stands(), asked(ProposalState.REJECTED), rules, mondays(8)).day
    later = max(day, MONDAY + timedelta(days=7))  # what was turned down rests for a fortnight
    assert found == later.toordinal()
