"""From when on someone may be asked, as far as manners that hold now say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from policies.audit.cadence import Standing
from policies.outreach.etiquette import Past, admit
from policies.people.person import Boundaries
from policies.proposal import ProposalState
from policies.rules import EtiquetteRules

_WAITING = frozenset({ProposalState.OPEN, ProposalState.APPROVED})


class Readiness(NamedTuple):
    """``day``: the first one, an ordinal, 0 for any, ``None`` for none in sight; ``why`` not."""

    day: int | None
    why: str = ""


def readiness(
    one: Standing, past: Past, rules: EtiquetteRules, mondays: Sequence[date]
) -> Readiness:
    """What `policies.outreach.etiquette` would say on each of these Mondays.

    A proposal that waits for the owner's yes is no reason, for it is what comes next. Nor are a
    meeting that is booked and the limit of a year: the play keeps count of those itself.
    """
    limits = one.person.boundaries
    person = replace(one.person, boundaries=replace(limits, at_most_a_year=None))
    gone = tuple(each for each in past.approaches if each.state not in _WAITING)
    # A quiet weekday leaves the others of its week.
    quiet = tuple(each for each in rules.quiet if each.weekday is None)
    is_free = person.boundaries == Boundaries() and person.snoozed_until is None
    if is_free and not gone and not quiet:
        return Readiness(0)
    why = ""
    for monday in mondays:
        then = replace(one, person=person, today=monday, next=None)
        if not then.overdue:
            continue
        admission = admit([then], {person.id: Past(gone)}, replace(rules, quiet=quiet))
        if admission.admitted:
            return Readiness(monday.toordinal())
        why = admission.held[0].sentence
    return Readiness(None, why) if why else Readiness(0)
