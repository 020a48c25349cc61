"""Handing one message to a mail server, knowing at every moment whether it can have been sent.

A server takes charge of a message when it has read the line with the single dot that ends it, and
not before (RFC 5321, sections 4.1.1.4 and 6.1). So the dot goes out by itself: whatever fails
before it, nothing was sent; whatever fails between it and the answer, nobody can tell.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from typing import Final

from connectors.errors import (
    ConnectorError,
    MayHaveHappened,
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    WritingSuspended,
)
from connectors.smtp.recipients import recipients
from policies.frozen import frozen

_SOURCE: Final = "mail"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TALK: Final = 4
"""All of the talk before the dot may take so many timeouts."""
_ANSWER: Final = 20
"""The last answer is worth a long wait, since without it nobody can tell: 10 minutes for 30 s, as
RFC 5321, section 4.5.3.2.6, asks."""
_READY, _AUTHENTICATED, _DONE, _WILL_FORWARD, _GO_AHEAD = 220, 235, 250, 251, 354
_REFUSALS, _FOR_GOOD = range(400, 600), 500
_SIGN_IN: Final = "sign-in"
_RECIPIENT: Final = "recipient"
_SIGN_IN_CODES: Final = frozenset({530, 534, 535, 538})  # RFC 4954, section 6
_TOO_MUCH: Final = re.compile(r"55\d 5\.(4\.5|1\.90)\b")
"""No more for a day: Gmail's sending limit, and Exchange Online's limit of recipients."""
_UNPRINTABLE: Final = re.compile(r"[^ -~]+")
_SHOWN: Final = 160
_CHECK: Final = "check host, port and encryption in [mail]"
_REMEDIES: Final = {"sender": "check sender in [mail]", _RECIPIENT: "check the guest's address"}
"""By the stage that is refused for good."""


class _Refused(Exception):
    """The server said no, in so many words."""

    def __init__(self, stage: str, code: int, text: bytes) -> None:
        super().__init__(stage, code)
        self.stage = stage
        self.code = code
        plain = _UNPRINTABLE.sub(" ", text.decode("ascii", "replace")).strip()
        said = f"{code} {plain}" if code > 0 else f"it answered {plain!r}, which is not SMTP"
        self.words = said[:_SHOWN]


@frozen
class SmtpMailer:
    """The owner's outgoing mail server; one connection for each message.

    ``encryption`` is ``starttls``, ``tls``, or ``none`` for this machine only. ``password`` is
    asked when it is needed. ``timeout`` is for each step of the talk. ``tls`` trusts the system's
    authorities unless given.
    """

    host: str
    port: int
    encryption: str = "starttls"
    user: str = ""
    password: Callable[[], str] | None = None
    timeout: timedelta = timedelta(seconds=30)
    tls: ssl.SSLContext | None = None

    def send(self, message: EmailMessage) -> None:
        """Send to the one recipient the message names; see the port for errors.

        Raises:
            ValueError: it names none, or several: then some could be refused and others not.
        """
        named = tuple(recipients(message))
        if len(named) != 1:
            raise ValueError(f"one recipient is needed, not {len(named)}")
        password = self._secret()
        with closing(self._talk()) as smtp:
            with _nothing_sent(), self._watched(smtp, _TALK):
                connection = self._connected(smtp)
                self._sign_in(smtp, password)
                _address(smtp, message, named[0])
                _expect(smtp.docmd("DATA"), "message", _GO_AHEAD)
                smtp.send(_on_the_wire(message))
            with _nobody_can_tell(), self._watched(smtp, _ANSWER):
                connection.settimeout(self._timeout_s * _ANSWER)
                smtp.send(b".\r\n")
                answer = smtp.getreply()
            _understand(answer)
            with suppress(OSError, smtplib.SMTPException):
                connection.settimeout(self._timeout_s)
                smtp.quit()

    def sign_in(self) -> None:
        """Go as far as a message would, and leave without one.

        Raises:
            ConnectorError: what sending would meet as well.
        """
        password = self._secret()
        with closing(self._talk()) as smtp, _nothing_sent(), self._watched(smtp, _TALK):
            self._connected(smtp)
            self._sign_in(smtp, password)
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    @property
    def _timeout_s(self) -> float:
        return self.timeout.total_seconds()

    def _secret(self) -> str:
        """The password, before anything is connected: asking for it may take the owner a while."""
        if self.encryption == "none" and self.host not in _LOOPBACK:
            raise NotAllowed(_SOURCE, "a server elsewhere needs an encrypted connection", _CHECK)
        return self.password() if self.user and self.password else ""

    def _talk(self) -> smtplib.SMTP:
        return smtplib.SMTP(local_hostname="localhost", timeout=self._timeout_s)

    def _connected(self, smtp: smtplib.SMTP) -> socket.socket:
        """An encrypted and greeted connection."""
        smtp.sock = socket.create_connection((self.host, self.port), self._timeout_s)
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot goes by itself
        if self.encryption == "tls":
            smtp.sock = self._encrypted(smtp.sock)
        _expect(smtp.getreply(), "connection", _READY)
        # An address literal: our host name may be private, and looking it up may take long.
        own = smtp.sock.getsockname()[0]
        smtp.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        smtp.ehlo_or_helo_if_needed()
        if self.encryption == "starttls":
            if not smtp.has_extn("starttls"):
                raise NotAllowed(_SOURCE, "the mail server offers no encryption", _CHECK)
            _expect(smtp.docmd("STARTTLS"), "encryption", _READY)
            smtp.sock = self._encrypted(smtp.sock)
            # What was said in the clear, also what came too early, counts no longer (RFC 3207).
            smtp.file = smtp.helo_resp = smtp.ehlo_resp = None
            smtp.esmtp_features = {}
            smtp.ehlo_or_helo_if_needed()
        return smtp.sock

    def _encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        context = self.tls or ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=self.host)

    def _sign_in(self, smtp: smtplib.SMTP, password: str) -> None:
        if not self.user:
            return
        if "PLAIN" in smtp.esmtp_features.get("auth", "").upper().split():
            # RFC 4616 sends UTF-8, which `smtplib.SMTP.login` cannot.
            words = base64.b64encode(f"\0{self.user}\0{password}".encode()).decode()
            _expect(smtp.docmd("AUTH", f"PLAIN {words}"), _SIGN_IN, _AUTHENTICATED)
        else:
            smtp.login(self.user, password)

    @contextmanager
    def _watched(self, smtp: smtplib.SMTP, timeouts: int) -> Iterator[None]:
        """End the connection when all of this takes too long: a server may drip bytes for ever."""

        def hang_up() -> None:
            if smtp.sock is not None:
                with suppress(OSError):  # below TLS, which would negotiate its end
                    socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)

        timer = threading.Timer(self._timeout_s * timeouts, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _address(smtp: smtplib.SMTP, message: EmailMessage, recipient: str) -> None:
    sender = message["From"].addresses[0].addr_spec
    beyond_ascii = not f"{sender}{recipient}".isascii()
    options = ("SMTPUTF8", "BODY=8BITMIME") if beyond_ascii else ()
    _expect(smtp.mail(sender, options), "sender", _DONE)
    _expect(smtp.rcpt(recipient), _RECIPIENT, _DONE, _WILL_FORWARD)


def _on_the_wire(message: EmailMessage) -> bytes:
    """CRLF, a dot before each leading dot (RFC 5321, 4.5.2), seven bits if its headers allow."""
    bits = "8bit" if getattr(message.policy, "utf8", False) else "7bit"
    data = message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type=bits))
    return re.sub(rb"(?m)^\.", b"..", data if data.endswith(b"\r\n") else data + b"\r\n")


def _expect(answer: tuple[int, bytes], stage: str, *wanted: int) -> None:
    if answer[0] not in wanted:
        raise _Refused(stage, *answer)


def _understand(answer: tuple[int, bytes]) -> None:
    """The answer to the whole message: 250, or a refusal; at anything else nobody can tell."""
    code, text = answer
    if code in _REFUSALS:
        raise _refusal(_Refused("message", code, text))
    if code != _DONE:
        raise MayHaveHappened(_SOURCE, "the mail server took the message, its answer is unreadable")


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Translate what goes wrong before the dot."""
    try:
        yield
    except _Refused as refused:
        raise _refusal(refused) from refused
    except smtplib.SMTPResponseException as error:
        stage = _SIGN_IN if isinstance(error, smtplib.SMTPAuthenticationError) else "connection"
        words = error.smtp_error
        said = words if isinstance(words, bytes) else words.encode("ascii", "replace")
        raise _refusal(_Refused(stage, error.smtp_code, said)) from error
    except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
        cause = "the mail server cannot do what is needed (sign-in, or an address beyond ASCII)"
        raise NotAllowed(_SOURCE, cause, _CHECK) from error
    except ssl.SSLCertVerificationError as error:
        cause = f"the mail server's certificate is not valid: {error.verify_message}"
        raise NotAllowed(_SOURCE, cause, f"{_CHECK}, and this machine's clock") from error
    except (OSError, smtplib.SMTPException) as error:
        cause = "the mail server cannot be reached, or hung up"
        raise TemporarilyUnavailable(_SOURCE, cause, _CHECK) from error


@contextmanager
def _nobody_can_tell() -> Iterator[None]:
    """Translate what goes wrong from the dot to the answer."""
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        cause = "the mail server took the message and did not answer"
        raise MayHaveHappened(_SOURCE, cause) from error


def _refusal(refused: _Refused) -> ConnectorError:
    code, stage, words = refused.code, refused.stage, refused.words
    if code in _SIGN_IN_CODES or (stage == _SIGN_IN and code >= _FOR_GOOD):
        cause = f"the mail server did not accept the sign-in: {words}"
        return NeedsLogin(_SOURCE, cause, "check user and password_from in [mail]")
    if _TOO_MUCH.match(words):
        return WritingSuspended(_SOURCE, f"the mail server takes no more of yours: {words}")
    if code >= _FOR_GOOD:
        remedy = _REMEDIES.get(stage, "ask whoever runs the mail server")
        return NotAllowed(_SOURCE, f"the mail server refused the {stage}: {words}", remedy)
    cause = f"the mail server cannot take the {stage} now: {words}"
    return TemporarilyUnavailable(_SOURCE, cause, "try again later")
