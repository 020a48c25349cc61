"""Reading a secret from where the configuration says it is kept.

Nothing is ever kept in a weaker place than the owner chose, and nothing waits for ever: a key
ring without a desktop can hang, and a password manager can ask a question nobody sees.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.settings import SecretRef
from connectors.errors import NeedsLogin

if TYPE_CHECKING:  # loaded where a key ring is asked
    from keyring.backend import KeyringBackend

_PATIENCE: Final = timedelta(seconds=5)
_SERVICE: Final = "fika"
_LONGEST: Final = 64 * 1024
_UNSAFE_RINGS: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class Secret:
    """A password or token; printing, formatting or logging it shows that there is one, no more."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "***"


def read_secret(
    ref: SecretRef,
    source: str,
    *,
    environ: Mapping[str, str] = os.environ,
    patience: timedelta = _PATIENCE,
) -> Secret:
    """The secret that ``ref`` points to; ``source`` is what it is for, as an error names it.

    Line ends after it are no part of it.

    Raises:
        NeedsLogin: it is not there, or cannot be had in time.
    """
    if ref.env:
        value = environ.get(ref.env, "")
        where, remedy = f"the variable {ref.env}", "set it where Fika is started"
    elif ref.command:
        value = _printed(ref.command, source, patience.total_seconds())
        where, remedy = "the command for the password", "run it by hand: it must print it"
    elif ref.keyring:
        value = in_ring(ref.keyring, source, patience)
        where, remedy = "the key ring", f"`{by_hand(ref.keyring)}`"
    else:
        value = _in_file(_credential(ref, source, environ) or Path(ref.file).expanduser(), source)
        where, remedy = ref.file, "write the secret into it"
    if not value.rstrip("\r\n"):
        raise NeedsLogin(source, f"{where} holds no secret", remedy)
    return Secret(value.rstrip("\r\n"))


def by_hand(user: str) -> str:
    """The command that puts a secret into the key ring."""
    return f"keyring set {_SERVICE} {shlex.quote(user)}"


def keep_in_ring(
    user: str, value: str, source: str, *, patience: timedelta = timedelta(seconds=60)
) -> None:
    """Put a secret where `read_secret` finds it; the owner may have to unlock the key ring first.

    Raises:
        NeedsLogin: there is no key ring, or it refuses.
    """

    def kept(ring: KeyringBackend) -> str:
        ring.set_password(_SERVICE, user, value)
        return value

    _within(lambda: _from_ring(source, kept), source, patience.total_seconds())


def _credential(ref: SecretRef, source: str, environ: Mapping[str, str]) -> Path | None:
    """The file of a systemd credential (systemd.exec, "Credentials"); ``None`` for another file."""
    if not ref.credential:
        return None
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        cause = f"its secret is the systemd credential {ref.credential}, and this is no unit's run"
        raise NeedsLogin(source, cause, "docs/schedule.md says how to run a command with it")
    return Path(folder) / ref.credential


def _printed(command: str, source: str, patience_s: float) -> str:
    """What the command prints; it and all it started are ended when it takes too long."""
    try:
        words = [os.path.expanduser(word) for word in shlex.split(command)]  # noqa: PTH111 - a word, not always a path
        process = subprocess.Popen(  # noqa: S603 - the owner's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        raise NeedsLogin(
            source,
            "the command for the password cannot be started",
            "check it in the configuration",
        ) from error
    with process:
        try:
            printed, _ = process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise NeedsLogin(
                source,
                f"the command for the password did not end within {patience_s:g} s",
                "run it by hand: it may be asking something",
            ) from error
    if process.returncode != 0:
        raise NeedsLogin(
            source,
            f"the command for the password failed (exit code {process.returncode})",
            "run it by hand to see why",
        )
    return _decoded(printed, source)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def in_ring(user: str, source: str, patience: timedelta = _PATIENCE) -> str:
    """What the key ring holds for ``user``, empty for nothing.

    Raises:
        NeedsLogin: there is no key ring, or it refuses, or does not answer in time.
    """

    def found(ring: KeyringBackend) -> str:
        return ring.get_password(_SERVICE, user) or ""

    return _within(lambda: _from_ring(source, found), source, patience.total_seconds())


def _within(asked: Callable[[], str | NeedsLogin], source: str, patience_s: float) -> str:
    """Asked in a thread, because a key ring without anyone to unlock it may never answer."""
    answers: queue.SimpleQueue[str | NeedsLogin] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(asked()), daemon=True).start()
    try:
        answer = answers.get(timeout=patience_s)
    except queue.Empty:
        raise NeedsLogin(
            source,
            f"the key ring did not answer within {patience_s:g} s",
            "unlock it, or keep the password by env, command or file",
        ) from None
    if isinstance(answer, NeedsLogin):
        raise answer
    return answer


def _from_ring(source: str, done: Callable[[KeyringBackend], str]) -> str | NeedsLogin:
    import keyring

    try:
        ring = keyring.get_keyring()
        if type(ring).__module__.startswith(_UNSAFE_RINGS):
            return NeedsLogin(
                source, "this machine has no key ring", "keep the password by env, command or file"
            )
        return done(ring)
    except Exception as error:  # noqa: BLE001 - whatever ring is installed, in a thread of its own
        return NeedsLogin(
            source,
            f"the key ring refuses ({type(error).__name__})",
            "unlock it, or keep the password by env, command or file",
        )


def _in_file(path: Path, source: str) -> str:
    try:
        # Not blocking, so that a pipe put in its place cannot hold us.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise NeedsLogin(source, f"{path} is no file", "name a file that holds the secret")
            if os.name != "nt" and stat.S_IMODE(found.st_mode) & 0o077:
                raise NeedsLogin(
                    source,
                    f"{path} can be read by other users of this machine",
                    f"chmod 600 {shlex.quote(str(path))}",
                )
            return _decoded(file.read(_LONGEST), source)
    except OSError as error:
        raise NeedsLogin(
            source, f"{path}: {error.strerror}", "check the file in the configuration"
        ) from error


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise NeedsLogin(source, "the secret is not text in UTF-8", "store it again") from error
