from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from agent.accounts.secrets import Secret, keep_in_ring, read_secret
from agent.settings import SecretRef
from connectors.errors import NeedsLogin

VALUE = "s3cret pässwörd"


def by_command(code: str) -> SecretRef:
    return SecretRef(command=f'{sys.executable} -c "{code}"')


def test_a_secret_shows_nowhere_but_where_it_is_asked_for() -> None:
    secret = Secret(VALUE)

    assert VALUE not in f"{secret} {secret!r} {[secret]} {secret!s:>10}"
    assert secret.reveal() == VALUE
    assert secret == Secret(VALUE)
    assert secret != VALUE
    assert len({secret, Secret(VALUE), Secret("")}) == 2


def test_from_the_environment() -> None:
    ref = SecretRef(env="FIKA_TEST_PASSWORD")

    assert read_secret(ref, "mail", environ={"FIKA_TEST_PASSWORD": VALUE}).reveal() == VALUE
    with pytest.raises(NeedsLogin, match="FIKA_TEST_PASSWORD holds no secret"):
        read_secret(ref, "mail", environ={})


def test_from_a_command_without_the_end_of_its_line() -> None:
    assert read_secret(by_command("print('hunter 2 ')"), "mail").reveal() == "hunter 2 "


def test_a_command_is_no_shell(tmp_path: Path) -> None:
    ref = SecretRef(command=f"echo secret; touch {tmp_path}/made")

    assert read_secret(ref, "mail").reveal() == f"secret; touch {tmp_path}/made"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("ref", "cause"),
    [
        (SecretRef(command="/no/such/program"), "cannot be started"),
        (SecretRef(command='unclosed "quote'), "cannot be started"),
        (SecretRef(command=" "), "cannot be started"),
        (by_command("raise SystemExit(3)"), r"failed \(exit code 3\)"),
        (by_command("pass"), "holds no secret"),
        (by_command("import os; os.write(1, bytes([255]))"), "not text"),
    ],
)
def test_a_command_that_gives_no_secret_says_why_and_never_what_it_printed(
    ref: SecretRef, cause: str
) -> None:
    with pytest.raises(NeedsLogin, match=cause) as raised:
        read_secret(ref, "mail")

    assert raised.value.remedy
    assert raised.value.source == "mail"


def test_a_command_that_asks_a_question_is_ended_with_all_it_started(tmp_path: Path) -> None:
    child = f"import time; time.sleep(2); open('{tmp_path}/late', 'w')"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '''{child}'''])"

    with pytest.raises(NeedsLogin, match="did not end within"):
        read_secret(by_command(code), "mail", patience=timedelta(seconds=0.3))

    time.sleep(2)
    assert not (tmp_path / "late").exists()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(VALUE + "\n", "utf-8")
    path.chmod(0o600)
    return path


def test_from_a_file_only_its_owner_can_read(kept: Path) -> None:
    assert read_secret(SecretRef(file=str(kept)), "mail").reveal() == VALUE


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions another way")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_others_can_read_is_refused(kept: Path, mode: int) -> None:
    kept.chmod(mode)

    with pytest.raises(NeedsLogin, match="other users") as raised:
        read_secret(SecretRef(file=str(kept)), "mail")

    assert raised.value.remedy == f"chmod 600 {kept}"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", ".", "missing"):
        with pytest.raises(NeedsLogin):
            read_secret(SecretRef(file=str(tmp_path / name)), "mail")


def test_an_empty_file_holds_no_secret(kept: Path) -> None:
    kept.write_text("\n")

    with pytest.raises(NeedsLogin, match="holds no secret"):
        read_secret(SecretRef(file=str(kept)), "mail")


class Ring(keyring.backend.KeyringBackend):
    """A key ring in memory that may hang until ``answers`` is set, or refuse."""

    priority = 1
    refuses = False
    answers: threading.Event
    held: dict[tuple[str, str], str]

    def get_password(self, service: str, username: str) -> str | None:
        self.answers.wait(60)
        if self.refuses:
            raise keyring.errors.KeyringLocked("locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.refuses:
            raise keyring.errors.KeyringLocked("locked")
        self.held[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()  # type: ignore[no-untyped-call]
    made.held = {("fika", "olle"): VALUE}
    made.answers = threading.Event()
    made.answers.set()
    keyring.set_keyring(made)
    yield made
    made.answers.set()
    keyring.set_keyring(before)


def test_from_the_key_ring(ring: Ring) -> None:
    assert read_secret(SecretRef(keyring="olle"), "mail").reveal() == VALUE
    with pytest.raises(NeedsLogin, match="holds no secret") as raised:
        read_secret(SecretRef(keyring="raj"), "mail")
    assert "keyring set fika raj" in raised.value.remedy


def test_what_is_put_into_the_key_ring_is_found_there(ring: Ring) -> None:
    keep_in_ring("ana", "new", "mail")

    assert read_secret(SecretRef(keyring="ana"), "mail").reveal() == "new"
    ring.refuses = True
    with pytest.raises(NeedsLogin, match="KeyringLocked"):
        keep_in_ring("ana", "newer", "mail")


def test_a_key_ring_that_is_locked_or_hangs_is_not_waited_for(ring: Ring) -> None:
    ring.refuses = True
    with pytest.raises(NeedsLogin, match="KeyringLocked"):
        read_secret(SecretRef(keyring="olle"), "mail")

    ring.answers.clear()
    start = time.monotonic()
    with pytest.raises(NeedsLogin, match="did not answer"):
        read_secret(SecretRef(keyring="olle"), "mail", patience=timedelta(seconds=0.2))
    assert time.monotonic() - start < 30


def test_a_key_ring_that_fails_in_a_way_of_its_own_is_one_that_refuses(ring: Ring) -> None:
    del ring.held

    with pytest.raises(NeedsLogin, match=r"refuses \(AttributeError\)"):
        read_secret(SecretRef(keyring="olle"), "mail")


def test_a_machine_without_a_key_ring_says_so(ring: Ring) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]

    with pytest.raises(NeedsLogin, match="no key ring"):
        read_secret(SecretRef(keyring="olle"), "mail")


def test_the_home_folder_may_be_written_short(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(kept.parent))

    assert read_secret(replace(SecretRef(), file="~/password"), "mail").reveal() == VALUE
    assert read_secret(SecretRef(command="cat ~/password"), "mail").reveal() == VALUE
