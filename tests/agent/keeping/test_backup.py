from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.keeping import backup, export
from agent.keeping.restore import Restored, prepared, put_back
from agent.runlock import held
from agent.sending import approving
from agent.store import actions, people, proposals
from agent.store.database import Database
from agent.store.errors import Damaged, StateUnusable
from agent.store.migrations import NEWEST, STEPS, Step
from policies.interval import Interval
from policies.proposal import ProposalState
from policies.sending.action import UNDER_WAY, ActionState
from tests import make
from tests.agent.dispatch.killing import Killable
from tests.agent.keeping.kept import fill
from tests.agent.model_channel import PROFILES
from tests.agent.store.stored import NOW, listed
from tests.agent.world import ANA, FIRST, HOUR, RAJ, World

LATER = Interval(make.utc("2026-04-13 08:00"), make.utc("2026-04-13 08:45"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder with a filled store, closed."""
    with Database(tmp_path / "state") as db:
        fill(db)
    return tmp_path / "state"


def backed_up(home: Path, now: datetime = NOW) -> Path:
    with Database(home) as db:
        return backup.make(db, home, now)


def restored(home: Path, file: Path, now: datetime = NOW) -> Restored:
    with prepared(home, file) as ready:
        return put_back(home, ready, now)


def told(home: Path) -> str:
    with Database(home) as db:
        return "".join(export.lines(db))


def without_doubts(text: str) -> list[str]:
    """An export without what every restoring changes: the epoch."""
    return [each for each in text.splitlines() if "epoch" not in each]


# ---------------------------------------------------------------- making


def test_a_backup_is_one_file_for_its_owner_alone_that_opens_as_a_store(home: Path) -> None:
    before = os.umask(0)
    try:
        path = backed_up(home)
    finally:
        os.umask(before)

    assert path == home / "backups" / "fika-20260331T120000Z.db"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert raw.execute("SELECT count(*) FROM person").fetchone() == (3,)


def test_a_backup_is_made_while_somebody_writes_and_has_none_of_it(home: Path) -> None:
    with Database(home) as db, Database(home) as other, other.transaction() as sql:
        sql.execute("DELETE FROM person")
        path = backup.make(db, home, NOW)

    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM person").fetchone() == (3,)


def test_the_newest_fourteen_stay_and_always_the_one_just_made(home: Path) -> None:
    for day in range(20):
        backed_up(home, NOW + timedelta(days=day))
    assert [each.stem for each in backup.every(home)][:: backup.KEPT - 1] == [
        "fika-20260419T120000Z",
        "fika-20260406T120000Z",
    ]

    in_the_past = backed_up(home, NOW - timedelta(days=400))
    assert in_the_past in backup.every(home)
    assert len(backup.every(home)) == backup.KEPT


def test_two_backups_in_one_second_are_two(home: Path) -> None:
    first, second = backed_up(home), backed_up(home)

    assert first != second
    assert backup.every(home) == (second, first)


def test_a_daily_backup_is_made_once_a_day_whatever_the_clock_did_before(home: Path) -> None:
    with Database(home) as db:
        assert backup.make_daily(db, home, NOW) is not None
        assert backup.make_daily(db, home, NOW + 10 * HOUR) is None
        assert backup.make_daily(db, home, NOW + 24 * HOUR) is not None
        assert backup.make_daily(db, home, NOW - timedelta(days=30)) is not None


def test_a_backup_goes_where_the_owner_wants_it_and_never_over_anything(
    home: Path, tmp_path: Path
) -> None:
    with Database(home) as db:
        named = backup.make_at(db, tmp_path / "mine.db", NOW, force=False)
        in_folder = backup.make_at(db, tmp_path, NOW, force=False)
        with pytest.raises(UsageProblem, match="exists"):
            backup.make_at(db, named, NOW, force=False)
        with pytest.raises(UsageProblem, match="in Fika's own folder"):
            backup.make_at(db, home / "fika.db", NOW, force=True)
        with pytest.raises(UsageProblem, match="No such file"):
            backup.make_at(db, tmp_path / "no" / "where.db", NOW, force=False)
        backup.make_at(db, named, NOW, force=True)
    assert in_folder == tmp_path / "fika-20260331T120000Z.db"
    assert stat.S_IMODE(named.stat().st_mode) == 0o600


def test_a_damaged_store_makes_no_backup_and_deletes_none(home: Path) -> None:
    kept = backed_up(home)
    damage(home)

    with pytest.raises(StateUnusable):
        backed_up(home, NOW + HOUR)
    assert list(kept.parent.iterdir()) == [kept]


def damage(home: Path) -> None:
    """Overwrite the second half of the file."""
    path = home / "fika.db"
    half = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(half)
        file.write(b"\xaa" * half)


def test_no_room_for_a_backup_is_said_and_leaves_nothing_behind(home: Path) -> None:
    """A limit on the size of files stands in for a full disk."""
    import resource

    with Database(home) as db:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
        try:
            with pytest.raises(StateUnusable, match=r"fika-.*\.db: the disk"):
                backup.make(db, home, NOW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((home / "backups").iterdir()) == []


def test_what_a_program_that_died_left_half_made_is_swept_up(home: Path) -> None:
    folder = backed_up(home).parent
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process in (ended.pid, os.getppid()):
        (folder / f".fika-x.db.{process}.part").touch()
        (folder / f".fika-x.db.{process}.part-wal").touch()

    backed_up(home, NOW + HOUR)

    left = sorted(each.name for each in folder.glob(".*"))
    assert left == [f".fika-x.db.{os.getppid()}.part", f".fika-x.db.{os.getppid()}.part-wal"]


def test_a_store_that_cannot_be_exported_says_that_it_is_damaged(home: Path) -> None:
    with Database(home) as db:
        db.rows("UPDATE person SET groups = 'no list'")
        with pytest.raises(Damaged, match="cannot be read"):
            "".join(export.lines(db))


# ---------------------------------------------------------------- bringing back


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(home: Path) -> None:
    before = told(home)
    file = backed_up(home)
    with Database(home) as db, db.transaction() as sql:
        sql.execute("DELETE FROM logged_contact")
        sql.execute("UPDATE person SET name = 'Changed'")
    changed = told(home)

    done = restored(home, file, NOW + HOUR)

    assert done.sound
    assert done.kept == home / "backups" / "before-restore-20260331T130000Z.db"
    assert '"name": "Ana Sílva"' in told(home)
    assert [a for a in without_doubts(before) if "logged" in a] == [
        a for a in without_doubts(told(home)) if "logged" in a
    ]
    again = restored(home, done.kept, NOW + 2 * HOUR)
    assert again.kept is not None
    changed_back = without_doubts(told(home))
    assert [a for a in without_doubts(changed) if '"proposal"' not in a and "sump" not in a] == [
        a for a in changed_back if '"proposal"' not in a and "sump" not in a
    ]


def test_an_export_comes_back_as_a_backup_does(home: Path, tmp_path: Path) -> None:
    with Database(home) as db:
        export.write(db, tmp_path / "all.json", force=False)
    before = told(home)

    done = restored(tmp_path / "new machine", tmp_path / "all.json")

    assert done.kept is None
    assert done.waiting == 1
    here = without_doubts(told(tmp_path / "new machine"))
    assert [a for a in without_doubts(before) if '"reasons"' not in a] == [
        a for a in here if '"reasons"' not in a
    ]


def test_a_program_that_has_the_store_open_sees_what_was_restored(home: Path) -> None:
    file = backed_up(home)
    with Database(home) as other:
        with other.transaction() as sql:
            sql.execute("DELETE FROM logged_contact")
        restored(home, file, NOW + HOUR)

        assert other.rows("SELECT count(*) FROM logged_contact") == [(1,)]
        with other.transaction() as sql:
            sql.execute("DELETE FROM unplaced")
    with Database(home) as db:
        assert db.rows("SELECT count(*) FROM unplaced") == [(0,)]


def test_nothing_is_restored_while_a_run_is_under_way(home: Path) -> None:
    file = backed_up(home)
    before = told(home)

    with held(home), pytest.raises(StateUnusable, match="a run is under way"):
        restored(home, file, NOW + HOUR)
    assert told(home) == before


def test_nothing_is_restored_while_another_program_writes(home: Path) -> None:
    file = backed_up(home)
    with Database(home) as other, other.transaction() as sql:
        sql.execute("UPDATE person SET name = 'Being written'")
        with pytest.raises(StateUnusable, match="another program keeps it locked"):
            restored(home, file, NOW + HOUR)

    with Database(home) as db:
        assert db.rows("SELECT DISTINCT name FROM person") == [("Being written",)]
        assert db.meta("epoch") == ""


@pytest.mark.parametrize("harm", [damage, lambda home: (home / "fika.db").write_bytes(b"")])
def test_a_damaged_store_is_kept_as_it_is_and_replaced(
    home: Path, harm: Callable[[Path], object]
) -> None:
    file = backed_up(home)
    harm(home)
    harmed = (home / "fika.db").read_bytes()

    done = restored(home, file, NOW + HOUR)

    assert not done.sound
    assert done.kept is not None
    assert done.kept.read_bytes() == harmed
    with Database(home) as db:
        assert db.damage() == ""
        assert len(people.everyone(db)) == 3


def test_a_journal_without_its_store_is_never_read_into_what_is_restored(home: Path) -> None:
    file = backed_up(home)
    with Database(home) as db, db.transaction() as sql:
        sql.execute("DELETE FROM person")
        for piece in ("fika.db-wal", "fika.db"):
            shutil.copyfile(home / piece, home.parent / piece)
    journal = home.parent / "fika.db-wal"
    (home / "fika.db").unlink()
    shutil.copyfile(journal, home / "fika.db-wal")
    (home / "fika.db-wal").chmod(0o600)

    done = restored(home, file, NOW + HOUR)

    assert done.kept is not None
    with Database(home) as db:
        assert len(people.everyone(db)) == 3


def test_a_store_of_a_newer_fika_gives_way_to_an_older_backup(home: Path) -> None:
    file = backed_up(home)
    newer = (*STEPS, Step(NEWEST + 1, lambda: "CREATE TABLE newer (id INTEGER PRIMARY KEY);"))
    Database(home, steps=newer).close()

    done = restored(home, file, NOW + HOUR)

    assert done.kept is not None
    assert not done.sound
    with Database(home) as db:
        assert len(people.everyone(db)) == 3


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a backup nor an export"),
        (b"some text", "neither a backup nor an export"),
        (b"SQLite format 3\0", "damaged"),
        (b"SQLite format 3\0" + b"\xaa" * 9_000, "damaged"),
    ],
)
def test_what_is_no_backup_is_refused(home: Path, tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "given"
    file.write_bytes(content)
    before = told(home)

    with pytest.raises(UsageProblem, match=why) as refused:
        restored(home, file)
    assert "fika backup" in refused.value.remedy
    assert told(home) == before
    assert sorted(each.name for each in home.iterdir()) == ["fika.db"]


def test_a_damaged_backup_is_refused_and_another_is_named(home: Path, tmp_path: Path) -> None:
    kept = backed_up(home)
    (tmp_path / "copy").mkdir()
    shutil.copyfile(kept, tmp_path / "copy" / "fika.db")
    damage(tmp_path / "copy")

    with pytest.raises(UsageProblem) as refused:
        restored(home, tmp_path / "copy" / "fika.db")
    assert str(kept) in refused.value.remedy


def test_another_programs_database_is_no_backup(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE theirs (x)")
    with closing(sqlite3.connect(tmp_path / "empty.db")) as other:
        other.execute("PRAGMA user_version=0")
        other.execute("VACUUM")

    with pytest.raises(UsageProblem, match="not one of Fika's"):
        restored(home, tmp_path / "other.db")
    with pytest.raises(UsageProblem, match=r"holds no store|neither a backup"):
        restored(home, tmp_path / "empty.db")


def test_a_backup_of_a_newer_fika_is_refused(home: Path, tmp_path: Path) -> None:
    newer = (*STEPS, Step(NEWEST + 1, lambda: "CREATE TABLE newer (id INTEGER PRIMARY KEY);"))
    Database(tmp_path / "newer", steps=newer).close()

    with pytest.raises(UsageProblem, match="newer Fika"):
        restored(home, tmp_path / "newer" / "fika.db")


def test_content_that_no_command_could_read_is_refused(home: Path) -> None:
    file = backed_up(home)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("UPDATE person SET priority = 'Z'")
        raw.commit()

    with pytest.raises(UsageProblem, match="cannot read"):
        restored(home, file)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE run SET started_s = 99999999999999999",
        "INSERT INTO meta VALUES ('suspended work', 'junk')",
        "UPDATE action SET payload = '{}'",
    ],
)
def test_an_export_that_no_command_could_read_is_refused(
    home: Path, tmp_path: Path, harm: str
) -> None:
    with Database(home) as db:
        db.rows(harm)
        export.write(db, tmp_path / "all.json", force=False)

    with pytest.raises(UsageProblem, match=r"all\.json holds something that"):
        restored(home, tmp_path / "all.json")


def test_what_has_no_end_and_what_never_begins_is_no_backup(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for file in (Path("/dev/zero"), tmp_path / "pipe", tmp_path):
        with pytest.raises(UsageProblem, match="is not a file"):
            restored(home, file)


def test_the_store_itself_is_no_backup(home: Path) -> None:
    with pytest.raises(UsageProblem, match="is the store itself"):
        restored(home, home / "fika.db")


def test_a_file_that_is_not_there_is_a_plain_sentence(home: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        restored(home, home / "nothing.db")


# ---------------------------------------------------------------- and nothing goes out by itself


@pytest.mark.parametrize(
    ("profile", "present"),
    [("mail", "sent"), ("mail", "lost"), ("google", "lost"), ("graph", "sent"), ("caldav", "lost")],
)
def test_a_backup_of_any_moment_of_a_sending_sends_nothing_when_it_is_restored(
    tmp_path: Path, profile: str, present: str
) -> None:
    home = tmp_path / "state"
    snapshots: list[tuple[str, Path]] = []

    with Database(home) as db:
        world = World(db, PROFILES[profile])

        def keep(name: str) -> None:
            target = tmp_path / f"{len(snapshots)}-{name}.db"
            with Database(home) as other:
                other.write_copy(target)
            snapshots.append((name, target))

        world.ports = replace(world.ports, checkpoint=keep)
        world.read()
        number = world.propose()
        keep("proposed")
        world.approve(number)
        keep("approved")
        world.settle()
        keep("ended")
        assert len(world.outbox) == 1
    assert len(snapshots) > 8

    for moment, (name, file) in enumerate(snapshots):
        here = tmp_path / f"restored-{moment}"
        if present == "sent":
            shutil.copytree(home, here)
        restored(here, file, NOW + HOUR)
        with Database(here) as db:
            again = World(db, PROFILES[profile], clock=world.clock)
            again.channel.entries, again.channel.outbox = world.channel.entries, world.outbox
            again.later(HOUR)
            again.settle()
            again.quiet()
            assert len(world.outbox) == 1, name
            assert not actions.in_state(db, UNDER_WAY)
            found = again.proposal(number)
            if found.state is ProposalState.APPROVED:
                (action,) = actions.of_proposal(db, number)
                assert action.state is ActionState.NEEDS_REVIEW
                assert "fika settle" in action.note
            elif present == "sent" and found.state is not ProposalState.SENT:
                assert found.state is ProposalState.EXPIRED
                assert "was sent" in found.outcome


def test_an_open_proposal_stays_open_in_doubt_and_needs_a_new_yes(tmp_path: Path) -> None:
    home = tmp_path / "state"
    with Database(home) as db:
        world = World(db)
        world.read()
        number = world.propose()
        file = backup.make(db, home, NOW)
    (home / "fika.db").unlink()

    done = restored(home, file, NOW + HOUR)
    restored(home, file, NOW + HOUR)

    assert done.waiting == 1
    with Database(home) as db:
        again = World(db)
        again.read()
        assert again.settle().outcomes == ()
        assert again.proposal(number).restored
        offer = approving.prepare(db, again.settings, number, now=again.clock.now())
        assert offer.doubtful
        assert "may have been sent since" in offer.warnings[0]
        again.approve(number)
        again.settle()
        assert len(again.outbox) == 1
        assert not again.proposal(again.propose(RAJ)).restored


def test_what_is_proposed_after_a_restoring_never_gets_the_id_of_something_lost(
    tmp_path: Path,
) -> None:
    home = tmp_path / "state"
    with Database(home) as db:
        listed(db, ANA, RAJ)
        file = backup.make(db, home, NOW)
    uids, ids, outbox = [], [], []
    for restoring in range(3):
        with Database(home) as db:
            world = World(db)
            world.read()
            number = world.propose(ANA if restoring % 2 else RAJ)
            assert number == 1
            approved = world.approve(number)
            world.settle()
            uids.append(approved.action.payload.uid)
            ids.append(approved.action.id)
            outbox += world.outbox
        (home / "fika.db").unlink()
        restored(home, file, NOW + HOUR)

    assert len(outbox) == len(set(uids)) == len(set(ids)) == 3


def test_a_meeting_that_is_in_the_backup_keeps_its_uid(tmp_path: Path) -> None:
    home = tmp_path / "state"
    with Database(home) as db:
        world = World(db)
        world.read()
        number = world.propose()
        file = backup.make(db, home, NOW)
        before = world.approve(number).action
    (home / "fika.db").unlink()
    restored(home, file, NOW + HOUR)

    with Database(home) as db:
        again = World(db)
        again.read()
        after = again.approve(number).action
    assert after.payload.uid == before.payload.uid


def test_what_was_sent_after_the_backup_does_not_stand_in_the_way_of_a_new_yes(
    tmp_path: Path,
) -> None:
    home = tmp_path / "state"
    with Database(home) as db:
        world = World(db)
        world.read()
        number = world.propose()
        world.approve(number)
        world.settle()
        file = backup.make(db, home, NOW)
        world.move(number, 1)
        world.settle()
    restored(home, file, NOW + HOUR)

    with Database(home) as db:
        again = World(db)
        again.channel.outbox.clear()
        again.read()
        approved = again.move(number, 1)
        again.settle()
        assert again.action(approved).state is ActionState.SENT


def test_the_limits_hold_across_a_restoring_and_numbers_are_not_given_twice(tmp_path: Path) -> None:
    home = tmp_path / "state"
    with Database(home) as db:
        world = World(db)
        world.read()
        listed(db, ANA, RAJ)
        file = backup.make(db, home, NOW)
        first = world.propose(ANA)
        world.approve(first)
        world.settle()

    restored(home, file, NOW + HOUR)

    with Database(home) as db:
        again = World(db)
        again.read()
        second = again.propose(ANA, LATER)
        assert second == first + 1
        with pytest.raises(UsageProblem, match="was invited within"):
            again.approve(second)


def test_what_was_forgotten_since_comes_back_and_is_said_to(tmp_path: Path) -> None:
    from agent.keeping import forget

    home = tmp_path / "state"
    with Database(home) as db:
        listed(db, ANA, RAJ)
        file = backup.make(db, home, NOW)
        forget.forget(home, db, forget.subject(db, "ana"))

    done = restored(home, file, NOW + HOUR)

    assert done.back == (ANA.id,)


# ---------------------------------------------------------------- killed half-way

GIVEN = """
from agent.keeping import backup
from agent.keeping.restore import prepared, put_back
from agent.store.database import Database
NOW = datetime(2026, 3, 31, 13, tzinfo=UTC)
"""
BACKUP = "db = Database(pathlib.Path(words[0])); backup.make(db, pathlib.Path(words[0]), NOW)"
RESTORE = """
with prepared(pathlib.Path(words[0]), pathlib.Path(words[1])) as ready:
    put_back(pathlib.Path(words[0]), ready, NOW)
"""


def large(home: Path) -> None:
    with Database(home) as db:
        world = World(db)
        world.read()
        world.approve(world.propose(first=FIRST))
        with db.transaction() as sql:
            sql.executemany(
                "INSERT INTO meta (name, value) VALUES (?, ?)",
                ((f"name {number}", "x" * 90) for number in range(15_000)),
            )


def test_a_kill_while_a_backup_is_made_leaves_a_whole_one_or_none(tmp_path: Path) -> None:
    home = tmp_path / "state"
    large(home)
    process = Killable(GIVEN, BACKUP, seed=11)
    process.measure(home)
    killed = 0

    for _ in range(8):
        killed += process.kill(home)
        for each in backup.every(home):
            with closing(sqlite3.connect(f"file:{each}?mode=ro", uri=True)) as raw:
                assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert raw.execute("SELECT count(*) FROM meta").fetchone()[0] > 15_000
    assert killed
    backed_up(home)
    left = {each.suffix for each in (home / "backups").iterdir()}
    assert left == {".db"}


@pytest.mark.parametrize("present", ["sound", "damaged"])
def test_a_kill_while_a_store_is_restored_leaves_the_old_or_the_new(
    tmp_path: Path, present: str
) -> None:
    old = tmp_path / "old"
    large(old)
    file = backed_up(old)
    with Database(old) as db, db.transaction() as sql:
        sql.execute("DELETE FROM meta WHERE name = 'name 7'")
    if present == "damaged":
        damage(old)
    process = Killable(GIVEN, RESTORE, seed=12)
    shutil.copytree(old, tmp_path / "measured")
    process.measure(tmp_path / "measured", file)
    killed, seen = 0, set()

    for number in range(6):
        home = tmp_path / f"killed-{number}"
        shutil.copytree(old, home)
        killed += process.kill(home, file)
        seen.add(state(home))
        process.measure(home, file)
        assert state(home) == "restored"
        assert [each.name for each in home.glob(".*")] == []
    assert killed
    assert seen <= {"restored", "damaged" if present == "damaged" else "old"}


def state(home: Path) -> str:
    """What stands there; a restored store can send nothing by itself, at no moment."""
    try:
        with Database(home) as db:
            if db.damage():
                return "damaged"
            has = db.rows("SELECT count(*) FROM meta WHERE name = 'name 7'") == [(1,)]
            waiting = len(actions.in_state(db, UNDER_WAY))
            assert (has, bool(db.meta("epoch")), waiting) in {(True, True, 0), (False, False, 1)}
            assert proposals.listed(db)
            return "restored" if has else "old"
    except Damaged:
        return "damaged"
