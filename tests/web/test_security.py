from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from agent.app import App
from agent.settings import Settings
from agent.store import tables
from agent.store.database import Database
from agent.web.app import page
from agent.web.security import HEADERS, LARGEST_BODY, Wall
from agent.web.server import on_port, server
from agent.web.sessions import IDLE, LONGEST
from tests.web.browser import FORM, HOST, ORIGIN, Answer, Browser
from tests.web.house import House

MINUTE = timedelta(minutes=1)
SITES = (None, "same-origin", "none", "same-site", "cross-site", "cross-origin, same-origin")
ORIGINS = (
    ORIGIN,
    None,
    "null",
    "http://127.0.0.1:8766",
    "https://127.0.0.1:8765",
    "http://evil.example.com",
    f"{ORIGIN}.evil.example.com",
    "http://localhost:8765",
)
TYPES = (FORM, "text/plain", "multipart/form-data; boundary=x")
METHODS = ("POST", "GET", "PUT", "DELETE", "OPTIONS")


def hosts(port: int) -> Iterator[tuple[str, list[bytes]]]:
    """Targets and Host lines that are not ours; one of 60 is missing, some are two."""
    own = f"127.0.0.1:{port}"
    names = (
        *("evil.example.com", "127.0.0.1.evil.example.com", "evil.example.com#127.0.0.1"),
        *("localhost", "localhost.", "LOCALHOST", "127.0.0.1.", "127.0.0.2", "127.1", "127.0.1"),
        *("0.0.0.0", "0", "2130706433", "0x7f000001", "0177.0.0.1", "127.000.000.001"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::]", "::1", "127.0.0.1%00", "127.0.0.1@evil.example"),
        *("user@127.0.0.1", "127.0.0.1,evil.example.com", "*", "_", "xn--127-0-0-1"),
    )
    for name in names:
        yield "/", [name.encode()]
        yield "/", [f"{name}:{port}".encode()]
    yield "/", []
    yield "/", [b""]
    yield "/", [own.encode(), own.encode()]
    yield "/", [own.encode(), b"evil.example.com"]
    yield f"http://{own}/", [own.encode()]
    yield f"http://evil.example.com:{port}/", [own.encode()]
    yield "/", [f"127.0.0.1:{port + 1}".encode()]
    yield "/", [f"127.0.0.1:0{port}".encode()]
    yield "/", [f"http://{own}".encode()]


@contextmanager
def served(home: House) -> Iterator[int]:
    """The page on a real socket; its port."""
    with on_port(0) as bound:
        port = int(bound.getsockname()[1])
        running = server(page(home.app, f"127.0.0.1:{port}"))
        thread = threading.Thread(target=running.run, args=([bound],))
        thread.start()
        try:
            yield port
        finally:
            running.should_exit = True
            thread.join()


def spoken(port: int, request: bytes) -> bytes:
    """What comes back to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65_536), b""))


def content(home: House) -> str:
    """A digest of all that is in the store."""
    with Database(home.home) as db, db.transaction() as sql:
        found = {name: list(tables.rows(sql, name)) for name in tables.names(sql)}
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_only_a_form_of_the_page_approves(home: House, browser: Browser) -> None:
    form = browser.look().form("/proposals/1/approve")
    other = browser.look().form("/proposals/1/reject").fields["mark"]
    body = {"right": form.fields["mark"], "another form's": other, "none": ""}
    passed = []

    for site, origin, mark, method, kind in product(SITES, ORIGINS, body, METHODS, TYPES):
        headers = {"content-type": kind}
        headers |= {"sec-fetch-site": site} if site else {}
        headers |= {"origin": origin} if origin else {}
        fields = {**form.fields, "mark": body[mark], "text": f"changed by {method}"}
        encoded = "&".join(f"{k}={v}" for k, v in fields.items()).replace("\n", "%0A")
        answer = browser.ask(method, form.action, headers, encoded.replace(" ", "+").encode())
        if answer.status < 400:
            passed.append((site, origin, mark, method, kind))

    assert passed == [
        (site, ORIGIN, "right", "POST", FORM) for site in (None, "same-origin", "none")
    ]
    assert home.states() == []


def test_only_our_own_host_is_answered(home: House) -> None:
    wrong = []
    with served(home) as port:
        forms = list(hosts(port))
        for target, names in forms:
            lines = b"".join(b"Host: %s\r\n" % name for name in names)
            answer = spoken(port, b"GET %s HTTP/1.1\r\n%s\r\n" % (target.encode(), lines))
            status = answer.split(b" ", 2)[1]
            if status not in {b"400", b"421"} or b"<form" in answer:
                wrong.append((target, names, status))
        right = spoken(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)

    assert len(forms) >= 60
    assert wrong == []
    assert right.startswith(b"HTTP/1.1 200 ")


def test_every_answer_has_every_header(home: House, browser: Browser) -> None:
    form = browser.look().form("/proposals/1/approve")
    with home.browser(inside=False) as outside:
        answers = [
            outside.get("/"),
            outside.get("/static/style.css"),
            outside.get("/static/none.css"),
            outside.get("/nothing/here"),
            outside.enter("wrong"),
            outside.enter(home.code()),
            outside.ask("PUT", "/", {}),
            outside.post("/", {}, content_type="text/plain"),
            outside.post("/", {}, origin="null"),
            outside.post("/", {"code": "x" * LARGEST_BODY}),
        ]
    answers += [browser.get(f"{browser.room}/{path}") for path in PAGES]
    answers += [
        browser.post(form.action, {}),
        browser.post(form.action, form.fields),
        browser.post(f"{browser.room}/health", {}),
        browser.get(f"{browser.room}/people/nobody"),
        browser.raw("GET", "/", [("host", "evil.example.com")], []),
    ]

    statuses = {each.status for each in answers}
    assert {200, 303, 403, 404, 405, 413, 415, 421} <= statuses
    for answer in answers:
        assert set(_encoded(answer)) >= set(HEADERS), answer.status


def test_an_error_nobody_foresaw_has_them_too_and_says_nothing(home: House) -> None:
    def stumbling(_: Path) -> Settings:
        raise RuntimeError("Ana's secret")

    opened = partial(App, home.home, home.clock, stumbling)
    with closing(Browser(page(opened, HOST))) as browser:
        browser.enter(home.code())
        answer = browser.get(f"{browser.room}/")

    assert answer.status == 500
    assert set(_encoded(answer)) >= set(HEADERS)
    assert "Internal error (RuntimeError)" in answer.text
    (crash,) = (home.home / "crashes").iterdir()
    assert "secret" not in answer.text + crash.read_text()


def test_a_store_that_holds_what_no_fika_wrote_is_called_damaged(home: House) -> None:
    with home.browser() as browser:
        with Database(home.home) as db, db.transaction() as sql:
            sql.execute("UPDATE proposal SET reasons = 'Ana''s secret'")
        answer = browser.get(f"{browser.room}/")

    assert answer.status == 503
    assert "ika.db holds something that Fika cannot read" in answer.text
    assert "fika restore" in answer.text
    assert "secret" not in answer.text


def test_what_is_no_request_has_them_too(home: House) -> None:
    with served(home) as port:
        answer = spoken(port, b"\x16\x03\x01 hello\r\n\r\n")

    head = answer.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 400 ")
    assert all(b"%s: %s" % each in head for each in HEADERS)


def test_the_policy_allows_nothing_inline_and_no_frame(browser: Browser) -> None:
    answer = browser.get(f"{browser.room}/")

    policy = answer.header("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.header("cache-control") == "no-store"
    assert answer.header("cross-origin-opener-policy") == "same-origin"
    for element in answer.page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        assert element.tag != "style"
        assert element.tag != "script" or element.attributes["src"] == "/static/page.js"


@pytest.mark.parametrize("chunks", [1, 40])
def test_a_body_beyond_the_limit_is_refused_however_it_comes(browser: Browser, chunks: int) -> None:
    parts = [b"a" * (LARGEST_BODY // chunks + 1)] * chunks
    headers = [("host", HOST), ("origin", ORIGIN), ("content-type", FORM)]

    assert browser.raw("POST", "/", headers, parts).status == 413


def test_a_body_that_never_comes_is_not_waited_for() -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("it was waited for")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [
        (b"host", HOST.encode()),
        (b"origin", ORIGIN.encode()),
        (b"content-type", FORM.encode()),
    ]
    scope = {"type": "http", "method": "POST", "raw_path": b"/", "headers": headers}
    asyncio.run(Wall(PlainTextResponse("in"), HOST, within_s=0.01)(scope, never, send))

    assert sent[0]["status"] == 408
    assert set(sent[0]["headers"]) >= set(HEADERS)


@pytest.mark.parametrize("length", ["-1", "x", str(LARGEST_BODY + 1), "9" * 400])
def test_a_length_that_is_none_or_too_much_is_refused_unread(browser: Browser, length: str) -> None:
    headers = [("host", HOST), ("origin", ORIGIN), ("content-type", FORM)]

    answer = browser.raw("POST", "/", [*headers, ("content-length", length)], [])

    assert answer.status == 413


@pytest.mark.parametrize("body", ["mark=a&mark=b", "%ff=1", "a=%00", "=&" * 80, "no form"])
def test_a_form_no_browser_sends_is_refused(browser: Browser, body: str) -> None:
    headers = {"origin": ORIGIN, "content-type": FORM}

    answer = browser.ask("POST", f"{browser.room}/leave", headers, body.encode())

    assert answer.status == 400


def test_looking_changes_nothing(home: House, browser: Browser) -> None:
    browser.look("map")  # whatever is drawn for the first time is drawn
    before = content(home)
    paths = {f"{browser.room}/{path}" for path in PAGES}
    for path in tuple(paths):
        found = browser.get(path).page
        links = [each.attributes.get("href", "") for each in found.all("a")]
        links += [each.attributes.get("action", "") for each in found.all("form")]
        paths |= {each for each in links if each.startswith(browser.room)}

    for path in sorted(paths) * 3:
        assert browser.get(path).status in {200, 405}, path

    assert len(paths) > 8
    assert content(home) == before
    assert home.server.mailbox == []


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_other_pages_may_link_here_and_nothing_else(browser: Browser, site: str) -> None:
    linked = browser.get("/", sec_fetch_site=site, sec_fetch_mode="navigate")
    fetched = browser.get("/", sec_fetch_site=site, sec_fetch_mode="no-cors")

    assert linked.status == 200
    assert fetched.status == 403


def test_a_visit_ends_when_it_was_not_used(home: House, browser: Browser) -> None:
    browser.look()
    home.clock.forward(IDLE - MINUTE)
    form = browser.look().form("/proposals/1/approve")
    home.clock.forward(IDLE + MINUTE)

    answer = browser.submit(form, text="What took me an hour")

    assert answer.status == 403
    assert "Your visit here has ended." in answer.text
    assert "What took me an hour" in answer.text
    assert home.states() == []


def test_a_visit_ends_after_half_a_day_however_much_it_is_used(
    home: House, browser: Browser
) -> None:
    for _ in range(int(LONGEST / (20 * MINUTE))):
        browser.look()
        home.clock.forward(20 * MINUTE)

    home.clock.forward(MINUTE)
    assert browser.get(f"{browser.room}/").status == 403


def test_leaving_ends_the_visit(browser: Browser) -> None:
    cookies = list(browser.cookies)
    answer = browser.submit(browser.look().form("/leave"))

    assert answer.header("clear-site-data") == '"cache"'
    browser.cookies = cookies
    assert browser.get(f"{browser.room}/").status == 403


def test_a_form_counts_for_its_own_visit_only(home: House, browser: Browser) -> None:
    form = browser.look().form("/proposals/1/reject")
    with home.browser() as other:
        answer = other.post(f"{other.room}/proposals/1/reject", form.fields)

    assert answer.status == 403
    assert home.states() == []


def test_the_cookie_is_for_this_browser_and_this_visit_alone(home: House) -> None:
    with home.browser(inside=False) as one, home.browser(inside=False) as two:
        cookie = one.enter(home.code()).header("set-cookie")
        other = two.enter(home.code()).header("set-cookie")

    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert f"Path={one.room}/" in cookie
    assert cookie.partition("=")[0] != other.partition("=")[0]


def test_a_stolen_cookie_opens_nothing_without_the_path_it_belongs_to(
    home: House, browser: Browser
) -> None:
    form = browser.look().form("/proposals/1/approve")
    name, value, _ = browser.cookies[0]
    elsewhere = form.action.replace(browser.room, "/guessed")
    browser.cookies = [(name, value, "/")]

    assert browser.get("/guessed/").status == 403
    assert browser.post(elsewhere, form.fields).status == 403
    assert browser.post(form.action, form.fields, origin="http://127.0.0.1:9999").status == 403
    assert home.states() == []


def test_a_code_opens_once_and_not_for_long(home: House) -> None:
    with home.browser(inside=False) as browser:
        code = home.code()
        assert browser.enter(code).status == 303
        assert browser.enter(code).status == 403
        late = home.code()
        home.clock.forward(11 * MINUTE)
        assert browser.enter(late).status == 403
        assert browser.enter("").status == 403
        assert browser.enter("../lock").status == 403
    assert not list((home.home / "web").glob("code-*"))


PAGES = ("", "people", "people/ana-silva", "map", "plan", "health")


def _encoded(answer: Answer) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in answer.headers]
