from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Standing, standing
from policies.audit.report import report_text, report_title
from policies.people.person import Person, Priority, PrivateNotes
from policies.rules import CadenceRules
from policies.text import one_line
from tests import make

TODAY = date(2026, 4, 1)


def seen(person: Person, days: int) -> Standing:
    return standing(person, TODAY - timedelta(days=days), None, TODAY, CadenceRules())


def said(*standings: Standing, recipient: str = "Karin Coach", note: str = "") -> str:
    return report_text(standings, TODAY, recipient=recipient, sender="Olle Owner", note=note)


def test_a_report_tells_names_priorities_status_and_days() -> None:
    raj = replace(make.person("Raj Patel"), listed_on=date(2026, 3, 2))
    everyone = (
        seen(make.person("Ana Silva"), 72),
        seen(make.person("Mei Lin"), 22),
        seen(make.person("Eva Berg", Priority.B), 1),
        seen(make.person("Bo Ek", Priority.C), 0),
        standing(raj, None, None, TODAY, CadenceRules()),
    )

    assert said(*everyone, note="We speak on Friday.") == (
        "Hello Karin,\n\n"
        "This is how my relationships stand on 1 April 2026:"
        " 1 red, 1 amber, 2 green, 1 still to meet.\n\n"
        "We speak on Friday.\n\n"
        "Red, past the longest gap\n"
        "- Ana Silva, priority A: 72 days since contact, 51 days over\n\n"
        "Amber, past the ideal gap\n"
        "- Mei Lin, priority A: 22 days since contact, 1 day over\n\n"
        "Green, on time\n"
        "- Eva Berg, priority B: 1 day since contact\n"
        "- Bo Ek, priority C: contact today\n\n"
        "Still to meet\n"
        "- Raj Patel, priority A: listed 30 days ago\n\n"
        "Olle"
    )
    assert report_title(TODAY) == "How my relationships stand on 1 April 2026"


def test_a_reader_without_a_name_is_greeted_all_the_same() -> None:
    assert said(seen(make.person(), 72), recipient="").startswith("Hello,\n\n")


def test_a_person_known_by_an_address_alone_is_named_without_it() -> None:
    nameless = replace(make.person(), name="ana.silva@example.com")

    assert "- Ana Silva, priority A" in said(seen(nameless, 72))
    assert "@" not in said(seen(nameless, 72))


def test_what_is_private_is_nowhere_in_it() -> None:
    private = replace(
        make.person(),
        notes=PrivateNotes("zyxnotes"),
        how_met="zyxmet",
        common_ground=("zyxground",),
        phone="zyxphone",
        place="zyxplace",
        organisation="zyxorganisation",
        groups=("zyxgroup",),
        goals=("zyxgoal",),
    )

    text = said(seen(private, 72))

    assert "zyx" not in text
    assert "@" not in text


@given(st.text(min_size=1, max_size=200))
def test_a_name_is_one_line_whatever_is_in_it(name: str) -> None:
    text = said(seen(replace(make.person(), name=name), 72))

    (line,) = [each for each in text.split("\n") if each.startswith("- ")]
    assert line.endswith(", priority A: 72 days since contact, 51 days over")
    assert one_line(line) == line
