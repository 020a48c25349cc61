"""Microsoft as one server on loopback: the sign-in and Graph beside each other."""

from __future__ import annotations

import copy
import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tests.servers.common import Clock, LoopbackServer, Request, Seen
from tests.servers.graph.accounts import CONSUMERS, Account, App
from tests.servers.graph.delta import Rounds
from tests.servers.graph.graph import Graph
from tests.servers.graph.identity import Identity
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.problems import crowded, problem_answer
from tests.servers.graph.tokens import Tokens
from tests.servers.wire import Answer, Fault, Line


class State(NamedTuple):
    """Everything the server remembers."""

    accounts: dict[str, Account]
    tokens: Tokens
    boxes: dict[str, Mailbox]
    rounds: Rounds


OWNER = Account("owner@example.com", "Olga Owner")
PERSONAL = Account("olga@example.org", "Olga at Home", tenant=CONSUMERS)


class Microsoft:
    """What answers: ``identity`` the sign-in, ``graph`` everything below /v1.0."""

    own_faults = Identity.own_faults | Graph.own_faults

    def __init__(self, clock: Clock, accounts: Sequence[Account], apps: Sequence[App]) -> None:
        self.clock = clock
        self.identity = Identity(clock, list(accounts), list(apps))
        self.graph = Graph(clock, self.identity.accounts, self.identity.tokens)

    def operation(self, request: Request) -> str:
        if request.target.startswith("/v1.0/"):
            return self.graph.operation(request)
        return self.identity.operation(request)

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        if request.target.startswith("/v1.0/"):
            return self.graph.answer(request, fault)
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
        clock: Clock | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        accounts: Sequence[Account] = (OWNER, PERSONAL),
        apps: Sequence[App] = (App(),),
    ) -> None:
        service = Microsoft(clock or Clock(moment), copy.deepcopy(accounts), copy.deepcopy(apps))
        super().__init__(service, port=port, tls=tls)
        self.clock = service.clock
        self.identity = service.identity
        self.graph = service.graph
        self.identity.url = self.graph.url = self.root
        if tls:
            self.identity.base = self.root

    @property
    def root(self) -> str:
        return self.url.replace("127.0.0.1", "localhost") if self._scheme == "https" else self.url

    def mailbox(self, address: str = OWNER.address) -> Mailbox:
        return self.graph.boxes[address]

    def token(self, *scopes: str, address: str = "") -> str:
        """An access token with these permissions, without anybody signing in."""
        return self.identity.grant(scopes, address)["access_token"]

    def saved(self) -> State:
        """A copy that nothing changes any more."""
        graph, identity = self.graph, self.identity
        return self._copied(State(identity.accounts, identity.tokens, graph.boxes, graph.rounds))

    def restore(self, state: State) -> None:
        """Be again as when ``state`` was saved, faults apart. Nobody may be connected."""
        graph, identity = self.graph, self.identity
        identity.accounts, tokens, graph.boxes, graph.rounds = self._copied(state)
        identity.tokens = graph.tokens = tokens

    def _copied(self, state: State) -> State:
        return copy.deepcopy(state, {id(self.clock): self.clock})

    def respond(self, line: Line, request: Request) -> None:
        """As for every service; but a mailbox takes only so many requests at once."""
        with self.graph.at_work(request) as room:
            if room:
                super().respond(line, request)
            else:
                operation = self.service.operation(request)
                self.requests.append(Seen(operation, request, "concurrency"))
                line.send(problem_answer(crowded(""), self.clock.now()))
