from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.errors import (
    ConnectorError,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.ical.document import Document, Limits, read
from connectors.ical.sandbox import Budget, Sandbox, _Died, _Request
from tests.connectors.contract import ONE, THREE, TWO
from tests.connectors.texts import Meeting, vcalendar
from tests.make import BERLIN

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and limits")
linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
LARGE = vcalendar(Meeting(f"{n}@example.com") for n in range(20_000))

CUSTOM_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
    "TZOFFSETFROM:+0330\r\nTZOFFSETTO:+0330\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nUID:zoned\r\nDTSTART;TZID=Office:20260302T090000\r\nDTEND;TZID=Office:"
    "20260302T100000\r\nRRULE:FREQ=WEEKLY\r\nEXDATE;TZID=Office:20260309T090000\r\n"
    "SUMMARY:Grüße\\, 日本 \\n\u2028 ✓\r\nATTENDEE;CN=Ana:mailto:ana@example.com\r\nEND:VEVENT\r\n"
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("work", Budget()) as running:
        yield running


def ask(sandbox: Sandbox, data: bytes, limits: Limits | None = None) -> Document:
    return sandbox.read(io.BytesIO(data), {}, zone=BERLIN, limits=limits or Limits())


def pid(sandbox: Sandbox) -> int:
    """Of the child that runs now; waits for one."""
    for _ in range(1000):
        if sandbox._child:
            return sandbox._child._process.pid
        time.sleep(0.002)
    raise AssertionError("no child was started")


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_document_comes_back_as_it_is_read_in_this_process(sandbox: Sandbox) -> None:
    data = vcalendar([ONE, TWO], broken=1, inside=CUSTOM_ZONE)

    assert ask(sandbox, data) == read(data, {}, zone=BERLIN, limits=Limits())


def test_an_item_is_made_when_it_is_reached_and_not_kept(sandbox: Sandbox) -> None:
    found = ask(sandbox, vcalendar([ONE, TWO]))

    assert found.items[0] == found.items[0]
    assert found.items[0] is not found.items[0]


def test_what_is_known_does_not_come_back(sandbox: Sandbox) -> None:
    known = ask(sandbox, vcalendar([ONE, TWO])).digests
    changed = io.BytesIO(vcalendar([ONE, TWO._replace(title="Moved"), THREE]))

    second = sandbox.read(changed, known, zone=BERLIN, limits=Limits())

    assert {item.id for item in second.items} == {TWO.uid, THREE.uid}
    assert second.total == 3


def test_one_process_reads_many_documents(sandbox: Sandbox) -> None:
    ask(sandbox, vcalendar([ONE]))
    first = pid(sandbox)

    for n in range(50):
        assert ask(sandbox, vcalendar([Meeting(f"{n}@example.com")])).total == 1
    assert pid(sandbox) == first


def test_what_is_no_calendar_is_refused_and_the_next_is_read(sandbox: Sandbox) -> None:
    with pytest.raises(UnreadableAnswer, match="no calendar") as caught:
        ask(sandbox, b"<html></html>")
    assert "BEGIN:VCALENDAR" in caught.value.remedy
    assert ask(sandbox, vcalendar([ONE])).total == 1


def test_too_many_components_are_refused_with_the_setting_that_raises_it(
    sandbox: Sandbox,
) -> None:
    with pytest.raises(NotAllowed, match=r"10 .*allowed") as caught:
        ask(sandbox, vcalendar([ONE] * 11), Limits(components=10))
    assert "limits.components" in caught.value.remedy
    assert ask(sandbox, vcalendar([ONE])).total == 1


@posix
@pytest.mark.parametrize(
    ("budget", "words", "setting"),
    [
        (Budget(cpu_s=1, margin_s=60), "more than 1 s of computing", "limits.cpu"),
        (Budget(memory_bytes=70 * 1024 * 1024), "more than 70 MiB", "limits.memory_bytes"),
    ],
)
def test_a_document_that_takes_too_much_is_refused_with_the_setting_that_allows_more(
    budget: Budget, words: str, setting: str
) -> None:
    with Sandbox("work", budget) as sandbox:
        with pytest.raises(NotAllowed, match=words) as caught:
            ask(sandbox, LARGE * 9)
        assert setting in caught.value.remedy
        assert ask(sandbox, vcalendar([ONE])).total == 1


class Stopping(io.BytesIO):
    """A document whose reader is stopped before it has been handed the first of it."""

    def __init__(self, sandbox: Sandbox, data: bytes) -> None:
        super().__init__(data)
        self.sandbox = sandbox

    def read(self, size: int | None = -1) -> bytes:
        os.kill(pid(self.sandbox), signal.SIGSTOP)
        return super().read(size)


@posix
@pytest.mark.parametrize("data", [vcalendar([ONE]), LARGE], ids=["small", "larger than a pipe"])
def test_a_child_that_does_not_answer_is_ended_at_the_deadline(data: bytes) -> None:
    with (
        Sandbox("work", Budget(cpu_s=1, margin_s=0)) as sandbox,
        pytest.raises(NotAllowed, match="too long"),
    ):
        sandbox.read(Stopping(sandbox, data), {}, zone=BERLIN, limits=Limits())


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_document_whose_reading_is_always_killed_is_given_up_and_the_next_is_read(
    sandbox: Sandbox, number: signal.Signals
) -> None:
    given_up = threading.Event()

    def kill() -> None:
        while not given_up.wait(0.005):
            child = sandbox._child
            with suppress(ProcessLookupError):
                if child:
                    os.kill(child._process.pid, number)

    with meanwhile(kill):
        with pytest.raises(UnreadableAnswer, match=f"failed .{number.name}."):
            ask(sandbox, LARGE)
        given_up.set()
    assert ask(sandbox, vcalendar([ONE])).total == 1


@posix
def test_a_child_that_is_killed_once_is_replaced(sandbox: Sandbox) -> None:
    with meanwhile(lambda: os.kill(pid(sandbox), signal.SIGKILL)):
        assert ask(sandbox, LARGE).total == 20_000


def test_an_answer_that_takes_too_much_room_is_refused() -> None:
    with Sandbox("work", Budget()) as sandbox:
        ask(sandbox, vcalendar([ONE]))
        child = sandbox._child
        assert child
        child._memory_bytes = 300

        with pytest.raises(_Died, match="of memory"):
            child.ask(
                _Request(io.BytesIO(vcalendar([ONE, TWO])), {}, BERLIN, Limits(), 0, ()), None
            )


@posix
def test_one_event_that_takes_too_long_is_left_out_and_the_others_are_read() -> None:
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(10_000))
    dates = ",".join(f"{day:%Y%m%d}T090000Z" for day in days)
    slow = (
        "BEGIN:VEVENT\r\nUID:slow\r\nDTSTART:20260302T090000Z\r\nRRULE:FREQ=DAILY\r\n"
        f"EXDATE:{dates}\r\nEND:VEVENT\r\n"
    )
    data = vcalendar([ONE, TWO], inside=slow * 300)

    with Sandbox("work", Budget(cpu_s=1, margin_s=60)) as sandbox:
        document = ask(sandbox, data)

    assert {item.id for item in document.items} == {ONE.uid, TWO.uid}
    assert [each.reason for each in document.quarantined] == [
        "reading it takes too much time or memory"
    ]
    assert document.digests.keys() == {ONE.uid, TWO.uid, "slow"}


@posix
def test_a_document_is_not_blamed_for_those_before_it(sandbox: Sandbox) -> None:
    ask(sandbox, vcalendar([ONE]))
    os.kill(pid(sandbox), signal.SIGKILL)

    assert ask(sandbox, vcalendar([TWO])).total == 1


@posix
def test_after_four_deaths_the_rest_is_left_for_another_run() -> None:
    with Sandbox("work", Budget(memory_bytes=70 * 1024 * 1024)) as sandbox:
        for _ in range(2):
            with pytest.raises(NotAllowed):
                ask(sandbox, LARGE * 9)
        with pytest.raises(TemporarilyUnavailable, match="another run"):
            ask(sandbox, vcalendar([ONE]))


def test_a_document_that_cannot_be_read_to_its_end_costs_only_itself(sandbox: Sandbox) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(TemporarilyUnavailable, match="Input/output error"):
        sandbox.read(Failing(), {}, zone=BERLIN, limits=Limits())
    assert ask(sandbox, vcalendar([ONE])).total == 1


@linux
def test_the_child_inherits_no_secret_and_no_file(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FIKA_PASSWORD", "canary-5d1f")
    with (tmp_path / "private").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        ask(sandbox, vcalendar([ONE]))
        process = Path(f"/proc/{pid(sandbox)}")

        assert b"canary" not in (process / "environ").read_bytes()
        assert b"canary" not in (process / "cmdline").read_bytes()
        assert len(list((process / "fd").iterdir())) == 3


def test_modules_lying_about_are_not_imported(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("json", "connectors", "sitecustomize", "re"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend("")

    assert ask(sandbox, vcalendar([ONE])).total == 1


@posix
def test_leaving_the_sandbox_ends_the_child() -> None:
    with Sandbox("work", Budget()) as sandbox:
        ask(sandbox, vcalendar([ONE]))
        child = pid(sandbox)

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_an_interpreter_that_cannot_be_started_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))

    with Sandbox("work", Budget()) as sandbox, pytest.raises(ConnectorError, match="no process"):
        ask(sandbox, vcalendar([ONE]))


def test_the_child_imports_nothing_heavy() -> None:
    show = "import sys, connectors.ical.child; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", show],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
    ).stdout.split()

    assert "connectors.ical.document" in loaded
    heavy = {"icalendar", "dateutil", "pendulum", "httpx", "rich", "click", "sqlite3", "asyncio"}
    assert not heavy.intersection(loaded)
