"""All pictures of one owner, from the store: what `fika report` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from agent.pictures import charts, people_map, strip
from agent.pictures.figure import Picture
from agent.relationships.audit import Line
from agent.settings import Settings
from agent.store import blocks
from agent.store.contact_times import ContactTime, contact_times
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.people.person import Person, PersonId
from policies.pictures.map import By
from policies.pictures.months import Spent, months
from policies.pictures.slots import plan_weeks
from policies.pictures.trend import status_weeks
from policies.wall import local_date, local_day, seconds

MOST_STRIPS: Final = 24


def pictures(
    db: Database, settings: Settings, lines: Sequence[Line], now: datetime, by: By
) -> tuple[Picture, ...]:
    """The map, status over time, weeks of contact, hours, exposure and planning."""
    zone = settings.owner.zone
    today = local_date(now, zone)
    standings = [line.standing for line in lines]
    people = [each.person for each in standings]
    times = contact_times(db, seconds(now))
    days = _days(people, times, zone)
    by_month = months(people, _spent(people, times, zone), today)
    slots = [row.block for row in blocks.every(db)]
    return (
        people_map.drawn(standings, by=by),
        charts.status_over_time(status_weeks(people, days, today, settings.rules.cadence)),
        *_strips(standings, days, today),
        charts.hours_by_priority(by_month),
        charts.exposure_by_month(by_month, settings.report.outside_goal),
        charts.planning_by_week(plan_weeks(slots, today, zone)),
    )


def _strips(
    standings: Sequence[Standing], days: Mapping[PersonId, Sequence[date]], today: date
) -> Iterator[Picture]:
    """Those of the highest priority there is, the most pressing first."""
    if standings:
        highest = min(each.person.priority for each in standings)
        people = [each.person for each in standings if each.person.priority is highest][
            :MOST_STRIPS
        ]
        yield strip.several([(each.name, days[each.id]) for each in people], highest, today)


def _days(
    people: Sequence[Person], times: Mapping[PersonId, Sequence[ContactTime]], zone: str
) -> dict[PersonId, list[date]]:
    return {
        person.id: [local_day(each.start_s, zone) for each in times.get(person.id, ())]
        for person in people
    }


def _spent(
    people: Sequence[Person], times: Mapping[PersonId, Sequence[ContactTime]], zone: str
) -> Iterator[Spent]:
    for person in people:
        for start_s, end_s in times.get(person.id, ()):
            yield Spent(person.id, local_day(start_s, zone), timedelta(seconds=end_s - start_s))
