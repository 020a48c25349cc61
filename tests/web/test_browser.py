"""The page in a real Chromium, on a real socket, with a mail server that takes what is sent."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from agent.web.app import page as application
from agent.web.server import on_port, server
from agent.web.sessions import IDLE
from policies.proposal import ProposalState
from tests.agent.world import ANA, FIRST, MEI, RAJ, slots
from tests.web.chromium import ARGUMENTS, chromium
from tests.web.demo import demo
from tests.web.house import House, house

pytestmark = pytest.mark.proof

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = ("", "people", "people/margareta-sjostrom", "map", "plan", "health")
PICTURES = os.environ.get("FIKA_PICTURES")  # a folder to leave screenshots in
PATIENCE_MS = 10_000


class Place(NamedTuple):
    """Where a house is served."""

    home: House
    host: str

    @property
    def link(self) -> str:
        return f"http://{self.host}/#{self.home.code()}"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        missing = "NO CHROMIUM: the page was not looked at in a browser (`make proof` installs one)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def at(home: House) -> Iterator[Place]:
    with on_port(0) as bound:
        host = f"127.0.0.1:{bound.getsockname()[1]}"
        running = server(application(home.app, host))
        thread = threading.Thread(target=running.run, args=([bound],))
        thread.start()
        try:
            yield Place(home, host)
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Three people are proposed a coffee, Ana first."""
    with house(tmp_path) as home, at(home) as made:
        for days, person in ((7, RAJ), (14, MEI)):
            later = replace(
                FIRST, start=FIRST.start + timedelta(days), end=FIRST.end + timedelta(days)
            )
            home.propose(person, slots=slots(later))
        yield made


@pytest.fixture
def today(place: Place, chrome: Browser) -> Iterator[Page]:
    """Someone who has followed the link."""
    with visiting(chrome, place) as page:
        yield page


@contextmanager
def visiting(chrome: Browser, place: Place, **options: object) -> Iterator[Page]:
    context: BrowserContext = chrome.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if _is_bad(said.text) else None)
        page.goto(place.link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        assert "#" not in page.url
        yield page
        assert problems == []
    finally:
        context.close()


def _is_bad(said: str) -> bool:
    """Whether the console tells of more than of an answer that was meant to be a refusal."""
    return "Content Security Policy" in said or "TrustedHTML" in said or "Uncaught" in said


def card(page: Page, name: str = "Ana Silva") -> object:
    return page.get_by_role("article", name=name)


def press(page: Page, name: str, button: str) -> None:
    page.get_by_role("article", name=name).get_by_role("button", name=button).click()


def test_one_click_sends(place: Place, today: Page) -> None:
    press(today, "Ana Silva", "Approve and send")

    expect(today.get_by_role("status")).to_contain_text("Ana Silva is invited")
    assert [each.recipients for each in place.home.server.mailbox] == [("ana.silva@example.com",)]


def test_words_are_edited_and_shown_once_more(place: Place, today: Page) -> None:
    box = today.get_by_role("article", name="Ana Silva").get_by_label("Text")
    box.fill("Dear Ana,\n\ntea on Thursday?")
    press(today, "Ana Silva", "Approve and send")

    expect(today.get_by_role("heading", level=1)).to_have_text("Exactly this will be sent")
    expect(today.locator(".words")).to_contain_text("tea on Thursday?")
    today.get_by_text("Change it again").click()
    today.get_by_label("Text").fill("Dear Ana,\n\ncocoa on Thursday?")
    today.get_by_role("button", name="Send this").click()
    expect(today.locator(".words")).to_contain_text("cocoa on Thursday?")
    assert Axe().run(today).violations_count == 0
    assert place.home.server.mailbox == []
    today.get_by_role("button", name="Send this").click()
    expect(today.get_by_role("status")).to_contain_text("Ana Silva is invited")
    (mail,) = place.home.server.mailbox
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert "cocoa on Thursday?" in body.get_content()


def test_another_time_is_chosen_after_a_look_at_its_day(place: Place, today: Page) -> None:
    article = today.get_by_role("article", name="Ana Silva")
    days = article.locator("svg.day")
    expect(days.nth(0)).to_be_visible()
    expect(days.nth(1)).to_be_hidden()

    article.get_by_text("Fri 10 Apr 10:00").click()

    expect(days.nth(1)).to_be_visible()
    press(today, "Ana Silva", "Approve and send")
    expect(today.locator(".words")).to_contain_text("Coffee on Friday?")
    today.get_by_role("button", name="Send this").click()
    expect(today.get_by_role("status")).to_contain_text("Ana Silva is invited")
    assert place.home.proposal().chosen == 1


def test_rejecting_and_snoozing_take_a_proposal_away(place: Place, today: Page) -> None:
    press(today, "Ana Silva", "Reject")
    expect(today.get_by_role("status")).to_have_text("Proposal 1 is rejected.")

    raj = today.get_by_role("article", name="Raj Patel")
    raj.get_by_label("In peace for").select_option("12w")
    press(today, "Raj Patel", "Snooze")
    expect(today.get_by_role("status")).to_contain_text("Raj Patel is in peace until")

    expect(today.get_by_role("article")).to_have_count(1)
    states = [place.home.proposal(number).state for number in (1, 2, 3)]
    assert states == [ProposalState.REJECTED, ProposalState.EXPIRED, ProposalState.OPEN]
    assert place.home.server.mailbox == []


def test_a_time_taken_meanwhile_is_said_and_the_next_one_offered(place: Place, today: Page) -> None:
    place.home.meeting("20260409T100000")

    press(today, "Ana Silva", "Approve and send")

    expect(today.get_by_role("alert")).to_contain_text("Nothing was sent.")
    article = today.get_by_role("article", name="Ana Silva")
    expect(article.get_by_role("radio").first).to_be_disabled()
    expect(article.get_by_role("radio").nth(1)).to_be_checked()
    press(today, "Ana Silva", "Approve and send")
    expect(today.get_by_role("status")).to_contain_text("Ana Silva is invited")
    assert len(place.home.server.mailbox) == 1


def test_of_two_tabs_one_sends(place: Place, today: Page) -> None:
    other = today.context.new_page()
    other.goto(today.url)

    press(today, "Ana Silva", "Approve and send")
    expect(today.get_by_role("status")).to_contain_text("is invited")
    press(other, "Ana Silva", "Approve and send")

    expect(other.get_by_role("status")).to_contain_text("was approved at")
    assert len(place.home.server.mailbox) == 1


def test_after_half_an_hour_unused_the_words_are_not_lost(place: Place, today: Page) -> None:
    article = today.get_by_role("article", name="Ana Silva")
    article.get_by_label("Text").fill("What took me an hour")
    place.home.clock.forward(IDLE + timedelta(minutes=1))

    press(today, "Ana Silva", "Approve and send")

    expect(today.get_by_role("heading", level=1)).to_have_text("Your visit here has ended.")
    expect(today.get_by_label("What you had written")).to_have_value("What took me an hour")
    today.goto(place.link)
    expect(today.get_by_role("article")).to_have_count(3)
    assert place.home.server.mailbox == []


def test_everything_can_be_done_by_keys_alone(place: Place, today: Page) -> None:
    today.keyboard.press("?")
    expect(today.get_by_role("dialog", name="Keys")).to_be_visible()
    today.keyboard.press("Escape")

    today.keyboard.press("j")
    today.keyboard.press("j")
    expect(today.get_by_role("article", name="Raj Patel")).to_be_focused()
    today.keyboard.press("r")
    today.keyboard.press("Enter")
    expect(today.get_by_role("status")).to_have_text("Proposal 2 is rejected.")
    today.wait_for_load_state()
    today.keyboard.press("j")
    today.keyboard.press("a")
    assert place.home.server.mailbox == []
    today.keyboard.press("Enter")
    expect(today.get_by_role("status")).to_contain_text("Ana Silva is invited")
    today.wait_for_load_state()
    today.keyboard.press("j")
    today.keyboard.press("s")
    expect(today.get_by_label("In peace for")).to_be_focused()
    today.keyboard.press("Tab")
    today.keyboard.press("Enter")
    expect(today.get_by_role("status")).to_contain_text("Mei Lin is in peace until")


def test_enter_opens_the_person_whose_row_the_keys_are_on(place: Place, today: Page) -> None:
    today.get_by_role("link", name="People").click()
    expect(today.get_by_role("heading", level=1)).to_have_text("People")
    names = today.locator("tbody th a").all_inner_texts()
    assert len(names) == 3

    today.keyboard.press("j")
    today.keyboard.press("j")
    expect(today.locator("tbody tr").nth(1)).to_be_focused()
    today.keyboard.press("Enter")
    expect(today.get_by_role("heading", level=1)).to_have_text(names[1])


def test_a_contact_that_cannot_be_logged_leaves_the_form_as_it_was(
    place: Place, today: Page
) -> None:
    today.get_by_role("link", name=ANA.name).click()
    today.get_by_label("Note, for yourself").fill("Over tea.")
    today.get_by_label("How", exact=True).select_option("walk")
    day = today.get_by_label("Day", exact=True)
    day.evaluate("each => { each.removeAttribute('max'); each.value = '2100-01-01'; }")
    today.get_by_role("button", name="Log it").click()

    expect(today.get_by_role("alert")).to_contain_text("2100-01-01 is still to come.")
    expect(today.get_by_label("Note, for yourself")).to_have_value("Over tea.")
    expect(today.get_by_label("How", exact=True)).to_have_value("walk")


def test_keys_write_where_one_writes_and_can_be_switched_off(today: Page) -> None:
    title = today.get_by_role("article", name="Ana Silva").get_by_label("Title")
    title.fill("")
    title.press_sequentially("jars?")
    expect(title).to_have_value("jars?")

    today.get_by_role("button", name="Keys").click()
    today.get_by_label("Use these keys").uncheck()
    today.get_by_role("button", name="Close").click()
    today.keyboard.press("j")

    expect(today.get_by_role("article", name="Ana Silva")).not_to_be_focused()


def test_without_javascript_all_of_it_works(place: Place, chrome: Browser) -> None:
    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"http://{place.host}/")
    page.get_by_label("Code").fill(place.home.code())
    page.get_by_role("button", name="Open").click()
    page.get_by_role("article", name="Ana Silva").get_by_text("Sat 11 Apr 10:00").click()
    press(page, "Ana Silva", "Approve and send")
    page.get_by_role("button", name="Send this").click()

    expect(page.get_by_role("status")).to_contain_text("Ana Silva is invited")
    context.close()


def test_the_buttons_of_a_card_never_cover_its_head(today: Page) -> None:
    today.set_viewport_size({"width": 1280, "height": 600})
    head, bar = (f"document.querySelector('#proposal-2 {each}')" for each in ("header", "footer"))
    below = today.evaluate(f"{head}.getBoundingClientRect().top") - 600

    for seen in range(0, 400, 40):
        today.evaluate(f"scrollTo({{top: {below + seen}, behavior: 'instant'}})")
        end = today.evaluate(f"{head}.getBoundingClientRect().bottom")
        start, low = (
            today.evaluate(f"{bar}.getBoundingClientRect().{each}") for each in ("top", "bottom")
        )
        assert start >= end, f"{seen} pixels of the card are seen"
    assert low == 600


@pytest.mark.parametrize("path", ["map", "people/margareta-sjostrom"])
def test_a_picture_wider_than_the_screen_says_so(shown: Place, chrome: Browser, path: str) -> None:
    for size, says in ((PHONE, True), (WIDE, False)):
        with visiting(chrome, shown, viewport=size) as page:
            page.goto(page.url + path)
            expect(page.get_by_text("scroll it sideways")).to_be_visible(visible=says)


def test_a_person_is_changed_on_their_page(place: Place, today: Page) -> None:
    today.get_by_role("link", name=ANA.name).click()
    today.get_by_label("Priority").select_option("B")
    today.get_by_label("Private notes").fill("Likes tea.\nTwo children.")
    today.get_by_role("button", name="Save").click()

    expect(today.get_by_role("status")).to_have_text("Saved: priority, private notes.")
    assert place.home.person().notes.reveal() == "Likes tea.\nTwo children."


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The invented year of `fika demo`, on a fixed day, after its first run."""
    with demo(tmp_path_factory.mktemp("demo")) as home, at(home) as made:
        yield made


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [("wide", WIDE, "light"), ("dark", WIDE, "dark"), ("phone", PHONE, "light")],
)
def test_every_page_is_accessible_and_fits(
    shown: Place, chrome: Browser, name: str, size: dict[str, int], scheme: str
) -> None:
    axe = Axe()
    with visiting(chrome, shown, viewport=size, color_scheme=scheme) as page:
        base = page.url
        for path in PAGES:
            page.goto(base + path)
            found = axe.run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], f"{path} is wider than the screen"
            _pictured(page, path, name)
        page.goto(f"http://{shown.host}/")
        assert axe.run(page).violations_count == 0


def _pictured(page: Page, path: str, name: str) -> None:
    """A screenshot for the documentation, of what one sees first, where that is asked for."""
    if PICTURES is None:
        return
    called = "person" if "/" in path else path or "today"
    kept = Path(PICTURES) / f"web-{called}{'' if name == 'wide' else f'-{name}'}.png"
    if name == "wide" or called == "today":
        # 255 colours are enough for a page of few, at a third of the size.
        drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
        few = drawn.quantize(255, Image.Quantize.MAXCOVERAGE)
        few.save(kept, optimize=True)
