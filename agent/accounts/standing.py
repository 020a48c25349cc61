"""How each account's sign-in stands, as far as we know without asking anyone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from agent.settings import AccountSettings, Service, Settings
from connectors.errors import ConnectorError
from connectors.tokens import AccountSignIn, Job, SignIn
from policies.frozen import frozen

SignInOf = Callable[[AccountSettings], AccountSignIn]


class State(StrEnum):
    """``PASSWORD``: nobody signs in, a password is sent each time."""

    SIGNED_IN = "signed in"
    NEVER = "not signed in"
    REFUSED = "ended"
    UNREADABLE = "unreadable"
    PASSWORD = "password"  # noqa: S105 - a word, no secret


@frozen
class Standing:
    """One account. ``wanting`` is what is configured and not granted, ``warning`` what is to come.

    ``cause`` and ``remedy`` say why it cannot be used, where it cannot.
    """

    account: AccountSettings
    state: State
    sign_in: SignIn | None = None
    wanting: tuple[str, ...] = ()
    warning: str = ""
    cause: str = ""
    remedy: str = ""


def standings(settings: Settings, sign_in_of: SignInOf) -> Iterator[Standing]:
    """Every account in the order of the configuration."""
    for account in settings.accounts:
        if account.service is Service.CALDAV:
            yield Standing(account, State.PASSWORD)
            continue
        try:
            yield _standing(settings, account, sign_in_of(account))
        except ConnectorError as error:
            yield Standing(account, State.UNREADABLE, cause=error.cause, remedy=error.remedy)


def _standing(settings: Settings, account: AccountSettings, signing: AccountSignIn) -> Standing:
    known = signing.known()
    again = f"fika connect {account.service.value} {account.name}"
    if known is None:
        return Standing(account, State.NEVER, cause="nobody has signed in yet", remedy=again)
    warning = signing.warning(known)
    if known.refused is not None:
        cause = f"the sign-in of {known.since:%Y-%m-%d} was ended by {account.service.value}"
        return Standing(account, State.REFUSED, known, (), warning, cause, again)
    writes = settings.account_of(settings.write_calendar) == account
    needs_write = writes and Job.WRITE not in known.jobs
    wanting = ("its calendar is written to, which was not granted",) if needs_write else ()
    remedy = f"{again} --write" if needs_write else ""
    return Standing(account, State.SIGNED_IN, known, wanting, warning, remedy=remedy)
