from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import UnreadableAnswer
from connectors.people import toml
from connectors.people.toml import TomlPeople
from connectors.people.toml_lines import tables
from policies.people.fields import FIELDS
from policies.people.person import Person, PersonId, Priority, PrivateNotes
from tests.make import person
from tests.people import lists_of_people, texts


@settings(max_examples=40)
@given(lists_of_people)
def test_the_file_loses_nothing(found: list[Person]) -> None:
    text = toml.written(found)

    back = toml.read(text, "people.toml")

    assert [each.person for each in back.people] == found
    assert tomlkit.parse(text).unwrap() == tomllib.loads(text)


@given(texts.map(PrivateNotes))
def test_nothing_in_the_file_acts_on_a_terminal(notes: PrivateNotes) -> None:
    text = toml.written([replace(person(), notes=notes, name="A\x1b[2J\u202e\x9b")])

    assert not {*"\x1b\x9b\u202e\u200b\r\x07"} & set(text)


def test_the_file_is_made_to_be_edited() -> None:
    ana = replace(person(), groups=("vip",), notes=PrivateNotes('likes "tea"\nno milk'))

    head, _, body = toml.written([ana]).partition("\n\n")

    assert all(name in head for name in FIELDS)
    assert "one of: A, B, C, D" in head
    assert body == (
        '[[person]]\nid = "ana-silva"\nname = "Ana Silva"\n'
        'addresses = ["ana.silva@example.com"]\npriority = "A"\nlisted_on = 2026-01-01\n'
        'groups = ["vip"]\nnotes = """\nlikes \\"tea\\"\nno milk"""\n'
    )


def test_only_what_stands_in_the_file_is_the_owners_word() -> None:
    (one,) = toml.read('[[person]]\nname = "Ana"\npriority = "b"\nphone = ""\n', "x").people

    assert one.stated == {"name", "priority", "phone"}
    assert one.person == replace(Person(PersonId(""), "Ana"), priority=Priority.B)


MISTAKES = """\
# a comment
owner = "me"

[[person]]
id = "Ana Silva"
name = 7
addresses = [
    "a@x.example",
    "b@",
]
priorty = "A"

[[person]]
name = "Bo"
id = "bo"
notes = '''
[[person]]
name = "not one"
'''
priority = "E"
hours = "Mon 9"
zone = "Europe/Berln"
"ideal_gap" = "3h"
listed_on = 2026-13-01x
"""


def test_ten_mistakes_are_reported_together_with_line_and_remedy() -> None:
    text = MISTAKES.replace("2026-13-01x", '"soon"') + (
        '[[person]]\nid = "bo"\nname = "Cy"\naddresses = ["A@X.example"]\n[people]\n'
    )

    with pytest.raises(UnreadableAnswer) as caught:
        toml.read(text, "people.toml")

    assert caught.value.cause.split("\n") == [
        "13 problems",
        "  line 2: owner is not known here; a person begins with [[person]]",
        "  line 5: id: may hold only a-z, 0-9 and single hyphens, such as 'ana-silva'",
        "  line 6: name: needs text, not a number",
        "  line 7: addresses: number 2 is no address: no name, at sign and domain",
        "  line 11: priorty: is no field; did you mean 'priority'?",
        "  line 20: priority: 'E' is none of: A, B, C, D",
        "  line 21: hours: '9' is no span of hours; write for example '09:00-17:00'",
        "  line 22: zone: 'Europe/Berln' is no time zone; write for example 'Europe/Berlin'",
        "  line 23: ideal_gap: needs whole days, such as '21d' or '6w'",
        "  line 24: listed_on: needs a day such as 2026-05-01",
        "  line 26: id: bo stands on line 15 already; keep one of them",
        "  line 28: addresses: a@x.example stands on line 7 already; keep one of them",
        "  line 29: people is not known here; a person begins with [[person]]",
    ]
    assert caught.value.remedy


REFUSED = [
    (MISTAKES, r"not TOML: .*line 24"),
    ("a = " + "[" * 5_000, "not TOML: no list of people"),
    ("a = " + "9" * 5_000, "not TOML: no list of people"),
    ("person = 3", r"line 1: write \[\[person\]\] above each person"),
    ("person = [1, 2]", r"line 1: write \[\[person\]\] above each person"),
    ("[person]\nname = 'Ana'", r"line 1: write \[\[person\]\] above each person"),
    ("person = [{name = 'Ana'}, {nam = 'Bo'}]", "nam: is no field; did you mean 'name'"),
    ("[[person]]\npriority = 'A'", "line 1: name: is empty"),
    ("[[person]]\nname = 'A'\n[person.notes]\nx = 1", "notes: needs text, not a table"),
    ("x = 1", "line 1: x is not known here"),
    ("\n".join(f"x{n} = 1" for n in range(99)), "and 49 more"),
]


@pytest.mark.parametrize(("text", "cause"), REFUSED)
def test_a_file_with_anything_wrong_is_refused_whole(text: str, cause: str) -> None:
    with pytest.raises(UnreadableAnswer, match=cause):
        toml.read(text, "people.toml")


def test_a_file_from_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_bytes('\ufeff[[person]]\r\nname = "Zoë"\r\nnotes = """\r\na\r\nb"""\r\n'.encode())

    (one,) = TomlPeople(path).people().people

    assert (one.person.name, one.person.notes.reveal()) == ("Zoë", "a\nb")


def test_an_empty_file_holds_nobody() -> None:
    assert toml.read("# nobody yet\n", "x").people == ()


@settings(max_examples=40)
@given(lists_of_people)
def test_every_key_is_found_on_the_line_it_stands_on(found: list[Person]) -> None:
    text = toml.written(found)

    lines = text.split("\n")
    for table in tables(text)[1:]:
        assert lines[table.line - 1] == "[[person]]"
        for key, line in table.keys.items():
            assert lines[line - 1].startswith(f"{key} = ")


@given(st.text("[]{}\"'#=\\\n \rab1.,", max_size=60))
def test_whatever_the_text_its_lines_are_told_or_it_is_refused(text: str) -> None:
    tables(text)
    try:
        toml.read(text, "x")
    except UnreadableAnswer:
        return
