from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from agent.errors import UsageProblem
from agent.proposing.holidays import public_holidays


def test_a_country_has_its_public_holidays_by_their_english_names() -> None:
    found = public_holidays("SE", [2026])

    assert "National Day" in found[date(2026, 6, 6)]
    assert {day.year for day in found} == {2026}


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    womens_day = date(2027, 3, 8)

    assert womens_day in public_holidays("DE-BE", [2026, 2027])
    assert womens_day not in public_holidays("DE-BY", [2026, 2027])


@pytest.mark.parametrize("written", ["DE-BE", "de-be", " De-Be "])
def test_codes_are_read_in_either_case(written: str) -> None:
    assert public_holidays(written, [2026]) == public_holidays("DE-BE", [2026])


def test_a_city_is_a_part_too() -> None:
    assert date(2026, 8, 8) in public_holidays("DE-Augsburg", [2026])


def test_no_country_is_no_holidays_and_loads_nothing() -> None:
    script = (
        "import sys; from agent.proposing.holidays import public_holidays\n"
        "assert not public_holidays('', [2026]); assert 'holidays' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_years_the_calendar_does_not_reach_have_none() -> None:
    assert public_holidays("SE", [1, 9999]) == {}


@pytest.mark.parametrize(
    ("country", "cause", "remedy"),
    [
        ("Germany", "'GERMANY'", "did you mean DE (Germany)?"),
        ("Sweeden", "'SWEEDEN'", "did you mean SE (Sweden)"),
        ("QQ", "'QQ'", "write a code such as SE or DE-BE"),
        ("MAR", "'MAR'", ""),  # as the library calls March
        ("DE-ZZ", "'ZZ' in DE", "known are DE, DE-BB, DE-BE"),
        ("AT-Tyrol?", "'TYROL?' in AT", "known are AT, AT-1"),
        ("SE-AB", "'AB' in SE", "write SE"),
    ],
)
def test_an_unknown_country_names_those_near_it(country: str, cause: str, remedy: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        public_holidays(country, [2026])

    assert caught.value.cause == f"no public holidays are known for {cause}"
    assert caught.value.remedy.startswith(remedy)
