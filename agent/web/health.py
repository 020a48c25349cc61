"""*Health*: what was read, what runs found, what was sent, and what needs the owner's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from starlette.responses import Response

from agent.accounts.services import account_sign_in
from agent.accounts.standing import Standing, State, standings
from agent.digest.sections import SENDING
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.relationships import audit
from agent.relationships.own_address import not_yours
from agent.sending import outcome
from agent.sending.at_once import send_at_once
from agent.sending.freshness import freshness
from agent.sending.payloads import cannot_send
from agent.sending.stillness import shown_still
from agent.sending.telling import attempt_text
from agent.settings import CalendarSettings
from agent.store import actions, calendars, runs
from agent.store.calendars import CalendarRow
from agent.web.rendering import sentence
from agent.web.visit import Visit
from policies.sending.action import ActionState
from policies.spoken import short_moment
from policies.wall import moment

_RUNS: Final = 14
_SENT: Final = 20
_ENDED: Final = {
    Exit.OK: "all well",
    Exit.DEGRADED: "a source failed",
    Exit.USAGE: "wrong configuration",
    Exit.SIGN_IN: "a sign-in is needed",
    Exit.NEEDS_REVIEW: "something needs your eyes",
    Exit.STATE_UNUSABLE: "the state could not be used",
    Exit.INTERNAL: "an error of Fika's own",
}


class Calendar(NamedTuple):
    """One calendar as it was last read; ``trouble`` is empty where all is well."""

    name: str
    kind: str
    entries: int
    read: str
    left_out: int
    trouble: str

    @property
    def well(self) -> bool:
        return not self.trouble and self.read != "never"


class Account(NamedTuple):
    """How one sign-in stands, and what to know about it."""

    name: str
    service: str
    state: str
    well: bool
    note: str


class Run(NamedTuple):
    """``took`` is in seconds, empty while it runs or where it was killed."""

    began: str
    took: str
    ended: str
    well: bool


def look(visit: Visit) -> Response:
    """The page. Nobody is asked anything over the network for it."""
    app = visit.app
    known = {row.name: row for row in calendars.calendars(app.store)}
    left_out = calendars.quarantined(app.store)
    sent = sorted(actions.in_state(app.store, {ActionState.SENT}), key=lambda each: each.updated)
    read = [
        _calendar(visit, each, known.get(each.name), len(left_out.get(each.name, ())))
        for each in app.settings.calendars
    ]
    accounts = [_account(each) for each in _standings(visit)]
    found = troubles(visit)
    return visit.page(
        "health.html",
        troubles=found,
        well=not found and all(each.well for each in read) and all(each.well for each in accounts),
        review=actions.in_state(app.store, {ActionState.NEEDS_REVIEW}),
        calendars=read,
        accounts=accounts,
        runs=[_run(visit, each) for each in runs.newest(app.store, _RUNS)],
        sent=[
            (each, SENDING[each.payload.kind], _minute(visit, each.updated))
            for each in reversed(sent[-_SENT:])
        ],
    )


def settle(visit: Visit) -> Response:
    """What became of a sending that nobody else can tell."""
    number, said = visit.number, visit.field("sent")
    visit.must_be_ours("settle", number)
    if said not in {"yes", "no"}:
        raise UsageProblem("was it sent or not?", "say which")
    outcome.settle_by_owner(visit.app.store, number, visit.now, sent=said == "yes")
    noted = "was sent" if said == "yes" else "was not sent"
    told = attempt_text(send_at_once(visit.app))
    return visit.to("health", f"Noted: proposal {number} {noted}.\n{told}".strip())


def troubles(visit: Visit) -> tuple[str, ...]:
    """What keeps Fika from knowing all, or from sending, in sentences."""
    return tuple(_troubles(visit))


def _troubles(visit: Visit) -> Iterator[str]:
    app = visit.app
    for each in shown_still(app.store, app.settings, app.home, visit.now):
        yield sentence(str(each))
    missing = cannot_send(app.settings)
    if missing is not None:
        yield f"Nothing can be sent yet: {missing.cause}. {sentence(missing.remedy)}".rstrip()
    fresh = freshness(app.store, app.settings, visit.now, 0)
    yield from map(sentence, (*fresh.stale, *fresh.remedied))
    for unread in audit.unread(app.store, app.settings):
        yield sentence(f"Meetings may be missing: {unread}")
    yield from map(sentence, not_yours(app.store, app.settings))


def _standings(visit: Visit) -> Iterator[Standing]:
    app = visit.app
    return standings(app.settings, lambda each: account_sign_in(each, app.home, app.clock))


def _calendar(
    visit: Visit, settings: CalendarSettings, row: CalendarRow | None, left_out: int
) -> Calendar:
    trouble = row.failure if row else ""
    if row is not None and row.refused_total is not None:
        trouble = f"refused: it shrank to {row.refused_total} entries"
    read = _minute(visit, moment(row.read_at_s)) if row and row.read_at_s else "never"
    total = row.total if row else 0
    return Calendar(settings.name, settings.kind.value, total, read, left_out, trouble)


def _account(each: Standing) -> Account:
    well = each.state in {State.SIGNED_IN, State.PASSWORD}
    notes = (each.cause, *each.wanting, each.warning, each.remedy)
    service = each.account.service.value
    return Account(
        each.account.name, service, each.state.value, well, "; ".join(filter(None, notes))
    )


def _run(visit: Visit, row: runs.RunRow) -> Run:
    took = f"{(row.finished - row.started).total_seconds():.0f} s" if row.finished else ""
    ended = "still running, or killed"
    if row.exit_code is not None:
        ended = _ENDED.get(Exit(row.exit_code), "") if row.exit_code in set(Exit) else ""
    return Run(_minute(visit, row.started), took, ended, row.exit_code == Exit.OK)


def _minute(visit: Visit, at: datetime) -> str:
    return short_moment(at, visit.zone)
