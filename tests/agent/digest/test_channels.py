"""What Slack, Teams, Telegram, ntfy and a webhook are really sent, from the configuration on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from html import unescape

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.daily.demo import _build
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.digest import forms
from agent.digest.sections import Section
from connectors.channels import Channel
from tests.make import utc
from tests.servers.tunnel import Posted, Tunnel

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NOW = utc("2026-03-04 06:15")
PAGE = "http://127.0.0.1:8377/"
TEAMS = "prod-1.westeurope.logic.azure.com"
SERVICES = {
    "slack": ("hooks.slack.com", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"),
    "teams": (TEAMS, f"workflows://{TEAMS}:443/643e69f83c8944/signatureabc/"),
    "telegram": ("api.telegram.org", "tgram://123456789:alpha_numeric/12315544/"),
    "ntfy": ("ntfy.example.com", "ntfys://ntfy.example.com/topic"),
    "webhook": ("hook.example.com", "jsons://hook.example.com/fika"),
}
ANSWERS = {"hooks.slack.com": b"ok", "api.telegram.org": b'{"ok": true, "result": {}}'}
NASTY = "Margareta *Sjöström* _x_ [y](https://evil.example.com/a) <b>&amp; <!channel>"
PRIVATE, SENSITIVE = "a note for nobody", "Ines Carvalho"


@pytest.fixture(scope="module")
def tunnel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnel]:
    answers = {host: ANSWERS.get(host, b"{}") for host, _ in SERVICES.values()}
    with Tunnel(answers, tmp_path_factory.mktemp("authority")).running() as made:
        yield made


@pytest.fixture(scope="module")
def told(tunnel: Tunnel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Posted]:
    """What each service was sent by a first run of the invented year."""
    home = tmp_path_factory.mktemp("channels") / "home"
    _build(home, FixedClock(NOW))
    for file in (home / "calendars").rglob("*.ics"):
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    digest = f'\n[digest]\npage = "{PAGE}"\n'
    for name, (_, url) in SERVICES.items():
        secret = home / name
        secret.touch(0o600)
        secret.write_text(url)
        digest += f'[[digest.channel]]\nname = "{name}"\nurl_from = {{ file = "{name}" }}\n'
    with (home / "config.toml").open("a") as config:
        config.write(digest)
    for words in (
        ("people", "import", str(home / "people.toml"), "--yes"),
        ("people", "edit", "margareta", "--name", NASTY, "--notes", PRIVATE),
        ("people", "edit", "ines-carvalho", "--sensitive"),
        ("run",),
    ):
        app = App(home, FixedClock(NOW))
        result = CliRunner().invoke(cli, words, obj=app, standalone_mode=False)
        app.close()
        assert result.exception is None, result.output
    assert len(tunnel.seen) == len(SERVICES)
    return {each.host: each for each in tunnel.seen}


def texts(value: object) -> Iterator[str]:
    """Every text of a JSON value, whatever it is called."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def read(service: str, posted: Posted) -> str:
    """All the service was told, as its people would read it."""
    said = "\n".join(texts(json.loads(posted.body)))
    if service == "teams":  # Markdown: a backslash makes the next letter plain
        return re.sub(r"\\(.)", r"\1", said)
    return unescape(re.sub("</?b>", "", said)) if service in {"slack", "telegram"} else said


@pytest.mark.parametrize("service", SERVICES)
def test_a_channel_is_told_what_waits_and_links_only_to_the_page(
    told: dict[str, Posted], service: str
) -> None:
    said = read(service, told[SERVICES[service][0]])

    assert "Waiting for your yes" in said
    assert "fika show 1" in said
    addresses = set(re.findall(r"https?://[^\s\"]+", said))
    assert addresses - {"http://adaptivecards.io/schemas/adaptive-card.json"} == {PAGE}


@pytest.mark.parametrize("service", SERVICES)
def test_a_channel_hears_no_note_and_of_nobody_who_is_sensitive(
    told: dict[str, Posted], service: str
) -> None:
    posted = told[SERVICES[service][0]]

    for secret in (PRIVATE, *SENSITIVE.split(), "example.com"):
        assert secret not in read(service, posted)
        assert secret.encode() not in posted.body


@pytest.mark.parametrize("service", SERVICES)
def test_a_name_that_looks_like_markup_is_read_as_it_is_written(
    told: dict[str, Posted], service: str
) -> None:
    posted = told[SERVICES[service][0]]

    assert "Margareta *Sjöström* _x_ [y]([a link] <b>&amp; <!channel>" in read(service, posted)
    sent = posted.body.decode()
    if service == "slack":
        assert "&lt;!channel&gt;" in sent
        assert json.loads(sent)["mrkdwn"] is False
    elif service == "telegram":
        assert json.loads(sent)["parse_mode"] == "HTML"
        assert "&lt;b&gt;&amp;amp;" in sent
    elif service == "teams":
        assert r"\\*Sj" in sent
        assert r"\\[y\\]" in sent


LONG = forms.shortened(
    Section(f"Part {part}", ("人" * 500,) * 40, urgent=True) for part in range(30)
)


@pytest.mark.parametrize("service", SERVICES)
def test_the_longest_digest_is_one_message_that_every_service_takes(
    tunnel: Tunnel, service: str
) -> None:
    tunnel.seen.clear()
    said = forms.chat(LONG, PAGE)

    Channel(service, lambda: SERVICES[service][1]).send(forms.subject(LONG), said)
    (posted,) = tunnel.seen
    assert max(len(each.encode()) for each in texts(json.loads(posted.body))) < 4096
    assert said.endswith(f"\n\nand more: fika digest\n\nOpen the page: {PAGE}\n")
    assert f"Open the page: {PAGE}" in read(service, posted)


def test_a_short_digest_is_the_same_in_a_chat_as_in_a_mail() -> None:
    sections = (Section("Most overdue", ("Ana (A): red",)),)

    assert forms.chat(sections, PAGE) == forms.plain(sections, PAGE)
