from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent import reading
from agent.errors import UsageProblem
from agent.keeping import backup, forget
from agent.runlock import held
from agent.store import calendars, forgotten, meetings, people, proposals
from agent.store.database import Database
from agent.store.errors import StateUnusable
from agent.store.forgotten import Subject
from agent.store.retention import tidy
from connectors.ics.reader import IcsReader
from policies.audit.evidence import Strength
from policies.calendar.event import Attendee
from policies.interval import Interval
from policies.people.person import PrivateNotes
from policies.wall import seconds
from tests import make
from tests.agent.keeping.kept import ANA, fill
from tests.agent.store.stored import NOW, SETTINGS, Listing, listed, meeting
from tests.agent.world import FIRST, RAJ, World

CANARY = "zyxcanary"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def db(home: Path) -> Iterator[Database]:
    with Database(home) as opened:
        fill(opened)
        yield opened


def forgotten_now(home: Path, db: Database, words: str = "ana.silva@example.com") -> forget.Left:
    return forget.forget(home, db, forget.subject(db, words))


def bytes_of(home: Path) -> bytes:
    """All that stands in the state folder, backups excepted."""
    return b"".join(
        each.read_bytes()
        for each in sorted(home.rglob("*"))
        if each.is_file() and "backups" not in each.parts
    )


def plant(db: Database) -> None:
    """A canary in every text that is about Ana, whatever it is for."""
    with db.transaction() as sql:
        sql.execute("UPDATE address SET address = ? WHERE address = 'as@example.net'",
                    (f"as@{CANARY}.example.net",))  # fmt: skip
        for column in ("name", "organisation", "function", "role", "zone", "country", "place"):
            sql.execute(f"UPDATE person SET {column} = ? || {column} WHERE id = ?",  # noqa: S608
                        (CANARY, ANA.id))  # fmt: skip
        for column in ("how_met", "phone", "notes"):
            sql.execute(f"UPDATE person SET {column} = ? || {column} WHERE id = ?",  # noqa: S608
                        (CANARY, ANA.id))  # fmt: skip
        for column in ("groups", "goals", "common_ground", "to_give"):
            sql.execute(f"UPDATE person SET {column} = ? WHERE id = ?",  # noqa: S608
                        (json.dumps([CANARY]), ANA.id))  # fmt: skip
        sql.execute("UPDATE logged_contact SET note = ?, format = ?", (CANARY, CANARY))
        for column in ("title", "text", "comment", "outcome", "address"):
            sql.execute(f"UPDATE proposal SET {column} = ? WHERE person = ?",  # noqa: S608
                        (f"{CANARY}@", ANA.id))  # fmt: skip
        for column in ("reasons", "assumptions"):
            sql.execute(f"UPDATE proposal SET {column} = ? WHERE person = ?",  # noqa: S608
                        (json.dumps([CANARY]), ANA.id))  # fmt: skip
        sql.execute("UPDATE proposal_slot SET place = ?, spoken = ? WHERE proposal = 1",
                    (CANARY, CANARY))  # fmt: skip
        sql.execute("UPDATE action SET payload = replace(payload, 'Caf', ?), note = ?, hold_ref = ?"
                    " WHERE person = ?", (CANARY, CANARY, CANARY, ANA.id))  # fmt: skip
        sql.execute("UPDATE transition SET why = ?", (CANARY,))
        sql.execute(
            "INSERT INTO unplaced (person, code, question, run) VALUES (?, 'x', ?, 1)",
            (ANA.id, CANARY),
        )
        sql.execute("INSERT INTO ignored_address VALUES (?, '2026-01-01')",
                    ("ana.silva@example.com",))  # fmt: skip
        sql.execute("UPDATE run SET report = 'Ana.Silva@example.com'")
        sql.execute("UPDATE calendar SET failure = 'about ANA.SILVA@example.com'")
        sql.execute("INSERT INTO quarantine VALUES (2, 'ana.silva@example.com.ics', 'odd', 1)")


def test_no_byte_of_them_is_left_in_any_file(home: Path, db: Database) -> None:
    plant(db)
    with Database(home) as copy:
        assert copy.rows("PRAGMA wal_checkpoint") != []
    before = bytes_of(home).lower()
    assert before.count(CANARY.encode()) > 25
    assert before.count(b"ana.silva@") > 5

    left = forgotten_now(home, db, ANA.id)

    after = bytes_of(home).lower()
    for text in (CANARY, "ana.silva", "sílva", "anacorp", "coffee ana", "chess", "ana's"):
        assert text.encode() not in after, text
    assert left == forget.Left((), (), ())


def test_a_journal_full_of_them_is_emptied(home: Path, db: Database) -> None:
    with db.transaction() as sql:
        people.save(sql, replace(ANA, notes=PrivateNotes(CANARY * 1_000)))
    assert CANARY.encode() in (home / "fika.db-wal").read_bytes()

    forgotten_now(home, db)

    assert (home / "fika.db-wal").stat().st_size < 9_000
    assert CANARY.encode() not in bytes_of(home)


def test_everybody_else_is_as_they_were(home: Path, db: Database) -> None:
    def others() -> list[object]:
        return [
            people.get(db, RAJ.id),
            proposals.get(db, 2),
            meetings.contacts(db, seconds(NOW)).get(RAJ.id),
            [(m.start_s, m.strength) for m in meetings.history(db, RAJ.id)],
        ]

    before = others()

    forgotten_now(home, db)

    assert others() == before
    assert db.damage() == ""


def test_what_a_meeting_of_three_proves_is_the_same_when_it_is_derived_anew(
    home: Path, db: Database
) -> None:
    crowd = [f"guest-{n}@example.com" for n in range(3)]
    World(db).read([meeting("2026-03-10 09:00", "as@example.net", *RAJ.addresses, *crowd)])
    before = standing(db, seconds(make.utc("2026-03-10 08:00")))
    forgotten_now(home, db)

    other_rules = replace(SETTINGS, limits=replace(SETTINGS.limits, occurrences=1_999))
    reading.read_all(db, other_rules, {"work": Listing([]), "private": Listing([])}, NOW)

    assert before == [Strength.SEEN]
    assert standing(db, seconds(make.utc("2026-03-10 08:00"))) == before
    assert db.rows("SELECT 1 FROM attendance WHERE address LIKE 'forgotten-%'")
    assert "forgotten" not in repr(meetings.met(db, seconds(NOW)))


def standing(db: Database, start_s: int) -> list[Strength]:
    """What the meeting at this moment proves about Raj."""
    return [each.strength for each in meetings.history(db, RAJ.id) if each.start_s == start_s]


def test_their_time_stays_taken(home: Path, db: Database) -> None:
    from_s, until_s = seconds(make.utc("2026-03-01 00:00")), seconds(make.utc("2026-03-31 00:00"))
    before = [(b.start_s, b.end_s) for b in calendars.busy(db, ("work",), from_s, until_s)]

    forgotten_now(home, db)

    after = calendars.busy(db, ("work",), from_s, until_s)
    assert [(each.start_s, each.end_s) for each in after] == before
    assert not db.rows("SELECT 1 FROM item WHERE instr(body, 'Coffee Ana')")


def test_the_limits_hold_when_they_are_listed_again(home: Path, db: Database) -> None:
    forgotten_now(home, db)
    world = World(db)
    world.read([meeting("2026-03-16 09:00", *RAJ.addresses)])
    number = world.propose(make.person("Ana Silva"), Interval(FIRST.start, FIRST.end))

    with pytest.raises(UsageProblem, match="was invited within"):
        world.approve(number)


def test_nothing_is_forgotten_while_something_is_to_be_sent(home: Path, db: Database) -> None:
    with pytest.raises(UsageProblem, match="nobody on your list"):
        forget.subject(db, "nobody at all")
    with db.transaction() as sql:
        sql.execute("UPDATE action SET state = 'needs-review'")
    with pytest.raises(UsageProblem, match="nobody can tell") as refused:
        forgotten_now(home, db)
    assert refused.value.remedy == "first `fika settle 1`"
    with db.transaction() as sql:
        sql.execute("UPDATE action SET state = 'held'")
    with pytest.raises(UsageProblem, match="approved and not sent yet"):
        forgotten_now(home, db)
    assert people.get(db, ANA.id) is not None


@pytest.mark.parametrize(
    ("state", "untidy", "named"),
    [("cancelled", 1, 1), ("sent", 1, 1), ("sent", 0, 0), ("held", 1, 0), ("needs-review", 1, 0)],
)
def test_an_entry_that_would_be_left_behind_is_named_before(
    db: Database, state: str, untidy: int, named: int
) -> None:
    with db.transaction() as sql:
        sql.execute("UPDATE action SET state = ?, untidy = ?", (state, untidy))

    assert len(forget.to_put_right(db, forget.subject(db, "ana"))) == named
    assert forget.to_put_right(db, forget.subject(db, "somebody@example.org")) == ()


def test_nothing_is_forgotten_while_a_run_is_under_way(home: Path, db: Database) -> None:
    with held(home), pytest.raises(StateUnusable, match="a run is under way"):
        forgotten_now(home, db)
    assert people.get(db, ANA.id) is not None


def test_another_reader_delays_the_overwriting_which_the_next_run_ends(
    home: Path, db: Database
) -> None:
    with Database(home) as other:
        other.rows("BEGIN")
        other.rows("SELECT count(*) FROM person")
        db.rows("PRAGMA busy_timeout=50")
        with pytest.raises(StateUnusable, match="they are forgotten, but"):
            forgotten_now(home, db)
        other.rows("ROLLBACK")
    assert people.get(db, ANA.id) is None

    tidy(db, NOW)

    assert b"ana.silva@" not in bytes_of(home)


def test_someone_who_is_not_listed_can_be_forgotten_by_address(home: Path, db: Database) -> None:
    World(db).read([meeting("2026-03-11 09:00", "zoe.other@example.org", title="Zoe and Olle")])
    assert b"zoe.other" in bytes_of(home)

    forgotten_now(home, db, "Zoe <Zoe.Other@Example.org>")

    assert b"zoe" not in bytes_of(home).lower()


def test_backups_and_files_that_still_name_them_are_told_and_can_be_deleted(
    home: Path, db: Database
) -> None:
    kept = backup.make(db, home, NOW)
    (home / "planning").mkdir()
    entry = home / "planning" / "agenda.ics"
    entry.write_text("SUMMARY:Planning\nDESCRIPTION:Ask ANA SÍLVA\n" + "x" * 3_000_000)
    (home / "planning" / "other.ics").write_text("SUMMARY:Planning\n")
    with db.transaction() as sql:
        people.save(sql, replace(RAJ, notes=PrivateNotes("knows Ana Sílva")))

    left = forgotten_now(home, db)

    assert left == forget.Left(("person",), (), (kept,))
    entry.write_text("y" * ((1 << 20) - 5) + "Ana Sílva")
    assert forget.left(home, db, Subject("", ("Ana Sílva",), ())).files == (entry,)
    forget.remove_backups(left)
    assert not kept.exists()


# ---------------------------------------------------------------- read again


def test_reading_again_brings_nobody_back(home: Path, db: Database) -> None:
    forgotten_now(home, db)
    events = [
        replace(
            meeting("2026-03-02 09:00", *ANA.addresses[:1], uid="1-ana.silva@example.com"),
            summary="Coffee Ana",
            attendees=(Attendee("olle@example.com"), Attendee("Ana.Silva@example.com", "Ana")),
        ),
        meeting("2026-04-20 09:00", "new@example.org", uid="other", title="Lunch with Ana Sílva"),
    ]
    changes = Listing(events).changes(None, Interval(FIRST.start, FIRST.end))

    kept = forgotten.without(db, changes)

    assert "ana" not in repr(kept.changed).lower()
    assert kept.cursor is None
    assert [each.events[0].start for each in kept.changed] == [each.start for each in events]
    assert kept.total == changes.total


def test_a_cursor_that_names_nobody_is_kept(home: Path, db: Database) -> None:
    forgotten_now(home, db)
    changes = Listing([meeting("2026-03-02 09:00", "as@example.net", uid="plain")]).changes(
        None, Interval(FIRST.start, FIRST.end)
    )

    kept = forgotten.without(db, changes)

    assert kept.cursor == changes.cursor
    assert kept.changed != changes.changed


def test_someone_listed_again_is_read_again(home: Path, db: Database) -> None:
    forgotten_now(home, db)
    assert forgotten.among(db, ["ana.silva@example.com", "raj@example.com"]) == {
        "ana.silva@example.com"
    }
    listed(db, make.person("Ana Silva"))
    events = [meeting("2026-03-02 09:00", "ana.silva@example.com")]
    changes = Listing(events).changes(None, Interval(FIRST.start, FIRST.end))

    assert forgotten.without(db, changes) == changes
    assert forgotten.among(db, ["ana.silva@example.com"]) == frozenset()


def test_a_real_folder_read_before_is_read_from_the_beginning_where_its_names_tell(
    home: Path, db: Database, tmp_path: Path
) -> None:
    """The reader's own memory names files and UIDs; it goes when they name the person."""
    folder = tmp_path / "calendar"
    folder.mkdir()
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T093000Z\r\n"
        "SUMMARY:Ana\r\nATTENDEE:mailto:ana.silva@example.com\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (folder / "Ana.Silva@example.com.ics").write_text(text.format(uid="random-1"), newline="")
    reader = IcsReader("work", folder, make.BERLIN, lambda: NOW)
    row = calendars.calendar(db, "work")
    with db.transaction() as sql:
        cursor = reader.changes(None, Interval(FIRST.start, FIRST.end)).cursor
        calendars.move_cursor(sql, row.id, cursor)

    forgotten_now(home, db)

    assert calendars.cursor(db, "work") is None
