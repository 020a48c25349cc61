from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from agent.accounts.readable import credentials_of, has_secrets, unreadable
from agent.accounts.secrets import read_secret
from agent.accounts.tokens import tokens_of
from agent.config.load import parse
from agent.schedule.cron import Cron
from agent.schedule.job import Job
from agent.schedule.systemd import Systemd
from agent.settings import SecretRef
from connectors.errors import NeedsLogin

OWNER = '[owner]\nname = "O"\naddresses = ["o@example.com"]\nzone = "UTC"\n'
FOLDER = '[[calendar]]\nname = "work"\npath = "work"\n'
SHOWS = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))"
SEALED = SecretRef(file="$CREDENTIALS_DIRECTORY/fika-key")


def configured(text: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "config.toml"
    path.write_text(OWNER + FOLDER + text)
    return path


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def job(programs: Path, tmp_path: Path) -> Job:
    """A job whose program prints its environment and arguments."""
    program(programs, "fika", f"exec '{sys.executable}' -c '{SHOWS}' \"$@\"")
    return Job((str(programs / "fika"),), tmp_path / "home", credentials=("fika-key",))


def test_nothing_secret_means_nothing_to_try(tmp_path: Path) -> None:
    path = configured("", tmp_path)
    settings = parse(path.read_text(), path)

    assert not has_secrets(settings)
    assert list(unreadable(settings, tmp_path)) == []


def test_every_secret_is_read_and_each_that_cannot_be_is_named(tmp_path: Path) -> None:
    path = configured(
        """
[[calendar]]
name = "feed"
url_from = { env = "FIKA_NOT_SET" }
[mail]
host = "localhost"
user = "o"
password_from = { file = "password" }
[ping]
url_from = { command = "false" }
[[digest.channel]]
name = "phone"
url_from = { env = "FIKA_NOT_SET" }
[[account]]
name = "dav"
service = "caldav"
url = "https://dav.example.com/"
user = "o"
password_from = { file = "dav-password" }
[[account]]
name = "google"
service = "google"
client_from = { file = "client.json" }
tokens = "file"
tokens_key_from = { file = "tokens.key" }
""",
        tmp_path,
    )
    settings = parse(path.read_text(), path)

    failed = [error.source for error in unreadable(settings, tmp_path)]
    assert failed == ["feed", "google", "dav", "mail", "phone", "ping", "google"]
    for name in ("password", "dav-password", "client.json"):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(0o600)
    store = tokens_of(settings.accounts[1], tmp_path)
    store.make_key()
    store.save("signed in")
    assert [error.source for error in unreadable(settings, tmp_path)] == ["feed", "phone", "ping"]


def test_a_systemd_credential_is_read_where_systemd_has_put_it(tmp_path: Path) -> None:
    (tmp_path / "fika-key").write_text("k" * 43 + "\n")
    (tmp_path / "fika-key").chmod(0o400)

    found = read_secret(SEALED, "work", environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert found.reveal() == "k" * 43
    with pytest.raises(NeedsLogin, match="systemd credential fika-key") as raised:
        read_secret(SEALED, "work", environ={})
    assert "docs/schedule.md" in raised.value.remedy


def test_a_credential_is_no_path_beside_the_configuration(tmp_path: Path) -> None:
    path = configured(
        """
[[account]]
name = "home"
service = "outlook"
client_id = "1"
tokens = "file"
tokens_key_from = { file = "$CREDENTIALS_DIRECTORY/fika-key" }
""",
        tmp_path,
    )

    settings = parse(path.read_text(), path)

    assert settings.accounts[0].tokens_key == SEALED
    assert credentials_of(settings) == ("fika-key",)


def test_cron_gives_a_run_nothing_but_what_stands_in_the_crontab(
    programs: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "crontab", """printf 'MAILTO=me\\nKEY = "of the crontab"\\n# NOT=this\\n'""")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus")

    environment, words = json.loads(Cron().tried(job).said)

    assert words == ["schedule", "check"]
    assert environment["KEY"] == "of the crontab"
    assert environment["FIKA_HOME"] == str(job.home)
    assert environment["PATH"] == "/usr/bin:/bin"
    assert "DBUS_SESSION_BUS_ADDRESS" not in environment
    assert "NOT" not in environment


def test_systemd_tries_as_a_unit_with_the_same_credentials_as_the_run(
    programs: Path, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "systemctl", "exit 0")
    program(programs, "systemd-run", f"exec '{sys.executable}' -c '{SHOWS}' \"$@\"")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    _, words = json.loads(Systemd().tried(job).said)
    Systemd().install(job)

    sealed = f"LoadCredentialEncrypted=fika-key:{job.home}/fika-key.cred"
    assert f"--property={sealed}" in words
    assert f"--setenv=FIKA_HOME={job.home}" in words
    assert words[-3:] == [*job.program, "schedule", "check"]
    assert sealed in Systemd().installed(job).splitlines()


def test_what_is_tried_may_ask_nobody(programs: Path, tmp_path: Path) -> None:
    program(programs, "crontab", "exit 1")
    program(programs, "asks", "read answer && echo answered; exit 3")

    tried = Cron().tried(Job((str(programs / "asks"),), tmp_path))

    assert tried.code == 3
    assert "answered" not in tried.said
