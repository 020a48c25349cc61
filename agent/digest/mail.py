"""The digest as a mail to the owner's own address and to nobody else, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from agent.digest import forms
from agent.digest.sections import Section
from agent.settings import Settings


def message(settings: Settings, sections: Sequence[Section], now: datetime) -> EmailMessage:
    """The mail; whoever reads its text misses nothing that the HTML says."""
    own = settings.owner.addresses[0]
    page = settings.digest.page
    mail = EmailMessage()
    mail["From"] = settings.mail.sender if settings.mail and settings.mail.sender else own
    mail["To"] = own
    mail["Subject"] = forms.subject(sections)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain="fika.invalid")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(forms.plain(sections, page))
    mail.add_alternative(forms.html(sections, forms.subject(sections), page), subtype="html")
    return mail
