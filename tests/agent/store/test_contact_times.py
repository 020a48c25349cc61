from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from agent.store import meetings
from agent.store.contact_times import contact_times, times_with
from agent.store.database import Database
from policies.people.person import Format
from policies.proposal import Answer, ProposalState
from policies.wall import seconds
from tests import make
from tests.agent.store import stored

ANA = replace(make.person("Ana Silva"), addresses=("ana@example.com", "ana@example.org"))
RAJ = make.person("Raj Patel")
NOW_S = seconds(stored.NOW)


def test_every_kind_of_contact_is_there_once_and_nothing_to_come(empty: Database) -> None:
    both = stored.meeting("2026-03-02 09:00", *ANA.addresses, uid="both")
    with empty.copy() as db:
        stored.listed(db, ANA, RAJ)
        stored.read(
            db,
            work=[both, stored.meeting("2026-04-09 09:00", "ana@example.com", uid="to come")],
            private=[both],
        )
        stored.logged(db, ANA, make.utc("2026-03-20 12:00"), Format.CALL)
        stored.invited(db, RAJ, make.utc("2026-03-10 08:00"))
        stored.invited(db, RAJ, make.utc("2026-03-11 08:00"), answer=Answer.DECLINED)
        stored.invited(db, RAJ, make.utc("2026-03-12 08:00"), state=ProposalState.OPEN)

        found = contact_times(db, NOW_S)
        assert {who: [end - start for start, end in times] for who, times in found.items()} == {
            ANA.id: [1800, 0],
            RAJ.id: [3600],
        }
        assert times_with(db, ANA.id, NOW_S) == found[ANA.id]
        assert times_with(db, RAJ.id, NOW_S) == found[RAJ.id]


def test_they_are_the_contact_that_the_audit_counts(empty: Database) -> None:
    with empty.copy() as db:
        stored.listed(db, ANA, RAJ)
        starts = ["2025-05-05 09:00", "2026-03-02 09:00", "2026-03-31 13:45"]
        stored.read(db, work=[stored.meeting(each, "ana@example.com") for each in starts])
        stored.logged(db, ANA, stored.NOW + timedelta(hours=6), Format.WALK)

        found, audited = contact_times(db, NOW_S), meetings.contacts(db, NOW_S)
        last = audited[ANA.id].last
        assert last is not None
        assert found[ANA.id][-1].start_s == last.start_s
        assert len(found[ANA.id]) == audited[ANA.id].in_a_year
