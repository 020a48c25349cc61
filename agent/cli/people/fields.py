"""Every field of a person as an option, and the options given as values of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, TypeVar

import click

from agent.days import DAYS_SUCH_AS, read_day
from agent.errors import UsageProblem
from policies.people.fields import FIELDS, Form
from policies.people.person import Person
from policies.people.profile import from_text, plain
from policies.people.tidy import body, line
from policies.text import as_sentence

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS: Final = {
    "addresses": "--address",
    "groups": "--group",
    "goals": "--goal",
    "formats": "--format",
    "allowances": "--allow",
    "office_days": "--office-day",
    "snoozed_until": "--snooze",
    "do_not_contact": "--do-not-contact/--may-contact",
    "sensitive": "--sensitive/--not-sensitive",
}
_LONG: Final = frozenset({"notes", "how_met"})


def field_options(*left_out: str) -> Callable[[F], F]:
    """An option for each field but these; lists are options to repeat."""

    def decorated(command: F) -> F:
        for name in reversed([name for name in FIELDS if name not in left_out]):
            command = _option(name)(command)
        return command

    return decorated


def values(options: Mapping[str, Any], person: Person, today: date) -> dict[str, object]:
    """The fields that options set, as plain values; ``person`` is as they are now.

    Raises:
        UsageProblem: an option has not the form of its field.
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    try:
        return {name: _value(name, value, person, today) for name, value in given.items()}
    except ValueError as error:
        raise UsageProblem(str(error)) from error


def _option(name: str) -> Callable[[F], F]:
    field = FIELDS[name]
    about = field.about + (f" ({', '.join(field.allowed)})" if field.allowed else "")
    if field.form is Form.DAY:
        about += f" ({DAYS_SUCH_AS})"
    flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
    if field.form is Form.FLAG:
        return click.option(flag, name, default=None, help=as_sentence(about))
    if field.form is Form.LIST:
        help_text = f"{as_sentence(about)} Repeat for more; +X adds one, -X takes one away."
        return click.option(flag, name, multiple=True, metavar="TEXT", help=help_text)
    return click.option(flag, name, metavar=_metavar(name), help=as_sentence(about))


def _metavar(name: str) -> str:
    form = FIELDS[name].form
    return {Form.DAY: "DAY", Form.NUMBER: "NUMBER"}.get(form, "TEXT")


def _value(name: str, value: Any, person: Person, today: date) -> object:  # noqa: ANN401 - as click gives it
    if isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        return _list(plain(person).get(name, ()), value)
    if FIELDS[name].form is Form.DAY and value.strip():
        return read_day(value, today, ahead=name != "listed_on")
    try:
        return from_text(name, body(value) if name in _LONG else line(value))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _list(known: object, given: tuple[str, ...]) -> tuple[str, ...]:
    """``+X`` and ``-X`` change the list there is; anything else begins a new one."""
    found = list(known) if isinstance(known, tuple) else []
    if not all(each.startswith(("+", "-")) for each in given):
        found = []
    for each in given:
        if each.startswith("-"):
            found = [one for one in found if one.casefold() != each[1:].casefold()]
        elif text := each.removeprefix("+"):
            found.append(text)
    return tuple(dict.fromkeys(found))
