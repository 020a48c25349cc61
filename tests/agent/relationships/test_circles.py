from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.relationships import audit, circles
from agent.relationships.circles import Restarts
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store.database import Database
from agent.store.day import between
from policies.calendar.event import Event, Recurrence, Response, Status, Visibility
from policies.circles.ground import Tellable
from policies.circles.routes import Route, Wanted
from policies.circles.series import Ending
from policies.people.person import Priority, Relation
from tests import make
from tests.agent.store.stored import NOW, SETTINGS, listed, meeting, read

ANA = replace(make.person("Ana Silva"), relation=Relation.SENIOR_LEADER, organisation="Elsewhere")
RAJ = make.person("Raj Patel", Priority.B)
MEI = make.person("Mei Lin", Priority.C)
OWN = replace(SETTINGS, owner=replace(make.OWNER, organisation="Sample"))
GUESTS = [f"guest{number}@example.org" for number in range(5)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, RAJ, MEI)
        yield opened


def weekly(start: str, until: str, *guests: str, uid: str = "", title: str = "Series") -> Event:
    rule = f"FREQ=WEEKLY;UNTIL={until}T220000Z" if until else "FREQ=WEEKLY"
    return meeting(start, *guests, uid=uid or title, title=title, rule=rule)


def cancelled(series: Event, *days: str) -> list[Event]:
    """The series with these instances called off, one override each."""
    return [
        series,
        *(
            replace(
                series,
                start=make.wall(day),
                recurrence_id=make.wall(day),
                recurrence=None,
                status=Status.CANCELLED,
            )
            for day in days
        ),
    ]


def restarts(db: Database, settings: Settings = OWN) -> Restarts:
    return circles.to_restart(db, settings, audit.audit(db, settings, NOW), NOW)


def test_a_series_whose_end_has_passed_is_to_be_restarted(db: Database) -> None:
    read(db, [weekly("2025-09-01 09:00", "20260105", *ANA.addresses, title="Ana / Olle")])

    (one,) = restarts(db).one_to_ones
    assert (one.standing.person.id, one.ending) == (ANA.id, Ending.ENDED)
    assert (one.title, one.every_days, one.last) == ("Ana / Olle", 7, date(2026, 1, 5))


def test_a_series_that_left_its_calendar_is_to_be_restarted(db: Database) -> None:
    others = [meeting(f"2025-12-{day} 09:00", *RAJ.addresses) for day in (15, 16)]
    then = make.utc("2026-01-08 12:00")
    read(db, [weekly("2025-09-01 09:00", "", *ANA.addresses), *others], now=then)
    read(db, others, now=then)

    (one,) = restarts(db).one_to_ones
    assert (one.ending, one.last) == (Ending.ENDED, date(2026, 1, 5))


def test_a_series_deleted_with_all_its_past_proves_nothing_and_is_to_be_restarted(
    db: Database,
) -> None:
    series = weekly("2025-09-01 09:00", "", *ANA.addresses)
    then, later = make.utc("2026-01-08 12:00"), make.utc("2026-01-09 12:00")
    read(db, [series], now=then)
    read(db, deleted=[series.uid], now=later)
    read(db, now=NOW)

    (one,) = restarts(db).one_to_ones
    assert (one.ending, one.last) == (Ending.ENDED, date(2026, 1, 5))
    assert one.standing.last is None
    of = circles.ties(db, OWN, audit.audit(db, OWN, NOW), NOW)
    assert of(ANA).tellable.lapsed
    assert between(db, int(then.timestamp()) - 10**7, int(NOW.timestamp())) == ()


def test_a_series_deleted_in_one_of_two_calendars_goes_on(db: Database) -> None:
    series = weekly("2025-09-01 09:00", "", *ANA.addresses)
    read(db, [series], [series])
    read(db, [], [series], deleted=[series.uid])

    assert restarts(db).one_to_ones == ()


def test_a_series_deleted_and_brought_back_proves_contact_again(db: Database) -> None:
    series = weekly("2025-09-01 09:00", "20260105", *ANA.addresses)
    read(db, [series])
    read(db, deleted=[series.uid])
    read(db, [series])

    (one,) = restarts(db).one_to_ones
    assert one.standing.last == date(2026, 1, 5)


def test_a_series_that_is_called_off_again_and_again_has_thinned_out(db: Database) -> None:
    days = [f"2026-03-{day:02} 09:00" for day in (2, 9, 16, 23, 30)]
    read(db, cancelled(weekly("2025-09-01 09:00", "", *ANA.addresses), *days))

    (one,) = restarts(db).one_to_ones
    assert (one.ending, one.held, one.of) == (Ending.THINNED, 1, 6)


def test_a_series_the_owner_declines_again_and_again_has_thinned_out(db: Database) -> None:
    series = weekly("2025-09-01 09:00", "", *ANA.addresses)
    days = [f"2026-03-{day:02} 09:00" for day in (2, 9, 16, 23, 30)]
    declined = [replace(each, status=Status.CONFIRMED, own_response=Response.DECLINED)
                for each in cancelled(series, *days)[1:]]  # fmt: skip
    read(db, [series, *declined])

    assert [each.ending for each in restarts(db).one_to_ones] == [Ending.THINNED]


def test_a_series_in_two_calendars_counts_once(db: Database) -> None:
    series = weekly("2025-12-08 09:00", "20251222", *ANA.addresses)
    read(db, [series], [series])

    assert restarts(db).one_to_ones == ()


def test_a_private_calendar_that_proves_no_contact_is_not_asked(db: Database) -> None:
    private = CalendarSettings("private", SourceKind.ICS, Path("private"), evidence=False)
    settings = replace(OWN, calendars=(private, OWN.calendars[1]))
    read(db, [], [weekly("2025-09-01 09:00", "20260105", *ANA.addresses)], settings=settings)

    assert restarts(db, settings) == Restarts((), (), ())


def test_a_committee_without_a_date_is_quiet_with_the_members_not_met_since(db: Database) -> None:
    members = (*ANA.addresses, *RAJ.addresses, *GUESTS)
    read(
        db,
        [
            weekly("2025-10-01 09:00", "20251105", *members, title="Committee"),
            meeting("2026-03-02 09:00", *RAJ.addresses),
        ],
    )

    (one,) = restarts(db).groups
    assert (one.title, one.last, one.size) == ("Committee", date(2025, 11, 5), 8)
    assert [each.person.id for each in one.worth] == [ANA.id]
    assert one.addresses == tuple(sorted(members))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Committee: 7 people, about every week, last on 5 November 2025."),
        ({"summary": ""}, "a meeting without a title: 7 people, about every week, last on 5 Nov"),
        ({"visibility": Visibility.PRIVATE}, ""),
    ],
)
def test_a_line_says_what_could_be_taken_up_again_and_no_private_title(
    db: Database, changes: Mapping[str, Any], told: str
) -> None:
    committee = weekly("2025-10-01 09:00", "20251105", *ANA.addresses, *GUESTS, title="Committee")
    read(db, [replace(committee, **changes)])

    lines = circles.restart_lines(db, OWN, audit.audit(db, OWN, NOW), NOW)
    assert "".join(lines).startswith(told)
    assert len(lines) == bool(told)


def test_a_committee_with_a_date_ahead_is_not(db: Database) -> None:
    members = (*ANA.addresses, *GUESTS)
    read(
        db,
        [
            weekly("2025-10-01 09:00", "20251105", *members, uid="a", title="Committee"),
            weekly("2026-04-08 09:00", "20260422", *members, uid="b", title="committee"),
        ],
    )

    assert restarts(db).groups == ()


def test_who_was_not_met_for_over_a_year_is_asleep(db: Database) -> None:
    read(db, [meeting("2024-06-03 09:00", *MEI.addresses)])

    assert [each.person.id for each in restarts(db).dormant] == [MEI.id]


# ---------------------------------------------------------------- introductions


def routes(db: Database, wanted: Wanted) -> list[Route]:
    (found,) = circles.introductions(db, OWN, [wanted], audit.audit(db, OWN, NOW), NOW)
    return list(found)


def together(start: str, *persons: str, own: Response = Response.ACCEPTED) -> Event:
    return replace(
        meeting(start, *persons, title="Together"), organizer=persons[0], own_response=own
    )


def test_small_meetings_of_two_show_a_way_also_where_the_owner_declined(db: Database) -> None:
    both = (*RAJ.addresses, *ANA.addresses)
    read(
        db,
        [
            together("2026-02-02 09:00", *both, own=Response.DECLINED),
            together("2026-03-02 09:00", *both, *GUESTS, "one.more@example.org"),
            together("2026-04-06 09:00", *both),
            meeting("2026-03-03 09:00", *RAJ.addresses),
        ],
    )

    (one,) = routes(db, circles.one_person(OWN, ANA))
    assert (one.via.person.id, one.rooms, one.last) == (RAJ.id, 1, date(2026, 2, 2))


def test_cancelled_meetings_and_those_they_declined_show_nothing(db: Database) -> None:
    refused = replace(
        together("2026-02-09 09:00", *RAJ.addresses),
        attendees=(
            *map(make.attendee, RAJ.addresses),
            make.attendee(ANA.addresses[0], Response.DECLINED),
        ),
    )
    off = replace(together("2026-02-02 09:00", *RAJ.addresses, *ANA.addresses),
                  status=Status.CANCELLED)  # fmt: skip
    read(db, [refused, off, meeting("2026-03-03 09:00", *RAJ.addresses)])

    assert routes(db, circles.one_person(OWN, ANA)) == []


def test_somebody_of_a_house_is_known_by_the_domain_of_those_listed(db: Database) -> None:
    contoso = replace(MEI, organisation="Contoso", addresses=("mei@contoso.example.net",))
    listed(db, contoso)
    read(
        db,
        [
            meeting("2026-03-02 09:00", *RAJ.addresses, "kim@contoso.example.net"),
            meeting("2026-03-03 09:00", *contoso.addresses),
        ],
    )
    everyone = [each.person for each in audit.audit(db, OWN, NOW)]

    found = routes(db, circles.somebody_at(db, OWN, everyone, "contoso"))
    assert [(each.via.person.id, each.rooms) for each in found] == [(MEI.id, 0), (RAJ.id, 1)]
    finance = circles.somebody_at(db, OWN, everyone, "Contoso", "Finance")
    assert (finance.name, finance.addresses) == ("somebody in Finance at Contoso", frozenset())


# ---------------------------------------------------------------- common ground


def test_meetings_of_one_title_are_common_ground_and_may_be_told(db: Database) -> None:
    steering = [
        meeting(f"2026-0{month}-02 09:00", *ANA.addresses, *GUESTS, title="Steering  group")
        for month in (1, 2, 3)
    ]
    read(db, [*steering, weekly("2026-01-05 10:00", "", *ANA.addresses, title="Ana / Olle")])

    (group,) = circles.shared_ground(db, OWN, ANA, NOW)
    assert (group.what, group.why) == ("Steering  group", "together 3 times, last on 2 March 2026")
    ties = circles.ties(db, OWN, audit.audit(db, OWN, NOW), NOW)
    assert ties(ANA).tellable == Tellable(meeting="Steering  group")


def test_a_private_title_is_shown_to_the_owner_and_told_to_nobody(db: Database) -> None:
    secret = [
        replace(
            meeting(f"2026-0{month}-02 09:00", *ANA.addresses, *GUESTS, title="Secret"),
            visibility=Visibility.PRIVATE,
        )
        for month in (1, 2, 3)
    ]
    read(db, secret)

    assert [each.what for each in circles.shared_ground(db, OWN, ANA, NOW)] == ["Secret"]
    ties = circles.ties(db, OWN, audit.audit(db, OWN, NOW), NOW)
    assert ties(ANA).tellable == Tellable()


def test_what_stopped_between_two_is_a_reason_to_propose(db: Database) -> None:
    read(
        db,
        [
            weekly("2025-09-01 09:00", "20260105", *ANA.addresses, title="Ana / Olle"),
            weekly("2025-10-01 09:00", "20251105", *ANA.addresses, *GUESTS, title="Committee"),
        ],
    )

    ties = circles.ties(db, OWN, audit.audit(db, OWN, NOW), NOW)
    assert ties(ANA).tellable == Tellable(quiet="Committee", lapsed=True)
    assert ties(ANA).reasons == (
        "You had a one-to-one every week until 5 January 2026; none is planned.",
        "Committee, where you both were, has gone quiet.",
    )
    assert ties(MEI).reasons == ()


def test_an_event_by_itself_is_common_ground_only_where_both_were(db: Database) -> None:
    fair = meeting("2026-03-02 09:00", *ANA.addresses, *(f"g{n}@example.org" for n in range(12)),
                   title="Fair")  # fmt: skip
    read(db, [fair, replace(fair, uid="x", summary="Missed", own_response=Response.DECLINED)])

    assert [each.what for each in circles.shared_ground(db, OWN, ANA, NOW)] == ["Fair"]


def test_a_series_seen_once_is_no_habit(db: Database) -> None:
    once = replace(meeting("2026-03-02 09:00", *ANA.addresses, *GUESTS),
                   recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=2",)))  # fmt: skip
    read(db, [once])

    assert circles.shared_ground(db, OWN, ANA, NOW) == ()
