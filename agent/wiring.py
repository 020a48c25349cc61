"""The one file that names concrete services: what is configured becomes what implements a port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from agent.clock import Clock, uptime
from agent.secrets import read_secret
from agent.sending import MAIL, NO_CALENDAR, SendingPorts, stop_file
from agent.settings import (
    AccountSettings,
    CalendarSettings,
    MailSettings,
    SecretRef,
    Service,
    Settings,
)
from connectors.errors import NotAllowed
from connectors.port import (
    AccountCalendars,
    CalendarReader,
    CalendarWriter,
    Changes,
    Cursor,
    FreeBusy,
    InvitationWriter,
    PeopleSource,
)
from connectors.tokens import AccountSignIn
from policies.interval import Interval

if TYPE_CHECKING:  # each service loads when it is used
    from google.auth.credentials import Credentials

    from connectors.caldav.client import Dav
    from connectors.google.client import GoogleClient
    from connectors.ical.document import Limits
    from connectors.ical.sandbox import Budget
    from connectors.smtp.mailer import SmtpMailer


class Account(Protocol):
    """What an account of any service offers; a calendar is one of its own."""

    def reader(self, calendar: CalendarSettings) -> CalendarReader: ...

    def writer(self, calendar: CalendarSettings) -> CalendarWriter: ...

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter: ...

    def calendars(self) -> AccountCalendars: ...

    def free_busy(self) -> FreeBusy: ...

    def people(self) -> PeopleSource: ...


@dataclass(frozen=True, slots=True)
class _Around:
    """What every service is made with; what is put on ``open`` is closed at the end."""

    settings: Settings
    home: Path
    clock: Clock
    open: ExitStack

    @property
    def zone(self) -> str:
        return self.settings.owner.zone

    def bounds(self) -> tuple[Limits, Budget]:
        from connectors.ical.document import Limits
        from connectors.ical.sandbox import Budget

        most = self.settings.limits
        limits = Limits(most.components, most.bytes)
        return limits, Budget(int(most.cpu.total_seconds()), most.memory_bytes)


class Services:
    """Everything outside, as the owner configured it; nothing is opened before it is used.

    What cannot be had, a password or a sign-in, is an error of the one call that needs it. Close
    it, or use it in a ``with`` statement.
    """

    def __init__(self, settings: Settings, home: Path, clock: Clock) -> None:
        self._settings = settings
        self._around = _Around(settings, home, clock, ExitStack())
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
            self._accounts[settings.name] = _ACCOUNTS[settings.service](settings, self._around)
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
        stopped = stop_file(self._around.home).exists
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


class _Google:
    def __init__(self, account: AccountSettings, around: _Around) -> None:
        self._account = account
        self._around = around

    @cached_property
    def _client(self) -> GoogleClient:
        from connectors.google.client import GoogleClient

        return self._around.open.enter_context(
            GoogleClient(
                self._account.name,
                self._credentials,
                self._around.clock.now,
                url=self._account.url,
                allow_private_host=self._account.allow_private_host,
                limit_bytes=self._around.settings.limits.bytes,
            )
        )

    def _credentials(self) -> Credentials:
        from agent.tokens import tokens_of
        from connectors.google.credentials import credentials
        from connectors.google.grant import client

        account = self._account
        text = read_secret(account.client or SecretRef(), account.name).reveal()
        return credentials(
            account.name,
            client(account.name, text, account.sign_in_url),
            tokens_of(account, self._around.home),
            self._around.clock.now,
        )

    def reader(self, calendar: CalendarSettings) -> CalendarReader:
        from connectors.google.reader import GoogleReader

        limits, _ = self._around.bounds()
        zone, most = self._around.zone, limits.components
        return GoogleReader(calendar.name, self._client, calendar.id, zone, most)

    def writer(self, calendar: CalendarSettings) -> CalendarWriter:
        from connectors.google.writer import GoogleWriter

        return GoogleWriter(calendar.name, self._client, calendar.id)

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter:
        from connectors.google.invitations import GoogleInvitations

        return GoogleInvitations(calendar.name, self._client, calendar.id)

    def calendars(self) -> AccountCalendars:
        from connectors.google.calendars import GoogleCalendars

        return GoogleCalendars(self._account.name, self._client)

    def free_busy(self) -> FreeBusy:
        from connectors.google.freebusy import GoogleFreeBusy

        return GoogleFreeBusy(self._account.name, self._client)

    def people(self) -> PeopleSource:
        from connectors.google.people import GooglePeople

        return GooglePeople(self._account.name, self._client)


class _Caldav:
    def __init__(self, account: AccountSettings, around: _Around) -> None:
        self._account = account
        self._around = around

    def _connect(self, source: str) -> Callable[[], Dav]:
        from connectors.caldav.client import Dav

        account, settings = self._account, self._around.settings
        return partial(
            Dav,
            source,
            account.url,
            account.user,
            self._password,
            self._around.clock.now,
            limit_bytes=settings.limits.bytes,
            each=settings.limits.fetch,
            allow_private_host=account.allow_private_host,
        )

    def _password(self) -> str:
        return read_secret(self._account.password or SecretRef(), self._account.name).reveal()

    def reader(self, calendar: CalendarSettings) -> CalendarReader:
        from connectors.caldav.reader import CaldavReader

        connect, zone = self._connect(calendar.name), self._around.zone
        return CaldavReader(calendar.name, connect, calendar.id, zone, *self._around.bounds())

    def writer(self, calendar: CalendarSettings) -> CalendarWriter:
        from connectors.caldav.writer import CaldavWriter

        return CaldavWriter(calendar.name, self._connect(calendar.name), calendar.id)

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter:
        from connectors.caldav.invitations import CaldavInvitations

        return CaldavInvitations(calendar.name, self._connect(calendar.name), calendar.id)

    def calendars(self) -> AccountCalendars:
        from connectors.caldav.discovery import CaldavCalendars

        return CaldavCalendars(self._connect(self._account.name))

    def free_busy(self) -> FreeBusy:
        from connectors.caldav.freebusy import CaldavFreeBusy

        account = self._account
        owner = account.user if "@" in account.user else self._around.settings.owner.addresses[0]
        return CaldavFreeBusy(account.name, self._connect(account.name), owner)

    def people(self) -> PeopleSource:
        from connectors.caldav.people import CarddavPeople

        return CarddavPeople(self._account.name, self._connect(self._account.name))


_ACCOUNTS: Final[Mapping[Service, Callable[[AccountSettings, _Around], Account]]] = (
    MappingProxyType({Service.GOOGLE: _Google, Service.CALDAV: _Caldav})
)


def _google_sign_in(account: AccountSettings, home: Path, clock: Clock) -> AccountSignIn:
    from agent.tokens import tokens_of
    from connectors.google.account import GoogleAccount
    from connectors.google.grant import Client, client

    def own() -> Client:
        text = read_secret(account.client or SecretRef(), account.name).reveal()
        return client(account.name, text, account.sign_in_url)

    return GoogleAccount(account.name, own, tokens_of(account, home), clock.now)


def _outlook_sign_in(account: AccountSettings, home: Path, clock: Clock) -> AccountSignIn:
    from agent.tokens import tokens_of
    from connectors.outlook.account import OutlookAccount
    from connectors.outlook.identity import Registration

    own = Registration(account.name, account.client_id, account.tenant, account.sign_in_url)
    return OutlookAccount(own, tokens_of(account, home), clock.now)


_SIGN_INS: Final[Mapping[Service, Callable[[AccountSettings, Path, Clock], AccountSignIn]]] = (
    MappingProxyType({Service.GOOGLE: _google_sign_in, Service.OUTLOOK: _outlook_sign_in})
)


def account_sign_in(account: AccountSettings, home: Path, clock: Clock) -> AccountSignIn:
    """How to sign in to an account, and what is known of that; configured already or not.

    Raises:
        NotAllowed: nobody signs in to an account of this service.
    """
    if account.service not in _SIGN_INS:
        cause = "it has a password, and nothing to sign in to"
        raise NotAllowed(account.name, cause, "the password goes into password_from")
    return _SIGN_INS[account.service](account, home, clock)


@dataclass(frozen=True, slots=True)
class _WithSecret:
    """A reader whose address is a secret; one that cannot be read fails this calendar alone."""

    name: str
    secret: SecretRef
    made: Callable[[str], CalendarReader]

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        url = read_secret(self.secret, self.name).reveal()
        return self.made(url).changes(cursor, window)


def _feed(calendar: CalendarSettings, around: _Around, url: str) -> CalendarReader:
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
