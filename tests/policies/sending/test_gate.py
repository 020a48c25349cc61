from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules import Rules, SendingRules
from policies.sending.action import ActionKind, Ceiling
from policies.sending.gate import (
    SKEW,
    CalendarAge,
    Consent,
    Facts,
    Objection,
    Stage,
    Verdict,
    again_after,
    as_of,
    decide,
)
from tests.make import interval, payload, utc

NOW = utc("2026-04-01 12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRESH = CalendarAge("work", NOW - HOUR, NOW - HOUR)
EVERY = frozenset(Stage)
LAX = Rules(sending=SendingRules(fresh_within=400 * DAY, per_person=timedelta()))
LATER = EVERY - {Stage.APPROVE}
MEETS = (ActionKind.INVITE, ActionKind.RESCHEDULE)


def facts(kind: ActionKind = ActionKind.INVITE, **changes: object) -> Facts:
    """All is well: approved an hour ago, read an hour ago, nothing sent yet."""
    sent = payload(kind)
    consent = Consent(sent.digest, NOW - HOUR, NOW + 71 * HOUR, used=False, old_content_ok=False)
    base = Facts(NOW, sent, sent.digest, consent, Rules(), calendars=(FRESH,))
    known: dict[str, Any] = changes
    return replace(base, **known)


def consent(**changes: object) -> Consent:
    yes = facts().consent
    assert yes is not None
    known: dict[str, Any] = changes
    return yes._replace(**known)


OBJECTIONS: list[tuple[Objection, Verdict, dict[str, Any], frozenset[Stage]]] = [
    (Objection.STOPPED, Verdict.WAIT, {"stopped": True}, LATER),
    (Objection.SUSPENDED, Verdict.WAIT, {"suspended": "google wants nothing"}, LATER),
    (Objection.CLOCK, Verdict.WAIT, {"consent": consent(given=NOW + HOUR)}, EVERY),
    (Objection.CLOCK, Verdict.WAIT, {"calendars": (FRESH._replace(read_at=NOW + HOUR),)}, EVERY),
    (Objection.CLOCK, Verdict.WAIT, {"ahead": timedelta(minutes=11)}, EVERY),
    (Objection.CLOCK, Verdict.WAIT, {"ahead": timedelta(minutes=-11)}, EVERY),
    (Objection.NO_APPROVAL, Verdict.CANCEL, {"consent": None}, LATER),
    (Objection.NOT_AS_APPROVED, Verdict.CANCEL, {"consent": consent(digest="0")}, LATER),
    (Objection.NOT_AS_APPROVED, Verdict.CANCEL, {"stored_digest": "0"}, LATER),
    (
        Objection.APPROVAL_USED,
        Verdict.CANCEL,
        {"consent": consent(used=True)},
        frozenset({Stage.HOLD, Stage.SEND}),
    ),
    (Objection.APPROVAL_EXPIRED, Verdict.EXPIRE, {"consent": consent(expires=NOW)}, LATER),
    (Objection.APPROVAL_EXPIRED, Verdict.EXPIRE, {"aged": timedelta(hours=72)}, LATER),
    (
        Objection.APPROVAL_EXPIRED,
        Verdict.EXPIRE,
        {"consent": consent(given=NOW - Ceiling.APPROVAL, expires=NOW + 400 * DAY)},
        LATER,
    ),
    (Objection.GUEST, Verdict.CANCEL, {"guest_problem": "a shared mailbox"}, EVERY),
    (Objection.TOO_LATE, Verdict.EXPIRE, {"moment": utc("2026-04-07 08:01")}, EVERY),
    (Objection.PAUSED, Verdict.WAIT, {"paused_until": NOW + HOUR}, EVERY),
    (Objection.UNREAD, Verdict.WAIT, {"calendars": (FRESH._replace(read_at=None),)}, EVERY),
    (
        Objection.UNREAD,
        Verdict.WAIT,
        {"calendars": (FRESH, FRESH._replace(read_at=NOW - 27 * HOUR))},
        EVERY,
    ),
    (
        Objection.UNREAD,
        Verdict.WAIT,
        {"rules": LAX, "calendars": (FRESH._replace(read_at=NOW - Ceiling.UNREAD - HOUR),)},
        EVERY,
    ),
    (
        Objection.OLD_CONTENT,
        Verdict.WAIT,
        {"calendars": (FRESH._replace(content_at=NOW - 27 * HOUR),)},
        LATER,
    ),
    (
        Objection.TAKEN,
        Verdict.EXPIRE,
        {"taken": (interval("2026-04-09 08:44", "2026-04-09 09:30"),)},
        EVERY,
    ),
    (
        Objection.GUEST_LIMIT,
        Verdict.WAIT,
        {"sent_to_guest": 1},
        frozenset({Stage.APPROVE, Stage.SEND}),
    ),
    (Objection.RUN_LIMIT, Verdict.WAIT, {"sent_in_run": 3}, frozenset({Stage.SEND})),
    (Objection.DAY_LIMIT, Verdict.WAIT, {"sent_in_day": 5}, frozenset({Stage.SEND})),
]


def at(moment: datetime, kind: ActionKind = ActionKind.INVITE, **changes: object) -> Facts:
    """As `facts`, approved and read an hour before another moment."""
    well = facts(kind)
    assert well.consent is not None
    yes = well.consent._replace(given=moment - HOUR, expires=moment + HOUR)
    fresh = CalendarAge("work", moment - HOUR, moment - HOUR)
    known: dict[str, Any] = {"now": moment, "consent": yes, "calendars": (fresh,), **changes}
    return replace(well, **known)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("kind", [*MEETS, ActionKind.CANCEL])
def test_when_nothing_stands_in_the_way_it_goes(stage: Stage, kind: ActionKind) -> None:
    assert decide(facts(kind), stage) == (Verdict.GO, None, "")


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(("objection", "verdict", "changes", "stages"), OBJECTIONS)
def test_each_objection_stands_at_its_stages(
    objection: Objection,
    verdict: Verdict,
    changes: dict[str, Any],
    stages: frozenset[Stage],
    stage: Stage,
) -> None:
    decision = decide(at(**{"moment": NOW, **changes}), stage)

    if stage in stages:
        assert (decision.verdict, decision.objection) == (verdict, objection)
        assert decision.sentence
    else:
        assert decision.verdict is Verdict.GO


def test_every_objection_is_held_by_a_test() -> None:
    assert {objection for objection, *_ in OBJECTIONS} == set(Objection)


@pytest.mark.parametrize(
    "changes",
    [
        {"guest_problem": "gone from the list"},
        {"paused_until": NOW + HOUR},
        {"calendars": (FRESH._replace(read_at=None),)},
        {"calendars": (FRESH._replace(content_at=NOW - 99 * HOUR),)},
        {"taken": (interval("2026-04-09 08:00", "2026-04-09 09:00"),)},
        {"sent_to_guest": 1},
        {"sent_in_run": 3, "sent_in_day": 5},
        {"moment": utc("2026-04-09 08:30")},
    ],
)
def test_calling_off_is_held_to_less(changes: dict[str, Any]) -> None:
    assert (
        decide(at(**{"moment": NOW, "kind": ActionKind.CANCEL, **changes}), Stage.SEND).verdict
        is Verdict.GO
    )


def test_a_meeting_that_is_over_is_not_called_off() -> None:
    over = at(utc("2026-04-09 08:45"), ActionKind.CANCEL)

    assert decide(over, Stage.SEND).objection is Objection.TOO_LATE


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (ActionKind.CANCEL, {"sent_in_run": Ceiling.PER_RUN}),
        (ActionKind.CANCEL, {"sent_in_day": Ceiling.PER_DAY}),
        (ActionKind.RESCHEDULE, {"sent_in_run": Ceiling.PER_RUN}),
        (ActionKind.INVITE, {"sent_in_run": Ceiling.PER_RUN}),
        (ActionKind.INVITE, {"sent_in_day": Ceiling.PER_DAY}),
    ],
)
def test_no_setting_lifts_the_ceiling(kind: ActionKind, changes: dict[str, Any]) -> None:
    rules = Rules(sending=SendingRules(per_run=10**6, per_day=10**6))

    assert decide(facts(kind, rules=rules, **changes), Stage.SEND).verdict is Verdict.WAIT


def test_another_time_for_the_same_guest_is_no_second_invitation() -> None:
    assert decide(facts(ActionKind.RESCHEDULE, sent_to_guest=1), Stage.SEND).verdict is Verdict.GO


def test_a_live_or_synced_calendar_is_as_old_as_its_reading() -> None:
    live = facts(calendars=(CalendarAge("live", NOW - HOUR, None),))

    assert decide(live, Stage.SEND).verdict is Verdict.GO
    assert as_of(live) == ()


def test_old_content_needs_a_yes_of_its_own() -> None:
    old = FRESH._replace(content_at=NOW - timedelta(days=3, minutes=20))
    asked = facts(calendars=(FRESH, old))
    agreed = replace(asked, consent=consent(old_content_ok=True))

    assert as_of(asked) == (old,)
    assert "3d" in decide(asked, Stage.SEND).sentence
    assert decide(agreed, Stage.SEND).verdict is Verdict.GO


def test_a_few_minutes_between_two_clocks_are_nothing() -> None:
    near = facts(consent=consent(given=NOW + timedelta(minutes=9)))

    assert decide(near, Stage.SEND).verdict is Verdict.GO


def test_a_clock_behind_the_last_run_is_not_believed() -> None:
    later = facts(last_run=NOW + timedelta(minutes=11))

    assert decide(later, Stage.SEND).objection is Objection.CLOCK
    assert decide(facts(last_run=NOW - timedelta(days=1)), Stage.SEND).verdict is Verdict.GO


@pytest.mark.parametrize(
    ("ahead", "off"),
    [
        (SKEW + timedelta(seconds=1), "10m ahead of"),
        (-SKEW - timedelta(seconds=1), "10m behind"),
        (timedelta(hours=-1, seconds=-29), "1h behind"),
        (timedelta(minutes=14, seconds=59), "15m ahead of"),
        (timedelta(days=400, minutes=5), "400d5m ahead of"),
        (-timedelta(days=20_000), "20000d behind"),
    ],
)
def test_the_owner_reads_how_far_the_clock_is_off(ahead: timedelta, off: str) -> None:
    sentence = f"this machine's clock is {off} your calendars' services"

    assert decide(facts(ahead=ahead), Stage.SEND).sentence == sentence


def test_ends_that_touch_do_not_overlap() -> None:
    around = (
        interval("2026-04-09 07:00", "2026-04-09 08:00"),
        interval("2026-04-09 08:45", "2026-04-09 09:00"),
    )

    assert decide(facts(taken=around), Stage.SEND).verdict is Verdict.GO


def test_the_stop_file_comes_before_everything() -> None:
    worst = facts(stopped=True, consent=None, guest_problem="gone")

    assert decide(worst, Stage.SEND).objection is Objection.STOPPED


_CHANGES: list[Callable[[Facts], Facts]] = [
    lambda f, changes=changes: replace(f, **changes)  # type: ignore[misc]
    for _, _, changes, stages in OBJECTIONS
    if Stage.SEND in stages and not changes.keys() & {"moment", "rules"}
]
"""Those that no other of them undoes."""


@given(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=6))
def test_no_two_wrongs_make_a_right(changes: list[Callable[[Facts], Facts]]) -> None:
    found = facts()
    for change in changes:
        found = change(found)

    assert decide(found, Stage.SEND).verdict is not Verdict.GO


REPORT = ActionKind.REPORT


@pytest.mark.parametrize(
    ("stage", "changes", "objection"),
    [
        (Stage.APPROVE, {"guest_problem": "a shared mailbox"}, Objection.GUEST),
        (Stage.SEND, {"paused_until": NOW + HOUR}, Objection.PAUSED),
        (Stage.SEND, {"stopped": True}, Objection.STOPPED),
        (Stage.APPROVE, {"sent_to_guest": 1}, Objection.GUEST_LIMIT),
        (Stage.SEND, {"sent_in_run": 3}, Objection.RUN_LIMIT),
        (Stage.SEND, {"sent_in_day": 5}, Objection.DAY_LIMIT),
        (Stage.SEND, {}, None),
        (Stage.HOLD, {"calendars": (FRESH._replace(read_at=None),)}, None),
        (Stage.HOLD, {"taken": (interval("2026-04-09 08:44", "2026-04-09 09:30"),)}, None),
    ],
)
def test_a_report_is_held_to_all_but_what_meetings_need(
    stage: Stage, changes: dict[str, Any], objection: Objection | None
) -> None:
    assert decide(facts(REPORT, **changes), stage).objection is objection


def test_a_reader_of_a_report_hears_nothing_more_for_a_day() -> None:
    rules = Rules()

    assert again_after(ActionKind.REPORT, rules) == 24 * HOUR
    assert again_after(ActionKind.INVITE, rules) == rules.sending.per_person
    assert again_after(ActionKind.INVITE, LAX) == Ceiling.PER_PERSON
    assert not again_after(ActionKind.CANCEL, rules)


LIMIT = Rules().sending.fresh_within


@pytest.mark.parametrize(
    "changes",
    [
        {"last_run": NOW + SKEW},
        {"ahead": SKEW},
        {"ahead": -SKEW},
        {"paused_until": NOW},
        {"paused_until": NOW - HOUR},
        {"calendars": (FRESH._replace(read_at=NOW - LIMIT),)},
        {"calendars": (FRESH._replace(content_at=NOW - LIMIT),)},
        {"moment": utc("2026-04-07 08:00")},
    ],
)
def test_at_the_very_end_of_what_is_allowed_it_still_goes(changes: dict[str, Any]) -> None:
    assert decide(at(**{"moment": NOW, **changes}), Stage.SEND).verdict is Verdict.GO


@pytest.mark.parametrize(
    ("objection", "changes"),
    [
        (Objection.TOO_LATE, {"moment": utc("2026-04-07 08:01")}),
        (Objection.UNREAD, {"calendars": (FRESH._replace(read_at=None),)}),
        (Objection.OLD_CONTENT, {"calendars": (FRESH._replace(content_at=NOW - 27 * HOUR),)}),
        (Objection.TAKEN, {"taken": (interval("2026-04-09 08:44", "2026-04-09 09:30"),)}),
    ],
)
def test_another_time_is_held_to_the_same_as_the_first(
    objection: Objection, changes: dict[str, Any]
) -> None:
    moved = at(**{"moment": NOW, "kind": ActionKind.RESCHEDULE, **changes})

    assert decide(moved, Stage.SEND).objection is objection


@pytest.mark.parametrize(
    ("calendar", "sentence"),
    [
        (FRESH._replace(read_at=None), "the calendar work could not be read yet"),
        (FRESH._replace(read_at=NOW - 27 * HOUR), "the calendar work could not be read for 1d2h"),
        (
            FRESH._replace(content_at=NOW - timedelta(hours=27, minutes=50)),
            "the calendar work has not changed for 1d3h",
        ),
    ],
)
def test_the_owner_reads_which_calendar_and_since_when(
    calendar: CalendarAge, sentence: str
) -> None:
    assert decide(facts(calendars=(calendar,)), Stage.SEND).sentence == sentence
