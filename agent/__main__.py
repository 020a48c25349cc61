"""`fika` and `python -m agent`: the door where every error becomes one line and an exit code."""

from __future__ import annotations

import errno
import gc
import os
import sys
from io import StringIO
from pathlib import Path

import click

from agent.cli.root import cli
from agent.exits import Exit

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_OPEN = (errno.EMFILE, errno.ENFILE)
_OF_THE_MACHINE = {
    **dict.fromkeys(_DISK, "make room, or put the permissions right, then run again"),
    **dict.fromkeys(_OPEN, "let more files be open at once (ulimit -n), then run again"),
}
"""What is no fault of the program, and what to do about it."""

_YOUNG = 100_000
"""Values between two looks for cycles, of which a command makes few; a whole run has 55,000."""


def main() -> None:
    """Run the command line; no traceback ever reaches a user."""
    gc.set_threshold(_YOUNG)
    if sys.stdin is None:  # whoever started us closed it
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - for as long as we run
    code = run(sys.argv[1:])
    gc.freeze()  # what goes with us anyway is not looked through for cycles once more: 25 ms
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of one command, its error said in one line on standard error."""
    try:
        code = cli.main(arguments, prog_name="fika", standalone_mode=False)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.Abort:
        click.echo("stopped; nothing more was done", err=True)
        return Exit.USAGE
    except click.ClickException as error:
        return _misused(error)
    except SystemExit:
        # As click ends where whoever read our output has had enough: `fika audit | head`.
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - the door of the command line
        return _explained(error)
    return code if isinstance(code, int) else Exit.OK


def _misused(error: click.ClickException) -> int:
    """What is wrong with the command line; it may quote words that came from elsewhere."""
    from policies.text import visible

    told = StringIO()
    error.show(told)
    click.echo(visible(told.getvalue()), nl=False, err=True)
    return Exit.USAGE


def _explained(error: Exception) -> int:
    """Say what an error means and what to do; return its exit code."""
    from agent.errors import FikaError
    from agent.runlock import AlreadyRunning
    from agent.store.errors import StateUnusable
    from connectors.errors import ConnectorError, NeedsLogin

    said: tuple[str, str, Exit]
    match error:
        case AlreadyRunning():
            click.echo(f"{error.cause}: nothing to do here")
            return Exit.OK
        case FikaError():
            said = error.cause, error.remedy, Exit.USAGE
        case StateUnusable():
            said = error.cause, error.remedy, Exit.STATE_UNUSABLE
        case NeedsLogin():
            said = str(error), error.remedy, Exit.SIGN_IN
        case ConnectorError():
            said = str(error), error.remedy, Exit.DEGRADED
        case OSError(errno=code) if code in _OF_THE_MACHINE:
            where = f"{error.filename}: " if error.filename else ""
            said = f"{where}{error.strerror}", _OF_THE_MACHINE[code], Exit.STATE_UNUSABLE
        case _:
            said = _crashed(error)
    return _said(*said)


def _said(cause: str, remedy: str, code: Exit) -> int:
    from policies.text import visible

    click.echo(f"fika: {visible(cause)}", err=True)
    if remedy:
        click.echo(f"  → {visible(remedy)}", err=True)
    return code


def _crashed(error: Exception) -> tuple[str, str, Exit]:
    """What to say of an error that nobody foresaw."""
    from agent.app import home
    from agent.crash import explained

    try:
        return explained(home(), error)
    except Exception:  # noqa: BLE001 - still the same door: this must not end in a traceback
        return f"internal error ({type(error).__name__})", "please report it", Exit.INTERNAL


if __name__ == "__main__":
    main()
