"""People and proposals as arguments that a shell completes; whatever is wrong is never said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from agent.app import App
from agent.cli.values import Number
from agent.errors import FikaError
from policies.text import shown


class _Person(click.ParamType[str]):
    """Somebody by id, name, the beginning of one, or address; who it is, the command finds out."""

    name = "person"

    def __init__(self, *, several: bool = False) -> None:
        self._several = several

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Ids, which are one word; after the first word of a name, its next."""
        from agent.store import glance

        known = _asked(ctx, lambda app: glance.people(app.home))
        is_name = param.nargs == -1 and not self._several
        before = (ctx.params.get(param.name or "") or ()) if is_name else ()
        if before:
            return [CompletionItem(word) for word in _next_words(known, before, incomplete)]
        typed = incomplete.casefold()
        begun = [each for each in known if each[0].startswith(typed)]
        named = [each for each in known if _has_word(each[1], typed)]
        # Of several that begin otherwise a shell keeps what they share, and what is typed is lost.
        found = begun or (named if len(named) == 1 else [])
        return [CompletionItem(id_, help=shown(name)) for id_, name in found]


class _Proposal(Number):
    """The number of a proposal."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from agent.store import glance

        known = _asked(ctx, lambda app: glance.proposals(app.home, app.clock.now()))
        return [
            CompletionItem(str(number), help=shown(f"{name}: {format_}"))
            for number, name, format_ in known
            if str(number).startswith(incomplete)
        ]


PERSON: Final = _Person()
PEOPLE: Final = _Person(several=True)
"""For an argument each word of which is somebody."""
PROPOSAL: Final = _Proposal()


def _asked(ctx: click.Context, ask: Callable[[App], list[Any]]) -> list[Any]:
    try:
        return ask(ctx.find_root().obj or App())
    except FikaError:
        return []


def _next_words(
    known: Iterable[tuple[str, str]], before: tuple[str, ...], incomplete: str
) -> list[str]:
    typed = " ".join((*before, incomplete)).casefold()
    names = (shown(name).split() for _, name in known)
    found = (
        words[len(before)]
        for words in names
        if len(words) > len(before) and " ".join(words).casefold().startswith(typed)
    )
    return list(dict.fromkeys(found))


def _has_word(name: str, typed: str) -> bool:
    return any(word.startswith(typed) for word in name.casefold().split())
