"""Programs in processes of their own that need not import Fika first, most of a short one's cost.

One process has imported all of it, has done nothing else, and forks for each program. What comes
of that has its own arguments, environment, files and limits, ends as any process does, and can be
killed; only its start is left out.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final, Self

ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("agent", "connectors", "policies")
_HEAVY: Final = ("agent.pictures", "agent.web")
"""What few commands need."""
_WIDTH: Final = 20
"""Of the two numbers that are told of each: its own, and how it ended."""
_ONE_AT_A_TIME: Final = Lock()


class Process:
    """A program under way: what `subprocess.Popen` is to one that is started.

    ``words`` are what the interpreter would be told: ``-m`` and a module, or ``-c`` and a text,
    and the arguments. The files are its three descriptors, nothing in place of ``None``; they
    stay the caller's.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], *files: int | None
    ) -> None:
        self._line, theirs = socket.socketpair()
        with theirs, open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a device
            given = (nothing.fileno() if each is None else each for each in files)
            with _ONE_AT_A_TIME:
                socket.send_fds(_server(), [b"!"], [theirs.fileno(), *given])
        self._line.sendall(json.dumps((list(words), dict(environment))).encode() + b"\n")
        self.pid = self._told()
        self._code: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def wait(self, within_s: float | None = None) -> int:
        """Its exit code; that of one killed by a signal is negative.

        Raises:
            TimeoutError: it is still under way.
        """
        if self._code is None:
            self._line.settimeout(within_s)
            self._code = self._told()
        return self._code

    def ended(self) -> bool:
        try:
            self.wait(1e-9)
        except TimeoutError:
            return False
        return True

    def kill(self) -> None:
        """Also one that has ended: its number is its own until this is closed."""
        os.kill(self.pid, signal.SIGKILL)

    def _told(self) -> int:
        return int(self._line.recv(_WIDTH, socket.MSG_WAITALL))


def run(
    words: Sequence[str], environment: Mapping[str, str], stdin: bytes, within_s: float
) -> tuple[int, bytes, bytes]:
    """The exit code of a program, and what it wrote on both its outputs.

    Raises:
        TimeoutError: it took longer, and was killed.
    """
    until = time.monotonic() + within_s
    heard: dict[int, bytes] = {}
    with tempfile.TemporaryFile() as file, selectors.DefaultSelector() as still:
        file.write(stdin)
        file.seek(0)
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        with Process(words, environment, file.fileno(), its_out, its_err) as process:
            for mine, its in ((out, its_out), (err, its_err)):
                os.close(its)
                still.register(mine, selectors.EVENT_READ)
                heard[mine] = b""
            while still.get_map():
                for key, _ in still.select(until - time.monotonic()):
                    read = os.read(key.fd, 1 << 16)
                    heard[key.fd] += read
                    if not read:
                        still.unregister(key.fd)
                        os.close(key.fd)
                if time.monotonic() > until:
                    process.kill()
                    raise TimeoutError(f"{words} are not done after {within_s} s")
            return process.wait(max(0.1, until - time.monotonic())), heard[out], heard[err]


@cache
def _server() -> socket.socket:
    """The line to the process that forks, which is started when it is first needed."""
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.warm", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
        )

    def stop() -> None:
        ours.close()
        server.wait()

    atexit.register(stop)
    return ours


def main() -> None:
    """Fork until whoever asked for it is gone; a program comes back from here, and goes on."""
    _import_everything()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            _, received, *_ = socket.recv_fds(asked, 1, 4)
            if not received:
                return
            if not os.fork():
                break
            for each in received:
                os.close(each)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    line, *files = received
    with socket.socket(fileno=line) as told:
        words, environment = json.loads(told.makefile("rb").readline())
        program = os.fork()
        if program:
            for each in files:
                os.close(each)
            _watch(told, program)
            os._exit(0)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as it runs
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - as above
    sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - as above
    os.environ.clear()
    os.environ.update(environment)
    _become(*words)


def _watch(told: socket.socket, program: int) -> None:
    """Say who it is and how it ends, and keep its number from others while somebody listens."""
    told.sendall(f"{program:{_WIDTH}}".encode())
    ended = os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
    with suppress(BrokenPipeError):  # nobody waits any more
        told.sendall(f"{code:{_WIDTH}}".encode())
        told.recv(1)
    os.waitpid(program, 0)


def _become(how: str, what: str, *arguments: str) -> None:
    """Go on as an interpreter that was told so."""
    sys.argv = [how, *arguments]
    if how == "-c":
        exec(what, {"__name__": "__main__"})  # noqa: S102 - as the interpreter does
    else:
        runpy.run_module(what, run_name="__main__", alter_sys=True)


def _import_everything() -> None:
    for package in map(importlib.import_module, _PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(_HEAVY) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)


if __name__ == "__main__":
    main()
