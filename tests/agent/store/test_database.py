from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.store import calendars
from agent.store.database import FILE_NAME, Database, make_store
from agent.store.errors import Damaged, StateUnusable
from agent.store.migrations import NEWEST, STEPS, Step
from tests.agent.dispatch.killing import Killable

_PAGE = 4096
MORE = "CREATE TABLE more (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
FILLED = """INSERT INTO more (text) SELECT name FROM person;
CREATE INDEX more_text ON more (text);
"""
LATER = (
    *STEPS,
    Step(NEWEST + 1, lambda: MORE),
    Step(NEWEST + 2, lambda: FILLED),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def db(home: Path) -> Iterator[Database]:
    with Database(home) as opened:
        yield opened


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A store with something on many pages, closed."""
    with Database(tmp_path / "state") as db:
        write(db, 3_000)
    return tmp_path / "state"


def write(db: Database, count: int) -> None:
    with db.transaction() as sql:
        for number in range(count):
            note(sql, f"name {number}", "x" * 50)


def note(sql: sqlite3.Connection, name: str, value: str = "") -> None:
    sql.execute("INSERT INTO meta (name, value) VALUES (?, ?)", (name, value))


def names(db: Database) -> int:
    return int(db.rows("SELECT count(*) FROM meta WHERE name LIKE 'name%'")[0][0])


def modes(home: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in (home, *home.iterdir())}


# ---------------------------------------------------------------- who may read it


def test_nobody_else_can_read_anything_of_it_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        with Database(home) as db:
            write(db, 1)
            found = modes(home)
    finally:
        os.umask(before)

    assert found == {"state": 0o700, "fika.db": 0o600, "fika.db-wal": 0o600, "fika.db-shm": 0o600}


@pytest.mark.parametrize("name", ["", "fika.db", "fika.db-wal", "fika.db-shm"])
def test_what_others_can_read_is_not_opened(home: Path, name: str) -> None:
    with Database(home) as db:
        write(db, 1)
        (home / name).chmod(0o750)

        with pytest.raises(StateUnusable, match="can be read by other users") as refused:
            Database(home)
    assert refused.value.remedy.startswith("chmod 700" if not name else "chmod 600")


def test_a_remedy_can_be_pasted_whatever_the_folder_is_called(tmp_path: Path) -> None:
    home = tmp_path / "my state; rm"
    home.mkdir(mode=0o755)

    with pytest.raises(StateUnusable) as refused:
        Database(home)
    assert refused.value.remedy == f"chmod 700 '{home}'"


# ---------------------------------------------------------------- what stands in its place


def test_a_file_where_the_folder_should_be_is_refused(home: Path) -> None:
    home.write_text("not a folder")

    with pytest.raises(StateUnusable, match="is a file, not a folder"):
        Database(home)


def test_a_folder_where_the_file_should_be_is_refused(home: Path) -> None:
    (home / "fika.db").mkdir(parents=True)
    home.chmod(0o700)

    with pytest.raises(StateUnusable, match="is not a file"):
        Database(home)


def test_another_programs_database_is_refused_and_left_as_it_is(home: Path) -> None:
    home.mkdir(mode=0o700)
    with closing(sqlite3.connect(home / "fika.db")) as other:
        other.execute("CREATE TABLE theirs (x)")
    (home / "fika.db").chmod(0o600)

    with pytest.raises(Damaged, match="not one of Fika's"):
        Database(home)
    with closing(sqlite3.connect(home / "fika.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"not a database\n" * 1000])
def test_a_store_without_its_content_is_never_taken_for_a_new_one(
    full: Path, content: bytes
) -> None:
    (full / "fika.db").write_bytes(content)

    with pytest.raises(Damaged) as refused:
        Database(full)
    assert "fika restore" in refused.value.remedy


def test_a_store_that_is_gone_but_for_its_journal_is_not_begun_anew(home: Path) -> None:
    with Database(home) as db:
        write(db, 1)
        (home / "fika.db").unlink()

        with pytest.raises(Damaged, match="only its journal"):
            Database(home)
    assert not (home / "fika.db").exists()


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_a_truncated_store_is_refused(full: Path, share: float) -> None:
    path = full / "fika.db"
    os.truncate(path, int(path.stat().st_size * share))

    with pytest.raises(StateUnusable), Database(full) as db:
        names(db)


def test_flipped_bytes_end_in_a_plain_sentence_or_do_no_harm(full: Path, tmp_path: Path) -> None:
    """In the middle of a page there may be nothing; its head says what the page is."""
    data = (full / "fika.db").read_bytes()
    heads = range(0, len(data), _PAGE * max(len(data) // _PAGE // 30, 1))
    refused = set[int]()
    for start in sorted({*heads, *range(0, len(data), len(data) // 30)}):
        harmed = bytearray(data)
        harmed[start : start + 40] = bytes(byte ^ 0xFF for byte in harmed[start : start + 40])
        (full / "fika.db").write_bytes(bytes(harmed))
        try:
            with Database(full) as db:
                if db.damage():
                    refused.add(start)
                else:
                    names(db)
        except StateUnusable:
            refused.add(start)
        for journal in full.glob("fika.db-*"):
            journal.unlink()

    assert refused >= set(heads)


def test_one_bit_that_leaves_the_schema_no_text_is_damage(full: Path) -> None:
    """SQLite quotes the word it stumbles over, and Python cannot read what it says."""
    path = full / "fika.db"
    data = path.read_bytes()
    words = b"CREATE TABLE"
    first = data.index(words + b" calendar (")
    for place in range(first, first + len(words)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :])

        with pytest.raises(Damaged, match="is damaged"):
            Database(full)


def test_a_text_that_is_none_is_damage_and_is_not_quoted(db: Database) -> None:
    with db.transaction() as sql:
        note(sql, "private")
        sql.execute("UPDATE meta SET value = CAST(x'6d792073656372657480' AS TEXT)")

    with pytest.raises(Damaged, match=r"is damaged$"):
        db.meta("private")


# ---------------------------------------------------------------- what the disk does


def test_a_full_disk_undoes_the_whole_transaction(db: Database) -> None:
    pages = db.rows("PRAGMA page_count")[0][0]
    db.rows(f"PRAGMA max_page_count={pages + 5}")

    with pytest.raises(StateUnusable, match="the disk is full"):
        write(db, 5_000)
    assert names(db) == 0
    write(db, 1)
    assert names(db) == 1


def test_a_disk_that_refuses_a_write_is_a_plain_sentence(full: Path) -> None:
    """A limit on the size of files makes the kernel refuse the write itself."""
    script = (
        "import resource, sys; from pathlib import Path;"
        "from agent.store.database import Database; from agent.store.errors import StateUnusable\n"
        "db = Database(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    with db.transaction() as sql:\n"
        "        for n in range(20_000):\n"
        "            sql.execute('INSERT INTO meta VALUES (?, ?)', (f'new {n}', 'x' * 99))\n"
        "except StateUnusable as error: print(error.cause)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(full)], capture_output=True, text=True, check=True
    )

    assert "the disk reports an error" in done.stdout or "the disk is full" in done.stdout
    with Database(full) as db:
        assert names(db) == 3_000
        assert db.rows("SELECT count(*) FROM meta WHERE name LIKE 'new%'") == [(0,)]


def test_a_disk_that_is_full_before_the_store_is_opened_is_said_to_be_full(full: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path;"
        "from agent.store.database import Database; from agent.store.errors import StateUnusable\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try: Database(Path(sys.argv[1])).close()\n"
        "except StateUnusable as error: print(error.cause)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(full)], capture_output=True, text=True, check=True
    )

    assert "the disk is full" in done.stdout
    with Database(full) as db:
        assert names(db) == 3_000


def without_rights(folder: Path, act: Callable[[], object]) -> str:
    """What ``act`` is refused with by someone who may only read ``folder``; root may do all."""
    if os.geteuid() != 0:
        with pytest.raises(StateUnusable) as refused:
            act()
        return refused.value.cause
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(folder.stat().st_uid)
            act()
        except StateUnusable as error:
            os.write(writer, error.cause.encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        return answer.read()


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """A store of a user without rights, outside pytest's own folder, which is its owner's alone."""
    folder = Path(tempfile.mkdtemp())
    with Database(folder / "state") as db:
        write(db, 3)
    if os.geteuid() == 0:
        for each in (folder, folder / "state", folder / "state" / "fika.db"):
            os.chown(each, 65534, 65534)
    yield folder / "state"
    (folder / "state").chmod(0o700)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_said_to_be_one(of_nobody: Path) -> None:
    of_nobody.chmod(0o500)

    def act() -> None:
        with Database(of_nobody) as db:
            write(db, 1)

    assert str(of_nobody / "fika.db") in without_rights(of_nobody, act)


def test_a_read_only_file_is_said_to_be_one(of_nobody: Path) -> None:
    (of_nobody / "fika.db").chmod(0o400)

    def act() -> None:
        with Database(of_nobody) as db:
            write(db, 1)

    assert "it is read-only" in without_rights(of_nobody, act)


def test_a_folder_that_cannot_be_made_is_a_plain_sentence(of_nobody: Path) -> None:
    of_nobody.chmod(0o500)

    cause = without_rights(of_nobody, lambda: Database(of_nobody / "deeper" / "still"))
    assert "Permission denied" in cause


# ---------------------------------------------------------------- others at the same time


def test_a_locked_store_is_waited_for_and_then_said_to_be_locked(home: Path, db: Database) -> None:
    assert db.rows("PRAGMA busy_timeout") == [(5_000,)]
    with Database(home) as other:
        other.rows("PRAGMA busy_timeout=50")
        with db.transaction():
            with pytest.raises(StateUnusable, match="another program keeps it locked"):
                write(other, 1)
            assert names(other) == 0
        write(other, 1)
        assert names(db) == 1


def test_a_transaction_inside_another_is_our_own_mistake(db: Database) -> None:
    with db.transaction() as sql:
        note(sql, "name outer")
        with pytest.raises(RuntimeError, match="open already"), db.transaction():
            pass
        note(sql, "name still")

    assert names(db) == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError, OSError])
def test_whatever_ends_a_transaction_undoes_it(db: Database, error: type[BaseException]) -> None:
    def ended() -> None:
        with db.transaction() as sql:
            note(sql, "name gone")
            raise error

    with pytest.raises(error):
        ended()

    assert names(db) == 0
    write(db, 1)


def test_a_broken_constraint_is_the_callers_to_understand(db: Database) -> None:
    with db.transaction() as sql:
        note(sql, "name once")

    with pytest.raises(sqlite3.IntegrityError), db.transaction() as sql:
        sql.execute(
            "INSERT INTO meta (name, value) SELECT 'name ' || name, value FROM meta"
            " UNION ALL SELECT name, value FROM meta"
        )

    assert names(db) == 1


def test_two_programs_that_make_the_store_at_once_share_one(home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from agent.store.database import Database\n"
        "with Database(Path(sys.argv[1])) as db: print(db.installation)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]

    said = {process.communicate()[0] for process in started}
    assert len(said) == 1
    assert [each.name for each in home.iterdir()] == ["fika.db"]


def test_a_copy_in_memory_keeps_what_is_written_to_it_to_itself(db: Database) -> None:
    write(db, 2)

    with db.copy() as copy:
        with copy.transaction() as sql:
            sql.execute("DELETE FROM meta")
        assert (names(copy), names(db)) == (0, 2)
    assert db.installation


# ---------------------------------------------------------------- from an older form to a newer


def test_a_newer_store_is_refused_and_left_as_it_is(full: Path) -> None:
    Database(full, steps=LATER).close()
    before = (full / "fika.db").read_bytes()

    with pytest.raises(StateUnusable, match="written by a newer Fika") as refused:
        Database(full)
    assert "upgrade Fika" in refused.value.remedy
    assert not isinstance(refused.value, Damaged)
    assert (full / "fika.db").read_bytes() == before


def test_an_older_store_is_kept_as_it_was_before_it_is_changed(full: Path) -> None:
    with Database(full, steps=LATER) as db:
        assert db.rows("PRAGMA user_version") == [(NEWEST + 2,)]
        assert db.rows("SELECT count(*) FROM more") == [(0,)]

    kept = full / "backups" / f"version-{NEWEST}.db"
    assert modes(kept.parent) == {"backups": 0o700, kept.name: 0o600}
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert old.execute("SELECT count(*) FROM meta WHERE name LIKE 'name%'").fetchone() == (
            3_000,
        )


def test_a_sqlite_that_is_too_old_is_said_before_anything_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 4))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.35.4")

    with pytest.raises(StateUnusable, match=r"needs SQLite 3\.35\.5; this Python has 3\.35\.4"):
        Database(home)
    assert not (home / FILE_NAME).exists()


def test_a_new_store_takes_every_step_and_needs_no_copy(home: Path) -> None:
    with Database(home, steps=LATER) as db:
        assert db.rows("PRAGMA user_version") == [(NEWEST + 2,)]

    assert not (home / "backups").exists()


def test_a_step_that_fails_leaves_the_store_as_it_was(full: Path) -> None:
    bad = (*STEPS, Step(NEWEST + 1, lambda: MORE + "\nINSERT INTO more (text) VALUES (NULL);"))

    with pytest.raises(StateUnusable, match="it is as it was"):
        Database(full, steps=bad)
    with Database(full) as db:
        assert names(db) == 3_000


def test_a_step_that_leaves_a_reference_to_nothing_is_undone(full: Path) -> None:
    orphan = "INSERT INTO address (address, person, position) VALUES ('a@example.com', 'ana', 0);"

    with pytest.raises(Damaged, match="a row of address refers to a row of person"):
        Database(full, steps=(*STEPS, Step(NEWEST + 1, lambda: orphan)))
    with Database(full) as db:
        assert db.rows("SELECT count(*) FROM address") == [(0,)]


def test_a_damaged_store_is_not_changed(full: Path) -> None:
    data = bytearray((full / "fika.db").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xaa" * 4096
    (full / "fika.db").write_bytes(bytes(data))

    with pytest.raises(StateUnusable):
        Database(full, steps=LATER)
    with closing(sqlite3.connect(full / "fika.db")) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (NEWEST,)


GIVEN = """
from agent.store.database import Database
from agent.store.migrations import NEWEST, STEPS, Step
MORE = [
    "CREATE TABLE more (id INTEGER PRIMARY KEY, text TEXT NOT NULL, n INTEGER);"
    "\\nINSERT INTO more (text) SELECT name FROM meta;",
    "UPDATE more SET n = 1;\\nCREATE INDEX more_text ON more (text, n);",
    "ALTER TABLE more ADD COLUMN third TEXT;\\nUPDATE more SET third = text || n;",
]
LATER = (*STEPS, *(Step(NEWEST + 1 + i, lambda t=t: t) for i, t in enumerate(MORE)))
"""
WORK = "Database(pathlib.Path(words[0]), steps=LATER).close()"


def test_a_kill_while_a_store_is_brought_up_to_date_leaves_a_whole_step(tmp_path: Path) -> None:
    with Database(tmp_path / "start") as db:
        write(db, 20_000)
    process = Killable(GIVEN, WORK, seed=4)
    shutil.copytree(tmp_path / "start", tmp_path / "measured")
    process.measure(tmp_path / "measured")
    versions, killed = set(), 0

    for number in range(10):
        home = tmp_path / f"killed-{number}"
        shutil.copytree(tmp_path / "start", home)
        killed += process.kill(home)
        with closing(sqlite3.connect(home / "fika.db")) as raw:
            step = raw.execute("PRAGMA user_version").fetchone()[0] - NEWEST
            versions.add(step)
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if step:
                column = ("text", "n", "third")[step - 1]
                counted = f"SELECT count(*), count({column}) FROM more"  # noqa: S608 - our own words
                assert raw.execute(counted).fetchone() == (20_001, 20_001)
        process.measure(home)
        assert (home / "backups" / f"version-{NEWEST}.db").exists()
        for kept in (home / "backups").glob("*.db"):
            with closing(sqlite3.connect(kept)) as raw:
                assert kept.stem == f"version-{raw.execute('PRAGMA user_version').fetchone()[0]}"
        with Database(home, steps=[*STEPS, *(Step(NEWEST + n, str) for n in (1, 2, 3))]) as db:
            assert names(db) == 20_000
    assert killed
    assert len(versions) > 1


def test_a_store_of_the_first_version_keeps_what_it_has_and_takes_a_report(tmp_path: Path) -> None:
    path = tmp_path / "first" / FILE_NAME
    path.parent.mkdir(mode=0o700)
    with closing(make_store(path, STEPS[:1])) as raw:
        raw.execute("INSERT INTO meta (name, value) VALUES ('installation', 'i')")
        raw.execute(
            "INSERT INTO proposal (number, person, address, format, state, created_s, expires_s,"
            " reasons, assumptions, title, text)"
            " VALUES (1, 'ana', 'ana@example.com', 'coffee', 'open', 1, 2, '[]', '[]', '', '')"
        )
        raw.execute(
            "INSERT INTO action (id, proposal, person, kind, generation, uid, payload, digest,"
            " state, created_s, updated_s, note)"
            " VALUES ('a', 1, 'ana', 'invite', 0, 'u', '{}', 'd', 'held', 1, 1, 'waits')"
        )
        raw.execute(
            "INSERT INTO approval (action, digest, given_s, expires_s) VALUES ('a', 'd', 1, 2)"
        )
        raw.execute("INSERT INTO run (started_s) VALUES (7)")
        raw.execute("INSERT INTO calendar (id, name, cursor) VALUES (1, 'work', 'where it ended')")
        raw.execute(
            "INSERT INTO item (id, calendar, key, etag, body, recurs, problem)"
            " VALUES (2, 1, 'k', '1', '{}', 0, ''), (3, 1, 'id', '1', '{}', 0, '')"
        )
        raw.execute(
            "INSERT INTO occurrence (id, item, event, start_s, end_s, uid, all_day, occupies)"
            " VALUES (3, 2, 0, 10, 20, 'k', 0, 2), (4, 3, 0, 10, 20, 'u', 0, 2)"
        )
        raw.execute(
            "INSERT INTO attendance (address, start_s, occurrence, end_s, strength, reason)"
            " VALUES ('ana@example.com', 10, 3, 20, 2, 'few'),"
            " ('raj@example.com', 10, 3, 20, 1, 'x')"
        )

    with Database(path.parent) as db:
        assert db.rows(
            "SELECT occurrence, address, start_s, end_s, strength, reason FROM attendance"
        ) == [(3, "ana@example.com", 10, 20, 2, "few"), (3, "raj@example.com", 10, 20, 1, "x")]
        assert db.rows("SELECT id, proposal, state, note FROM action") == [
            ("a", 1, "held", "waits")
        ]
        assert db.rows("SELECT started_s, boot FROM run") == [(7, "")]
        assert calendars.cursor(db, "work") == "where it ended"
        assert db.rows("SELECT key, uid FROM item ORDER BY id") == [("k", None), ("id", "u")]
        with pytest.raises(sqlite3.IntegrityError), db.transaction() as sql:
            sql.execute("UPDATE action SET state = 'inviting'")
        with pytest.raises(sqlite3.IntegrityError), db.transaction() as sql:
            sql.execute("DELETE FROM action")
        report = (
            "INSERT INTO action (id, proposal, person, kind, generation, uid, payload, digest,"
            " state, created_s, updated_s) VALUES (?, NULL, '', 'report', 1, 'r', '{}', 'd',"
            " 'sent', 1, 1)"
        )
        with db.transaction() as sql:
            sql.execute(report, ("b",))
        with pytest.raises(sqlite3.IntegrityError), db.transaction() as sql:
            sql.execute(report, ("c",))
    assert (path.parent / "backups" / "version-1.db").exists()


def test_a_second_opening_leaves_the_locks_of_the_first_for_other_programs_to_see(
    home: Path,
) -> None:
    """A page is open, looks something up, and a command comes and goes: nothing is torn apart."""
    with Database(home) as first:
        Database(home).close()

        _comes_and_goes(home)

        assert (home / "fika.db-wal").exists()
        with first.transaction() as sql:
            note(sql, "of the page")
        with Database(home) as second:
            assert second.rows("SELECT count(*) FROM meta WHERE name = 'of the page'") == [(1,)]
        _comes_and_goes(home)
        assert not first.damage()


def _comes_and_goes(home: Path) -> None:
    """Another program."""
    code = "import pathlib, sys\nfrom agent.store.database import Database\n"
    code += "Database(pathlib.Path(sys.argv[1])).close()"
    subprocess.run([sys.executable, "-c", code, str(home)], check=True)


def test_rows_read_half_way_do_not_mind_that_the_store_is_closed(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as db:
        rows = db.each("SELECT 1 UNION SELECT 2")
        assert next(rows) == (1,)

    rows.close()  # type: ignore[attr-defined]
