"""What an account of each service offers: with `agent.wiring`, all that names concrete services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from agent.accounts.secrets import read_secret
from agent.clock import Clock
from agent.settings import AccountSettings, CalendarSettings, SecretRef, Service, Settings
from connectors.errors import NotAllowed
from connectors.port import (
    AccountCalendars,
    CalendarReader,
    CalendarWriter,
    FreeBusy,
    InvitationWriter,
    PeopleSource,
)
from policies.frozen import frozen
from policies.hours import DAYS, same_clock
from policies.people.person import WeeklyHours

if TYPE_CHECKING:  # each service loads when it is used
    from google.auth.credentials import Credentials

    from connectors.api import Api
    from connectors.caldav.client import Dav
    from connectors.google.client import GoogleClient
    from connectors.ical.document import Limits
    from connectors.ical.sandbox import Budget
    from connectors.outlook.client import Graph
    from connectors.outlook.identity import Registration
    from connectors.tokens import AccountSignIn


class Account(Protocol):
    """What an account of any service offers; a calendar is one of its own."""

    def reader(self, calendar: CalendarSettings) -> CalendarReader: ...

    def writer(self, calendar: CalendarSettings) -> CalendarWriter: ...

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter: ...

    def calendars(self) -> AccountCalendars: ...

    def free_busy(self) -> FreeBusy: ...

    def people(self, cursor: str = "") -> PeopleSource: ...

    def hours(self) -> WeeklyHours | None:
        """The owner's week on their own clock, ``None`` where the service keeps none of it."""


@frozen
class Around:
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


class _Google:
    def __init__(self, account: AccountSettings, around: Around) -> None:
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
        from agent.accounts.tokens import tokens_of
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
        from connectors.google.writer import Declines, GoogleWriter

        declines = Declines[self._account.declines.name]
        return GoogleWriter(calendar.name, self._client, calendar.id, declines=declines)

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter:
        from connectors.google.invitations import GoogleInvitations

        return GoogleInvitations(calendar.name, self._client, calendar.id)

    def calendars(self) -> AccountCalendars:
        from connectors.google.calendars import GoogleCalendars

        return GoogleCalendars(self._account.name, self._client)

    def free_busy(self) -> FreeBusy:
        from connectors.google.freebusy import GoogleFreeBusy

        return GoogleFreeBusy(self._account.name, self._client)

    def people(self, cursor: str = "") -> PeopleSource:
        from connectors.google.people import GooglePeople

        return GooglePeople(self._account.name, self._client, cursor)

    def hours(self) -> None:
        """Google tells them to nobody."""


class _Caldav:
    def __init__(self, account: AccountSettings, around: Around) -> None:
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

    def people(self, cursor: str = "") -> PeopleSource:
        from connectors.caldav.people import CarddavPeople

        return CarddavPeople(self._account.name, self._connect(self._account.name))

    def hours(self) -> None:
        """The protocol knows none."""


class _Outlook:
    def __init__(self, account: AccountSettings, around: Around) -> None:
        self._account = account
        self._around = around

    @cached_property
    def _api(self) -> Api:
        import httpx

        from agent.accounts.tokens import tokens_of
        from connectors.api import Api
        from connectors.outlook.grant import connect
        from connectors.outlook.login import Login

        account, now = self._account, self._around.clock.now
        base = httpx.URL(self._base)
        login = Login(_registration(account), tokens_of(account, self._around.home), now)
        open_host = base.host if account.allow_private_host else ""
        return self._around.open.enter_context(
            Api(
                account.name,
                base,
                login,
                now=now,
                open_host=open_host,
                limit_bytes=self._around.settings.limits.bytes,
                sign_in=connect(account.name),
            )
        )

    @property
    def _base(self) -> str:
        from connectors.outlook.client import GRAPH

        return self._account.url or GRAPH

    @cached_property
    def _graph(self) -> Graph:
        from connectors.outlook.client import Graph

        return Graph(self._account.name, self._api, self._base)

    def reader(self, calendar: CalendarSettings) -> CalendarReader:
        from connectors.outlook.reader import OutlookReader

        limits, _ = self._around.bounds()
        return OutlookReader(calendar.name, self._graph, calendar.id, limits.components)

    def writer(self, calendar: CalendarSettings) -> CalendarWriter:
        from connectors.outlook.writer import OutlookWriter

        return OutlookWriter(calendar.name, self._graph, calendar.id)

    def invitations(self, calendar: CalendarSettings) -> InvitationWriter:
        from connectors.outlook.invitations import OutlookInvitations

        return OutlookInvitations(calendar.name, self._graph, calendar.id)

    def calendars(self) -> AccountCalendars:
        from connectors.outlook.calendars import OutlookCalendars

        return OutlookCalendars(self._account.name, self._graph)

    def free_busy(self) -> FreeBusy:
        from connectors.outlook.freebusy import OutlookFreeBusy

        return OutlookFreeBusy(self._account.name, self._graph)

    def people(self, cursor: str = "") -> PeopleSource:
        from connectors.outlook.people import OutlookPeople

        return OutlookPeople(self._account.name, self._graph, cursor)

    def hours(self) -> WeeklyHours | None:
        from connectors.outlook.settings import working_week

        week = working_week(self._graph)
        year = self._around.clock.now().year
        if week.start >= week.end or not same_clock(week.zone, self._around.zone, year):
            return None
        span = ((week.start, week.end),)
        return WeeklyHours(tuple(span if day in week.days else () for day in range(len(DAYS))))


_ACCOUNTS: Final[Mapping[Service, Callable[[AccountSettings, Around], Account]]] = MappingProxyType(
    {Service.GOOGLE: _Google, Service.OUTLOOK: _Outlook, Service.CALDAV: _Caldav}
)


def account(settings: AccountSettings, around: Around) -> Account:
    """What this account offers; nothing is opened before it is used."""
    return _ACCOUNTS[settings.service](settings, around)


def _google_sign_in(account: AccountSettings, home: Path, clock: Clock) -> AccountSignIn:
    from agent.accounts.tokens import tokens_of
    from connectors.google.account import GoogleAccount
    from connectors.google.grant import Client, client

    def own() -> Client:
        text = read_secret(account.client or SecretRef(), account.name).reveal()
        return client(account.name, text, account.sign_in_url)

    return GoogleAccount(account.name, own, tokens_of(account, home), clock.now)


def _outlook_sign_in(account: AccountSettings, home: Path, clock: Clock) -> AccountSignIn:
    from agent.accounts.tokens import tokens_of
    from connectors.outlook.account import OutlookAccount

    return OutlookAccount(_registration(account), tokens_of(account, home), clock.now)


def _registration(account: AccountSettings) -> Registration:
    from connectors.outlook.identity import Registration

    return Registration(account.name, account.client_id, account.tenant, account.sign_in_url)


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


def calendar_server(address: str) -> tuple[str, bool]:
    """Where the domain of a mail address keeps its calendars, and whether in the domain itself.

    Empty where it says nothing, or nobody can be asked.
    """
    from connectors.caldav.srv import servers
    from connectors.errors import TemporarilyUnavailable

    domain = address.rpartition("@")[2].lower()
    try:
        found = servers(domain)
    except TemporarilyUnavailable:
        found = ()
    if not found:
        return "", False
    return found[0].url, f".{found[0].host}".endswith(f".{domain}")
