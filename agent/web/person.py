"""One person: where they stand and why, what is promised, and what the owner may change here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from starlette.responses import Response

from agent.days import DAYS_SUCH_AS, read_day
from agent.errors import UsageProblem
from agent.pictures import contact_strip
from agent.plan import goals as plan
from agent.proposing.propose import left_in_peace
from agent.relationships import audit, diary
from agent.relationships import people as folk
from agent.relationships.circles import shared_ground
from agent.relationships.memory import between_us
from agent.relationships.records import meeting_records, records
from agent.store import people, proposals
from agent.store.contact_times import times_with
from agent.web.drawing import drawn
from agent.web.rendering import sentence
from agent.web.visit import NotThere, Visit, day_in
from policies.audit.cadence import arithmetic
from policies.people.fields import FIELDS
from policies.people.person import Format, Person, PersonId
from policies.people.profile import ProfileProblems, plain, with_plain, written
from policies.people.tidy import body, line
from policies.proposal import ProposalState
from policies.wall import local_day, seconds

_NEWEST: Final = 20
_EDITED: Final = ("priority", "quality", "ideal_gap", "maximum_gap", "snoozed_until", "notes")
_WAITING: Final = (ProposalState.OPEN, ProposalState.APPROVED)
_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "priority": "Priority",
        "quality": "Quality, as you see it",
        "ideal_gap": "Ideal gap",
        "maximum_gap": "Longest gap",
        "snoozed_until": "In peace until",
        "notes": "Private notes",
    }
)
_SHOWN_ABOVE: Final = frozenset({"id", "name", "listed_on", *_EDITED})


class Logged(NamedTuple):
    """The form for contact no calendar knows, as it was typed; ``wrong`` as in `Field`."""

    day: str
    how: str = ""
    note: str = ""
    wrong: str = ""


class Field(NamedTuple):
    """A field to edit; ``allowed`` are its values where only some are.

    ``wrong`` says why what was typed cannot be used, and is empty otherwise.
    """

    name: str
    label: str
    value: str
    allowed: tuple[str, ...]
    optional: bool
    wrong: str = ""


def look(visit: Visit) -> Response:
    """The page of one person."""
    person = _person(visit)
    return _page(visit, person)


def _page(
    visit: Visit,
    person: Person,
    status: int = 200,
    *,
    fields: Iterable[Field] = (),
    logged: Logged | None = None,
) -> Response:
    """With the forms as they were typed, where they are refused."""
    app = visit.app
    owner = app.settings.owner
    with app.store.snapshot():
        explanation = audit.explain(app.store, app.settings, person, visit.now)
        record = records(app.store, [explanation.line], owner)[0]
    past = explanation.past
    most = len(past) if "all" in visit.query else _NEWEST
    return visit.page(
        "person.html",
        status,
        person=person,
        one=explanation.line.standing,
        record=record,
        place=explanation.place,
        of=explanation.of,
        sums=arithmetic(explanation.line.standing),
        held=left_in_peace(app.store, app.settings, explanation.line, visit.now),
        past=tuple(meeting_records(past[:most], owner)),
        past_total=len(past),
        to_come=tuple(meeting_records(explanation.to_come[:_NEWEST], owner)),
        known=tuple(_known(person)),
        fields=tuple(fields) or tuple(_fields(person)),
        logged=logged or Logged(str(visit.today)),
        seen=_seen(person),
        strip=_strip(visit, person),
        waiting=_waiting(visit, person),
        formats=tuple(Format),
        between=between_us(app.store, person, visit.today),
        shared=shared_ground(app.store, app.settings, person, visit.now),
        goals=[each for each in plan.every(app.store) if each.is_open and person.id in each.people],
        today=visit.today,
    )


def save(visit: Visit) -> Response:
    """Change what the form holds, unless it was changed elsewhere since."""
    person = _person(visit)
    visit.must_be_ours("person", person.id, visit.field("seen"))
    if visit.field("seen") != _seen(person):
        raise UsageProblem("they were changed elsewhere meanwhile", "look again, and repeat")
    before = {each.name: each.value for each in _fields(person)}
    given = {name: visit.field(name) for name in before if name in visit.form}
    changed = {name: text for name, text in given.items() if text.strip() != before[name].strip()}
    if not changed:
        return visit.to(f"people/{person.id}", "Nothing was changed.")
    values = {name: _value(visit, name, text) for name, text in changed.items()}
    try:
        with_plain(person, values)
    except ProfileProblems as error:
        return _page(visit, person, 400, fields=_refused(person, given, error))
    folk.edit(visit.app.store, person, values)
    names = ", ".join(_LABELS[name].lower() for name in changed)
    return visit.to(f"people/{person.id}", f"Saved: {names}.")


def log(visit: Visit) -> Response:
    """Record contact that no calendar knows."""
    person = _person(visit)
    visit.must_be_ours("log", person.id)
    typed = Logged(visit.field("day"), visit.field("how"), visit.field("note"))
    try:
        day, how = _met(typed, visit.today)
        note = body(typed.note)
        diary.contact(visit.app.store, person, day, how, note, visit.today, visit.zone)
    except UsageProblem as error:
        wrong = f"{sentence(error.cause)} {sentence(error.remedy)}"
        return _page(visit, person, 400, logged=typed._replace(wrong=wrong))
    return visit.to(f"people/{person.id}", f"Logged: {how} on {day}.")


def _met(typed: Logged, today: date) -> tuple[date, Format]:
    day = day_in(typed.day)
    if day > today:
        raise UsageProblem(f"{day} is still to come", "log it when it has happened")
    if typed.how not in set(Format):
        raise UsageProblem("that is no way to meet", "choose one")
    return day, Format(typed.how)


def _person(visit: Visit) -> Person:
    found = people.get(visit.app.store, PersonId(visit.part["id"]))
    if found is None:
        raise NotThere("there is nobody of this name on your list")
    return found


def _seen(person: Person) -> str:
    """What the form was made from: two forms of different states never take each other's place."""
    return hashlib.sha256(repr(tuple(_fields(person))).encode("utf-8", "replace")).hexdigest()


def _fields(person: Person) -> Iterator[Field]:
    values = plain(person)
    for name in _EDITED:
        optional = name != "priority"
        value = written(values.get(name, ""))
        yield Field(name, _LABELS[name], value, FIELDS[name].allowed, optional)


def _refused(person: Person, given: Mapping[str, str], error: ProfileProblems) -> Iterator[Field]:
    """The fields as they were typed; nothing is lost for one that cannot be used."""
    wrong = {each.field: each.cause for each in error.problems}
    if "snoozed_until" in wrong:
        wrong["snoozed_until"] = f"that is no day: {DAYS_SUCH_AS}"
    for each in _fields(person):
        value = given.get(each.name, each.value)
        yield each._replace(value=value, wrong=wrong.get(each.name, ""))


def _value(visit: Visit, name: str, text: str) -> object:
    if name == "notes":
        return body(text)
    text = line(text)
    if name == "snoozed_until" and text:
        with suppress(UsageProblem):  # it is refused as no day, then
            return read_day(text, visit.today, ahead=True)
    return text


def _known(person: Person) -> Iterator[tuple[str, str]]:
    for name, value in plain(person).items():
        if name not in _SHOWN_ABOVE:
            yield name.replace("_", " ").capitalize(), written(value)


def _strip(visit: Visit, person: Person) -> str:
    times = times_with(visit.app.store, person.id, seconds(visit.now))
    days = [local_day(each.start_s, visit.zone) for each in times]
    return drawn(lambda: contact_strip(days, visit.today))


def _waiting(visit: Visit, person: Person) -> int | None:
    """The number of a proposal to them that waits or is on its way."""
    found = proposals.listed(visit.app.store, *_WAITING)
    return next((each.number for each in found if each.draft.person == person.id), None)
