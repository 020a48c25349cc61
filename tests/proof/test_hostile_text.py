"""Titles, names, comments and file names made to deceive: what the owner reads holds none of it.

10,000 hostile texts go in through every door that takes text from outside, and come out of every
command and the digest's mail with whatever acts or hides made visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import islice

import pytest

from tests.connectors import replies
from tests.proof.hostile import BIDI, CONTROLS, OVERRIDES, UNSEEN, raw, texts, tokens
from tests.proof.household import Household, Said, days_from_now, escaped, vcalendar, vevent
from tests.servers.smtp import Delivered, SmtpServer

pytestmark = pytest.mark.proof

SEED = 20_260_302
MET, MEETINGS, TO_MEET, STRANGERS, FILES = 8, 1_100, 400, 900, 150


@pytest.fixture(scope="module")
def server() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, server: SmtpServer) -> Household:
    made = Household(tmp_path_factory.mktemp("hostile"))
    hostile = texts(SEED)
    made.configure(
        name="Olle " + next(hostile),
        further=(
            f'[mail]\nhost = "localhost"\nport = {server.port}\nencryption = "none"\n'
            "[digest]\nmail = true\n[etiquette]\nper_run = 9\nper_week = 20\n"
            "[slots]\nper_day = 5\nper_week = 20\n"
        ),
    )
    (made.work / "past.ics").write_bytes(vcalendar(_meetings(hostile)))
    (made.extra / "strangers.ics").write_bytes(vcalendar(_strangers(hostile)))
    for text in islice(hostile, FILES):
        name = text.replace("/", "|").replace("\0", "")[:60].lstrip(".")
        (made.extra / f"x{name}.ics").write_bytes(b"no calendar")
    assert made.people(*_people(hostile)).code == 0
    return made


def _meetings(hostile: Iterator[str]) -> Iterator[str]:
    for number in range(MET * MEETINGS):
        guest, back = number % MET, number // MET
        yield vevent(
            f"past-{number}",
            days_from_now(-1 - back * 0.7),
            next(hostile),
            [(f"met{guest}@example.com", f"Met {guest}")],
            further=[f"LOCATION:\u202e\x1b[2J{number}"],
        )


def _strangers(hostile: Iterator[str]) -> Iterator[str]:
    for number in range(STRANGERS):
        guest = (f"stranger{number}@example.org", next(hostile).replace("@", " "))
        yield vevent(f"stranger-{number}", days_from_now(-number % 300 - 300), "Coffee", [guest])


def _people(hostile: Iterator[str]) -> Iterator[dict[str, object]]:
    for number in range(MET):
        yield {"name": f"Met {number}", "addresses": [f"met{number}@example.com"]}
    for number in range(TO_MEET):
        name, organisation, ground, notes = islice(hostile, 4)
        yield {
            "id": f"new-{number}",
            "name": name,
            "addresses": [f"new{number}@example.com"],
            "priority": "A" if number < 9 else "D",
            "listed_on": f"{days_from_now(-200):%Y-%m-%d}",
            "organisation": organisation,
            "common_ground": [ground],
            "notes": notes,
            "formats": ["virtual coffee"],
        }


def test_every_hostile_character_is_among_the_texts_and_would_be_seen() -> None:
    everything = "".join(islice(texts(SEED), 10_000))

    assert set(everything) >= {*CONTROLS, *BIDI, *UNSEEN}
    for char in (*CONTROLS, *BIDI):
        assert char == "\n" or raw(f"a{char}b".encode()) == [f"U+{ord(char):04X}"]


def test_no_command_and_no_mail_shows_what_acts_on_a_terminal_or_hides(
    house: Household, server: SmtpServer, record_property: Callable[[str, object], None]
) -> None:
    _look_at_everything(house)
    approved = [house.fika("approve", str(number), "--yes") for number in (1, 2, 3)]
    answered = [_answer(house, each.message) for each in _invitations(server)]
    _look_at_everything(house)
    _change(house)
    shown = set[int]().union(*(tokens(each.out) for each in house.said))

    record_property("hostile texts shown", len(shown))
    assert [each for each in house.said if each.code not in (0, 1, 2)] == []
    assert [each.code for each in (*approved, *answered)] == [0] * 6
    assert [each for each in house.said if _raw(each)] == []
    assert len(shown) >= 10_000
    for mail in server.mailbox:
        assert raw(bytes(mail.data), crlf=True) == []
        words = "".join((*mail.message.values(), *map(str, _texts(mail.message)))).replace("\r", "")
        assert not {*CONTROLS, *OVERRIDES}.difference("\n").intersection(words)
    (digest,) = (each.message for each in server.mailbox if not _is_invitation(each.message))
    for form in map(str.encode, map(str, _texts(digest))):
        assert raw(form, crlf=True) == []
        assert len(tokens(form)) >= 9


def _look_at_everything(house: Household) -> None:
    for words in _COMMANDS:
        house.fika(*words)
    for number in range(1, 5):
        house.fika("show", str(number))
        house.fika("show", str(number), "--json")
    for number in range(MET):
        house.fika("why", f"met-{number}", "--all", *(["--json"] if number % 2 else []))


def _change(house: Household) -> None:
    house.fika("people", "merge", "new-30", "new-31", "--yes")
    house.fika("snooze", "new-5", "6w")
    house.fika("triage", stdin=b"ABCDsnnuAA" * 3)
    house.fika("people", "edit", "new-41", "--priority", "B")
    house.fika("people", "remove", "new-40", "--yes")
    house.fika("reject", "4", "--why", next(texts(1)))
    house.fika("people", "show", next(texts(2)))


def _texts(message: EmailMessage) -> Iterator[object]:
    """Every part of a mail that is text, decoded."""
    return (part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def _invitations(server: SmtpServer) -> list[Delivered]:
    return [each for each in server.mailbox if _is_invitation(each.message)]


def _is_invitation(message: EmailMessage) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in message.walk())


def _answer(house: Household, invitation: EmailMessage) -> Said:
    """The guest accepts, in a file with a hostile name and with a hostile comment."""
    (calendar,) = (
        part.get_content()
        for part in invitation.walk()
        if part.get_content_type() == "text/calendar"
    )
    uid = calendar.partition("UID:")[2].split()[0]
    guest = str(invitation["To"].addresses[0].addr_spec)
    comment = next(texts(int(uid[:8], 16)))
    reply = replies.google(uid=uid, guest=guest).replace(
        b"See you\\, Olle", escaped(comment).encode()
    )
    file = house.home.parent / f"answer {comment[:40].replace('/', '|')}.ics"
    file.write_bytes(reply)
    house.fika("import-reply", str(file), "-", stdin=reply.replace(guest.encode(), b"\x1b]0;x@x"))
    return house.fika("import-reply", str(file))


def _raw(said: Said) -> list[str]:
    return raw(said.out, crlf="--csv" in said.words) + raw(said.err)


_COMMANDS = (
    ("run", "--dry-run"), ("run",), ("run", "--json"),
    ("audit",), ("audit", "--json"), ("audit", "--csv"),
    ("calendars",), ("calendars", "--json"), ("doctor",), ("doctor", "--json"),
    ("people",), ("people", "list", "--json"),
    ("people", "show", "new-0"), ("people", "show", "new-20", "--json"), ("why", "new-20"),
    ("people", "discover", "--all"), ("people", "discover", "--all", "--json"),
    ("proposals", "--all"), ("proposals", "--all", "--json"),
)  # fmt: skip
