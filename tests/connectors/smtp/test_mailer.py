from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest

from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    WritingSuspended,
)
from connectors.smtp.mailer import SmtpMailer
from tests.servers.certificates import Tls, tls_for
from tests.servers.smtp import DRIP, DROP, GARBAGE, HANG, STAGES, Fault, SmtpServer

IMPATIENT = timedelta(seconds=0.05)
PATIENT = timedelta(seconds=5)
BUSY, REFUSED = "451 4.3.0 busy", "550 5.7.1 no"
PASSWORD = "pässwörd:1"


def mail(text: str = "Hello", to: str = "ana@example.com") -> EmailMessage:
    message = EmailMessage(SMTPUTF8)
    message["From"] = "Olle <olle@example.com>"
    message["To"] = to
    message["Subject"] = "Coffee"
    message.set_content(text)
    return message


def plain(server: SmtpServer, timeout: timedelta = PATIENT) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", server.port, "none", timeout=timeout)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return tls_for("localhost", folder=tmp_path_factory.mktemp("tls"))


@pytest.fixture
def closed(tls: Tls) -> Iterator[SmtpServer]:
    """A server that wants a sign-in over STARTTLS."""
    made = SmtpServer(starttls=tls.server, accounts={"olle": PASSWORD})
    with made.running() as running:
        yield running


def secured(server: SmtpServer, tls: Tls, password: str = PASSWORD, **more: object) -> SmtpMailer:
    fields = {"encryption": "starttls", "user": "olle", "password": lambda: password, **more}
    return SmtpMailer("localhost", server.port, timeout=PATIENT, tls=tls.client, **fields)  # type: ignore[arg-type]


# ------------------------------------------------------------------ what arrives


def test_a_message_arrives_as_it_was_written(server: SmtpServer) -> None:
    plain(server).send(mail("Hello\n.a leading dot\n.\nFrom here\nå ä ö"))

    (delivered,) = server.mailbox
    assert (delivered.sender, delivered.recipients) == ("olle@example.com", ("ana@example.com",))
    lines = delivered.message.get_content().splitlines()
    assert lines == ["Hello", ".a leading dot", ".", "From here", "å ä ö"]


def test_lines_end_as_mail_has_them_whoever_wrote_the_message(server: SmtpServer) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "olle@example.com", "olle@example.com"
    message.set_content("one\ntwo")

    plain(server).send(message)

    assert server.mailbox[0].data.count(b"\n") == server.mailbox[0].data.count(b"\r\n")


def test_an_address_beyond_ascii_needs_a_server_that_knows_them(server: SmtpServer) -> None:
    plain(server).send(mail(to="jörg@example.com"))
    assert server.mailbox[0].recipients == ("jörg@example.com",)

    server.utf8 = False
    with pytest.raises(NotAllowed, match="beyond ASCII"):
        plain(server).send(mail(to="jörg@example.com"))
    assert len(server.mailbox) == 1


@pytest.mark.parametrize("to", ["", "ana@example.com, raj@example.com"])
def test_a_message_goes_to_exactly_one(server: SmtpServer, to: str) -> None:
    with pytest.raises(ValueError, match="one recipient"):
        plain(server).send(mail(to=to))

    assert server.sessions == 0


def test_copies_count_as_recipients(server: SmtpServer) -> None:
    message = mail()
    message["Bcc"] = "eve@example.net"

    with pytest.raises(ValueError, match="not 2"):
        plain(server).send(message)


# ------------------------------------------------------------------ every stage, every fault


def _expected(stage: str, answer: str) -> type[ConnectorError]:
    """Before the dot nothing was sent; after it, without a clear answer, nobody can tell."""
    if answer == BUSY:
        return TemporarilyUnavailable
    if answer == REFUSED:
        return NotAllowed
    return MayHaveHappened if stage in {"middle", "end"} else TemporarilyUnavailable


@pytest.mark.parametrize("stage", [each for each in STAGES if each not in {"starttls", "auth"}])
@pytest.mark.parametrize("answer", [BUSY, REFUSED, DROP, HANG, DRIP, GARBAGE])
def test_a_fault_at_any_stage_says_whether_it_can_have_been_sent(
    server: SmtpServer, stage: str, answer: str
) -> None:
    server.fault = Fault(stage, answer)
    expected = _expected(stage, answer)
    start = time.monotonic()

    with pytest.raises(expected) as raised:
        plain(server, IMPATIENT).send(mail())

    assert time.monotonic() - start < 5
    assert len(raised.value.cause.splitlines()) == 1
    if expected is not MayHaveHappened:
        assert server.mailbox == []
    if stage == "end" and answer in {DROP, HANG, DRIP, GARBAGE}:
        assert len(server.mailbox) == 1


@pytest.mark.parametrize("stage", ["starttls", "auth"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("454 4.7.0 not now", TemporarilyUnavailable),
        (DROP, TemporarilyUnavailable),
        (GARBAGE, TemporarilyUnavailable),
        ("554 5.0.0 no", ConnectorError),
    ],
)
def test_a_fault_while_signing_in_sends_nothing(
    closed: SmtpServer, tls: Tls, stage: str, answer: str, kind: type[ConnectorError]
) -> None:
    closed.fault = Fault(stage, answer)

    with pytest.raises(kind) as raised:
        secured(closed, tls).send(mail())

    assert not isinstance(raised.value, MayHaveHappened)
    assert closed.mailbox == []


@pytest.mark.parametrize("stage", ["rcpt", "end"])
@pytest.mark.parametrize("words", ["5.4.5 Daily user sending limit exceeded", "5.1.90 no more"])
def test_a_limit_of_the_day_is_to_be_left_alone_for_a_day(
    server: SmtpServer, stage: str, words: str
) -> None:
    server.fault = Fault(stage, f"550 {words}")

    with pytest.raises(WritingSuspended) as raised:
        plain(server).send(mail())

    assert raised.value.lasts == timedelta(hours=24)
    assert server.mailbox == []


@pytest.mark.parametrize(
    ("stage", "remedy"),
    [
        ("mail", "check sender in [mail]"),
        ("rcpt", "check the guest's address"),
        ("data", "ask whoever runs the mail server"),
        ("end", "ask whoever runs the mail server"),
    ],
)
def test_a_refusal_for_good_is_told_with_whoever_can_mend_it(
    server: SmtpServer, stage: str, remedy: str
) -> None:
    server.fault = Fault(stage, "550 5.1.1 no such user")

    with pytest.raises(NotAllowed) as raised:
        plain(server).send(mail())

    assert raised.value.remedy == remedy


def test_what_the_server_says_is_shown_without_what_could_act_on_a_terminal(
    server: SmtpServer,
) -> None:
    server.fault = Fault("rcpt", "550 \x1b[2J\x07no such user" + "x" * 500)

    with pytest.raises(NotAllowed, match="recipient: 550 ") as raised:
        plain(server).send(mail())

    assert raised.value.cause.isprintable()
    assert len(raised.value.cause) < 250


def test_after_a_fault_the_next_message_goes_its_way(server: SmtpServer) -> None:
    server.fault = Fault("rcpt", BUSY)
    with pytest.raises(TemporarilyUnavailable):
        plain(server).send(mail())

    server.fault = None
    plain(server).send(mail())

    assert len(server.mailbox) == 1


def test_where_no_server_is_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        SmtpMailer("127.0.0.1", port, "none", timeout=PATIENT).send(mail())


# ------------------------------------------------------------------ encryption and sign-in


def test_starttls_and_a_password_beyond_ascii(closed: SmtpServer, tls: Tls) -> None:
    secured(closed, tls).send(mail())

    assert len(closed.mailbox) == 1


def test_tls_from_the_first_byte(tls: Tls) -> None:
    with SmtpServer(tls=tls.server).running() as server:
        secured(server, tls, encryption="tls", user="").send(mail())

        assert len(server.mailbox) == 1


def test_a_wrong_password_is_for_a_person_to_put_right(closed: SmtpServer, tls: Tls) -> None:
    with pytest.raises(NeedsLogin, match="535") as raised:
        secured(closed, tls, "wrong").send(mail())

    assert "password" in raised.value.remedy
    assert "wrong" not in str(raised.value)


def test_a_server_that_wants_a_sign_in_first_says_so(closed: SmtpServer, tls: Tls) -> None:
    with pytest.raises(NeedsLogin, match="530"):
        secured(closed, tls, user="").send(mail())


def test_signing_in_alone_sends_nothing_and_says_what_sending_would_meet(
    closed: SmtpServer, tls: Tls
) -> None:
    secured(closed, tls).sign_in()

    assert closed.mailbox == []
    with pytest.raises(NeedsLogin, match="535"):
        secured(closed, tls, "wrong").sign_in()
    with pytest.raises(NotAllowed, match="encrypted"):
        SmtpMailer("mail.example.com", 25, "none").sign_in()
    closed.fault = Fault("connect", DROP)
    with pytest.raises(TemporarilyUnavailable):
        secured(closed, tls).sign_in()


def test_a_password_that_cannot_be_had_opens_no_connection(closed: SmtpServer, tls: Tls) -> None:
    def locked() -> str:
        raise NeedsLogin("mail", "the key ring is locked")

    with pytest.raises(NeedsLogin, match="locked"):
        replace(secured(closed, tls), password=locked).send(mail())

    assert closed.sessions == 0


def test_a_certificate_of_an_unknown_authority_is_refused(closed: SmtpServer) -> None:
    mailer = SmtpMailer("localhost", closed.port, "starttls", "olle", lambda: PASSWORD, PATIENT)

    with pytest.raises(NotAllowed, match="certificate"):
        mailer.send(mail())


def test_a_certificate_for_another_host_is_refused(closed: SmtpServer, tls: Tls) -> None:
    mailer = SmtpMailer(
        "127.0.0.1", closed.port, "starttls", "olle", lambda: PASSWORD, PATIENT, tls.client
    )

    with pytest.raises(NotAllowed, match="certificate"):
        mailer.send(mail())


def test_a_server_that_offers_no_encryption_gets_neither_password_nor_mail(
    server: SmtpServer, tls: Tls
) -> None:
    with pytest.raises(NotAllowed, match="no encryption"):
        secured(server, tls).send(mail())

    assert server.mailbox == []


def test_speaking_tls_to_a_server_that_does_not_fails_plainly(server: SmtpServer, tls: Tls) -> None:
    with pytest.raises(TemporarilyUnavailable):
        secured(server, tls, encryption="tls").send(mail())


def test_only_this_machine_is_spoken_to_in_the_clear() -> None:
    with pytest.raises(NotAllowed, match="encrypted"):
        SmtpMailer("mail.example.com", 25, "none").send(mail())


def test_another_way_of_signing_in_is_used_where_there_is_no_plain_one(
    tls: Tls,
) -> None:
    server = SmtpServer(starttls=tls.server, accounts={"olle": "ascii"})
    server.without = ("PLAIN",)
    with server.running():
        secured(server, tls, "ascii").send(mail())
        assert len(server.mailbox) == 1

        with pytest.raises(NotAllowed, match="sign-in"):
            secured(server, tls, PASSWORD).send(mail())


def test_the_password_shows_nowhere(closed: SmtpServer, tls: Tls) -> None:
    assert PASSWORD not in repr(secured(closed, tls))
