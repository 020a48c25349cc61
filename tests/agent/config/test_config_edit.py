from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agent.accounts.connecting import drafted, name_of, new_calendars
from agent.config import edit
from agent.config.load import ConfigProblems, parse
from agent.errors import UsageProblem
from agent.settings import Service
from connectors.port import CalendarFound

MINE = """\
# my configuration
[owner]
name = "Olle"   # as in a letter
addresses = ["olle@example.com"]
zone = "Europe/Stockholm"

[[calendar]]  # the folder
name = "planning"
path = "planning"

[write]  # where ours go
calendar = "planning"
# the end, without a line feed"""
ACCOUNT: dict[str, str] = {"name": "work", "service": "outlook", "client_id": "1", "user": ""}
CALENDAR: edit.Values = {"name": 'Karin\'s "big" one', "account": "work", "id": "AAMk\\="}


def test_what_is_there_stays_letter_for_letter() -> None:
    text = edit.with_account(MINE, ACCOUNT, [CALENDAR], "")

    assert text.startswith(MINE + "\n")
    settings = parse(text, Path("/somewhere/config.toml"))
    assert settings.accounts[0].client_id == "1"
    assert settings.calendars[1].name == 'Karin\'s "big" one'
    assert settings.calendars[1].id == "AAMk\\="


def test_what_is_written_to_is_changed_in_its_place() -> None:
    text = edit.with_account(MINE, ACCOUNT, [{"name": "w", "account": "work", "id": "1"}], "w")

    assert 'calendar = "w"\n# the end' in text
    assert "[write]  # where ours go" in text
    bare = MINE.replace("[write]  # where ours go", "").replace('calendar = "planning"\n', "")
    assert '[write]\ncalendar = "w"' in edit.with_account(bare, ACCOUNT, [], "w")


def test_an_account_that_is_there_is_changed_and_keeps_the_rest() -> None:
    once = edit.with_account(MINE, ACCOUNT | {"tenant": "consumers"}, [], "")

    twice = edit.with_account(once, ACCOUNT | {"client_id": "2"}, [], "")

    assert twice.count("[[account]]") == 1
    account = parse(twice, Path("/somewhere/config.toml")).accounts[0]
    assert (account.client_id, account.tenant) == ("2", "consumers")


def test_a_configuration_that_would_be_wrong_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(MINE)

    with pytest.raises(ConfigProblems, match="client_from"):
        edit.replace(path, edit.with_account(MINE, ACCOUNT | {"service": "google"}, [], ""))
    assert path.read_text() == MINE
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("text", ["account = 3\n", "[account]\nname = 'x'\n", "[[account]]\n"])
def test_what_cannot_be_added_to_is_one_line(text: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be added to"):
        edit.with_account(text, ACCOUNT, [], "")


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "fika.toml"
    real.write_text(MINE)
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)

    edit.replace(link, edit.with_account(MINE, ACCOUNT, [], ""))

    assert link.is_symlink()
    assert "[[account]]" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_calendars_get_names_that_nothing_else_has() -> None:
    settings = parse(MINE, Path("/somewhere/config.toml"))
    listed = [
        CalendarFound("1", "Olle", True, True),
        CalendarFound("2", "planning", True, False),
        CalendarFound("3", "planning", True, False),
        CalendarFound("4", "\u202e" + "x" * 90, False, False),
        CalendarFound("5", " ", False, False),
    ]

    names = [name for name, _ in new_calendars(settings, "work", listed)]

    assert names[:3] == ["work", "work planning", "planning 2"]
    assert names[3].startswith("<U+202E>xxx")
    assert len(names[3]) <= 40
    assert names[4] == "work work"


@pytest.mark.parametrize(
    ("id_", "account", "added"),
    [
        ("primary", "work", ["Family"]),
        ("olle@example.com", "work", ["Family"]),
        ("primary", "home", ["work", "Family"]),
    ],
)
def test_a_calendar_that_is_read_already_is_not_added_again(
    id_: str, account: str, added: list[str]
) -> None:
    accounts = "".join(
        f'\n[[account]]\nname = "{name}"\nservice = "outlook"\nclient_id = "1"\n'
        for name in ("work", "home")
    )
    mine = f'\n[[calendar]]\nname = "mine"\naccount = "{account}"\nid = "{id_}"\n'
    settings = parse(MINE + accounts + mine, Path("/somewhere/config.toml"))
    listed = [
        CalendarFound("olle@example.com", "Olle", True, True),
        CalendarFound("f1@example.com", "Family", True, False),
    ]

    assert [name for name, _ in new_calendars(settings, "work", listed)] == added
    assert name_of(settings, account, listed[0]) == "mine"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 200])
def test_an_account_has_a_name_that_can_be_typed(name: str) -> None:
    with pytest.raises(UsageProblem, match="no name for an account"):
        drafted(parse(MINE, Path("/somewhere/config.toml")), name, Service.GOOGLE)
