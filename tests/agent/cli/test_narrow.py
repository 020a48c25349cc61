"""Every table of the command line on narrow and wide terminals, over the invented year."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agent.app import App
from agent.cli.daily.demo import REMEMBERED
from agent.cli.root import cli
from agent.terminal import Column, folded, print_grid
from tests.agent.cli.test_terminal import Screen
from tests.web.demo import demo
from tests.web.house import House

COMMANDS = (
    "accounts",
    "audit",
    "audit --gaps",
    "audit --overdue",
    "audit --since 2026-01-05",
    "brief margareta",
    "calendars",
    "commit",
    "digest",
    "doctor",
    "events",
    "find-time --with margareta --with ines",
    "intro",
    "intro margareta",
    "news",
    "people discover --all",
    "people list",
    "people show margareta",
    "plan",
    "promises",
    "proposals --all",
    "report list",
    "restart",
    "run --dry-run",
    "show 1",
    "simulate --all",
    "thanks",
    "why margareta",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo(tmp_path_factory.mktemp("narrow")) as made, pytest.MonkeyPatch.context() as patch:
        plan = str(made.home / "plan.toml")
        said(made, "plan", "import", plan, "--yes", monkeypatch=patch)
        said(made, "log", REMEMBERED, "--yes", monkeypatch=patch)
        yield made


def said(house: House, *words: str, monkeypatch: pytest.MonkeyPatch, wide: int = 80) -> list[str]:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", str(wide))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", screen)
    app = App(house.home, house.clock)
    cli.main(list(words), prog_name="fika", standalone_mode=False, obj=app)
    app.close()
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.text()).splitlines()


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_wider_than_the_terminal(
    house: House, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for wide in (50, 60, 80, 120):
        found = said(house, *command.split(), monkeypatch=monkeypatch, wide=wide)

        assert found
        assert [line for line in found if cell_len(line) > wide] == []


def drawn(columns: Sequence[Column], rows: Sequence[Sequence[str]], wide: int) -> list[str]:
    screen = Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(wide))
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stdout", screen)
        print_grid(columns, rows)
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.text()).splitlines()


def test_columns_are_left_out_before_a_name_gets_unreadable() -> None:
    columns = [
        Column("Who", gives_way=True),
        Column("Where", gives_way=True, spare=2),
        Column("Nothing", spare=1),
        Column("Next", spare=1),
    ]
    rows = [("Margareta Sjöström", "Northwind Traders", "", "2026-04-09")]

    assert drawn(columns, rows, 60)[0].split() == ["Who", "Where", "Nothing", "Next"]
    assert drawn(columns, rows, 50)[1] == "Margareta Sjöström  Northwind Traders  2026-04-09"
    assert drawn(columns, rows, 46)[1] == "Margareta Sjöst…  Northwind Trade…  2026-04-09"
    assert drawn(columns, rows, 40)[1:] == [
        "Margareta Sjöström  2026-04-09",
        "A wider terminal also shows: Where",
    ]
    assert drawn(columns, rows, 20)[1].startswith("Margareta Sjöström")


WORDS = st.text(st.sampled_from("ab 山é"), max_size=40)
GRID = st.lists(
    st.builds(Column, WORDS, st.booleans(), st.booleans(), st.integers(0, 3)), max_size=7
)


@settings(max_examples=40)
@given(GRID, st.data(), st.integers(50, 130))
def test_a_table_fits_any_terminal_from_50_columns_up(
    columns: list[Column], data: st.DataObject, wide: int
) -> None:
    rows = data.draw(st.lists(st.tuples(*(WORDS for _ in columns)), min_size=1, max_size=4))

    assert all(cell_len(line) <= wide for line in drawn(columns, rows, wide)[: len(rows) + 1])


@settings(max_examples=40)
@given(st.lists(st.text(st.sampled_from("ab 山"), max_size=90)), st.integers(50, 90))
def test_folding_loses_no_word(lines: list[str], wide: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(wide))
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stdout", Screen())
        found = folded("\n".join(lines))

    assert all(cell_len(line) <= wide for line in found.split("\n"))
    assert "".join(found.split()) == "".join("\n".join(lines).split())
