from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vText
from icalendar.parser import Contentline, Parameters

from connectors.ical import lines
from connectors.ical.errors import Unreadable
from connectors.ical.people import attendee, organizer
from connectors.ical.values import duration, local, offset_s
from policies.calendar.event import Attendee, Response, Span

PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


@pytest.mark.parametrize(
    ("line", "head", "value"),
    [
        ("SUMMARY:a:b", "SUMMARY", "a:b"),
        ('ATTENDEE;CN="a:b":mailto:x', 'ATTENDEE;CN="a:b"', "mailto:x"),
        ('A;X="1:";Y="2:":v', 'A;X="1:";Y="2:"', "v"),
        ('A;X="1":v"w":', 'A;X="1"', 'v"w":'),
        ('A;X="never ends:v', 'A;X="never ends', "v"),
        ("no colon", "no colon", ""),
        ('"', '"', ""),
        ("", "", ""),
        (":", "", ""),
    ],
)
def test_a_line_is_split_at_the_colon_outside_quotes(line: str, head: str, value: str) -> None:
    assert lines.split(line) == (head, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"": ""}),
        ("TZID=Europe/Berlin", {"TZID": "Europe/Berlin"}),
        ('cn="Silva; Ana";partstat=ACCEPTED', {"CN": "Silva; Ana", "PARTSTAT": "ACCEPTED"}),
        ("CN=one;CN=two", {"CN": "one"}),
        ("CN= spaced ; ROLE = CHAIR", {"CN": "spaced", "ROLE": "CHAIR"}),
        ("CN=a^nb ^'c^' ^^ ^x", {"CN": 'a\nb "c" ^ ^x'}),
    ],
)
def test_parameters_are_named_in_upper_case_and_without_quotes(
    text: str, expected: dict[str, str]
) -> None:
    assert lines.parameters(text) == expected


@given(PLAIN)
def test_text_is_read_as_the_library_escapes_it(text: str) -> None:
    assert lines.text(vText(text).to_ical().decode()) == text.strip()


@given(st.dictionaries(st.sampled_from(["CN", "ROLE", "X-A"]), PLAIN, min_size=1), PLAIN)
def test_lines_are_read_as_the_library_writes_them(given: dict[str, str], value: str) -> None:
    written = Contentline.from_parts("ATTENDEE", Parameters(given), vText(value)).to_ical()

    head, read = lines.parted(lines.unfolded(written))

    assert lines.parameters(head) == {name: text.strip() for name, text in given.items()}
    assert lines.text(read) == value.strip()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1))
def test_folding_anywhere_changes_no_text(text: str) -> None:
    data = b"SUMMARY:" + text.encode()
    folded = b"\r\n ".join(data[start : start + 7] for start in range(0, len(data), 7))

    assert lines.unfolded(folded) == data.decode()


@pytest.mark.parametrize("text", ["", "a", "a,", ",a", "ab,c" * 300_000, "," * 1_200_000])
def test_a_large_text_has_the_same_parts_as_a_small_one(text: str) -> None:
    assert list(lines.each(text, ",")) == text.split(",")


@pytest.mark.parametrize(
    "line",
    [
        "A;X=" + '"' * 400_000 + ":v",
        "A;" + '"";' * 200_000 + ":v",
        "A;X=" + '":"' * 200_000,
        "A" + ";B=C" * 200_000 + ":v",
    ],
)
def test_hostile_lines_take_no_time(line: str) -> None:
    start = time.process_time()

    lines.parameters(lines.parted(line)[0])

    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ATTENDEE:mailto:ana@example.com", Attendee("ana@example.com")),
        ("ATTENDEE:MAILTO:Ana@Example.COM", Attendee("ana@example.com")),
        ("ATTENDEE:ana@example.com", Attendee("ana@example.com")),
        ("ATTENDEE:mailto:<ana@example.com>", Attendee("ana@example.com")),
        ("ATTENDEE:mailto:a%27b@example.com?subject=x", Attendee("a'b@example.com")),
        ("ATTENDEE:mailto:%41na@example.com", Attendee("ana@example.com")),
        ("ATTENDEE;EMAIL=ana@example.com:urn:uuid:1", Attendee("ana@example.com")),
        ("ATTENDEE;CN=Ana:invalid:nomail", Attendee("invalid:nomail", "Ana")),
        ("ATTENDEE;CUTYPE=UNKNOWN;CN=Ana:mailto:a@b.example", Attendee("a@b.example", "Ana")),
        (
            "ATTENDEE;CUTYPE=room:mailto:r@example.com",
            Attendee("r@example.com", is_person=False),
        ),
        (
            "ATTENDEE:mailto:x@resource.calendar.google.com",
            Attendee("x@resource.calendar.google.com", is_person=False),
        ),
        (
            "ATTENDEE;PARTSTAT=accepted:mailto:a@b.example",
            Attendee("a@b.example", response=Response.ACCEPTED),
        ),
        ("ATTENDEE;PARTSTAT=X-ODD:mailto:a@b.example", Attendee("a@b.example")),
        ("ATTENDEE:mailto:Jo@BÜCHER.example", Attendee("jo@xn--bcher-kva.example")),
        ("ATTENDEE:mailto:jo@..ü", Attendee("jo@..ü")),
        ("ATTENDEE", Attendee("")),
    ],
)
def test_participants_are_read_from_any_form_of_address(line: str, expected: Attendee) -> None:
    assert attendee(line) == expected


@pytest.mark.parametrize(
    "address", ["unknownorganizer@calendar.google.com", "c_1@group.calendar.google.com"]
)
def test_a_calendar_is_no_organiser(address: str) -> None:
    assert organizer("CN=Team", f"mailto:{address}") == ""


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT1H30M", Span(0, 5400)),
        ("P1D", Span(1, 0)),
        ("P2W", Span(14, 0)),
        ("P1DT2H3M4S", Span(1, 7384)),
        ("+PT15M", Span(0, 900)),
        ("pt5m", Span(0, 300)),
        ("-PT0S", Span(0, 0)),
    ],
)
def test_durations_keep_days_apart_from_hours(text: str, span: Span) -> None:
    assert duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "-PT5M", "1H", "PT1.5H", "P1Y", "P" + "9" * 99 + "D"]
)
def test_other_durations_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "20260302", "2026-03-02T09:00", "20260302X090000", "20260230T090000", "00000101T000000"],
)
def test_other_times_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        local(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+0100", 3600), ("-0330", -12_600), ("+013015", 5415), ("+05:30", 19_800), ("-0000", 0)],
)
def test_offsets_count_east_of_utc(text: str, seconds: int) -> None:
    assert offset_s(text) == seconds


@pytest.mark.parametrize("text", ["0100", "+1", "+0160", "UTC"])
def test_other_offsets_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        offset_s(text)
