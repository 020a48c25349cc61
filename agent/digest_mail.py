"""The digest as one mail a day at most, to the owner's own address and to nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from agent.digest import Section
from agent.settings import Settings
from agent.store.database import Database
from connectors.errors import ConnectorError
from connectors.port import Mailer
from policies.wall import local_date

_MAILED = "digest mailed on"


def mail_once_a_day(
    db: Database, settings: Settings, mailer: Mailer, sections: Iterable[Section], now: datetime
) -> str:
    """Mail it unless today's has gone out; returns why it could not be, empty when all is well.

    The day is noted first: a digest lost on the way is better than two.
    """
    today = local_date(now, settings.owner.zone).isoformat()
    if db.meta(_MAILED) == today:
        return ""
    with db.transaction() as sql:
        sql.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_MAILED, today),
        )
    try:
        mailer.send(_message(settings, tuple(sections), now))
    except ConnectorError as error:
        return f"{error.cause}; {error.remedy}" if error.remedy else error.cause
    return ""


def _message(settings: Settings, sections: tuple[Section, ...], now: datetime) -> EmailMessage:
    message = EmailMessage()
    own = settings.owner.addresses[0]
    sender = settings.mail.sender if settings.mail and settings.mail.sender else own
    asked = sum(len(each.lines) for each in sections if each.urgent)
    message["From"] = sender
    message["To"] = own
    message["Subject"] = f"Fika: {asked} for you" if asked else "Fika: all is well"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="fika.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "\n\n".join("\n".join([each.heading, *map(_item, each.lines)]) for each in sections) + "\n"
    )
    return message


def _item(line: str) -> str:
    return f"- {line}"
