"""Microsoft as one server on loopback: the sign-in and Graph beside each other."""

from __future__ import annotations

import ssl
from datetime import datetime

from tests.servers.common import Clock, LoopbackServer, Request
from tests.servers.graph.accounts import CONSUMERS, Account, App
from tests.servers.graph.identity import Identity
from tests.servers.wire import Answer, Fault

OWNER = Account("owner@example.com", "Olga Owner")
PERSONAL = Account("olga@example.org", "Olga at Home", tenant=CONSUMERS)


class Microsoft:
    """What answers; ``identity`` is the sign-in."""

    own_faults = Identity.own_faults

    def __init__(self, clock: Clock, accounts: list[Account], apps: list[App]) -> None:
        self.clock = clock
        self.identity = Identity(clock, accounts, apps)

    def operation(self, request: Request) -> str:
        return self.identity.operation(request)

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        if self.identity.operation(request):
            return self.identity.answer(request, fault)
        return Answer(404, b"{}")


class GraphServer(LoopbackServer):
    """Start it with ``with server.running():``. With TLS its name is localhost."""

    service: Microsoft

    def __init__(
        self,
        *,
        moment: datetime | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        accounts: list[Account] | None = None,
        apps: list[App] | None = None,
    ) -> None:
        service = Microsoft(
            Clock(moment), accounts or [_fresh(OWNER), _fresh(PERSONAL)], apps or [App()]
        )
        super().__init__(service, port=port, tls=tls)
        self.clock = service.clock
        self.identity = service.identity
        self.identity.url = self.root
        if tls:
            self.identity.base = self.root

    @property
    def root(self) -> str:
        return self.url.replace("127.0.0.1", "localhost")


def _fresh(account: Account) -> Account:
    return Account(account.address, account.name, account.tenant)
