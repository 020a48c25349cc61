"""What the JSON of one proposal and that of a list of them have in common."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from policies.interval import Interval
from policies.proposal import Proposal


def head(proposal: Proposal, name: str, zone: str, *, unsure: bool) -> dict[str, object]:
    draft = proposal.draft
    return {
        "number": proposal.number,
        "person": draft.person,
        "name": name,
        "address": draft.address,
        "format": draft.format.value,
        "status": proposal.state.value,
        "needs_review": unsure,
        "restored": proposal.restored,
        "answer": proposal.answer.value,
        "outcome": proposal.outcome,
        "zone": zone,
        **span(proposal.slot.when, zone),
        "place": proposal.slot.place,
        "created": iso(proposal.created, zone),
        "expires": iso(draft.expires, zone),
    }


def span(when: Interval, zone: str) -> dict[str, object]:
    weekday = f"{when.start.astimezone(ZoneInfo(zone)):%A}"
    return {"start": iso(when.start, zone), "end": iso(when.end, zone), "weekday": weekday}


def iso(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat()
