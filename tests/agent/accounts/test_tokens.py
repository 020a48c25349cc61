from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounts.tokens import EncryptedTokens, tokens_of
from agent.settings import AccountSettings, SecretRef, Service, TokensIn
from connectors.errors import NeedsLogin, TemporarilyUnavailable
from connectors.tokens import TokenStore
from tests.agent.dispatch.killing import Killable

TOKEN = "1//refresh-tökén"
KEY = "k" * 43
OPEN = """
from agent.settings import SecretRef
from agent.accounts.tokens import EncryptedTokens
def opened(folder):
    return EncryptedTokens("work", pathlib.Path(folder, "tokens", "work.sealed"),
                           SecretRef(file=str(pathlib.Path(folder, "key"))))
"""


class Ring(keyring.backend.KeyringBackend):
    """A key ring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> EncryptedTokens:
    write_key(tmp_path / "key")
    key = SecretRef(file=str(tmp_path / "key"))
    return EncryptedTokens("work", tmp_path / "tokens" / "work.sealed", key)


def write_key(path: Path, key: str = KEY) -> None:
    path.unlink(missing_ok=True)
    path.write_text(key + "\n")
    path.chmod(0o600)


def account(**changed: object) -> AccountSettings:
    return AccountSettings(**({"name": "work", "service": Service.GOOGLE} | changed))  # type: ignore[arg-type]


def test_it_is_a_token_store(store: EncryptedTokens) -> None:
    kept: TokenStore = store

    with kept.locked():
        assert kept.load() == ""
        kept.save(TOKEN)
        assert kept.load() == TOKEN


@given(text=st.text(max_size=200))
@settings(max_examples=25, deadline=None)
def test_every_text_comes_back_as_it_was(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    write_key(folder / "key")
    store = EncryptedTokens("work", folder / "t.sealed", SecretRef(file=str(folder / "key")))

    store.save(text)

    assert store.load() == text


def test_nothing_of_it_can_be_read_in_the_file_nor_by_others(store: EncryptedTokens) -> None:
    store.save(TOKEN)
    first = store.path.read_bytes()
    store.save(TOKEN)

    assert TOKEN.encode() not in first
    assert KEY.encode() not in first
    assert first != store.path.read_bytes()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert [each.name for each in store.path.parent.iterdir()] == ["work.sealed"]


def _another_key(store: EncryptedTokens) -> None:
    write_key(Path(store.key.file), "another" + KEY)


def _one_bit(store: EncryptedTokens) -> None:
    sealed = bytearray(store.path.read_bytes())
    sealed[-1] ^= 1
    store.path.write_bytes(sealed)


def _cut_short(store: EncryptedTokens) -> None:
    store.path.write_bytes(store.path.read_bytes()[:20])


def _another_file(store: EncryptedTokens) -> None:
    store.path.write_bytes(b"-----BEGIN SOMETHING ELSE-----")


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (_another_key, "was written with another key"),
        (_one_bit, "is damaged, or belongs to another account"),
        (_cut_short, "is damaged"),
        (_another_file, "is damaged"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do_and_is_not_overwritten(
    store: EncryptedTokens, spoil: object, cause: str
) -> None:
    store.save(TOKEN)
    assert callable(spoil)
    spoil(store)
    before = store.path.read_bytes()

    with pytest.raises(NeedsLogin, match=cause) as raised:
        store.load()
    with pytest.raises(NeedsLogin, match=cause):
        store.save("new")
    assert "fika disconnect work" in raised.value.remedy
    assert store.path.read_bytes() == before


def test_the_file_of_one_account_does_not_open_as_that_of_another(store: EncryptedTokens) -> None:
    store.save(TOKEN)
    other = EncryptedTokens("home", store.path, store.key)

    with pytest.raises(NeedsLogin, match="belongs to another account"):
        other.load()


def test_forgetting_needs_no_key(store: EncryptedTokens) -> None:
    store.save(TOKEN)
    Path(store.key.file).unlink()

    assert store.forget()
    assert not store.forget()
    assert not store.path.exists()


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("short", "less than 32 characters"),
        ("", "holds no secret"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused(store: EncryptedTokens, key: str, cause: str) -> None:
    write_key(Path(store.key.file), key)

    with pytest.raises(NeedsLogin, match=cause):
        store.save(TOKEN)
    assert not store.path.exists()


def test_a_key_others_can_read_is_refused(store: EncryptedTokens) -> None:
    store.save(TOKEN)
    Path(store.key.file).chmod(0o644)

    with pytest.raises(NeedsLogin, match="other users"):
        store.load()


def test_a_key_file_is_made_once_and_never_replaced(tmp_path: Path) -> None:
    key = tmp_path / "home" / "tokens.key"
    made = tokens_of(
        account(tokens=TokensIn.FILE, tokens_key=SecretRef(file=str(key))), tmp_path / "home"
    )

    assert made.make_key()
    made.save(TOKEN)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not made.make_key()
    assert made.load() == TOKEN
    assert [each.name for each in key.parent.iterdir() if each.is_file()] == ["tokens.key"]


def test_the_key_ring_holds_the_key_alone_and_each_state_folder_has_its_own(
    ring: Ring, tmp_path: Path
) -> None:
    long = "a cache of ten thousand characters, which Windows would refuse " * 160
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        store = tokens_of(account(), home)
        assert store.make_key()
        store.save(long)

        assert store.load() == long
    assert len(ring.kept) == 2
    assert all(len(key) == 43 for key in ring.kept.values())
    assert not tokens_of(account(), homes[0]).make_key()


def test_a_ring_that_lost_the_key_is_not_a_reason_to_begin_anew(ring: Ring, tmp_path: Path) -> None:
    store = tokens_of(account(), tmp_path)
    store.make_key()
    store.save(TOKEN)
    ring.kept.clear()

    with pytest.raises(NeedsLogin, match="no key for its tokens"):
        store.load()
    with pytest.raises(NeedsLogin, match="no key for its tokens"):
        store.save("new")
    store.make_key()
    with pytest.raises(NeedsLogin, match="another key"):
        store.save("new")


def test_without_a_key_ring_nothing_is_written_in_the_clear(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    try:
        store = tokens_of(account(), tmp_path)

        with pytest.raises(NeedsLogin, match="no key ring"):
            store.make_key()
        with pytest.raises(NeedsLogin, match="no key ring"):
            store.save(TOKEN)
    finally:
        keyring.set_keyring(before)
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_names_that_no_file_can_have_are_kept_apart(tmp_path: Path) -> None:
    names = ["../work", "work", "Work", "wörk", "работа", "a/b", "a b", "x" * 200]
    paths = {tokens_of(account(name=name), tmp_path).path for name in names}

    assert len(paths) == len(names)
    assert all(path.parent == tmp_path / "tokens" and path.name.isascii() for path in paths)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_one_line(store: EncryptedTokens) -> None:
    store.path.parent.mkdir(mode=0o500)

    with pytest.raises(TemporarilyUnavailable, match="cannot be kept"):
        store.save(TOKEN)


def test_one_at_a_time_over_processes_and_the_lock_of_a_killed_one_is_free(
    store: EncryptedTokens, tmp_path: Path
) -> None:
    holds = f"""
import sys, time, pathlib
{OPEN}
with opened(sys.argv[1]).locked():
    print("held", flush=True)
    time.sleep(60)
"""
    impatient = EncryptedTokens(store.source, store.path, store.key, timedelta(seconds=0.2))
    with subprocess.Popen(
        [sys.executable, "-c", holds, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        with pytest.raises(TemporarilyUnavailable, match="renewing"), impatient.locked():
            pass
        holder.kill()
        holder.wait()
    with impatient.locked():
        pass


def test_one_at_a_time_within_a_process(store: EncryptedTokens) -> None:
    inside: list[int] = []

    def work() -> None:
        with store.locked():
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert inside == []


def test_killed_while_saving_the_old_text_or_the_new_one_stands_whole(
    store: EncryptedTokens, tmp_path: Path
) -> None:
    work = """
store = opened(words[0])
for number in range(60):
    with store.locked():
        last = int(store.load().split(" ")[0] or 0)
        store.save(f"{last + 1} " + "x" * 20_000)
"""
    killable = Killable(OPEN, work, seed=4)
    store.save("0 ")
    killable.measure(tmp_path)
    killed = 0
    for _ in range(6):
        before = int(store.load().split(" ")[0])
        killed += killable.kill(tmp_path)

        number, _, text = store.load().partition(" ")
        assert int(number) >= before
        assert text == "x" * 20_000
        with store.locked():
            store.save(store.load())  # also sweeps what the killed one left
        assert {each.suffix for each in store.path.parent.iterdir()} <= {".sealed", ".lock"}
    assert killed
