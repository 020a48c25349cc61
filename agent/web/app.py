"""The page as an application: its addresses, the way in, and the door where errors become pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent import crash
from agent.app import App
from agent.errors import FikaError
from agent.exits import Exit
from agent.pictures.palette import stylesheet
from agent.sending.payloads import CannotApprove
from agent.store.errors import StateUnusable
from agent.web import health, people, person, plan, today
from agent.web import map as chart
from agent.web.entry import redeem
from agent.web.forms import BadForm, read_form
from agent.web.rendering import STATIC, static, templates
from agent.web.security import Wall
from agent.web.sessions import IDLE, Sessions
from agent.web.visit import Forged, NotThere, Visit
from connectors.errors import ConnectorError

Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

_LOOKS: Final[dict[str, Page]] = {
    "": today.look,
    "people": people.look,
    "people/{id}": person.look,
    "map": chart.look,
    "plan": plan.look,
    "health": health.look,
}
"""Pages to look at. None of them changes anything, however often it is asked for."""

_DOES: Final[dict[str, Page]] = {
    "proposals/{number}/approve": today.approve,
    "proposals/{number}/reject": today.reject,
    "proposals/{number}/snooze": today.snooze,
    "proposals/{number}/settle": health.settle,
    "people/{id}": person.save,
    "people/{id}/log": person.log,
}
"""What changes something, each by a form of ours only."""


def page(opened: Callable[[], App], host: str) -> ASGIApp:
    """The whole page, to be served at ``host``; each request opens an `App` of its own."""
    return Wall(_Pages(opened).application(), host)


class _Pages:
    def __init__(self, opened: Callable[[], App]) -> None:
        self._opened = opened
        self._templates = templates()
        self._sessions = Sessions()
        self._static = {name: (static(name), kind) for name, kind in STATIC.items()}
        self._static["pictures.css"] = (stylesheet().encode(), STATIC["style.css"])

    def application(self) -> Starlette:
        routes = [
            Route("/", self._door, methods=["GET"]),
            Route("/", self._enter, methods=["POST"]),
            Route("/static/{name}", self._file, methods=["GET"]),
            *(Route(f"/{{room}}/{path}", self._in(_still(look))) for path, look in _LOOKS.items()),
            *(
                Route(f"/{{room}}/{path}", self._in(does), methods=["POST"])
                for path, does in {**_DOES, "leave": self._leave}.items()
            ),
        ]
        made = Starlette(routes=routes, exception_handlers={HTTPException: self._refused})
        made.router.redirect_slashes = False
        return made

    # ------------------------------------------------------------ without a session

    async def _door(self, request: Request) -> Response:
        return self._way_in()

    async def _enter(self, request: Request) -> Response:
        try:
            form = read_form(await request.body())
        except BadForm:
            return self._error(400, "that is no form of this page", "")
        app = self._opened()
        now = app.clock.now()
        if not redeem(app.home, form.get("code", ""), now):
            return self._way_in(403, "That code was used, is too old, or is not from here.")
        session = self._sessions.begin(now)
        response = RedirectResponse(f"/{session.room}/", 303)
        response.set_cookie(
            self._sessions.cookie,
            session.key,
            path=f"/{session.room}/",
            httponly=True,
            samesite="strict",
        )
        return response

    def _way_in(self, status: int = 200, problem: str = "", written: str = "") -> Response:
        text = self._templates.get_template("enter.html").render(
            problem=problem, written=written, minutes=int(IDLE.total_seconds()) // 60
        )
        return HTMLResponse(text, status)

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            raise HTTPException(404)
        content, kind = self._static[name]
        return Response(content, media_type=kind)

    async def _refused(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        causes = {404: "there is no such page", 405: "this page is not to be used in this way"}
        headers = getattr(error, "headers", None)
        cause = causes.get(status, "that cannot be answered")
        return self._error(status, cause, "", headers=headers)

    # ------------------------------------------------------------ with one

    def _in(self, does: Page) -> Endpoint:
        """The page for who has a session, in a thread and with a store of its own."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(partial(self._visited, does, request, body))

        return endpoint

    def _visited(self, does: Page, request: Request, body: bytes) -> Response:
        app = self._opened()
        try:
            return self._answered(does, app, request, body)
        except Exception as error:  # noqa: BLE001 - the door of the page
            return self._error(*_explained(app, error), back=_back(request))
        finally:
            app.close()

    def _answered(self, does: Page, app: App, request: Request, body: bytes) -> Response:
        form = read_form(body)
        parts = {name: str(value) for name, value in request.path_params.items()}
        room, key = parts.pop("room"), request.cookies.get(self._sessions.cookie, "")
        session = self._sessions.find(key, room, app.clock.now())
        if session is None:
            return self._way_in(403, "Your visit here has ended.", form.get("text", ""))
        here = request.url.path.removeprefix(f"/{room}/")
        return does(Visit(app, session, self._templates, here, request.query_params, form, parts))

    def _leave(self, visit: Visit) -> Response:
        visit.must_be_ours("leave")
        self._sessions.end(visit.session)
        response = self._way_in(200, "You have left.")
        response.headers["clear-site-data"] = '"cache"'
        response.delete_cookie(self._sessions.cookie, path=f"/{visit.session.room}/")
        return response

    def _error(
        self,
        status: int,
        cause: str,
        remedy: str,
        *,
        back: str = "/",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        page = self._templates.get_template("error.html")
        return HTMLResponse(page.render(cause=cause, remedy=remedy, back=back), status, headers)


def _still(look: Page) -> Page:
    """All that a page shows is of one moment, whatever a run writes meanwhile."""

    def looked(visit: Visit) -> Response:
        with visit.app.store.snapshot():
            return look(visit)

    return looked


def _back(request: Request) -> str:
    """Where to go on after an error: to the person it was about, else to the first page."""
    room, person = request.path_params["room"], request.path_params.get("id")
    return quote(f"/{room}/people/{person}" if person and request.method == "POST" else f"/{room}/")


_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (Forged, 403),
    (NotThere, 404),
    (CannotApprove, 409),
    (FikaError, 400),
    (StateUnusable, 503),
    (ConnectorError, 502),
)
"""The status of each kind of error, the first that fits."""


def _explained(app: App, error: Exception) -> tuple[int, str, str]:
    """A status, the cause in a line, and what to do about it."""
    if isinstance(error, BadForm):
        return 400, "that is no form of this page", ""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, FikaError | StateUnusable):
        return status, error.cause, error.remedy
    if isinstance(error, ConnectorError):
        return status, str(error), error.remedy
    cause, remedy, code = crash.explained(app.home, error)
    return 503 if code is Exit.STATE_UNUSABLE else 500, cause, remedy
