"""A real SMTP server on loopback, in a thread of its own, with faults to switch on."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

logging.getLogger("mail.log").setLevel(logging.CRITICAL)

DROP, HANG, DRIP, GARBAGE = "drop", "hang", "drip", "garbage"
_COMMANDS = ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA")
STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "middle", "end")


class Fault(NamedTuple):
    """Something wrong at one stage: an answer such as ``451 busy``, or one of the words above.

    ``middle`` is while the message comes in, ``end`` after its last dot. Without an answer that
    refuses it, a message that came to its end is delivered, whatever the client hears.
    """

    stage: str
    answer: str


class Delivered(NamedTuple):
    """One message the server took charge of, ``at`` that moment."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    at: datetime

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=SMTP_POLICY)


class SmtpServer:
    """``mailbox`` is what was delivered; ``fault`` holds until it is set to ``None`` again."""

    def __init__(
        self,
        *,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        accounts: Mapping[str, str] | None = None,
        utf8: bool = True,
    ) -> None:
        self.mailbox: list[Delivered] = []
        self.fault: Fault | None = None
        self.port = 0
        self.sessions = 0
        self.accounts = accounts
        self.starttls = starttls
        self.utf8 = utf8
        self.pause_s = 0.0  # before each answer, and before what a command does takes effect
        self.without: tuple[str, ...] = ()  # ways of signing in that it does not offer
        self._open: set[_Talk] = set()
        self._tls = tls
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @contextmanager
    def running(self) -> Iterator[SmtpServer]:
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    def drained(self) -> bool:
        """Wait until nothing can be delivered any more; false when somebody talks for long."""
        until = time.monotonic() + 10
        while any(talk.goes_on for talk in list(self._open)) and time.monotonic() < until:
            time.sleep(0.002)
        return not any(talk.goes_on for talk in list(self._open))

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, _context: None)
        try:
            self._loop.run_until_complete(self._run())
            pending = asyncio.all_tasks(self._loop)
            for task in pending:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            self._loop.run_until_complete(asyncio.sleep(0))
        finally:
            self._loop.close()

    async def _run(self) -> None:
        self._stopped = asyncio.Event()
        server = await self._loop.create_server(
            lambda: _Talk(self, self._loop), "127.0.0.1", 0, ssl=self._tls
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for talk in list(self._open):
            talk.hang_up()
        await asyncio.sleep(0.01)


class _Talk(SMTP):
    def __init__(self, server: SmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Handler(server),
            hostname="mail.example.com",
            ident="test",
            tls_context=server.starttls,
            auth_required=server.accounts is not None,
            auth_require_tls=server.starttls is not None,
            authenticator=self._known if server.accounts is not None else None,
            auth_exclude_mechanism=server.without,
            enable_SMTPUTF8=server.utf8,
            timeout=60,
            loop=loop,
        )
        self._server = server

    @property
    def goes_on(self) -> bool:
        """Whether commands are still taken; a killed client may leave its connection half open."""
        task = self._handler_coroutine
        return task is None or not task.done()

    def hang_up(self) -> None:
        for transport in (self._original_transport, self.transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as asyncio declares it
        self._server.sessions += 1
        self._server._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._server._open.discard(self)
        super().connection_lost(error)

    async def fails(self, stage: str) -> bool:
        """Act out the fault of this stage; false when there is none."""
        await asyncio.sleep(self._server.pause_s)
        fault = self._server.fault
        if fault is None or fault.stage != stage:
            return False
        if fault.answer == DROP:
            self.hang_up()
        if fault.answer in {DROP, HANG}:
            await asyncio.sleep(60)
        if fault.answer == DRIP:
            while True:
                self._writer.write(b"2")
                await self._writer.drain()
                await asyncio.sleep(0.05)
        await self.push("what?" if fault.answer == GARBAGE else fault.answer)
        return True

    async def _handle_client(self) -> None:
        if not await self.fails("connect"):
            await super()._handle_client()

    async def take_message(self, arg: str) -> None:
        """The DATA command; with a fault in the middle of it nothing is ever delivered."""
        fault = self._server.fault
        if fault is None or fault.stage != "middle":
            await SMTP.smtp_DATA(self, arg)
            return
        await self.push("354 go on")
        await self._reader.read(100)
        await self.fails("middle")
        self.hang_up()

    def _known(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        accounts = self._server.accounts or {}
        assert isinstance(data, LoginPassword)
        known = accounts.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)


def _failing(stage: str, command: Callable[[_Talk, Any], Awaitable[None]]) -> object:
    @functools.wraps(command)
    async def taken(talk: _Talk, arg: str) -> None:
        if not await talk.fails(stage):
            await command(talk, arg)

    return taken


_STAGE_OF = {"HELO": "ehlo"} | {name: name.lower() for name in _COMMANDS}
for _name, _stage in _STAGE_OF.items():
    _own = _Talk.take_message if _name == "DATA" else getattr(SMTP, f"smtp_{_name}")
    setattr(_Talk, f"smtp_{_name}", _failing(_stage, _own))


class _Handler:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_DATA(  # noqa: N802 - the name the library calls
        self, talk: _Talk, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._server.fault
        refused = fault is not None and fault.stage == "end" and fault.answer[0] in "45"
        if not refused:
            content = envelope.original_content or b""
            self._server.mailbox.append(
                Delivered(
                    str(envelope.mail_from), tuple(envelope.rcpt_tos), content, datetime.now(UTC)
                )
            )
        return "" if await talk.fails("end") else "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        return f"421 {type(error).__name__}"
