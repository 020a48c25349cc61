from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.people.naming import called


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ana Silva", "Ana"),
        ("  Ana\t Silva ", "Ana"),
        ("Ana", "Ana"),
        ("Silva, Ana", "Ana"),
        ("Silva, Ana Maria, PhD", "Ana"),
        ("Dr. Ana Silva, PhD, MBA", "Ana"),
        ("Prof. Dr. Ana Silva", "Ana"),
        ("Dipl.-Ing. Ana Silva", "Ana"),
        ("Herr Dr. Lukas Weber", "Lukas"),
        ("Weber, Dr. Lukas", "Lukas"),
        ("ANA SILVA", "Ana"),
        ("JP Morgan", "JP"),
        ("JP MORGAN", "JP"),
        ("Anne-Marie Roux", "Anne-Marie"),
        ("J. Smith", "J. Smith"),
        ("田中 太郎", "田中 太郎"),
        ("김 지수", "김 지수"),
        ("ana.silva@example.com", ""),
        ("", ""),
        ("  ", ""),
        (",", ""),
        ("Dr.", "Dr."),
    ],
)
def test_people_are_called_by_their_first_name(name: str, first: str) -> None:
    assert called(name) == first


@given(st.text(max_size=40))
def test_any_name_can_be_called_something_or_nothing(name: str) -> None:
    assert "@" not in called(name)
    assert called(name) == called(name).strip()
