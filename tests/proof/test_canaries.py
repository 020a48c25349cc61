"""Secrets, notes, titles and names planted everywhere: none comes out where it has no business.

The real command line runs with every logger at DEBUG while servers are down, passwords wrong,
files broken, the disk full and the store damaged in the middle of a step.
"""

from __future__ import annotations

import base64
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.proof.household import OWNER, Household, Said, days_from_now, vcalendar, vevent
from tests.servers import feeds
from tests.servers.certificates import Tls, tls_for
from tests.servers.feeds import FeedServer
from tests.servers.smtp import Fault, SmtpServer

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX stand for a full disk"),
]

LOUD = """
import logging, os, resource, sys
logging.basicConfig(filename=os.environ["PROOF_LOG"], level=logging.DEBUG, force=True)
logging.raiseExceptions = False  # the log itself may meet the full disk
logging.debug("everything is logged")
if "PROOF_ROOM" in os.environ:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["PROOF_ROOM"]),) * 2)
def unforeseen(event, arguments):
    if event == os.environ.get("PROOF_BREAKS"):
        raise RuntimeError(os.environ["PROOF_WORDS"])
sys.addaudithook(unforeseen)
from agent.__main__ import main
main()
"""
SECRETS = {
    name: f"s3cr3t{index:02}{name.title().replace(' ', '')}x9f"
    for index, name in enumerate(
        (
            "mail password", "wrong password", "ping address", "direct feed", "feed query",
            "feed from env", "feed user", "feed password", "feed from file", "feed from command",
            "feed from ring", "feed of a server down", "feed that redirects", "feed without tls",
            "feed of no host", "feed of no address", "login page", "realm", "open file",
            "command that fails", "cookie", "variable that is no address",
        )
    )
}  # fmt: skip
NOTES = [f"n0te{number:04}canary" for number in range(1_000)]
TITLE, NAME, ADDRESS = "t1tlecanary", "n4mecanary", "4ddresscanary"


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, FeedServer]]:
    """One that answers, one that redirects to it, one that wants a password, one with a page."""
    good = vcalendar([vevent("feed-1", days_from_now(-40), f"{TITLE} of a feed")])
    made = {name: FeedServer(good) for name in ("good", "redirects", "refuses", "page", "monitor")}
    made["redirects"].always = feeds.redirect(made["good"].url("/elsewhere.ics"))
    made["refuses"].always = feeds.status(401, www_authenticate=f'Basic realm="{SECRETS["realm"]}"')
    page = f"<html><a href='{SECRETS['login page']}'>Sign in</a></html>".encode()
    made["page"].always = feeds.body(page, "text/html", set_cookie=f"id={SECRETS['cookie']}")
    made["monitor"].always = feeds.body(b"OK", "text/plain")
    with ExitStack() as stack:
        yield {name: stack.enter_context(each.running()) for name, each in made.items()}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return tls_for("localhost", folder=tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def mail_server(tls: Tls) -> Iterator[SmtpServer]:
    made = SmtpServer(starttls=tls.server, accounts={"olle": SECRETS["mail password"]})
    with made.running() as running:
        yield running


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory,
    servers: dict[str, FeedServer],
    mail_server: SmtpServer,
    tls: Tls,
) -> Household:
    folder = tmp_path_factory.mktemp("canaries")
    made = Household(folder, ("-c", LOUD))
    made.environment |= {
        "PROOF_LOG": str(folder / "debug.log"),
        "PROOF_RING": servers["good"].url(f"/{SECRETS['feed from ring']}.ics"),
        "PYTHON_KEYRING_BACKEND": "tests.proof.ring.Ring",
        "PYTHONPATH": ".",
        "SSL_CERT_FILE": str(tls.authority),
        "MAIL_PASSWORD": SECRETS["mail password"],
        "FEED_ADDRESS": servers["good"].url(f"/{SECRETS['feed from env']}.ics"),
        "NO_ADDRESS": SECRETS["variable that is no address"],
    }
    made.configure(further=_configured(made, servers, mail_server.port))
    (made.work / "met.ics").write_bytes(vcalendar(_meetings()))
    (made.extra / "broken.ics").write_bytes(
        vcalendar(
            [vevent("broken", days_from_now(-3), TITLE).replace("DTSTART:", f"DTSTART:{TITLE}")]
        )
    )
    (made.extra / "cut.ics").write_bytes(vcalendar(_meetings())[:700])
    assert made.people(*_people()).code == 0
    return made


def _configured(house: Household, servers: dict[str, FeedServer], mail_port: int) -> str:
    """Twelve feeds that hold secrets, most of which fail, a mail server and a monitor."""
    good, beside = servers["good"], house.home.parent
    (beside / "feed.txt").write_text(good.url(f"/{SECRETS['feed from file']}.ics"))
    (beside / "feed.txt").chmod(0o600)
    (beside / "open.txt").write_text(good.url(f"/{SECRETS['open file']}.ics"))
    (beside / "open.txt").chmod(0o644)
    (beside / "feed.sh").write_text(f"echo {good.url('/' + SECRETS['feed from command'])}.ics\n")
    (beside / "fails.sh").write_text(
        f"echo {SECRETS['command that fails']} | tee /dev/stderr; exit 3\n"
    )
    user, password = SECRETS["feed user"], SECRETS["feed password"]
    of_user = good.url("/basic.ics", host=f"{user}:{password}@127.0.0.1")
    addresses = {
        "direct": f'url = "{good.url("/" + SECRETS["direct feed"])}?k={SECRETS["feed query"]}"',
        "user": f'url = "{of_user}"',
        "env": 'url_from = { env = "FEED_ADDRESS" }',
        "file": 'url_from = { file = "../feed.txt" }',
        "command": f"url_from = {{ command = 'sh {beside}/feed.sh' }}",
        "ring": 'url_from = { keyring = "olle" }',
        "down": f'url = "http://127.0.0.1:9/{SECRETS["feed of a server down"]}.ics"',
        "redirects": f'url = "{servers["redirects"].url("/" + SECRETS["feed that redirects"])}"',
        "tls": f'url = "https://127.0.0.1:{good.port}/{SECRETS["feed without tls"]}"',
        "nohost": f'url = "https://nowhere.invalid/{SECRETS["feed of no host"]}"',
        "noaddress": f'url = "https://[::1/{SECRETS["feed of no address"]}"',
        "refuses": f'url = "{servers["refuses"].url()}"',
        "page": f'url = "{servers["page"].url()}"',
        "open": 'url_from = { file = "../open.txt" }',
        "fails": f"url_from = {{ command = 'sh {beside}/fails.sh' }}",
        "variable": 'url_from = { env = "NO_ADDRESS" }',
    }
    calendars = (
        f'[[calendar]]\nname = "{name}"\n{where}\nbusy = false\nallow_private_host = true\n'
        for name, where in addresses.items()
    )
    monitor = servers["monitor"].url(f"/{SECRETS['ping address']}")
    return "\n".join(
        (
            *calendars,
            f'[mail]\nhost = "localhost"\nport = {mail_port}\nuser = "olle"',
            'password_from = { env = "MAIL_PASSWORD" }\ntimeout = "3s"',
            f'[ping]\nurl = "{monitor}"\nallow_private_host = true',
            '[digest]\nmail = true\n[limits]\nfetch = "2s"',
        )
    )


def _meetings() -> Iterator[str]:
    for number in range(20):
        guests = [(f"met{number % 4}.{ADDRESS}@example.com", f"{NAME} {number % 4}")]
        yield vevent(f"met-{number}", days_from_now(-60 - number), f"{TITLE} {number}", guests)


def _people() -> Iterator[dict[str, object]]:
    for number, note in enumerate(NOTES):
        yield {
            "id": f"p-{number}",
            "name": f"Ana{number} {NAME}",
            "addresses": [f"met{number}.{ADDRESS}@example.com"],
            "priority": "A" if number < 8 else "D",
            "listed_on": f"{days_from_now(-300):%Y-%m-%d}",
            "formats": ["virtual coffee"],
            "notes": note,
        }


def test_no_secret_and_no_note_comes_out_anywhere(
    house: Household,
    servers: dict[str, FeedServer],
    mail_server: SmtpServer,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("secrets planted", len(SECRETS))
    record_property("private notes planted", len(NOTES))

    _all_is_well(house)
    _mail_fails(house, mail_server)
    _disk_is_full(house)
    _something_unforeseen_happens(house)
    _store_is_damaged(house)

    record_property("commands run at DEBUG", len(house.said))
    assert {each.code for each in house.said} >= {0, 1, 3, 5, 70}
    assert [each for each in house.said if b"Traceback" in each.out + each.err] == []
    outputs = dict(_outputs(house.said))
    asked_for = {place for place in outputs if "'show', 'p-3'" in place or "'why', 'p-1'" in place}
    files, store = dict(_files(house)), dict(_store(house))
    logs = {name: data for name, data in files.items() if "crash" in name or "debug.log" in name}
    mails = {f"mail {n}": bytes(each.data) for n, each in enumerate(mail_server.mailbox)}
    blocks = {str(each): each.read_bytes() for each in house.work.glob("fika*")}
    assert mails
    assert blocks
    assert len(logs) > 3
    left = {**files, **mails, **blocks}
    assert _hits(SECRETS.values(), {**outputs, **left, **store}) == []
    assert (
        _hits(NOTES, {**left, **{n: each for n, each in outputs.items() if n not in asked_for}})
        == []
    )
    assert _hits((TITLE, NAME, ADDRESS), logs) == []
    assert {note for note, _ in _hits(NOTES, outputs)} == {NOTES[1], NOTES[3]}
    assert _hits([TITLE], outputs)
    _each_server_was_told_its_own_address_and_nothing_else(servers)


def _each_server_was_told_its_own_address_and_nothing_else(servers: dict[str, FeedServer]) -> None:
    heard = {
        name: "".join(f"{each.path} {each.headers}\n" for each in server.seen).encode()
        for name, server in servers.items()
    }

    found = {
        name: {word for word, _ in _hits(SECRETS.values(), {name: heard[name]})} for name in heard
    }
    assert found == {
        "good": {
            SECRETS[name]
            for name in (
                "direct feed", "feed query", "feed from env", "feed from file", "feed from ring",
                "feed from command", "feed user", "feed password",
            )
        },
        "redirects": {SECRETS["feed that redirects"]},
        "refuses": set(),
        "page": set(),
        "monitor": {SECRETS["ping address"]},
    }  # fmt: skip
    assert _hits((*NOTES, TITLE, NAME, ADDRESS, OWNER), heard) == []


def _hits(words: Iterable[str], places: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Which words stand where: as they are, in small letters, or somewhere in base64."""
    found = []
    for word in words:
        forms = (word.encode(), word.lower().encode(), *_in_base64(word.encode()))
        found += [(word, place) for place, data in places.items() if any(f in data for f in forms)]
    return found


def _in_base64(word: bytes) -> Iterator[bytes]:
    """What surely shows of it inside a longer text, wherever that begins."""
    for before, unsure in ((0, 0), (1, 2), (2, 3)):
        yield base64.b64encode(bytes(before) + word)[unsure:-4]


def _outputs(said: Iterable[Said]) -> Iterator[tuple[str, bytes]]:
    for number, each in enumerate(said):
        yield f"{number} {each.words} out", each.out
        yield f"{number} {each.words} err", each.err


def _files(house: Household) -> Iterator[tuple[str, bytes]]:
    """What is left in the state folder, but for the store, its copies and the owner's own words."""
    for path in (*house.home.rglob("*"), Path(house.environment["PROOF_LOG"])):
        inside = path.relative_to(house.home.parent)
        own = "backups" in inside.parts or path.name == "config.toml" or path.name[:7] == "fika.db"
        if path.is_file() and not own:
            yield str(inside), path.read_bytes()


def _store(house: Household) -> Iterator[tuple[str, bytes]]:
    for path in (*house.home.glob("fika.db*"), *(house.home / "backups").iterdir()):
        yield path.name, path.read_bytes()


def _all_is_well(house: Household) -> None:
    for words in (
        ("run",), ("run", "--json", "--dry-run"), ("doctor", "--mail"), ("doctor", "--json"),
        ("calendars",), ("calendars", "--json"), ("audit",), ("audit", "--csv"), ("why", "p-2"),
        ("people",), ("people", "discover", "--all"), ("proposals",), ("show", "1"),
        ("show", "1", "--json"), ("log", "p-1", "--how", "call", "--note", NOTES[1]),
        ("approve", "1", "--yes"), ("approve", "2", "--yes"), ("cancel", "2", "--yes"),
        ("people", "remove", "p-900", "--yes"), ("people", "merge", "p-901", "p-902", "--yes"),
        ("people", "show", "p-3"), ("why", "p-1"), ("forget", "p-903", "--yes"), ("backup",),
        ("ping",),
    ):  # fmt: skip
        house.fika(*words)


def _mail_fails(house: Household, mail_server: SmtpServer) -> None:
    house.fika("doctor", "--mail", MAIL_PASSWORD=SECRETS["wrong password"])
    house.fika("approve", "3", "--yes", MAIL_PASSWORD=SECRETS["wrong password"])
    for stage in ("connect", "auth", "rcpt", "end"):
        mail_server.fault = Fault(stage, f"554 no {stage}")
        house.fika("approve", "3", "--yes")
    house.fika("run")
    mail_server.fault = None


def _disk_is_full(house: Household) -> None:
    for room in (0, 4_096, 200_000):
        for words in (("run",), ("audit",), ("log", "p-1", "--how", "call", "--note", NOTES[1])):
            house.fika(*words, PROOF_ROOM=str(room))


def _something_unforeseen_happens(house: Household) -> None:
    """An exception that quotes everything there is to hide, wherever the system is asked."""
    words = " ".join((TITLE, NAME, ADDRESS, NOTES[2], *SECRETS.values()))
    for event in ("sqlite3.connect", "subprocess.Popen", "socket.connect", "os.rename", "os.mkdir"):
        for command in (("run",), ("approve", "4", "--yes"), ("doctor", "--mail"), ("backup",)):
            house.fika(*command, PROOF_BREAKS=event, PROOF_WORDS=words)


def _store_is_damaged(house: Household) -> None:
    """A row that no version of Fika ever wrote: the step in hand ends in a way nobody foresaw."""
    for statement, words in (
        ("UPDATE proposal_slot SET parts = ?", ("show", "1")),
        ("UPDATE action SET payload = ?", ("approve", "1", "--yes")),
        ("UPDATE item SET body = ?", ("run",)),
        ("UPDATE person SET groups = ?", ("audit",)),
    ):
        store = sqlite3.connect(house.home / "fika.db")
        with store:
            store.execute(statement, (f"{TITLE} {NAME} {ADDRESS} {NOTES[0]}",))
        store.close()
        assert house.fika(*words).code in {5, 70}
