from __future__ import annotations

import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store.errors import StateUnusable
from agent.store.locks import take

HOLDS = """
import sys, time
from pathlib import Path
from agent.store.locks import take
lock = take(Path(sys.argv[1]))
print("none" if lock is None else "held", flush=True)
time.sleep(60)
"""
WAITS = """
import signal, sys
from datetime import timedelta
from pathlib import Path
from agent.store.locks import take
signal.signal(signal.SIGINT, signal.default_int_handler)
print("waits", flush=True)
try:
    take(Path(sys.argv[1]), timedelta(hours=1))
except KeyboardInterrupt:
    print("stopped")
"""


def holder(file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", HOLDS, str(file)], stdout=subprocess.PIPE)


def says(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def is_free(file: Path, patience: timedelta = timedelta()) -> bool:
    lock = take(file, patience)
    with lock or nullcontext():
        return lock is not None


def test_is_held_once_and_free_again_when_left(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = take(file)
    assert lock is not None

    with lock:
        assert not is_free(file)
    assert is_free(file)


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with holder(file) as other:
        assert says(other) == b"held"

        assert not is_free(file)
        other.kill()
        other.wait()
        assert is_free(file)


def test_of_many_at_once_exactly_one_gets_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    others = [holder(file) for _ in range(4)]
    try:
        assert sorted(says(each) for each in others) == [b"held", b"none", b"none", b"none"]
    finally:
        for each in others:
            each.kill()
            each.communicate()


def test_who_is_patient_gets_it_when_it_is_left(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = take(file)
    assert lock is not None
    got: list[bool] = []
    waiting = threading.Thread(target=lambda: got.append(is_free(file, timedelta(seconds=20))))

    with lock:
        waiting.start()
        time.sleep(0.05)
        assert got == []
    waiting.join()
    assert got == [True]


def test_ctrl_c_ends_the_waiting(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = take(file)
    assert lock is not None
    with (
        lock,
        subprocess.Popen(
            [sys.executable, "-c", WAITS, str(file)], stdout=subprocess.PIPE
        ) as waiting,
    ):
        try:
            assert says(waiting) == b"waits"
            time.sleep(0.1)
            waiting.send_signal(signal.SIGINT)

            assert waiting.communicate(timeout=30)[0].strip() == b"stopped"
        finally:
            waiting.kill()


def test_is_a_file_of_its_owner_alone_that_stays_empty(tmp_path: Path) -> None:
    file = tmp_path / "lock"

    assert is_free(file)
    assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_locked_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(StateUnusable, match="folder"):
        take(tmp_path / "folder")
    with pytest.raises(FileNotFoundError):
        take(tmp_path / "nowhere" / "lock")


def test_what_holds_something_is_no_lock_and_no_backup_helps(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.write_text("4711\n")

    with pytest.raises(StateUnusable, match="holds something") as found:
        take(file)
    assert found.value.remedy == "remove it"
    file.unlink()
    assert is_free(file)
