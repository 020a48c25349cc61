from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import UsageProblem
from agent.keeping import export
from agent.store import tables
from agent.store.database import Database
from tests.agent.keeping.kept import ANA, fill

DOCS = Path(__file__).parents[3] / "docs" / "export.md"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("full") / "state") as db:
        fill(db)
        yield db


def text(db: Database) -> str:
    return "".join(export.lines(db))


def built(tmp_path: Path, content: str) -> str:
    """The export of a store made of this export."""
    file, store = tmp_path / "in.json", tmp_path / "made" / "fika.db"
    file.write_text(content, "utf-8")
    store.parent.mkdir(mode=0o700, exist_ok=True)
    store.unlink(missing_ok=True)
    export.build(file, store)
    with Database(store.parent) as db:
        return text(db)


def test_everything_is_in_it(full: Database) -> None:
    document = json.loads(text(full))

    with full.transaction() as sql:
        assert set(document["tables"]) == set(tables.names(sql))
        for table, rows in document["tables"].items():
            count = sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - out of the schema
            assert len(rows) == count > 0, table
            assert all(set(row) == set(tables.columns(sql, table)) for row in rows)
    (ana,) = (row for row in document["tables"]["person"] if row["id"] == ANA.id)
    assert ana["notes"] == ANA.notes.reveal()
    assert ana["groups"] == list(ANA.groups)


def test_out_and_in_and_out_again_is_the_same_to_the_byte(full: Database, tmp_path: Path) -> None:
    once = text(full)

    assert built(tmp_path, once) == once


def test_the_order_of_what_is_put_in_does_not_matter(full: Database, tmp_path: Path) -> None:
    document = json.loads(text(full))
    document["tables"] = {
        name: [dict(reversed(row.items())) for row in reversed(rows)]
        for name, rows in reversed(document["tables"].items())
    }

    assert built(tmp_path, json.dumps(document)) == text(full)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True))
def test_any_text_survives(full: Database, tmp_path: Path, texts: list[str]) -> None:
    with full.copy() as copy:
        with copy.transaction() as sql:
            sql.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                            ((f"x {each}", each) for each in texts))  # fmt: skip
        once = text(copy)

    assert built(tmp_path, once) == once


def test_each_row_has_a_line_and_nothing_in_it_breaks_the_line(full: Database) -> None:
    document = text(full)

    rows = sum(len(rows) for rows in json.loads(document)["tables"].values())
    assert (
        sum(line.startswith('{"') and len(line) > 3 for line in document.splitlines()[1:]) == rows
    )


def test_numbers_go_on_where_they_were(full: Database, tmp_path: Path) -> None:
    with full.copy() as copy:
        with copy.transaction() as sql:
            sql.execute("UPDATE sqlite_sequence SET seq = 40 WHERE name = 'proposal'")
        once = text(copy)

    built(tmp_path, once)
    with Database(tmp_path / "made") as db, db.transaction() as sql:
        assert tables.counters(sql)["proposal"] == 40


def test_the_file_is_for_its_owner_alone_and_never_written_over(
    full: Database, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        export.write(full, tmp_path / "all.json", force=False)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "all.json").stat().st_mode) == 0o600
    with pytest.raises(UsageProblem, match="exists"):
        export.write(full, tmp_path / "all.json", force=False)
    export.write(full, tmp_path / "all.json", force=True)
    assert [each.name for each in tmp_path.iterdir()] == ["all.json"]


def test_a_file_that_cannot_be_written_is_a_plain_sentence(full: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        export.write(full, tmp_path / "nowhere" / "all.json", force=False)


def test_every_table_and_column_is_documented(full: Database) -> None:
    page = DOCS.read_text("utf-8")
    with full.transaction() as sql:
        for table in tables.names(sql):
            _, heading, part = page.partition(f"\n### `{table}`\n")
            assert heading, table
            named = set(re.findall(r"`([a-z_]+)`", part.partition("\n### ")[0]))
            assert set(tables.columns(sql, table)) <= named, table
    assert f'"version": {export.VERSION}' in page


def change(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(values)


def put(table: str, **values: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["tables"][table][0].update(values)


def drop(table: str, column: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["tables"][table][0].pop(column)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (change(format="other"), "neither a backup nor an export"),
        (change(version=99), "newer Fika"),
        (change(schema=99), "newer Fika"),
        (change(schema=True), "which version"),
        (change(version="1"), "which version"),
        (change(tables=[]), "lacks its tables"),
        (change(tables={}), "whose it is"),
        (change(counters={"proposal": "many"}), "counters"),
        (change(counters={"sqlite_master": 1}), "counters"),
        (change(counters={"proposal": 10**23}), "counters"),
        (change(counters={"proposal": -1}), "counters"),
        (change(tables={"sqlite_master": []}), "a table that no store has"),
        (put("person", id=7), r"person\[0\] holds a value of the wrong kind"),
        (put("person", name=None), r"person\[0\] breaks a rule"),
        (put("person", do_not_contact=True), "wrong kind"),
        (put("person", do_not_contact="no"), "wrong kind"),
        (put("person", ideal_days=10**30), "breaks a rule"),
        (put("person", name="\ud800"), "breaks a rule"),
        (put("person", phone=1.5), "wrong kind"),
        (put("person", surname="x"), "not a row of that table"),
        (put("address", person="nobody"), "a row of address refers to a row of person"),
        (drop("person", "name"), "breaks a rule"),
        (lambda document: document["tables"]["person"].append([]), "not a row"),
        (lambda document: document["tables"]["person"].append({}), "not a row"),
        (lambda document: document["tables"]["person"].append(document["tables"]["person"][0]),
         "breaks a rule"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_with_its_place(
    full: Database, tmp_path: Path, harm: Callable[[dict[str, Any]], object], why: str
) -> None:
    document = json.loads(text(full))
    harm(document)

    with pytest.raises(export.NotAnExport, match=why):
        built(tmp_path, json.dumps(document))


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "null", "[" * 100_000, '{"format": NaN}', "BEGIN:VCALENDAR"]
)
def test_what_is_no_export_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(export.NotAnExport, match="neither a backup nor an export"):
        built(tmp_path, content)


def test_what_is_larger_than_any_export_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "endless.json"
    file.touch()
    os.truncate(file, 2**40)  # a hole, which takes no room

    with pytest.raises(export.NotAnExport, match="larger than 4 GB"):
        export.build(file, tmp_path / "made.db")
