from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from agent.daily import DailyReport
from agent.digest.sections import Result, is_news
from agent.planning.protect import ProtectReport, RefreshReport
from agent.proposing.propose import ProposeReport
from agent.relationships.aftermath import Over
from agent.relationships.memory import Owed
from agent.relationships.remembering import NOTHING, Remembered
from agent.sending.followup import FollowUp
from agent.sending.freshness import Freshness
from agent.sending.ports import DispatchReport
from agent.store.memory_meetings import Alone
from policies.memory.promise import Promise, PromiseNumber
from tests.make import BERLIN, person, utc

NOW = utc("2026-05-04 06:15")
DAY = timedelta(days=1)
ANA = person("Ana Silva")


def told(
    remembered: Remembered = NOTHING, *, letter: str = "", before: datetime | None = NOW - DAY
) -> bool:
    """Of a run that found nothing else."""
    report = DailyReport(
        now=NOW,
        readings=(),
        freshness=Freshness((), ()),
        followup=FollowUp(),
        standings=(),
        protected=ProtectReport(),
        proposed=ProposeReport(),
        remembered=remembered,
    )
    nothing = (DispatchReport(()), RefreshReport(), ())
    return is_news(Result(report, *nothing, BERLIN, letter=letter, before=before))


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        (None, True),
        (utc("2026-04-30 06:15"), True),
        (utc("2026-04-30 22:15"), False),  # the first of May in Berlin
        (utc("2026-05-01 06:15"), False),
    ],
)
def test_a_letter_is_told_by_the_first_run_of_its_month(
    before: datetime | None, *, is_told: bool
) -> None:
    assert told(letter="the letter for April 2026", before=before) is is_told
    assert not told(before=before)


@pytest.mark.parametrize(
    ("due", "mine", "is_told"),
    [
        (date(2026, 5, 4), True, True),
        (date(2026, 5, 3), True, False),
        (date(2026, 5, 5), True, False),
        (None, True, False),
        (date(2026, 5, 4), False, False),
    ],
)
def test_a_promise_of_the_owners_is_told_on_its_last_day(
    due: date | None, *, mine: bool, is_told: bool
) -> None:
    promise = Promise(PromiseNumber(1), ANA.id, mine, "the paper", date(2026, 4, 1), due)

    assert told(Remembered(Owed((promise,), ()))) is is_told


@pytest.mark.parametrize(("ended", "is_told"), [(-30, False), (-23, True), (-1, True)])
def test_how_a_coffee_went_is_asked_by_the_first_run_after_it(ended: int, *, is_told: bool) -> None:
    end_s = int((NOW + timedelta(hours=ended)).timestamp())
    over = Over(ANA, Alone(ANA.id, end_s - 3600, end_s, "Coffee Ana"))

    assert told(Remembered(over=(over,))) is is_told
