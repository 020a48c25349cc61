from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.keeping import forget
from agent.relationships import accountability
from agent.store import commitments, people
from agent.store.database import Database
from agent.store.pause import pause
from policies.people.person import PrivateNotes
from tests.agent.cli.place import Place, place
from tests.agent.store.stored import listed
from tests.agent.world import ANA, MEI, NOW, RAJ
from tests.servers.smtp import Delivered

__all__ = ["place"]
COACH = "karin@example.org"
DAY = timedelta(days=1)


@pytest.fixture
def committed(place: Place) -> Place:
    """To Ana until the end of September; the coach is told. It is the second of April."""
    with Database(place.home) as db:
        listed(db, replace(RAJ, sensitive=True), replace(MEI, notes=PrivateNotes("a secret")))
    place.said("commit", "to", "ana", "--until", "2026-09-30", "--tell", COACH)
    place.clock.forward(2 * DAY)
    place.read()
    return place


def test_a_commitment_shows_in_the_audit_the_run_and_the_planning_slot(committed: Place) -> None:
    line = "Ana Silva, by Wed 30 Sep: still to meet"

    assert line in committed.said("commit", "show")
    assert f"Committed to {line}." in committed.said("audit")
    ran = committed.said("run")
    assert f"Committed to\n  {line}" in ran
    assert "the letter for March 2026: fika commit letter" in ran
    slot = "".join(committed.entries()).replace("\r\n ", "")
    assert "Committed to\\n- Ana Silva\\, by Wed 30 Sep" in slot


def test_a_letter_that_has_fallen_due_is_news_to_one_run(committed: Place) -> None:
    for _ in range(2):
        committed.said("run")

    assert not json.loads(committed.said("run", "--json"))["news"]
    assert "the letter for March 2026" in committed.said("digest")
    committed.clock.forward(29 * DAY)  # to the first of May
    committed.read()
    assert json.loads(committed.said("run", "--json"))["news"]
    assert "the letter for April 2026" in committed.said("digest")


def test_the_readers_address_is_in_nothing_others_may_look_into(committed: Place) -> None:
    committed.said("run")

    slots = "".join(committed.entries()).replace("\n ", "")
    for text in (slots, committed.said("digest", "--for-others")):
        assert "the letter for March 2026: fika commit letter" in text
        assert COACH not in text


def test_the_letter_is_shown_whole_and_sent_after_a_yes(committed: Place) -> None:
    said = committed.said("commit", "letter", "--yes")

    assert "Title    My relationships in March 2026" in said
    assert "| On 31 March 2026 I committed to build a relationship with Ana Silva" in said
    (mail,) = committed.server.mailbox
    assert mail.recipients == (COACH,)
    assert committed.said("commit", "show").endswith(f"Told each month: {COACH}\n")
    assert "no letter is due" in committed.failed("commit", "letter", "--yes")
    (told,) = json.loads(committed.said("report", "list", "--json"))
    assert (told["to"], told["status"]) == (COACH, "sent")


def test_nothing_leaves_without_a_yes_however_often_a_run_comes_by(committed: Place) -> None:
    for _ in range(3):
        committed.said("run")
        committed.clock.forward(DAY)
        committed.read()

    assert "--yes" in committed.failed("commit", "letter")
    assert committed.server.mailbox == []
    assert "There is no report" in committed.said("report", "list")


def test_nobody_else_is_named_and_nobody_sensitive_is_counted(committed: Place) -> None:
    committed.said("commit", "letter", "--yes")

    (mail,) = committed.server.mailbox
    text = _text(mail)
    assert "1 still to meet" in text or "2 still to meet" in text
    assert not any(name in text for name in ("Raj", "Mei", "secret", "ana.silva@"))


def test_a_month_that_is_skipped_is_not_asked_for_again(committed: Place) -> None:
    assert "March 2026 stays unsent" in committed.said("commit", "letter", "--skip")

    assert "no letter is due" in committed.failed("commit", "letter")
    committed.clock.forward(30 * DAY)
    assert "letter for April 2026 waits" in committed.said("commit", "show")


def test_a_letter_taken_back_waits_again(committed: Place) -> None:
    (committed.home / "STOP").touch()
    committed.said("commit", "letter", "--yes")
    assert "waits" not in committed.said("commit", "show")

    committed.said("report", "reject", "1")

    assert "letter for March 2026 waits" in committed.said("commit", "show")


def test_a_pause_holds_the_letter_back_like_everything_else(committed: Place) -> None:
    with Database(committed.home) as db, db.transaction() as sql:
        pause(sql, NOW + 30 * DAY)

    assert "pause" in committed.failed("commit", "letter", "--yes").lower()
    assert committed.server.mailbox == []


def test_a_letter_that_lacks_meetings_is_not_sent_unseen(committed: Place) -> None:
    committed.folder.rename(committed.folder.with_name("gone"))
    committed.read()

    result = committed.fika("commit", "letter", "--yes")

    assert "Meetings may be missing: work" in result.output
    assert "may not be up to date" in str(result.exception)
    assert committed.server.mailbox == []


def test_there_is_one_commitment_at_a_time_and_it_ends_by_the_owners_word(place: Place) -> None:
    assert "committed to nobody" in place.said("commit", "show")
    assert place.said("commit", "show", "--json") == "null\n" == place.said("commit", "--json")
    assert place.said("commit") == place.said("commit", "show")
    assert "committed to nobody" in place.failed("commit", "kept")
    place.said("commit", "to", "ana", "--until", "2026-09-30")
    assert "nobody is to be told" in place.failed("commit", "letter")
    assert "you are committed to Ana Silva" in place.failed(
        "commit", "to", "ana", "--until", "2026-10-30"
    )

    assert "Your commitment to Ana Silva is kept." in place.said("commit", "kept")
    place.said("commit", "to", "ana", "--until", "2026-10-30", "--tell", COACH)
    shown = json.loads(place.said("commit", "show", "--json"))
    assert (shown["until"], shown["tell"], shown["letter_due"]) == ("2026-10-30", COACH, None)
    assert "given up" in place.said("commit", "drop")


def test_a_day_that_is_over_and_readers_that_will_not_do_are_refused(place: Place) -> None:
    with Database(place.home) as db:
        listed(db, replace(RAJ, sensitive=True))

    until = ("--until", "2026-09-30")
    assert "no day to come" in place.failed("commit", "to", "ana", "--until", "2026-03-31")
    assert "about themselves" in place.failed("commit", "to", "ana", *until, "--tell", "ana")
    assert "sensitive" in place.failed("commit", "to", "raj", *until, "--tell", COACH)
    assert "sensitive, by Wed 30 Sep" in (
        place.said("commit", "to", "raj", *until) and place.said("commit", "show")
    )


def test_who_becomes_sensitive_is_left_out_of_the_letter(committed: Place) -> None:
    with Database(committed.home) as db, db.transaction() as sql:
        people.save(sql, replace(ANA, sensitive=True))

    said = committed.said("commit", "letter", "--yes")

    assert "Ana" not in said
    assert "committed" not in _text(committed.server.mailbox[0])


def test_forgetting_ends_the_telling_and_the_commitment(committed: Place) -> None:
    with Database(committed.home) as db:
        forget.forget(committed.home, db, forget.subject(db, COACH))
        known = accountability.standing(db)
        assert known is not None
        assert known.tell == ""

        forget.forget(committed.home, db, forget.subject(db, "ana"))
        assert commitments.every(db) == ()


def test_a_letter_that_was_sent_is_not_owed_again_when_somebody_is_forgotten(
    committed: Place,
) -> None:
    committed.said("commit", "letter", "--yes")

    with Database(committed.home) as db:
        forget.forget(committed.home, db, forget.subject(db, "mei"))

    assert "no letter is due" in committed.failed("commit", "letter", "--yes")
    committed.clock.forward(30 * DAY)
    assert "letter for April 2026 waits" in committed.said("commit", "show")


def test_a_letter_that_was_taken_back_is_still_owed_when_somebody_is_forgotten(
    committed: Place,
) -> None:
    (committed.home / "STOP").touch()
    committed.said("commit", "letter", "--yes")
    committed.said("report", "reject", "1")

    with Database(committed.home) as db:
        forget.forget(committed.home, db, forget.subject(db, "mei"))

    assert "letter for March 2026 waits" in committed.said("commit", "show")


def test_forgetting_an_address_ends_no_telling_of_one_that_holds_it(committed: Place) -> None:
    with Database(committed.home) as db:
        forget.forget(committed.home, db, forget.subject(db, COACH.removeprefix("ka")))

    assert f"Told each month: {COACH}" in committed.said("commit", "show")


def _text(mail: Delivered) -> str:
    body = mail.message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
