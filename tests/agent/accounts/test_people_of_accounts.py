"""`fika connect caldav` and the contacts of an account, over real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.config.load import load
from agent.errors import UsageProblem
from agent.store import people
from agent.store.database import Database
from tests.servers import dav
from tests.servers.dav import DavServer

CONFIG = """
[owner]
name = "Olle"
addresses = ["olle@example.com"]
zone = "Europe/Stockholm"

[[calendar]]
name = "planning"
path = "planning"

[write]
calendar = "planning"
"""
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\nN:;{1};;;\r\n"
    "EMAIL:{0}@example.com\r\nEND:VCARD\r\n"
)


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.xandikos(tmp_path_factory.mktemp("x")) as running:
        yield running


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav.radicale(tmp_path_factory.mktemp("r")) as running:
        running.calendar()
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAV_PASSWORD", dav.PASSWORD)
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    (made / "config.toml").write_text(CONFIG)
    return made


def fika(home: Path, *words: str) -> Result:
    app = App(home)
    try:
        return CliRunner().invoke(cli, words, obj=app)
    finally:
        app.close()


def connect(home: Path, server: DavServer, *words: str) -> Result:
    return fika(
        home,
        *("connect", "caldav", "home", "--url", server.url, "--user", dav.USER),
        *("--password-env", "DAV_PASSWORD", "--calendar", "all", "--allow-private-host"),
        *words,
    )


def test_connecting_writes_the_account_and_its_calendars_and_keeps_what_stood_there(
    home: Path, xandikos: DavServer
) -> None:
    said = connect(home, xandikos, "--write")

    assert said.exit_code == 0, said.output
    assert "the server itself invites" in said.output
    assert dav.PASSWORD not in said.output + (home / "config.toml").read_text()
    settings = load(home / "config.toml")
    assert [each.name for each in settings.calendars] == ["planning", "home"]
    assert settings.write_calendar == "home"
    (account,) = settings.accounts
    assert account.schedules
    assert account.password is not None
    assert account.password.env == "DAV_PASSWORD"


def test_a_server_that_invites_nobody_says_what_is_lacking(home: Path, radicale: DavServer) -> None:
    said = connect(home, radicale, "--write")

    assert "add a [mail] section" in said.output
    assert not load(home / "config.toml").accounts[0].schedules


def test_connecting_twice_changes_nothing_the_second_time(home: Path, radicale: DavServer) -> None:
    connect(home, radicale, "--write")
    before = load(home / "config.toml")

    connect(home, radicale, "--write")

    assert load(home / "config.toml") == before


def test_a_wrong_password_configures_nothing(
    home: Path, radicale: DavServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAV_PASSWORD", "wrong")

    assert connect(home, radicale).exit_code != 0
    assert (home / "config.toml").read_text() == CONFIG


def test_the_contacts_of_an_account_are_one_more_source_of_people(
    home: Path, xandikos: DavServer
) -> None:
    connect(home, xandikos)
    for uid, name in (("ana", "Ana Silva"), ("raj", "Raj Iyer")):
        headers = {"Content-Type": "text/vcard; charset=utf-8"}
        path = f"/{dav.USER}/contacts/addressbook/{uid}.vcf"
        code, answer = xandikos.send("PUT", path, CARD.format(uid, name).encode(), headers)
        assert code in (201, 204), answer

    first = fika(home, "people", "import", "--account", "home", "--yes")
    again = fika(home, "people", "import", "--account", "home", "--yes")

    assert "2 added" in first.output, first.output
    assert "nothing to change" in again.output
    with Database(home) as db:
        assert {each.name for each in people.everyone(db)} == {"Ana Silva", "Raj Iyer"}


@pytest.mark.parametrize(
    "words", [(), ("x.csv", "--account", "home"), ("--account", "work")], ids=str
)
def test_where_people_are_is_said_once_and_rightly(
    home: Path, radicale: DavServer, words: tuple[str, ...]
) -> None:
    connect(home, radicale)

    assert isinstance(fika(home, "people", "import", *words).exception, UsageProblem)
