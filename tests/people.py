"""Any person at all, for properties: every field, with the texts people really paste."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import strategies as st

from policies.hours import DAY_END
from policies.people.person import (
    Boundaries,
    Cadence,
    Format,
    Influence,
    Intent,
    Person,
    PersonId,
    Priority,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
    Weekday,
    WeeklyHours,
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
words = texts.filter(str.strip)
lists = st.lists(words, max_size=3).map(tuple)
days = st.dates(date(1970, 1, 1), date(2100, 1, 1))
addresses = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.example", fullmatch=True)
gaps = st.integers(1, 900).map(lambda count: timedelta(days=count))
minutes = st.integers(0, 24 * 60)


def _clock(minute: int) -> time:
    return DAY_END if minute == 24 * 60 else time(minute // 60, minute % 60)


def _spans(bounds: list[int]) -> tuple[tuple[time, time], ...]:
    ordered = sorted(bounds)
    pairs = zip(ordered[0::2], ordered[1::2], strict=False)
    return tuple((_clock(start), _clock(end)) for start, end in pairs)


hours = st.lists(
    st.lists(minutes, unique=True, max_size=4).map(_spans), min_size=7, max_size=7
).map(lambda week: WeeklyHours(tuple(week)))

people = st.builds(
    Person,
    id=st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True).map(PersonId),
    name=words,
    addresses=st.lists(addresses, unique=True, max_size=3).map(tuple),
    priority=st.sampled_from(Priority),
    listed_on=days,
    cadence=st.none() | st.tuples(gaps, gaps).map(lambda two: Cadence(min(two), max(two))),
    relation=st.sampled_from(Relation),
    organisation=texts,
    function=texts,
    role=texts,
    seniority=st.none() | st.sampled_from(Seniority),
    influence=st.lists(st.sampled_from(Influence), unique=True).map(tuple),
    quality=st.none() | st.sampled_from(Quality),
    intent=st.none() | st.sampled_from(Intent),
    groups=lists,
    goals=lists,
    zone=st.sampled_from(["", "UTC", "Europe/Berlin", "Asia/Kolkata"]),
    country=st.sampled_from(["", "SE", "DE-BE"]),
    hours=st.none() | hours,
    place=texts,
    formats=st.lists(st.sampled_from(Format), unique=True).map(tuple),
    allowances=st.lists(
        st.sampled_from(["hours Mon-Fri 08:00-09:00", "within 6w", "all-day"]),
        unique=True,
    ).map(tuple),
    office_days=st.lists(st.sampled_from(Weekday), unique=True).map(tuple),
    boundaries=st.builds(
        Boundaries,
        do_not_contact=st.booleans(),
        not_before=st.none() | days,
        at_most_a_year=st.none() | st.integers(1, 366),
    ),
    snoozed_until=st.none() | days,
    how_met=texts,
    common_ground=lists,
    to_give=lists,
    sensitive=st.booleans(),
    phone=texts,
    notes=texts.map(PrivateNotes),
)
"""Any one person; of several the keys and addresses may repeat."""

lists_of_people = st.lists(
    people, max_size=4, unique_by=(lambda one: one.id, lambda one: one.addresses[:1] or one.id)
).map(lambda found: [one for one in found if _alone(one, found)])
"""Several people, each with a key and addresses of their own."""


def _alone(one: Person, found: list[Person]) -> bool:
    others = {a for other in found if other is not one for a in other.addresses}
    return others.isdisjoint(one.addresses)
