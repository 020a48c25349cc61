from __future__ import annotations

import errno
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agent.terminal import (
    Column,
    Styled,
    console,
    json_text,
    print_grid,
    print_sections,
    print_text,
    quoted,
)

COLUMNS = (Column("Who", gives_way=True), Column("Days", right=True), Column("", gives_way=True))


class Screen(io.TextIOWrapper):
    """A terminal, or a pipe, that keeps what was written to it."""

    def __init__(self, *, terminal: bool = True, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        written = self.buffer
        assert isinstance(written, io.BytesIO)
        return written.getvalue().decode(self.encoding)


def lines(
    monkeypatch: pytest.MonkeyPatch, screen: Screen, *rows: tuple[str | Styled, ...], wide: int = 80
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(wide))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", screen)
    print_grid(COLUMNS, rows)
    return screen.text().splitlines()


def test_columns_are_as_wide_as_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, Screen(terminal=False), ("Ana", "7", "x"), ("山田太郎", "100", ""))

    assert found == ["Who       Days", "Ana          7  x", "山田太郎   100"]


def test_on_a_narrow_terminal_only_what_gives_way_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    found = lines(monkeypatch, Screen(), ("a" * 30, "12345678901", "z" * 12), wide=40)

    assert found[1].endswith("a…  12345678901  " + "z" * 12)
    assert len(found[1]) == 40


def test_where_that_is_not_enough_the_widest_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, Screen(), ("a" * 30, "1" * 30, "z" * 12), wide=40)

    assert found[1] == "a" * 9 + "…  " + "1" * 15 + "…  " + "z" * 9 + "…"


def test_nothing_is_cut_for_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, Screen(terminal=False), ("a" * 150, "1", ""), wide=40)

    assert found[1] == "a" * 150 + "     1"


def test_a_style_colours_its_cell_alone_and_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    row = (Styled("red", "red"), "1", "[bold]x")

    assert lines(monkeypatch, Screen(), row)[1] == "\x1b[31mred\x1b[0m     1  [bold]x"
    assert lines(monkeypatch, Screen(terminal=False), row)[1] == "red     1  [bold]x"


def test_no_colour_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[31m" not in lines(monkeypatch, Screen(), (Styled("red", "red"), "1", ""))[1]


def test_a_screen_without_our_letters_shows_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, Screen(terminal=False, encoding="ascii"), ("Zoë", "1", ""))

    assert found[1] == "Zo?     1"


def test_a_reader_who_has_gone_is_no_error_of_its_own() -> None:
    with pytest.raises(BrokenPipeError) as gone:
        console().on_broken_pipe()
    assert gone.value.errno == errno.EPIPE


@given(st.text())
def test_json_holds_the_text_and_nothing_a_terminal_would_act_on(text: str) -> None:
    written = json_text({"text": text})

    assert json.loads(written) == {"text": text}
    assert not any(char in written for char in "\x1b\x7f\x85\x9b\u200b\u202e\u2066\ufeff")


def test_json_keeps_letters_as_they_are() -> None:
    assert json_text(["Zoë", "\x9b31m", "\U000e0041", "\ud800"]) == (
        '[\n  "Zoë",\n  "\\u009b31m",\n  "\\udb40\\udc41",\n  "\\ud800"\n]'
    )


@pytest.mark.parametrize("wide", [30, 80])
def test_a_letter_keeps_its_bar_where_it_wraps(monkeypatch: pytest.MonkeyPatch, wide: int) -> None:
    letter = "Hello Ana,\n\n" + "many words in one line " * 5 + "\n山田太郎山田太郎山田太郎山田太郎"
    monkeypatch.setenv("COLUMNS", str(wide))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Screen())

    found = quoted(letter).splitlines()
    assert all(line.startswith("  |") and cell_len(line) <= wide for line in found)
    assert "".join(line[4:] for line in found).replace(" ", "") == "".join(letter.split())


def test_in_a_pipe_a_line_of_a_letter_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Screen(terminal=False))

    assert quoted("a " * 400 + "b\n\nc").count("\n") == 2


@pytest.mark.parametrize(("rows", "paged"), [(30, True), (10, False)])
def test_a_list_higher_than_the_terminal_goes_through_the_pager(
    rows: int, paged: bool, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program = (
        "from agent.terminal import Column, print_grid\n"
        f"print_grid((Column('Who'),), [(str(at),) for at in range({rows})], pages=True)"
    )
    told = {"TERM": "xterm", "LINES": "20", "COLUMNS": "80", "PAGER": f"tee {seen}"}
    ours, theirs = pty.openpty()
    words = (sys.executable, "-c", program)
    subprocess.run(words, stdin=theirs, stdout=theirs, env={**os.environ, **told}, check=True)
    os.close(theirs)
    os.close(ours)

    assert seen.exists() is paged
    assert not paged or seen.read_text().splitlines() == ["Who", *map(str, range(rows))]


def test_a_paragraph_is_in_its_style_on_a_terminal_and_as_it_is_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sections = [("Time put aside", ["one [bold]line[/], " + "words " * 20], True)]
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    seen = []
    for screen in (Screen(), Screen(terminal=False, encoding="ascii")):
        monkeypatch.setattr(sys, "stdout", screen)
        print_text("Zoë")
        print_sections(sections)
        seen.append(screen.text())

    terminal, pipe = seen
    assert "\x1b[1;33mTime put aside" in terminal
    assert terminal.count("\n") > pipe.count("\n")
    assert pipe == f"Zo?\n\nTime put aside\n  one [bold]line[/], {'words ' * 20}\n"
