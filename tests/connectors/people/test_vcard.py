from __future__ import annotations

from pathlib import Path

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.people import toml, vcard
from connectors.people.vcard import VcardPeople
from connectors.port import Quarantined
from policies.people.person import Person

FIXTURES = Path(__file__).with_name("fixtures")


def card(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", "")).encode()


def one(*lines: str) -> Person:
    (found,) = vcard.read(card(*lines), "x").people
    return found.person


@pytest.mark.parametrize("name", ["cards_3", "cards_4", "cards_21"])
def test_a_file_of_cards_is_read_as_it_was_meant(name: str) -> None:
    expected = toml.read((FIXTURES / f"{name}.expected.toml").read_text("utf-8"), name)

    found = VcardPeople(FIXTURES / f"{name}.vcf").people()

    assert [each.person for each in found.people] == [each.person for each in expected.people]
    assert found.quarantined == ()


def test_a_broken_card_costs_only_itself() -> None:
    good = card("FN:Ana", "EMAIL:ana@example.com")
    data = (
        good
        + b"BEGIN:VCARD\nFN:No End\nEMAIL:n@x.example\n"
        + card("FN:Bad", "EMAIL:nope")
        + card("FN:Team", "KIND:group", "EMAIL:t@x.example")
        + card("FN:Old Team", "X-ADDRESSBOOKSERVER-KIND:group")
        + card("NOTE:nobody")
        + b"stray\n\nEND:VCARD\n;;;\n"
        + card("FN:Half", "EMAIL:half@x.example", "EMAIL:half@", "EMAIL:")
        + b"BEGIN:VCARD\nFN:Cut off"
    )

    found = vcard.read(data, "x")

    assert [each.person.name for each in found.people] == ["Ana", "Half"]
    assert found.quarantined == (
        Quarantined("line 6", "the card has no end"),
        Quarantined("line 9", "not a mail address: no name, at sign and domain"),
        Quarantined("line 14", "not a person but: group"),
        Quarantined("line 20", "not a person but: group"),
        Quarantined("line 25", "no name, no address"),
        Quarantined("line 33", "one address left out: no name, at sign and domain"),
        Quarantined("line 40", "the card has no end"),
    )


def test_a_company_of_apples_is_no_person_unless_it_names_one() -> None:
    company = ("ORG:Some Ltd;", "X-ABShowAs:COMPANY")
    data = card("N:;;;;", "FN:Some Ltd", *company) + card("N:Lin;Mei;;;", "FN:Some Ltd", *company)

    found = vcard.read(data, "x")

    assert [each.person.organisation for each in found.people] == ["Some Ltd"]
    assert [each.reason for each in found.quarantined] == ["not a person but: company"]


NAMES = [
    (("FN:Ana Silva", "N:X;Y;;;"), "Ana Silva"),
    (("N:Silva;Ana;Maria;Dr.;jr.",), "Ana Maria Silva"),
    (("N:Silva",), "Silva"),
    (("FN: ", "NICKNAME:Annie,Ann"), "Annie,Ann"),
    (("EMAIL:ana.silva@x.example",), "Ana Silva"),
    (("FN:ana.silva@x.example", "EMAIL:ana.silva@x.example"), "Ana Silva"),
    ((r"FN:Silva\, Ana\; \\ \n x",), r"Silva, Ana; \ x"),
    (("fn;LANGUAGE=pt:Ana",), "Ana"),
    (('FN;X-A="a:b;c":Ana',), "Ana"),
]


@pytest.mark.parametrize(("lines", "name"), NAMES)
def test_a_name_is_found_where_there_is_one(lines: tuple[str, ...], name: str) -> None:
    assert one(*lines).name == name


ZONES = [("Europe/Berlin", "Europe/Berlin"), ("-0500", ""), ("Mars/Base", ""), ("EST", "")]


@pytest.mark.parametrize(("text", "zone"), ZONES)
def test_only_a_named_zone_that_exists_is_kept(text: str, zone: str) -> None:
    assert one("FN:Ana", f"TZ:{text}").zone == zone


def test_a_country_in_words_is_no_code_and_is_passed_over() -> None:
    person = one("FN:Ana", "ADR:;;;;;;Germany", "ADR:;;;Berlin;;;Germany")

    assert (person.place, person.country) == ("Berlin", "")


def test_hidden_characters_leave_names_and_notes() -> None:
    person = one("FN:A\u202ena\x1b[1m", "NOTE:a\u200bb\\nc\x07")

    assert (person.name, person.notes.reveal()) == ("Ana [1m", "ab\nc")


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes(card("FN:Zoë").decode().encode("utf-16"))

    assert VcardPeople(path).people().people[0].person.name == "Zoë"


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"Name,Email\nAna,a@x.example\n", b"BEGIN:VCALENDAR"]
)
def test_a_file_without_a_card_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableAnswer, match="no vCard in it"):
        vcard.read(data, "x")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes(card("FN:Ana"))

    with pytest.raises(NotAllowed, match="larger"):
        VcardPeople(path, limit=10).people()


def test_a_charset_nobody_knows_is_read_as_western() -> None:
    data = card("FN;CHARSET=klingon:X").replace(b"X", b"J\xfcrgen")

    assert vcard.read(data, "x").people[0].person.name == "Jürgen"


texts = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from(",;\\:\"'"), min_size=1
).filter(str.strip)


@given(
    texts,
    st.lists(texts, min_size=1, max_size=3),
    st.from_regex(r"[a-z]{1,9}@x\.org", fullmatch=True),
)
def test_what_another_library_writes_is_read_back(name: str, units: list[str], mail: str) -> None:
    made = vobject.vCard()
    made.add("n").value = vobject.vcard.Name()
    made.add("fn").value = name
    made.add("org").value = units
    made.add("note").value = f"{name}\n{units[0]}"
    made.add("email").value = mail

    (found,) = vcard.read(made.serialize().encode(), "x").people

    person = found.person
    tidy = [" ".join(each.split())[:300].rstrip() for each in (name, *units)]
    assert person.addresses == (mail,)
    assert person.name == tidy[0] or "@" in name
    assert (person.organisation, person.function) == (tidy[1], ", ".join(tidy[2:]))


@given(st.binary(max_size=300) | st.lists(st.sampled_from(
    [b"BEGIN:VCARD\n", b"END:VCARD\n", b"FN:A\n", b" x", b"\r", b"N;ENCODING=QUOTED-PRINTABLE:=\n",
     b"EMAIL:a@x.example\n", b"ORG:\\;;\\\n", b'ADR;CC="x:;;;\n', b"TEL;CHARSET=utf-7:+\xff\n"]
)).map(b"".join))  # fmt: skip
def test_whatever_bytes_there_are_they_are_read_or_refused(data: bytes) -> None:
    try:
        found = vcard.read(data, "x")
    except ConnectorError:
        return

    assert all(each.person.name for each in found.people)


def test_a_picture_folded_into_many_lines_costs_little() -> None:
    picture = "PHOTO;ENCODING=b:" + "\r\n ".join(["A" * 74] * 100_000)

    assert one("FN:Ana", picture).name == "Ana"
