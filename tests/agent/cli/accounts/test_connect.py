"""The real command line, against the sign-in and the calendars of the test servers."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from connectors.google.grant import scopes_for
from connectors.tokens import Job
from tests.servers.google import GoogleServer
from tests.servers.graph.accounts import CLIENT
from tests.servers.graph.server import GraphServer

ROOT = Path(__file__).parents[4]
OWNER = "olivia@example.com"
CONFIG = f"""\
# What else can be set, and every default: docs/configuration.md

[owner]
name = "Olivia"
addresses = ["{OWNER}"]
zone = "Europe/Berlin"

[[calendar]]
name = "planning"
path = "planning"
synced = true

[write]
calendar = "planning"
"""
VISIT = "import sys; from tests.servers.graph.browser import visit; visit(sys.argv[1])"
"""A browser: follows redirects as Google's answer, and posts forms as Microsoft's."""


class Said(NamedTuple):
    code: int
    out: str
    err: str


class House:
    """A state folder and a crontab, in an environment that holds nothing else (`env -i`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.table = folder / "table"
        crontab = f'if [ "$1" = -l ]; then cat "{self.table}" 2>/dev/null || exit 1; '
        self.program("crontab", f'{crontab}else cat > "{self.table}"; fi')
        self.program("visit", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{VISIT}" "$1"')
        self.environment = {
            "HOME": str(folder),
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "FIKA_HOME": str(self.home),
            "BROWSER": f"{self.programs / 'visit'} %s",
        }

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def fika(self, *words: str, stdin: str = "", **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "agent", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
            env={**self.environment, **environment},
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def well(self, *words: str, **environment: str) -> str:
        said = self.fika(*words, **environment)
        assert said.code == 0, said
        return said.out

    @property
    def config(self) -> str:
        return (self.home / "config.toml").read_text("utf-8")

    def configure(self) -> None:
        """As `fika init` does."""
        (self.home / "planning").mkdir(parents=True)
        self.home.chmod(0o700)
        (self.home / "config.toml").write_text(CONFIG)
        (self.home / "config.toml").chmod(0o600)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.configure()
    return made


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(owner=OWNER)
    made.add_calendar("team", owner=OWNER)
    made.add_account("boss@example.com")
    made.add_calendar("board", owner="boss@example.com")
    made.share("board", OWNER, "reader", listed=True)
    with made.running():
        yield made


@pytest.fixture
def google(server: GoogleServer, tmp_path: Path) -> tuple[str, ...]:
    """The words that connect to the test server."""
    client = tmp_path / "downloaded.json"
    client.write_text(server.client_json())
    there = ("--url", server.url, "--sign-in-url", server.url, "--allow-private-host")
    return ("connect", "google", "work", "--client", str(client), "--tokens", "file", *there)


def test_one_command_is_all_the_setting_up_there_is(house: House, google: tuple[str, ...]) -> None:
    said = house.well(*google, "--write")

    assert "signed in to work: read, write" in said
    assert "writes to work" in said
    rehearsal = house.well("run", "--dry-run")
    assert "the first, longer slot" in rehearsal
    assert house.fika("accounts").code == 0


def test_what_was_written_by_hand_stays_as_it_was(house: House, google: tuple[str, ...]) -> None:
    path = house.home / "config.toml"
    path.write_text(house.config + "\n# a word of mine\n[sending]   # and another\nper_day = 3\n")
    before = house.config.splitlines()

    house.well(*google)

    after = house.config.splitlines()
    assert after[: len(before)] == before
    assert path.stat().st_mode & 0o777 == 0o600
    assert 'account = "work"' in house.config
    assert f'user = "{OWNER}"' in house.config


def test_nothing_secret_is_shown_or_lies_open(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    said = house.fika(*google)
    house.well("accounts", "--json")
    server.end_access()
    house.well("run")

    secrets = [*server.state.grants, *server.state.access]
    files = [each for each in house.home.rglob("*") if each.is_file()]
    assert len(secrets) >= 2
    for secret in secrets:
        assert secret not in said.out + said.err
        assert [each for each in files if secret.encode() in each.read_bytes()] == []
    private = [each for each in files if each.suffix in {".sealed", ".key", ".json"}]
    assert len(private) == 3
    assert all(each.stat().st_mode & 0o077 == 0 for each in private)


def test_more_is_asked_for_later_and_what_was_granted_stays(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    house.well(*google)
    first = json.loads(house.well("accounts", "--json"))[0]

    house.well("connect", "google", "work", "--contacts")
    house.well("connect", "google", "work", "--write")

    rows = json.loads(house.well("accounts", "--json"))
    assert first["jobs"] == ["read"]
    assert rows[0]["jobs"] == ["contacts", "read", "write"]
    assert house.config.count("[[account]]") == 1
    assert house.config.count(f'id = "{OWNER}"') == 1
    assert re.search(r'\[write\]\ncalendar = "work"', house.config)


@pytest.mark.proof
def test_calendars_are_chosen_by_name_and_none_is_named_twice(
    house: House, google: tuple[str, ...]
) -> None:
    said = house.well(*google, "--calendar", "board", "--calendar", OWNER)
    assert "reads work" in said
    assert "reads board" in said

    house.well("connect", "google", "work", "--calendar", "all")
    assert [house.config.count(f'id = "{name}"') for name in (OWNER, "team", "board")] == [1, 1, 1]
    refused = house.fika("connect", "google", "work", "--calendar", "nowhere")
    assert refused.code == 2
    assert "there is no calendar nowhere" in refused.err


def test_what_was_not_ticked_is_said(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    base = "https://www.googleapis.com/auth/"
    server.world.consent.unticked = frozenset((f"{base}calendar.events.owned",))

    said = house.well(*google, "--write")

    assert "not granted: nothing can be written" in said
    assert 'calendar = "planning"' in house.config


def test_no_leaves_everything_as_it_was(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    before = house.config
    server.world.consent.denies = True

    said = house.fika(*google)

    assert said.code == 3
    assert said.err == (
        "fika: work: access was declined in the browser\n  → sign in: fika connect google work\n"
    )
    assert house.config == before


def test_an_unpublished_app_is_warned_about_at_once_and_by_the_doctor(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    server.world.testing = True

    said = house.fika(*google)

    assert said.code == 0
    assert "the app is in Testing, so Google ends this sign-in on 20" in said.err
    assert "the app is in Testing" in house.fika("doctor").out


def test_a_dead_sign_in_is_one_line_with_exit_code_three(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    house.well(*google)
    server.revoke()
    server.end_access()
    asked = server.count("token")

    said = house.fika("run")

    assert said.code == 3
    assert said.out.count("sign in: fika connect google work") <= 2
    assert "work" in said.out + said.err
    assert server.count("token") == asked + 1
    doctor = house.fika("doctor")
    assert doctor.code == 3
    assert "✗ account work: the sign-in of" in doctor.out
    assert house.fika("accounts").code == 3


def test_without_a_browser_the_way_through_ssh_is_shown(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *google, "--no-browser", "--port", port],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=house.environment | {"PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        shown = [""]
        while "code_challenge" not in shown[-1]:
            shown.append(process.stdout.readline())
            assert shown[-1], "it ended before it showed an address"
        subprocess.run([house.programs / "visit", shown[-1].strip()], check=True)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "reads work" in rest
    assert f"  ssh -L {port}:127.0.0.1:{port} " in "".join(shown)


@pytest.mark.proof
def test_a_token_is_carried_from_a_machine_with_a_browser(
    house: House, server: GoogleServer, google: tuple[str, ...], tmp_path: Path
) -> None:
    client = tmp_path / "downloaded.json"
    client.chmod(0o600)
    token = tmp_path / "token.json"
    there = ("--sign-in-url", server.url)
    laptop = {"FIKA_HOME": str(tmp_path / "laptop")}
    exports = ("connect", "google", "work", "--client", str(client), "--export", str(token))

    told = house.well(*exports, *there, **laptop)
    assert "--import token.json" in told
    assert token.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "laptop").exists()
    said = house.well(*google, "--import", str(token))

    assert "delete " in said
    assert house.fika("accounts").code == 0
    token.chmod(0o644)
    open_to_all = house.fika(*google, "--import", str(token))
    assert open_to_all.code == 3
    assert f"chmod 600 {token}" in open_to_all.err


@pytest.mark.proof
def test_an_organisation_needs_no_browser(
    house: House, server: GoogleServer, google: tuple[str, ...], tmp_path: Path
) -> None:
    key = tmp_path / "robot.json"
    key.write_text(server.service_account_json(scopes_for(frozenset(Job))))
    words = [each for each in google if each not in {"--client", str(tmp_path / "downloaded.json")}]

    refused = house.fika(*words, "--service-account", str(key))
    assert "--subject" in refused.err
    house.well(*words, "--service-account", str(key), "--subject", OWNER, "--write")

    house.well("run")
    assert server.count("auth") == 0
    assert "writes" not in house.fika("accounts").err


def test_disconnecting_ends_it_here_and_at_google(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    house.well(*google)

    unasked = house.fika("disconnect", "work")
    assert unasked.code == 2
    assert "needs your yes" in unasked.err
    said = house.well("disconnect", "work", "--yes")

    assert "forgotten: work" in said
    assert "myaccount.google.com" not in said
    assert all(each.died for each in server.state.grants.values())
    assert not list((house.home / "tokens").glob("*.sealed"))
    assert house.fika("accounts").code == 3
    assert house.fika("disconnect", "nobody", "-y").code == 2


@pytest.mark.proof
def test_a_sign_in_whose_key_is_gone_can_be_begun_anew(
    house: House, server: GoogleServer, google: tuple[str, ...]
) -> None:
    house.well(*google)
    (home_key := house.home / "tokens.key").unlink()

    broken = house.fika("accounts")
    assert broken.code == 3
    assert str(home_key) in broken.out
    again = house.fika(*google)
    assert again.code == 3
    assert "was written with another key" in again.err
    assert "fika disconnect work" in again.err
    house.well("disconnect", "work", "--yes")
    house.well(*google)


def test_the_key_ring_is_never_replaced_by_something_weaker(
    house: House, google: tuple[str, ...]
) -> None:
    words = [each for each in google if each not in {"--tokens", "file"}]
    before = house.config

    said = house.fika(*words, PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")

    assert said.code == 3
    assert "no key ring" in said.err
    assert "--tokens file" in said.err
    assert house.config == before
    assert not list(house.home.rglob("*.sealed"))


def test_cron_is_set_up_where_it_can_read_everything(house: House, google: tuple[str, ...]) -> None:
    house.well(*google)

    house.well("schedule", "install", "--with", "cron")

    assert "run --if-due" in house.table.read_text()
    (job,) = json.loads(house.well("schedule", "--json"))
    assert job["scheduler"] == "cron"
    assert "run --if-due" in job["set_up"]
    assert house.well("schedule") == house.well("schedule", "show")


def test_cron_is_not_set_up_where_it_could_not_read_a_sign_in(
    house: House, google: tuple[str, ...]
) -> None:
    house.well(*google)
    key = (house.home / "tokens.key").read_text().strip()
    house.program("secret-tool-of-mine", f"echo {key}")
    (house.folder / "fika-key").write_text(key)
    (house.folder / "fika-key").chmod(0o600)
    by_day = {"FIKA_KEY": key, "CREDENTIALS_DIRECTORY": str(house.folder)}
    config = house.config
    kept_in = {
        'tokens_key_from = { env = "FIKA_KEY" }': "FIKA_KEY holds no secret",
        'tokens_key_from = { command = "secret-tool-of-mine" }': "cannot be started",
        'tokens_key_from = { file = "$CREDENTIALS_DIRECTORY/fika-key" }': "no unit's run",
    }

    for kept, reason in kept_in.items():
        (house.home / "config.toml").write_text(re.sub(r"tokens_key_from = .*", kept, config))
        assert "can be read" in house.well("schedule", "check", **by_day)
        said = house.fika("schedule", "install", "--with", "cron", **by_day)
        assert said.code == 3
        assert reason in said.err
        assert "nothing was set up" in said.err
    assert not house.table.exists()


def test_cron_has_no_key_ring(house: House) -> None:
    account = """
[[account]]
name = "work"
service = "outlook"
client_id = "1"
"""
    (house.home / "config.toml").write_text(house.config + account)
    (house.home / "tokens").mkdir(mode=0o700)
    (house.home / "tokens" / "work-00e13ed7.sealed").write_bytes(b"as if signed in")

    said = house.fika("schedule", "install", "--with", "cron")

    assert said.code == 3
    assert "this machine has no key ring" in said.err
    assert not house.table.exists()


@pytest.mark.proof
def test_what_stands_in_the_crontab_itself_counts_as_crons_environment(
    house: House, google: tuple[str, ...]
) -> None:
    house.well(*google)
    key = (house.home / "tokens.key").read_text().strip()
    config = re.sub(r"tokens_key_from = .*", 'tokens_key_from = { env = "FIKA_KEY" }', house.config)
    (house.home / "config.toml").write_text(config)
    house.table.write_text(f'FIKA_KEY = "{key}"\n')

    house.well("schedule", "install", "--with", "cron")


def test_every_other_secret_is_tried_too(house: House) -> None:
    feed = '\n[[calendar]]\nname = "feed"\nurl_from = { env = "FEED" }\n'
    (house.home / "config.toml").write_text(house.config + feed)

    said = house.fika("schedule", "install", "--with", "cron", FEED="https://example.com/x.ics")

    assert said.code == 3
    assert "feed: the variable FEED holds no secret" in said.err


def test_without_a_configuration_and_a_terminal_what_to_do_first_is_said(
    tmp_path: Path, google: tuple[str, ...]
) -> None:
    (tmp_path / "fresh").mkdir()
    fresh = House(tmp_path / "fresh")

    said = fresh.fika(*google)

    assert said.code == 2
    assert "nothing is configured yet, and there is no terminal to ask on" in said.err
    assert "first: fika init --no-calendar --name … --address … --zone …" in said.err


@pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals")
def test_with_a_terminal_everything_is_asked_for(
    tmp_path: Path, server: GoogleServer, google: tuple[str, ...]
) -> None:
    import pty

    (tmp_path / "fresh").mkdir()
    fresh = House(tmp_path / "fresh")
    leader, follower = pty.openpty()
    words = [each for each in google if each not in {"--tokens", "file"}]
    no_ring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *words, "--write"],
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=fresh.environment | no_ring | {"TZ": "Europe/Berlin", "TERM": "dumb"},
    )
    os.close(follower)
    with process:
        os.write(leader, f"Olivia\n{OWNER}\n\ny\n1 9\n1 3\n".encode())
        assert process.stdout is not None
        said = process.stdout.read()
    os.close(leader)

    assert process.returncode == 0, said
    assert "Keep the sign-in in an encrypted file" in said
    assert "your main one" in said
    assert "write the numbers" in said
    assert fresh.config.count('account = "work"') == 2
    assert 'zone = "Europe/Berlin"' in fresh.config


@pytest.fixture
def microsoft() -> Iterator[GraphServer]:
    made = GraphServer()
    made.identity.device_interval_s = 1
    with made.running():
        yield made


@pytest.fixture
def outlook(microsoft: GraphServer) -> tuple[str, ...]:
    there = ("--url", f"{microsoft.root}/v1.0", "--sign-in-url", microsoft.root)
    kept = ("--tokens", "file", "--allow-private-host")
    return ("connect", "outlook", "home", "--client-id", CLIENT, *kept, *there)


def test_outlook_is_signed_in_to_with_the_browser(
    house: House, microsoft: GraphServer, outlook: tuple[str, ...]
) -> None:
    said = house.well(*outlook, "--write", "--contacts")

    assert "signed in to home as owner@example.com: contacts, read, write" in said
    assert "reads home" in said
    assert "your hours are" not in said  # they are the usual ones
    (row,) = json.loads(house.well("accounts", "--json"))
    permissions = {"Calendars.ReadWrite", "MailboxSettings.Read", "Contacts.Read", "People.Read"}
    assert set(row["permissions"]) == permissions
    assert f'id = "{microsoft.mailbox().default}"' in house.config
    secrets = [*microsoft.identity.tokens.refresh, *microsoft.identity.tokens.access]
    kept = b"".join(each.read_bytes() for each in house.home.rglob("*") if each.is_file())
    assert [each for each in secrets if each in said or each.encode() in kept] == []


@pytest.mark.parametrize(
    ("own", "zone", "taken"),
    [
        ("", "W. Europe Standard Time", True),
        ('hours = "Mon-Fri 09:00-16:00"', "W. Europe Standard Time", False),
        ("", "Tokyo Standard Time", False),
    ],
)
def test_hours_nobody_set_are_those_outlook_has_on_the_same_clock(
    house: House,
    microsoft: GraphServer,
    outlook: tuple[str, ...],
    own: str,
    zone: str,
    taken: bool,
) -> None:
    path = house.home / "config.toml"
    path.write_text(house.config.replace("[owner]", f"[owner]\n{own}", 1))
    microsoft.mailbox().circle.settings["workingHours"].update(
        daysOfWeek=["monday", "tuesday", "thursday"],
        startTime="07:30:00.0000000",
        timeZone={"name": zone},
    )

    said = house.well(*outlook)
    week = "Mon-Tue 07:30-17:00, Thu 07:30-17:00"
    assert (f"your hours are {week}, as the account has them" in said) is taken
    assert (f'hours = "{week}"' in house.config) is taken
    if taken:
        assert f"your hours: {week} on the clock of" in house.fika("doctor").out


def test_outlook_is_signed_in_to_with_a_code_where_there_is_no_browser(
    house: House, microsoft: GraphServer, outlook: tuple[str, ...]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *outlook, "--no-browser"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=house.environment | {"PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        line = ""
        while "type this code" not in line:
            line = process.stdout.readline()
            assert line, "it ended before it showed a code"
        microsoft.identity.enter_code(line.split()[-1])
        rest = process.stdout.read()

    assert process.returncode == 0
    assert "signed in to home" in rest


def test_what_microsoft_refuses_is_one_line_and_changes_nothing(
    house: House, microsoft: GraphServer, outlook: tuple[str, ...]
) -> None:
    before = house.config
    microsoft.identity.refuses = True
    declined = house.fika(*outlook)
    microsoft.identity.refuses = False
    microsoft.identity.accounts["owner@example.com"].refusal = "conditional_access"
    forbidden = house.fika(*outlook)

    assert declined.code == 3
    assert declined.err.startswith("fika: home: access was declined (AADSTS65004)\n")
    assert forbidden.code == 1
    assert "Conditional Access" in forbidden.err
    assert house.config == before


def test_a_name_belongs_to_one_account(
    house: House, google: tuple[str, ...], outlook: tuple[str, ...]
) -> None:
    house.well(*google)
    words = ["work" if each == "home" else each for each in outlook]

    said = house.fika(*words)

    assert said.code == 2
    assert "work is an account of google already" in said.err
