"""One request of someone who is in: what a page is given, and what it can answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from urllib.parse import quote

from jinja2 import Environment
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response

from agent.app import App
from agent.errors import FikaError, UsageProblem
from agent.web.sessions import Session
from policies.frozen import frozen
from policies.wall import local_date

_SEE_OTHER: Final = 303
_MARK: Final = "mark"


class Forged(FikaError):
    """A form without the mark that we gave it for this session and for just this."""


class NotThere(FikaError):
    """Nothing has this address, or no longer."""


@frozen
class Visit:
    """``query``, ``form`` and ``part`` are what was asked for, by its address and its form."""

    app: App
    session: Session
    pages: Environment
    path: str
    query: QueryParams
    form: Mapping[str, str]
    part: Mapping[str, str]

    @property
    def now(self) -> datetime:
        return self.app.clock.now()

    @property
    def zone(self) -> str:
        return self.app.settings.owner.zone

    @property
    def today(self) -> date:
        return local_date(self.now, self.zone)

    @property
    def number(self) -> int:
        """The number in the address.

        Raises:
            NotThere: no proposal has such a number.
        """
        text = self.part["number"]
        if not (text.isascii() and text.isdecimal() and len(text) < len("2147483648")):
            raise NotThere("there is no such proposal")
        return int(text)

    def field(self, name: str) -> str:
        """A field of the form, empty when it has none."""
        return self.form.get(name, "")

    def must_be_ours(self, *about: object) -> None:
        """Go on only with a form that we made for this session, and about just this.

        Raises:
            Forged: it is not.
        """
        if not self.session.is_mark(self.field(_MARK), *about):
            raise Forged("this form is not one that this page gave you", "look again, and repeat")

    def page(self, template: str, status: int = 200, /, **values: object) -> Response:
        """A page; in it ``mark`` makes what its forms need."""
        said = self.session.notes.get(self.query.get("said", ""), "")
        text = self.pages.get_template(template).render(
            base=f"/{self.session.room}",
            here=self.path,
            mark=self.session.mark,
            said=said,
            **values,
        )
        return HTMLResponse(text, status)

    def to(self, path: str, note: str = "") -> Response:
        """On to another page (such as ``people/ana-silva``), which then says ``note``."""
        said = f"?said={self.session.note(note)}" if note else ""
        return RedirectResponse(f"/{self.session.room}/{quote(path)}{said}", _SEE_OTHER)


def day_in(text: str) -> date:
    """A day as a browser writes it.

    Raises:
        UsageProblem: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageProblem("that is no day", "choose one, or write it as 2026-05-01") from error
