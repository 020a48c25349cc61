"""Input made to exhaust, to befriend, and to smuggle in guests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from itertools import islice
from pathlib import Path

import icalendar
import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent import daily
from agent.relationships import audit
from agent.sending.payloads import CannotApprove, called_off, invitation, moved
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import people, proposals, runs
from agent.store.database import Database
from connectors.ical.document import Limits, read
from connectors.ics.reader import IcsReader
from connectors.smtp.message import compose
from policies.proposal import Proposal, ProposalState, Slot
from policies.sending.action import Payload
from tests import make
from tests.agent.world import DAY, NOW, SETTINGS, draft
from tests.proof import bombs
from tests.proof.figures import record
from tests.proof.hostile import texts
from tests.proof.household import vcalendar, vevent

pytestmark = pytest.mark.proof

SEED = 20_260_302
WORDS = st.text(max_size=60)
BOMBS, SPAM, COMPOSED, EXAMPLES = 50, 100, 2_000, 500


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("hostile-input") / "state") as db:
        yield db


def test_calendars_made_to_exhaust_cost_no_other_and_little_memory() -> None:
    done = bombs.explode(bombs.SEED, BOMBS)

    assert [each for each in done if each.wrong] == []
    assert len(done) == BOMBS
    assert {each.kind for each in done} == {each.__name__[1:] for each in bombs.KINDS}


# ---------------------------------------------------------------- strangers


def _spam(chance: random.Random, number: int) -> str:
    """An invitation from nobody we know, which speaks of people and addresses we do know."""
    sender = f"winner{number}@spam{number % 7}.example.net"
    words = chance.sample(
        [
            "Ana Silva",
            "ana.silva@example.com",
            "Coffee, Ana and Olle",
            "URGENT",
            "https://x.example",
        ],
        2,
    )
    when = NOW.replace(hour=chance.randrange(6, 20)) + chance.randrange(-200, 60) * DAY
    answer = chance.choice(("NEEDS-ACTION", "DECLINED", "ACCEPTED"))
    return vevent(
        f"spam-{number}",
        when,
        " ".join(words),
        [(sender, words[0])],
        further=[
            f"DESCRIPTION:mailto:ana.silva@example.com {words[1]}",
            f"LOCATION:{words[1]}",
            f"CONTACT:{words[0]} <ana.silva@example.com>",
            f"ATTENDEE;PARTSTAT={answer};CN=Ana Silva:mailto:{make.OWNER.addresses[0]}",
        ],
    ).replace(f"ORGANIZER:mailto:{make.OWNER.addresses[0]}", f"ORGANIZER:mailto:{sender}")


def test_invitations_from_strangers_list_nobody_and_leave_the_audit_as_it_is(
    empty: Database, tmp_path: Path
) -> None:
    met, to_meet = make.person("Ana Silva"), make.person("Raj Patel")
    work = tmp_path / "work.ics"
    meeting = vevent("met", make.utc("2026-02-20 09:00"), "Coffee", [(met.addresses[0], met.name)])
    work.write_bytes(vcalendar([meeting]))
    chance = random.Random(SEED)
    spam = [_spam(chance, number) for number in range(SPAM)]

    with empty.copy() as db:
        with db.transaction() as sql:
            people.save_all(sql, [met, to_meet])
        before = _stands_after_a_run(db, work)
        proposed = [each.draft.person for each in proposals.listed(db, *ProposalState)]
        work.write_bytes(vcalendar([meeting, *spam]))
        after = _stands_after_a_run(db, work)
        listed = people.everyone(db)
        now_proposed = [each.draft.person for each in proposals.listed(db, *ProposalState)]
        ((seen,),) = db.rows("SELECT count(*) FROM item")

    assert seen == SPAM + 1
    assert after == before
    assert listed == (met, to_meet)
    assert now_proposed == proposed
    record("Invitations from strangers", SPAM, seed=SEED, note="nobody listed, the same audit")


def _stands_after_a_run(db: Database, work: Path) -> list[tuple[object, ...]]:
    mine = Settings(
        make.OWNER,
        (CalendarSettings("work", SourceKind.ICS, work, synced=True),),
        rules=SETTINGS.rules,
    )
    reader = IcsReader("work", work, make.BERLIN, lambda: NOW)
    daily.run(db, mine, {"work": reader}, None, NOW, run_id=runs.start(db, NOW, None))
    return [
        (each.person.id, each.last, each.next, each.lateness) for each in audit.audit(db, mine, NOW)
    ]


# ---------------------------------------------------------------- what we compose


def test_no_hostile_name_title_place_or_text_brings_a_guest_of_its_own() -> None:
    hostile = texts(SEED)

    done = sum(_invites_one_guest(each % 3, *islice(hostile, 5)) for each in range(COMPOSED))

    assert done > COMPOSED * 0.9
    record("Invitations composed of hostile words", done, seed=SEED, note="read by three parsers")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 2), WORDS, WORDS, WORDS, st.text(), st.text())
def test_nor_does_any_other(
    kind: int, name: str, owner: str, title: str, text: str, place: str
) -> None:
    _invites_one_guest(kind, name, owner, title, text, place)


def _invites_one_guest(kind: int, name: str, owner: str, title: str, text: str, place: str) -> bool:
    """Whether it could be composed at all; if so three parsers find exactly the approved guest."""
    mine = replace(SETTINGS, owner=replace(SETTINGS.owner, name=owner))
    base = draft()
    slots = tuple(Slot(each.when, place, spoken=each.spoken) for each in base.slots)
    proposal = Proposal(1, replace(base, slots=slots), ProposalState.OPEN, NOW)
    try:
        first = invitation(mine, proposal, name, 0, uid="0" * 32, title=title, text=text)
        sent = (first, moved(first, proposal, 1, None, text), called_off(first, text))
    except CannotApprove:
        return False
    _names_exactly(sent[kind])
    return True


def _names_exactly(payload: Payload) -> None:
    mail = message_from_bytes(compose(payload, NOW).as_bytes())
    found = [
        part.get_payload(decode=True)
        for part in mail.walk()
        if part.get_content_type() in {"text/calendar", "application/ics"}
    ]
    assert len(found) == 2
    assert found[0] == found[1]
    data = found[0]
    assert isinstance(data, bytes)
    guest = payload.recipient
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert str(event["ATTENDEE"]).lower() == f"mailto:{guest}"
    (other,) = vobject.readOne(data.decode()).vevent_list
    assert [each.value.lower() for each in other.attendee_list] == [f"mailto:{guest}"]
    (ours,) = read(data, {}, zone="UTC", limits=Limits()).items[0].events
    assert [each.address for each in ours.attendees] == [guest]
    (to,) = mail.get_all("To", [])
    assert [each.addr_spec for each in SMTP.header_fetch_parse("To", to).addresses] == [guest]
    assert mail["Cc"] is None
    assert mail["Bcc"] is None
