"""What is configured becomes what implements a port; accounts: `agent.accounts.services`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.accounts.secrets import read_secret
from agent.accounts.services import Account, Around, account
from agent.clock import Clock, uptime
from agent.sending.ports import MAIL, NO_CALENDAR, SendingPorts, is_stopped
from agent.settings import (
    AccountSettings,
    CalendarSettings,
    ChannelSettings,
    DigestSettings,
    MailSettings,
    SecretRef,
    Settings,
)
from connectors.port import (
    CalendarReader,
    CalendarWriter,
    Changes,
    Cursor,
    FreeBusy,
    InvitationWriter,
)
from policies.frozen import frozen
from policies.interval import Interval

if TYPE_CHECKING:  # each service loads when it is used
    from connectors.channels import Channel
    from connectors.smtp.mailer import SmtpMailer


class Services:
    """Everything outside, as the owner configured it; nothing is opened before it is used.

    What cannot be had, a password or a sign-in, is an error of the one call that needs it. Close
    it, or use it in a ``with`` statement.
    """

    def __init__(self, settings: Settings, home: Path, clock: Clock) -> None:
        self._settings = settings
        self._around = Around(settings, home, clock, ExitStack())
        self._accounts: dict[str, Account] = {}

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._accounts.clear()
        self._around.open.close()

    def account(self, settings: AccountSettings) -> Account:
        """One of the owner's accounts, over one connection however often it is asked for."""
        if settings.name not in self._accounts:
            self._accounts[settings.name] = account(settings, self._around)
        return self._accounts[settings.name]

    def readers(self) -> Mapping[str, CalendarReader]:
        """A reader for every configured calendar, by its name."""
        return {each.name: self._reader(each) for each in self._settings.calendars}

    def writer(self) -> CalendarWriter | None:
        """Writes the owner's own blocks; ``None`` where no calendar is named for them."""
        calendar, account = self._written()
        if calendar is None:
            return None
        if account is not None:
            return self.account(account).writer(calendar)
        if calendar.path is None:
            return None
        from connectors.ics.writer import FolderWriter

        return FolderWriter(calendar.name, calendar.path)

    def sending(self) -> SendingPorts:
        """What sending needs. A service that invites by itself is never joined by a mail of ours.

        Without a way to tell a guest, or a calendar to hold the time, there is no channel.
        """
        channels: dict[tuple[str, str], InvitationWriter] = {}
        mail = self._settings.mail
        if mail is not None:
            from connectors.smtp.reports import MailReports

            channels[MAIL, NO_CALENDAR] = MailReports(mailer(mail))
        calendar, account = self._written()
        if calendar is not None and account is not None and account.invites:
            made = self.account(account).invitations(calendar)
            channels[account.service.value, calendar.name] = made
        elif calendar is not None and mail is not None and (holds := self.writer()):
            from connectors.smtp.invitations import MailInvitations

            channels[MAIL, calendar.name] = MailInvitations(holds, mailer(mail))
        stopped = partial(is_stopped, self._around.home)
        return SendingPorts(channels, self._around.clock, stopped, uptime=uptime)

    def free_busy(self) -> tuple[FreeBusy, ...]:
        """Those that may let us see when others are taken."""
        return tuple(self.account(each).free_busy() for each in self._settings.accounts)

    def _written(self) -> tuple[CalendarSettings | None, AccountSettings | None]:
        name = self._settings.write_calendar
        found = (each for each in self._settings.calendars if each.name == name)
        return next(found, None), self._settings.account_of(name)

    def _reader(self, calendar: CalendarSettings) -> CalendarReader:
        account = self._settings.account_of(calendar.name)
        if account is not None:
            return self.account(account).reader(calendar)
        around = self._around
        limits, budget = around.bounds()
        if calendar.path is not None:
            from connectors.ics.reader import IcsReader

            now = around.clock.now
            return IcsReader(calendar.name, calendar.path, around.zone, now, limits, budget)
        feed = partial(_feed, calendar, around)
        secret = calendar.url_secret
        return feed(calendar.url) if secret is None else _WithSecret(calendar.name, secret, feed)


@frozen
class _WithSecret:
    """A reader whose address is a secret; one that cannot be read fails this calendar alone."""

    name: str
    secret: SecretRef
    made: Callable[[str], CalendarReader]

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        url = read_secret(self.secret, self.name).reveal()
        return self.made(url).changes(cursor, window)


def _feed(calendar: CalendarSettings, around: Around, url: str) -> CalendarReader:
    from connectors.feed.reader import FeedReader

    limits, budget = around.bounds()
    return FeedReader(
        calendar.name,
        url,
        around.zone,
        around.clock.now,
        deadline=around.settings.limits.fetch,
        allow_private_host=calendar.allow_private_host,
        limits=limits,
        budget=budget,
    )


def sign_in(mail: MailSettings) -> None:
    """Sign in to the mail server without sending anything.

    Raises:
        ConnectorError: it does not let us in, or cannot be reached.
    """
    mailer(mail).sign_in()


def channels(settings: DigestSettings) -> tuple[tuple[ChannelSettings, Channel], ...]:
    """The channels the digest goes to; their addresses are looked up when they are needed."""
    from connectors.channels import Channel

    def opened(each: ChannelSettings) -> Channel:
        return Channel(each.name, lambda: read_secret(each.url, each.name).reveal())

    return tuple((each, opened(each)) for each in settings.channels)


def mailer(mail: MailSettings) -> SmtpMailer:
    """The owner's outgoing mail server."""
    from connectors.smtp.mailer import SmtpMailer

    secret = mail.password
    return SmtpMailer(
        host=mail.host,
        port=mail.port,
        encryption=mail.encryption.value,
        user=mail.user,
        password=None if secret is None else lambda: read_secret(secret, "mail").reveal(),
        timeout=mail.timeout,
    )
