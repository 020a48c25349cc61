"""The one file that names concrete services: what is configured becomes what implements a port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import Clock, uptime
from agent.secrets import read_secret
from agent.sending import MAIL, NO_CALENDAR, SendingPorts, stop_file
from agent.settings import CalendarSettings, MailSettings, SecretRef, Settings
from connectors.port import CalendarReader, CalendarWriter, Changes, Cursor, InvitationWriter
from policies.interval import Interval

if TYPE_CHECKING:  # each service loads when it is used
    from connectors.smtp.mailer import SmtpMailer


def readers(settings: Settings, clock: Clock) -> Mapping[str, CalendarReader]:
    """A reader for every configured calendar, by its name."""
    return {each.name: _reader(each, settings, clock.now) for each in settings.calendars}


def writer(settings: Settings) -> CalendarWriter | None:
    """Writes the owner's own blocks; ``None`` where no calendar is named for them."""
    for each in settings.calendars:
        if each.name == settings.write_calendar and each.path is not None:
            from connectors.ics.writer import FolderWriter

            return FolderWriter(each.name, each.path)
    return None


def sending(settings: Settings, home: Path, clock: Clock) -> SendingPorts:
    """What sending needs; without a mail server, or a calendar to hold the time, no channel."""
    channels: dict[tuple[str, str], InvitationWriter] = {}
    holds = writer(settings)
    if settings.mail is not None:
        from connectors.smtp.reports import MailReports

        channels[MAIL, NO_CALENDAR] = MailReports(mailer(settings.mail))
    if settings.mail is not None and holds is not None:
        from connectors.smtp.invitations import MailInvitations

        channels[MAIL, settings.write_calendar] = MailInvitations(holds, mailer(settings.mail))
    return SendingPorts(channels, clock, stop_file(home).exists, uptime=uptime)


def sign_in(mail: MailSettings) -> None:
    """Sign in to the mail server without sending anything.

    Raises:
        ConnectorError: it does not let us in, or cannot be reached.
    """
    mailer(mail).sign_in()


@dataclass(frozen=True, slots=True)
class _WithSecret:
    """A reader whose address is a secret; one that cannot be read fails this calendar alone."""

    name: str
    secret: SecretRef
    made: Callable[[str], CalendarReader]

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        url = read_secret(self.secret, self.name).reveal()
        return self.made(url).changes(cursor, window)


def _reader(
    calendar: CalendarSettings, settings: Settings, now: Callable[[], datetime]
) -> CalendarReader:
    from connectors.ical.document import Limits
    from connectors.ical.sandbox import Budget

    zone, most = settings.owner.zone, settings.limits
    limits = Limits(most.components, most.bytes)
    budget = Budget(int(most.cpu.total_seconds()), most.memory_bytes)
    if calendar.path is not None:
        from connectors.ics.reader import IcsReader

        return IcsReader(calendar.name, calendar.path, zone, now, limits, budget)
    from connectors.feed.reader import FeedReader

    def feed(url: str) -> CalendarReader:
        return FeedReader(
            calendar.name,
            url,
            zone,
            now,
            deadline=most.fetch,
            allow_private_host=calendar.allow_private_host,
            limits=limits,
            budget=budget,
        )

    secret = calendar.url_secret
    return feed(calendar.url) if secret is None else _WithSecret(calendar.name, secret, feed)


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
