from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.dispatch import settle
from agent.errors import UsageProblem
from agent.keeping import backup, export, forget
from agent.keeping.restore import prepared, put_back
from agent.relationships import audit
from agent.sending import followup, outcome, reporting
from agent.sending.approving import Approved, Offer
from agent.sending.payloads import CannotApprove
from agent.sending.rehearsal import RehearsedChannel
from agent.sending.reporting import Reader, reader
from agent.store import actions, people
from agent.store.database import Database
from agent.store.pause import FOR_GOOD, pause
from agent.store.retention import tidy
from connectors.errors import NotAllowed
from connectors.port import OwnEvent, Written
from connectors.smtp.mailer import SmtpMailer
from connectors.smtp.reports import MailReports
from policies.audit.cadence import Standing
from policies.people.person import Boundaries, PrivateNotes
from policies.rules import SendingRules
from policies.sending.action import Action, ActionKind, ActionState, Payload
from tests.agent.dispatch.killing import Killable
from tests.agent.world import ANA, DAY, ENDS, HOUR, MEI, MINUTE, RAJ, SETTINGS, Crash, World
from tests.make import interval, payload, utc
from tests.servers.smtp import DROP, GARBAGE, Fault, SmtpServer

COACH = "karin@example.org"
KILLS = ("K0", "K1", "K2", "K6", "K7", "K8", "K9", "K11", "K12", "K13")
UNKNOWN = {"K8", "K9", "K11", "K12"}
NO_CALENDAR = replace(SETTINGS, write_calendar="")
MANY_A_DAY = replace(NO_CALENDAR, rules=replace(SETTINGS.rules, sending=SendingRules(per_day=20)))


class Office(World):
    """An owner with people, a mail server, and no calendar to write to."""

    def mails_through(self, port: int) -> None:
        mailer = SmtpMailer("127.0.0.1", port, "none", timeout=timedelta(seconds=1))
        self.ports = replace(self.ports, channels={("mail", ""): MailReports(mailer)})

    def standings(self) -> tuple[Standing, ...]:
        return audit.audit(self.db, self.settings, self.clock.now())

    def offer(self, to: str = COACH, note: str = "") -> Offer:
        whom = reader(self.db, to)
        now = self.clock.now()
        return reporting.prepare(self.db, self.settings, self.standings(), whom, note=note, now=now)

    def report(self, to: str = COACH) -> Approved:
        offer, now = self.offer(to), self.clock.now()
        return reporting.approve(
            self.db, self.settings, offer, now=now, checkpoint=self._checkpoint
        )


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, server: SmtpServer) -> Iterator[Office]:
    with Database(tmp_path / "state") as db:
        made = Office(db, settings=NO_CALENDAR)
        made.mails_through(server.port)
        with db.transaction() as sql:
            for each in (replace(ANA, notes=PrivateNotes("zyxnotes")), RAJ, MEI):
                people.save(sql, each)
        made.read()
        yield made


def dies(name: str) -> Callable[[], None]:
    def die() -> None:
        raise Crash(name)

    return die


def the_one(here: Office) -> Action:
    (found,) = actions.reports(here.db)
    return found


def test_a_report_is_exactly_what_was_approved_and_names_one_reader(
    here: Office, server: SmtpServer
) -> None:
    approved = here.report()
    here.settle()

    (mail,) = server.mailbox
    assert mail.recipients == (COACH,)
    text = mail.message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").strip() == approved.action.payload.text
    assert "- Ana Silva, priority A: listed" in approved.action.payload.text
    assert "zyxnotes" not in mail.data.decode()
    assert "example.com" not in approved.action.payload.text
    assert {part.get_content_type() for part in mail.message.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }
    assert here.action(approved).state is ActionState.SENT


@pytest.mark.parametrize("kill", KILLS)
def test_killed_anywhere_the_reader_has_at_most_one_mail(
    here: Office, server: SmtpServer, kill: str
) -> None:
    here.on[kill] = dies(kill)
    with suppress(Crash):
        here.report()
        here.settle()
    assert kill not in here.on

    here.later(MINUTE)
    if not actions.reports(here.db):
        here.report()
    here.quiet()

    state = the_one(here).state
    assert state is (ActionState.NEEDS_REVIEW if kill in UNKNOWN else ActionState.SENT)
    assert len(server.mailbox) == (kill not in {"K8", "K9"})


GIVEN = """
from tests.agent.sending.test_report import one_more
"""
WORK = "one_more(pathlib.Path(words[0]), int(words[1]))"


def one_more(home: Path, port: int) -> None:
    """What `fika report send` does, to a reader of its own each time."""
    with Database(home) as db:
        here = Office(db, settings=MANY_A_DAY)
        here.mails_through(port)
        here.run = -actions.next_report(db)
        here.report(f"reader{actions.next_report(db)}@example.org")
        here.settle()


def test_processes_killed_at_any_moment_never_mail_a_reader_twice(
    here: Office, server: SmtpServer, tmp_path: Path
) -> None:
    home, port = tmp_path / "state", Path(str(server.port))
    here.settings = MANY_A_DAY
    process = Killable(GIVEN, WORK, seed=7)
    process.measure(home, port)
    for _ in range(6):
        process.kill(home, port)
    for number in range(4):
        here.run = 100 + number
        here.settle()

    told = [address for mail in server.mailbox for address in mail.recipients]
    assert len(told) == len(set(told))
    for each in actions.reports(here.db):
        assert each.state in {ActionState.SENT, ActionState.NEEDS_REVIEW}
        assert each.state is not ActionState.SENT or each.payload.recipient in told


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(stage, "451 busy") for stage in ("connect", "mail", "rcpt", "data", "end")),
        *(Fault(stage, DROP) for stage in ("connect", "rcpt", "middle", "end")),
        Fault("rcpt", "550 no"),
        Fault("end", GARBAGE),
    ],
    ids=str,
)
def test_a_fault_at_any_stage_never_makes_two(
    here: Office, server: SmtpServer, fault: Fault
) -> None:
    here.report()
    server.fault = fault
    here.settle()
    doubtful = the_one(here).state is ActionState.NEEDS_REVIEW
    server.fault = None
    here.quiet()

    assert the_one(here).state in ENDS
    assert len(server.mailbox) <= 1
    assert doubtful or len(server.mailbox) == 1


def test_nobody_can_tell_so_the_owner_does(here: Office, server: SmtpServer) -> None:
    here.report()
    server.fault = Fault("end", DROP)
    here.settle()
    server.fault = None
    with pytest.raises(UsageProblem, match="nobody can tell"):
        outcome.reject_report(here.db, 1, here.clock.now())

    settled = outcome.settle_report(here.db, 1, here.clock.now(), sent=False)

    assert settled.state is ActionState.CANCELLED
    here.report()
    here.settle()
    assert [each.state for each in actions.reports(here.db)] == [settled.state, ActionState.SENT]
    assert [each.called for each in actions.reports(here.db)] == ["report 1", "report 2"]
    with pytest.raises(UsageProblem, match="needs no settling"):
        outcome.settle_report(here.db, 2, here.clock.now(), sent=True)
    with pytest.raises(UsageProblem, match="no report 3"):
        outcome.settle_report(here.db, 3, here.clock.now(), sent=True)


def test_a_report_said_to_be_sent_counts_as_sent(here: Office, server: SmtpServer) -> None:
    here.report()
    server.fault = Fault("end", DROP)
    here.settle()

    assert outcome.settle_report(here.db, 1, here.clock.now(), sent=True).state is ActionState.SENT

    with pytest.raises(CannotApprove, match="was sent a report"):
        here.offer()


def test_one_that_waits_is_taken_back(here: Office, server: SmtpServer) -> None:
    here.stopped = True
    here.report()
    here.settle()
    assert "STOP" in the_one(here).note

    outcome.reject_report(here.db, 1, here.clock.now())
    here.stopped = False
    here.settle()

    assert the_one(here).state is ActionState.REJECTED
    assert server.mailbox == []
    with pytest.raises(UsageProblem, match="rejected already"):
        outcome.reject_report(here.db, 1, here.clock.now())


def test_a_reader_gets_one_a_day(here: Office, server: SmtpServer) -> None:
    here.report()
    with pytest.raises(CannotApprove, match="another report"):
        both_at_once(here)
    here.settle()
    with pytest.raises(CannotApprove, match="was sent a report"):
        here.offer()

    here.later(DAY + MINUTE)
    here.report()
    here.settle()

    told = [address for mail in server.mailbox for address in mail.recipients]
    assert sorted(told) == [COACH, COACH, "one@example.org"]


def both_at_once(here: Office) -> None:
    """Two yeses to what two windows show; the second is refused."""
    here.clock.forward(MINUTE)
    first, second = here.offer("one@example.org"), here.offer("two@example.org")
    for offer in (first, second):
        reporting.approve(here.db, here.settings, offer, now=here.clock.now())


def test_reports_count_against_the_limits_of_a_run(here: Office, server: SmtpServer) -> None:
    for number in range(4):
        here.report(f"reader{number}@example.org")
    here.settle()
    assert len(server.mailbox) == here.settings.rules.sending.per_run == 3

    here.later(HOUR)
    here.settle()

    assert len(server.mailbox) == 4


def test_an_old_yes_sends_nothing(here: Office, server: SmtpServer) -> None:
    here.report()
    here.later(73 * HOUR)
    here.settle()

    assert the_one(here).state is ActionState.EXPIRED
    assert server.mailbox == []


def test_a_changed_text_voids_the_yes(here: Office, server: SmtpServer) -> None:
    approved = here.report()
    other = replace(approved.action.payload, text="Something else")
    with here.db.transaction() as sql:
        sql.execute("UPDATE action SET payload = ?", (other.canonical(),))

    here.settle()

    assert the_one(here).state is ActionState.CANCELLED
    assert server.mailbox == []


def test_a_pause_keeps_it_back(here: Office, server: SmtpServer) -> None:
    here.report()
    with here.db.transaction() as sql:
        pause(sql, FOR_GOOD)
    here.settle()

    assert the_one(here).note == "Fika is paused"
    assert server.mailbox == []
    with pytest.raises(CannotApprove, match="paused"):
        here.offer("another@example.org")


def test_whoever_reads_it_is_left_out_of_it(here: Office) -> None:
    offer = here.offer("ana")

    assert (offer.payload.recipient, offer.payload.recipient_name) == (
        "ana.silva@example.com",
        "Ana Silva",
    )
    assert offer.payload.text.startswith("Hello Ana,")
    assert "- Ana Silva" not in offer.payload.text
    assert "- Raj Patel" in offer.payload.text


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("info@example.org", "shared mailbox"),
        ("a@example.org, b@example.org", "address"),
        ("nobody", "nobody on your list"),
        ("mei", "no address of Mei Lin"),
        ("raj", "not to be contacted"),
    ],
)
def test_some_readers_are_refused(here: Office, to: str, why: str) -> None:
    with here.db.transaction() as sql:
        people.save(sql, replace(MEI, addresses=()))
        people.save(sql, replace(RAJ, boundaries=Boundaries(do_not_contact=True)))

    with pytest.raises(UsageProblem, match=why):
        here.offer(to)


def test_an_address_that_holds_another_means_itself_alone(here: Office) -> None:
    assert reader(here.db, "Silva@Example.com") == Reader("silva@example.com", None)


def test_there_must_be_somebody_to_tell_of_and_a_way_to_send(here: Office) -> None:
    now, to = here.clock.now(), Reader(COACH, None)
    nobody: tuple[Standing, ...] = ()
    with pytest.raises(CannotApprove, match="nobody to report on"):
        reporting.prepare(here.db, here.settings, nobody, to, note="", now=now)
    many = here.standings() * reporting.MOST_PEOPLE
    with pytest.raises(CannotApprove, match="at most 1000 people"):
        reporting.prepare(here.db, here.settings, many, to, note="", now=now)
    without = replace(here.settings, mail=None)
    with pytest.raises(CannotApprove, match="no mail server"):
        reporting.prepare(here.db, without, here.standings(), to, note="", now=now)


def test_a_report_that_can_no_longer_be_sent_says_so_and_waits(here: Office) -> None:
    here.report()
    here.ports = replace(here.ports, channels={})

    report = here.settle()

    assert "sending by mail is not set up" in str(report.failures[0])
    assert the_one(here).state is ActionState.APPROVED


def test_forgetting_anyone_strikes_out_every_report(here: Office, tmp_path: Path) -> None:
    here.report()
    who = forget.subject(here.db, "raj")
    with pytest.raises(UsageProblem, match="report 1 is approved") as problem:
        forget.forget(tmp_path / "state", here.db, who)
    assert "fika report reject 1" in problem.value.remedy
    here.settle()

    left = forget.forget(tmp_path / "state", here.db, who)

    assert left == forget.Left((), (), ())
    assert actions.reports(here.db) == ()
    here.later(MINUTE)
    with pytest.raises(CannotApprove, match="was sent a report"):
        here.offer()


def test_a_report_nobody_can_tell_of_is_settled_before_anyone_is_forgotten(
    here: Office, server: SmtpServer, tmp_path: Path
) -> None:
    here.report()
    server.fault = Fault("end", DROP)
    here.settle()

    with pytest.raises(UsageProblem, match="whether report 1 was sent") as problem:
        forget.forget(tmp_path / "state", here.db, forget.subject(here.db, "raj"))
    assert "fika report settle 1" in problem.value.remedy


def test_a_backup_with_a_report_under_way_sends_nothing_by_itself(
    here: Office, server: SmtpServer, tmp_path: Path
) -> None:
    home, now = tmp_path / "state", here.clock.now()
    here.report()
    file = backup.make(here.db, home, now)
    here.settle()

    with prepared(home, file) as ready:
        restored = put_back(home, ready, now)
    here.quiet()

    assert [each.called for each in restored.review] == ["report 1"]
    assert the_one(here).state is ActionState.NEEDS_REVIEW
    assert len(server.mailbox) == 1
    settled = outcome.settle_report(here.db, 1, now, sent=False)
    again = here.report("another@example.org")
    assert again.action.id != settled.id


def test_an_export_brings_reports_back(here: Office, tmp_path: Path) -> None:
    here.report()
    here.settle()
    export.write(here.db, tmp_path / "all.json", force=False)
    before = actions.reports(here.db)

    with prepared(tmp_path / "other", tmp_path / "all.json") as ready:
        put_back(tmp_path / "other", ready, here.clock.now())

    with Database(tmp_path / "other") as other:
        assert actions.reports(other) == before


def test_what_a_report_said_is_kept_for_two_years(here: Office) -> None:
    here.report()
    here.settle()

    tidy(here.db, here.clock.now() + 700 * DAY)
    assert actions.reports(here.db)
    tidy(here.db, here.clock.now() + 800 * DAY)

    assert actions.reports(here.db) == ()


def test_a_rehearsal_sends_no_report(here: Office, server: SmtpServer) -> None:
    here.report()
    channel = here.ports.channels["mail", ""]
    rehearsed = RehearsedChannel(channel, channel=channel)
    with here.db.copy() as copy:
        ports = replace(here.ports, channels={("mail", ""): rehearsed})

        (done,) = settle(copy, ports, here.settings, 1).outcomes

    assert done.state is ActionState.SENT
    assert server.mailbox == []
    assert the_one(here).state is ActionState.APPROVED


def test_the_daily_run_looks_for_no_answer_to_a_report(here: Office) -> None:
    here.report()
    here.settle()

    assert followup.look(here.db, here.settings, here.clock.now()) == followup.FollowUp((), ())


def test_the_channel_of_reports_writes_nothing_and_tells_nothing_else(server: SmtpServer) -> None:
    channel = MailReports(SmtpMailer("127.0.0.1", server.port, "none"))
    event = OwnEvent("u", interval("2026-04-09 08:00", "2026-04-09 09:00"), "UTC", "T", "", "m")
    written = Written("ref", "etag")
    stamp = utc("2026-04-01 08:00")
    deeds: list[Callable[[], object]] = [
        lambda: channel.create(event),
        lambda: channel.update(written, event),
        lambda: channel.delete(written),
        lambda: channel.deliver(None, payload(), stamp),
        lambda: channel.deliver(written, payload(ActionKind.REPORT), stamp),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()

    assert channel.find("u") is None
    assert server.sessions == 0


def test_a_report_is_about_no_meeting() -> None:
    report: Payload = payload(ActionKind.REPORT)

    with pytest.raises(ValueError, match="about no meeting"):
        replace(report, location="Café Nord")
    with pytest.raises(ValueError, match="isoformat"):
        _ = report.when
