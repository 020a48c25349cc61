"""A report: the audit, mailed to a coach or a mentor after the owner's yes to exactly that mail.

It goes the way of every action, through the same ledger and the same gate, without an entry in a
calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from agent.clock import Uptime
from agent.errors import UsageProblem
from agent.relationships import people as folk
from agent.sending.approving import Approved, Offer
from agent.sending.facts import gathered
from agent.sending.payloads import ADD_MAIL, CannotApprove, checked_text, guest_name
from agent.sending.ports import MAIL, NO_CALENDAR
from agent.settings import Settings
from agent.store import actions, elapsed, people
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.audit.report import report_text, report_title
from policies.people.identity import NotAnAddress, address, doubts, sentence
from policies.people.person import Person
from policies.sending.action import Action, ActionKind, ActionState, Payload, action_id, report_uid
from policies.sending.gate import Consent, Objection, Stage, Verdict, decide
from policies.text import one_line, shown
from policies.wall import local_date, moment, seconds

MOST_PEOPLE: Final = 1_000
TEXT_LIMIT: Final = 200 * MOST_PEOPLE
_REMEDIES: Final = MappingProxyType(
    {
        Objection.CLOCK: "set the clock, then run `fika run`",
        Objection.GUEST: "name another address",
        Objection.PAUSED: "end the pause with `fika pause --off`",
        Objection.GUEST_LIMIT: "wait until tomorrow",
    }
)


class Reader(NamedTuple):
    """Who gets a report; ``person`` is ``None`` for someone who is not on the list."""

    address: str
    person: Person | None

    @property
    def name(self) -> str:
        return guest_name(self.person.name) if self.person else ""


def reader(db: Database, words: str) -> Reader:
    """Whoever is meant by an address, or by an id or a name on the list.

    Raises:
        UsageProblem: nobody, several people, or somebody without an address.
    """
    if "@" in words:
        try:
            written = address(words)
        except NotAnAddress as error:
            raise UsageProblem(f"{shown(words)}: {error}", "give one address") from error
        return Reader(written, people.by_address(db, written))
    person = folk.one(db, words)
    if not person.addresses:
        raise UsageProblem(f"no address of {shown(person.name)} is known", "give the address")
    return Reader(person.addresses[0], person)


def prepare(
    db: Database,
    settings: Settings,
    standings: Sequence[Standing],
    to: Reader,
    *,
    note: str,
    now: datetime,
) -> Offer:
    """What would be sent. Whoever reads it is left out of it, and so is whoever is sensitive.

    Raises:
        CannotApprove: nothing to send with, nobody or too many to tell of, or it may not be sent.
    """
    told = [each for each in standings if each.person != to.person and not each.person.sensitive]
    if not told:
        raise CannotApprove("there is nobody to report on", "see `fika audit`")
    if len(told) > MOST_PEOPLE:
        raise CannotApprove(
            f"a report is about at most {MOST_PEOPLE} people, not {len(told)}",
            "choose some with --group, --status or --priority",
        )
    day, sender = local_date(now, settings.owner.zone), one_line(settings.owner.name).strip()
    text = report_text(told, day, recipient=to.name, sender=sender, note=note)
    return offered(db, settings, to, report_title(day), text, now=now)


def offered(
    db: Database, settings: Settings, to: Reader, title: str, text: str, *, now: datetime
) -> Offer:
    """A letter as it would be sent, whatever it tells.

    Raises:
        CannotApprove: nothing to send with, or it may not be sent.
    """
    number = actions.next_report(db)
    uid = report_uid(db.installation + db.meta("epoch"), number, seconds(now))
    payload = _payload(settings, to, title, text, uid)
    at = moment(seconds(now))
    action = Action(
        id=action_id(payload.uid, 0, ActionKind.REPORT, 0),
        proposal=0,
        person=to.person.id if to.person else "",
        payload=payload,
        payload_digest=payload.digest,
        state=ActionState.PROPOSED,
        created=at,
        updated=at,
        report=number,
    )
    _check(db, settings, action, now)
    known = frozenset(each.rpartition("@")[2] for each in settings.owner.addresses)
    doubtful = tuple(f"{to.address}: {sentence(each)}" for each in doubts(to.address, known))
    return Offer(action, number, 0, warnings=doubtful, doubtful=bool(doubtful))


def approve(
    db: Database,
    settings: Settings,
    offer: Offer,
    *,
    now: datetime,
    uptime: Uptime | None = None,
    checkpoint: Callable[[str], None] = lambda _: None,
) -> Approved:
    """Store the report and the yes to it, all in one transaction; see `approving.approve`.

    Raises:
        CannotApprove: things changed since the offer was made.
    """
    with db.transaction() as sql:
        _check(db, settings, offer.action, now)
        if actions.next_report(db) != offer.generation:
            raise CannotApprove("another report was approved meanwhile", "see `fika report list`")
        valid = settings.rules.sending.approval_valid
        yes = Consent(offer.payload.digest, now, now + valid, used=False, old_content_ok=False)
        actions.add(sql, offer.action, offer.generation)
        elapsed.advance(sql, now, uptime)
        approved = actions.approve(sql, offer.action, yes, now)
        checkpoint("K0")
    checkpoint("K1")
    return Approved(approved, now, new=True)


def _payload(settings: Settings, to: Reader, title: str, text: str, uid: str) -> Payload:
    if settings.mail is None:
        raise CannotApprove("no mail server is configured", ADD_MAIL)
    return Payload(
        kind=ActionKind.REPORT,
        uid=uid,
        sequence=0,
        recipient=to.address,
        recipient_name=to.name,
        sender=settings.mail.sender or settings.owner.addresses[0],
        sender_name=one_line(settings.owner.name).strip(),
        start="",
        end="",
        zone="",
        title=title,
        text=checked_text(text, TEXT_LIMIT),
        location="",
        calendar=NO_CALENDAR,
        channel=MAIL,
    )


def _check(db: Database, settings: Settings, action: Action, now: datetime) -> None:
    facts = gathered(db, settings, action, now, run=0, stopped=False)
    decision = decide(facts, Stage.APPROVE)
    if decision.verdict is not Verdict.GO:
        objection = decision.objection
        raise CannotApprove(decision.sentence, _REMEDIES.get(objection, "") if objection else "")
