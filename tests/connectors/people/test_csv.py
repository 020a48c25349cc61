from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.people import csv, toml
from connectors.people.csv import CsvPeople
from connectors.people.csv_columns import mapping
from connectors.port import PeopleRead, Quarantined
from policies.people.importing import Incoming
from policies.people.person import Person, PersonId, Priority
from policies.people.profile import plain, with_plain
from tests.make import person
from tests.people import people

FIXTURES = Path(__file__).with_name("fixtures")


def read(text: str, mapped: str = "") -> PeopleRead:
    return csv.read(text, "file.csv", mapping(mapped) if mapped else {})


def named(found: PeopleRead) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.person.name, each.person.addresses) for each in found.people]


LEFT_OUT = {
    "google_old": [("line 6", "no name, no address")],
    "google_new": [("line 4", "not a mail address: spaces or hidden characters inside")],
    "outlook_en": [("line 4", "not a mail address: an internal Exchange address")],
    "outlook_de": [],
    "outlook_fr": [],
    "linkedin": [],
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_an_export_is_recognised_by_its_headings(name: str) -> None:
    expected = toml.read((FIXTURES / f"{name}.expected.toml").read_text("utf-8"), name)

    found = CsvPeople(FIXTURES / f"{name}.csv").people()

    assert [each.person for each in found.people] == [each.person for each in expected.people]
    assert list(found.quarantined) == LEFT_OUT[name]


TABLES = [
    "Name,Email\nAna Silva,ana@example.com\n",
    "name;e-mail\r\nAna Silva;ana@example.com\r\n",
    "Full Name\tMail\nAna Silva\tana@example.com",
    "Name|Email Address\rAna Silva|ana@example.com\r",
    "sep=;\nName;Email\nAna Silva;ana@example.com\n",
    "\n\n  Name , EMAIL \nAna Silva,ana@example.com\n",
    "Exported on 2026-01-01,,\n,,\nName,Phone,Email\nAna Silva,,ana@example.com\n",
    "Name;Vorname;E-Mail\nSilva;Ana;ana@example.com\n",
    "Nom;Prénom;Courriel\nSilva;Ana;ana@example.com\n",
    "First Name,Last Name,Email,Email\nAna,Silva,,ana@example.com\n",
    '"Name","Email"\n"Ana Silva","Ana Silva <ana@example.com>"\n',
    "Name,Email\nAna Silva,mailto:ana@example.com,,,\n",
    "Name,Email,Company\nAna Silva,ana@example.com\n",
    "Na\0me,Email\nAna\0 Silva,ana@example.com\n",
]


@pytest.mark.parametrize("text", TABLES)
def test_any_table_with_clear_headings_is_read(text: str) -> None:
    found = read(text)

    assert named(found) == [("Ana Silva", ("ana@example.com",))]
    assert found.quarantined == ()


BYTES = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


@pytest.mark.parametrize("encoding", BYTES)
def test_the_encoding_is_found_out(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("Name,Email\nZoë €5 Müller,zoe@example.com\n".encode(encoding))

    assert named(CsvPeople(path).people()) == [("Zoë €5 Müller", ("zoe@example.com",))]


def test_an_old_encoding_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("Name,Email\nИлья,s@example.com\n".encode("cp1251"))

    assert named(CsvPeople(path, encoding="cp1251").people())[0][0] == "Илья"
    with pytest.raises(UnreadableAnswer, match="no encoding"):
        CsvPeople(path, encoding="klingon").people()
    with pytest.raises(UnreadableAnswer, match="not utf-8 text"):
        CsvPeople(path, encoding="utf-8").people()


def test_several_addresses_may_stand_in_one_cell_and_repeat() -> None:
    found = read(
        "Name,Email,Email 2\n"
        'Ana,"a@x.example ::: B@X.example; c@x.example, d@x.example\ne@x.example",A@x.example\n'
        '"Bo","Ek, Bo <bo@x.example>",\n'
    )

    assert named(found) == [
        ("Ana", ("a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example")),
        ("Bo", ("bo@x.example",)),
    ]


def test_a_bad_row_is_left_out_with_its_line_and_the_rest_is_read() -> None:
    found = read(
        'Name,Email\n"Two\nlines",two@x.example\nBad,nope\nAna,ana@x.example\n,\n,lone@x.example\n'
        "Silva, Bo,bo@x.example\nHalf,half@x.example; nope\nmail@x.example,\n"
    )

    assert named(found) == [
        ("Two lines", ("two@x.example",)),
        ("Ana", ("ana@x.example",)),
        ("Lone", ("lone@x.example",)),
        ("Half", ("half@x.example",)),
    ]
    assert found.quarantined == (
        Quarantined("line 4", "not a mail address: no name, at sign and domain"),
        Quarantined("line 8", "3 cells for 2 columns"),
        Quarantined("line 9", "one address left out: no name, at sign and domain"),
        Quarantined("line 10", "an address where the name should be"),
    )


def test_a_quote_that_never_closes_costs_one_row() -> None:
    rows = "".join(f"P{n},p{n}@x.example,\n" for n in range(600))

    found = read(f'Name,Email,Notes\nAna,"ana@x.example,tea\n{rows}Bo,bo@x.example,"no end\n')

    assert [each.person.name for each in found.people] == [*(f"P{n}" for n in range(600)), "Bo"]
    assert found.quarantined == (Quarantined("line 2", "a quote does not close"),)


def test_a_quote_inside_a_cell_is_a_quote() -> None:
    found = read(
        'Name,Email\n"Ana ""Ace"" Silva",a@x.example\nBo "B" Ek,b@x.example\n"Cy" Li,c@x.example\n'
    )

    assert [name for name, _ in named(found)] == ['Ana "Ace" Silva', 'Bo "B" Ek', "Cy Li"]


def test_a_file_of_broken_quotes_is_refused_soon() -> None:
    text = "Name,Email\n" + 'x,"y\n' * 100_001

    with pytest.raises(UnreadableAnswer, match="quotes are broken in more than 1000 rows"):
        read(text)


def test_hidden_characters_leave_a_name_and_long_texts_end() -> None:
    found = read(f"Name,Email,Notes\nAna\u202e \x1b[31mSilva\u200b,a@x.example,{'n' * 30_000}\n")

    (one,) = found.people
    assert one.person.name == "Ana [31mSilva"
    assert len(one.person.notes.reveal()) == 20_000


UNKNOWN = [
    ("", "it is empty"),
    ("\n\n  \n", "it is empty"),
    ("Ana Silva,ana@example.com\nBo,bo@example.com\n", "starts with an address.*2 columns"),
    ("Prio,Full Naam,Post\nA,Ana,ana@example.com\n", "not known; it has: Prio, Full Naam, Post"),
    ("\x1b[2J,b\n1,2\n", r"it has: \^\[\[2J, b"),
    (",".join("abcdefghijklmnop") + "\n", "l and 4 more"),
]


@pytest.mark.parametrize(("text", "cause"), UNKNOWN)
def test_columns_nobody_knows_are_named_with_the_remedy(text: str, cause: str) -> None:
    with pytest.raises(UnreadableAnswer, match=cause) as caught:
        read(text)

    assert "--map" in caught.value.remedy or "again" in caught.value.remedy


def test_the_owner_says_what_the_columns_mean() -> None:
    text = (
        'Report\n\nWho,Post,Second,Rank,"Acme, unit"\nAna,a@x.example,b@x.example,b,Tax\nBo,,,Z,\n'
    )

    found = read(text, "name=who, email=Post,email=SECOND,priority=Rank,company=Acme, unit")

    (one,) = found.people
    assert one == Incoming(
        replace(
            Person(PersonId(""), "Ana", ("a@x.example", "b@x.example")),
            priority=Priority.B,
            organisation="Tax",
        ),
        frozenset({"priority"}),
    )
    assert found.quarantined == (Quarantined("line 5", "priority: 'Z' is none of: A, B, C, D"),)


def test_a_file_without_headings_is_mapped_by_number() -> None:
    found = read("1,Ana,a@x.example\n2,Bo,b@x.example\n", "name=2,email=3")

    assert named(found) == [("Ana", ("a@x.example",)), ("Bo", ("b@x.example",))]


@pytest.mark.parametrize("mapped", ["name=Who,email=Nowhere", "name=4", "name=0", "name=²"])
def test_a_mapped_column_that_is_not_there_is_refused_with_those_that_are(mapped: str) -> None:
    with pytest.raises(UnreadableAnswer, match="no such columns as --map names; it has: Who, Post"):
        read("Who,Post\nAna,a\n", mapped)


@pytest.mark.parametrize("mapped", ["name", "name=", "shoe=1", "=x"])
def test_a_mapping_that_means_nothing_is_refused(mapped: str) -> None:
    with pytest.raises(ValueError, match=r"--map|no part of a person"):
        mapping(mapped)


@settings(max_examples=40)
@given(st.lists(people, max_size=3))
def test_our_own_csv_loses_nothing_that_a_cell_can_hold(found: list[Person]) -> None:
    tidy = [_as_cells_hold(each) for each in found]

    back = csv.read(csv.written(tidy), "fika.csv", {})

    assert [each.person for each in back.people] == tidy
    assert back.quarantined == ()


def _as_cells_hold(one: Person) -> Person:
    """List items without white space around them; a cell of nothing but white space is empty."""
    values = {
        name: tuple(map(str.strip, value)) if isinstance(value, tuple) else value
        for name, value in plain(one).items()
        if not isinstance(value, str) or value.strip()
    }
    return with_plain(Person(PersonId(""), ""), values)


FORMULAS = ["=1+1", "+46 8", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+", "plain", "'plain"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_ours_is_a_formula_and_the_guard_comes_off_again(text: str) -> None:
    written = csv.written([replace(person(), role=text)])

    cell = next(iter(io.StringIO(written, newline="").read().split("\r\n")[1:])).split(",")[10]
    assert cell.strip('"')[0] not in "=+-@\t\r"
    assert csv.read(written, "x", {}).people[0].person.role == text


def test_an_empty_cell_in_our_own_csv_clears_the_field() -> None:
    text = csv.written([replace(person(), role="CFO")]).replace("CFO", "")

    (one,) = csv.read(text, "x", {}).people

    assert "role" in one.stated
    assert one.person.role == ""


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(1 << 30)

    with pytest.raises(NotAllowed, match=r"huge.csv: it is larger than 64 MiB"):
        CsvPeople(path).people()


@pytest.mark.parametrize("cell", [" " * 100_000, "a" * 100_000, ", " * 50_000, "<" * 100_000])
def test_a_cell_made_to_be_slow_is_not(cell: str) -> None:
    started = time.process_time()

    read(f'Name,Email,Notes,Labels\n"{cell}","{cell}","{cell}","{cell}"\n')

    assert time.process_time() - started < 2


def test_a_row_that_never_ends_is_left_out() -> None:
    found = read(f"Name,Email\n{',' * 1_000_001}\nAna,ana@x.example\n")

    assert named(found) == [("Ana", ("ana@x.example",))]
    assert found.quarantined == (Quarantined("line 2", "too long for a row"),)


def test_a_file_of_too_many_lines_or_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Name,Email\n" + "\n" * 1_000_001)

    with pytest.raises(NotAllowed, match="more than 1000000 lines"):
        CsvPeople(path).people()
    with pytest.raises(NotAllowed, match="more than 200000 rows"):
        read("Email\n" + "x\n" * 200_001)


NO_CONTACTS = [
    (b"PK\x03\x04rest", "CSV"),
    (b"\xd0\xcf\x11\xe0", "CSV"),
    (b"%PDF-1.7", "CSV"),
    (b"!BDN", "CSV"),
    (b"BEGIN:VCALENDAR\r\n", "[[calendar]]"),
]


@pytest.mark.parametrize(("data", "instead"), NO_CONTACTS)
def test_a_file_of_another_kind_is_named(data: bytes, instead: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)

    with pytest.raises(UnreadableAnswer, match="it is a") as caught:
        CsvPeople(path).people()

    assert instead in caught.value.remedy


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAnswer, match="No such file"):
        CsvPeople(tmp_path / "none.csv").people()
    with pytest.raises(UnreadableAnswer, match="directory"):
        CsvPeople(tmp_path).people()


@given(st.text(max_size=200), st.sampled_from(["", "Name,Email\n", "Name;E-Mail;Notes\r\n"]))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str, head: str) -> None:
    try:
        found = read(head + text)
    except ConnectorError:
        return

    assert all(each.person.name for each in found.people)


@given(st.binary(max_size=200))
def test_whatever_bytes_there_are_they_are_read_or_refused(data: bytes) -> None:
    from connectors.people import encoded

    try:
        csv.read(encoded.text(data, "x"), "x", {})
    except ConnectorError:
        return
