"""A browser without a window: it asks the application as one does, and reads what comes back.

Cookies are kept by path, forms are filled in as they stand in the page, redirections followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin

from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8765"
ORIGIN = f"http://{HOST}"
FORM = "application/x-www-form-urlencoded"
_ALONE = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})

_APART = frozenset({"dd", "dt", "h1", "h2", "h3", "li", "option", "p", "td", "th", "tr"})


class Element(NamedTuple):
    """``text`` is all text below it, only its own line ends kept."""

    tag: str
    attributes: dict[str, str]
    text: str


class Form(NamedTuple):
    """Where it goes, and what it holds as it stands; ``buttons`` by their words."""

    action: str
    method: str
    fields: dict[str, str]


class Page(HTMLParser):
    """What is in a page: elements in order, and its forms."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._owners: dict[str, Form] = {}
        self._choices: tuple[str, str] = ("", "")
        self.feed(text)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(next(each.text for each in self.elements if each.tag == "body").split())

    def all(self, tag: str) -> list[Element]:
        return [each for each in self.elements if each.tag == tag]

    def form(self, action: str) -> Form:
        """The one whose action ends so."""
        (found,) = [each for each in self.forms if each.action.endswith(action)]
        return found

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Its elements with the names of their attributes, nothing that is said in them."""
        return [(each.tag, tuple(sorted(each.attributes))) for each in self.elements]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = attributes.get("method", "get")
            self.forms.append(Form(attributes.get("action", ""), method, {}))
            self._owners[attributes.get("id", "")] = self.forms[-1]
        self._filled(tag, attributes)
        if tag in _APART:
            self.handle_data(" ")
        if tag in _ALONE:
            self.elements.append(Element(tag, attributes, ""))
        else:
            self._open.append((tag, attributes, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, ""))

    def handle_data(self, data: str) -> None:
        for _, _, texts in self._open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        name, attributes, texts = self._open.pop()
        assert name == tag, f"<{name}> is closed by </{tag}>"
        text = "".join(texts)
        if tag == "textarea" and "name" in attributes:
            self._form.fields[attributes["name"]] = text.removeprefix("\n")
        self.elements.append(Element(tag, attributes, text))

    @property
    def _form(self) -> Form:
        return self.forms[-1]

    def _filled(self, tag: str, attributes: Mapping[str, str]) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "")
        kind = attributes.get("type", "text")
        if tag == "select":
            self._choices = (name, "")
        elif tag == "option" and (
            "selected" in attributes or self._choices[0] not in self._form.fields
        ):
            self._form.fields[self._choices[0]] = value
        elif tag == "input" and name:
            ticked = kind not in {"radio", "checkbox"} or "checked" in attributes
            if ticked and "disabled" not in attributes:
                self._form.fields[name] = value


class Answer(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def page(self) -> Page:
        return Page(self.body.decode())

    @property
    def text(self) -> str:
        return self.page.text


class Browser:
    """``room`` is where its pages are, once it is in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self.cookies: list[tuple[str, str, str]] = []
        self.room = ""

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def enter(self, code: str) -> Answer:
        answer = self.post("/", {"code": code})
        self.room = answer.header("location").rstrip("/")
        return answer

    def look(self, path: str = "") -> Page:
        """A page of ours that must be there."""
        answer = self.get(f"{self.room}/{path}")
        assert answer.status == 200, answer.text
        return answer.page

    def submit(self, form: Form, **changes: str) -> Answer:
        """Send a form back as it stands, with some fields changed, and follow where it leads."""
        answer = self.post(form.action, {**form.fields, **changes})
        if answer.status == 303:
            return self.get(urljoin(form.action, answer.header("location")))
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, {"sec-fetch-site": "none", **_named(headers)})

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        own = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "content-type": FORM}
        return self.ask("POST", path, {**own, **_named(headers)}, urlencode(fields).encode())

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        pairs = [("host", HOST), *headers.items()]
        if body:
            pairs.append(("content-length", str(len(body))))
        if cookies := "; ".join(f"{n}={v}" for n, v, at in self.cookies if path.startswith(at)):
            pairs.append(("cookie", cookies))
        return self.raw(method, path, pairs, [body])

    def raw(
        self, method: str, path: str, headers: Iterable[tuple[str, str]], parts: Iterable[bytes]
    ) -> Answer:
        answer = self._loop.run_until_complete(_asked(self._app, method, path, headers, parts))
        for key, value in answer.headers:
            if key == "set-cookie":
                for name, morsel in SimpleCookie(value).items():
                    kept = [each for each in self.cookies if each[0] != name]
                    self.cookies = [*kept, (name, morsel.value, morsel["path"])]
        return answer


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def _asked(
    app: ASGIApp,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]],
    parts: Iterable[bytes],
) -> Answer:
    target, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": target.partition("#")[0],
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    incoming: list[Message] = [
        {"type": "http.request", "body": each, "more_body": True} for each in parts
    ]
    incoming.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(each for each in sent if each["type"] == "http.response.start")
    body = b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body")
    pairs = tuple((name.decode(), value.decode("latin-1")) for name, value in start["headers"])
    return Answer(start["status"], pairs, body)
