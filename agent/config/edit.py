"""Changing the owner's `config.toml` by a command: comments, order and spacing stay theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.config.load import parse
from agent.errors import UsageProblem
from agent.settings import Settings
from agent.store import files

Values = Mapping[str, str | bool | Mapping[str, str]]
"""The keys of a table; what is empty is left out."""


def with_account(
    text: str, account: Values, calendars: Sequence[Values], write: str, hours: str = ""
) -> str:
    """The configuration with this account, these calendars more, and ours written to ``write``.

    An account of that name gets the new values, and keeps what nothing is said about. New tables
    come at the end, where they disturb no comment. ``write`` empty changes nothing. ``hours`` are
    the owner's where none are set.

    Raises:
        UsageProblem: it is written in a way that cannot be added to.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        known = [each for each in document.get("account", []) if each["name"] == account["name"]]
        added = [] if known else [_table("[[account]]", account)]
        for each in known:
            each.update({key: _value(value) for key, value in account.items() if value})
        added += [_table("[[calendar]]", each) for each in calendars]
        if write and "write" in document:
            document["write"]["calendar"] = write
        elif write:
            added.append(_table("[write]", {"calendar": write}))
        if hours:
            document["owner"].setdefault("hours", hours)
    except (TOMLKitError, KeyError, TypeError, AttributeError) as error:
        raise UsageProblem("the configuration cannot be added to", "run `fika doctor`") from error
    whole = tomlkit.dumps(document)
    return "\n".join([whole if whole.endswith("\n") or not whole else f"{whole}\n", *added])


def replace(path: Path, text: str) -> Settings:
    """Put ``text`` in the place of the configuration, if it is one; returns what it says.

    Raises:
        ConfigProblems: it is none; the file stays as it is.
        UsageProblem: it cannot be written.
    """
    settings = parse(text, path)
    target = path.resolve()  # a configuration may be a link into a folder of dotfiles
    made = files.beside(target)
    try:
        mode = target.stat().st_mode & 0o777
        made.unlink(missing_ok=True)
        files.make_file(made)
        made.write_text(text, "utf-8")
        os.chmod(made, mode)  # noqa: PTH101 - beside the calls of `files`
        files.put(made, target)
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "check the folder") from error
    finally:
        made.unlink(missing_ok=True)
    return settings


def _table(header: str, values: Values) -> str:
    import tomlkit

    lines = [
        tomlkit.dumps({key: _value(value)}).rstrip("\n") for key, value in values.items() if value
    ]
    return "\n".join([header, *lines]) + "\n"


def _value(value: str | bool | Mapping[str, str]) -> object:
    import tomlkit

    if isinstance(value, str | bool):
        return value
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline
