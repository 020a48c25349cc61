"""A service with an owner's meetings, as a process that is told what to do by lines of JSON.

First it says how to configure it, what belongs into the environment, and what a script needs to
ask it. To each line it answers with what went over its wire since the last one, after the changes
that the line asks for: ``{"day": 1, "changed": 50}``. Access tokens are gone by then, as they are
from one day to the next. It ends with its input.

    python benchmarks/servants.py {google,graph,caldav} FOLDER ENTRIES PEOPLE
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import meetings  # noqa: E402 - the path comes first
from meetings import HOUR, OWNER, ZONE, Meeting  # noqa: E402

from agent.accounts.tokens import tokens_of  # noqa: E402
from agent.settings import AccountSettings, SecretRef, Service, TokensIn  # noqa: E402
from connectors.tokens import TokenStore  # noqa: E402
from tests.servers.common import LoopbackServer  # noqa: E402

if TYPE_CHECKING:
    from tests.servers.dav import DavServer
    from tests.servers.graph.mailbox import Mailbox

Json = dict[str, Any]


class Stand(NamedTuple):
    """A service that runs; everything it is asked passes through ``line``.

    ``rename`` gives a meeting its new title there, ``sleep`` lets a night pass for the sign-in.
    """

    line: LoopbackServer
    configuration: str
    environment: Mapping[str, str]
    script: Sequence[str]
    rename: Callable[[Meeting], None]
    sleep: Callable[[], None] = lambda: None


def main() -> None:
    name, folder, entries, people = sys.argv[1:]
    (home := Path(folder) / "home").mkdir(mode=0o700)
    every = meetings.meetings(int(entries), datetime.now(UTC), people=int(people))
    with STANDS[name](Path(folder), home, every) as stand:
        say(configuration=stand.configuration, environment=stand.environment, script=stand.script)
        before = stand.line.carried
        for line in sys.stdin:
            passed, before = gone_by(stand, before), stand.line.carried
            if asked := json.loads(line):
                later = meetings.after(every, asked["changed"], asked["day"])
                for old, new in zip(every, later, strict=True):
                    if old != new:
                        stand.rename(new)
                every = later
            stand.sleep()
            say(**passed)


def gone_by(stand: Stand, before: tuple[int, int]) -> Json:
    """The requests, which are forgotten, and the bytes since there were those ``before``."""
    assert stand.line.drained()
    requests = Counter(each.operation or each.request.method for each in stand.line.requests)
    stand.line.requests.clear()
    sent, received = (now - then for now, then in zip(stand.line.carried, before, strict=True))
    return {"requests": requests, "sent": sent, "received": received}


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


@contextmanager
def google(folder: Path, home: Path, every: Sequence[Meeting]) -> Iterator[Stand]:
    from connectors.google.grant import read, written
    from tests.servers.google.provider import Google

    provider = Google()
    with provider.running(folder):
        server = provider.server
        for each in every:
            server.put(meetings.google(each))
            if each.every:
                moved, skipped = (
                    meetings.google_instance(each, start) for start in meetings.exceptions(each)
                )
                server.change(moved, **meetings.google_moved(each))
                server.remove(skipped)
        provider.sign_in(home)
        store = _tokens(Service.GOOGLE, folder, home)

        def sleep() -> None:
            grant = read("google", store.load())
            assert grant is not None
            store.save(written(replace(grant, token="")))

        token = json.loads(server.credentials_json())["token"]
        yield Stand(
            server,
            provider.configuration(),
            provider.environment(),
            (server.url, token),
            lambda each: server.change(meetings.google(each)["id"], summary=each.title),
            sleep,
        )


@contextmanager
def graph(folder: Path, home: Path, every: Sequence[Meeting]) -> Iterator[Stand]:
    from connectors.outlook.grant import read, written
    from tests.servers.graph.provider import Outlook

    provider = Outlook()
    with provider.running(folder):
        box = provider.server.mailbox(OWNER)
        ids = {
            each.number: box.add(
                each.start, each.start + each.length, zone=ZONE, **meetings.graph(each)
            )
            for each in every
        }
        for each in every:
            if each.every:
                _change(box, ids[each.number], each)

        def rename(meeting: Meeting) -> None:
            item = box.known_as(ids[meeting.number])
            item.props["subject"] = meeting.title
            box.touch(item)

        def sleep() -> None:
            grant = read("outlook", store.load())
            assert grant is not None
            cache = json.dumps({**json.loads(grant.cache), "AccessToken": {}})
            store.save(written(replace(grant, cache=cache)))

        provider.sign_in(home)
        store = _tokens(Service.OUTLOOK, folder, home)
        token = provider.server.token("Calendars.Read", address=OWNER)
        yield Stand(
            provider.server,
            provider.configuration(),
            provider.environment(),
            (f"{provider.server.url}/v1.0", token),
            rename,
            sleep,
        )


def _tokens(service: Service, folder: Path, home: Path) -> TokenStore:
    """Where the providers of the tests keep the sign-in."""
    key = SecretRef(file=str(folder / "tokens.key"))
    name = service.value
    return tokens_of(AccountSettings(name, service, tokens=TokensIn.FILE, tokens_key=key), home)


def _change(box: Mailbox, name: str, meeting: Meeting) -> None:
    """One instance is moved and one called off, as Outlook itself would."""
    from tests.servers.graph.events import _exception  # as `tests.connectors.outlook` does
    from tests.servers.graph.items import Entry

    moved, skipped = meetings.exceptions(meeting)
    master = box.known_as(name)
    made = _exception(Entry(master, moved))
    made.start, made.end = (each.at(each.wall + HOUR) for each in (made.start, made.end))
    made.props["subject"] = meetings.moved_title(meeting)
    master.exceptions[moved] = made
    box.discard(Entry(master, skipped))


@contextmanager
def caldav(folder: Path, _: Path, every: Sequence[Meeting]) -> Iterator[Stand]:
    from tests.servers import dav
    from tests.servers.dav_provider import Relay

    (kept := folder / "radicale").mkdir()
    with dav.radicale(kept) as server:
        path = server.calendar()
        disk = kept / "collections" / "collection-root" / path.strip("/")
        for each in every:
            (disk / f"{each.number}.ics").write_bytes(meetings.ical(each))
        _read_once(server, path)
        line = LoopbackServer(Relay(server.port))
        with line.running():
            yield Stand(
                line,
                f'[[account]]\nname = "dav"\nservice = "caldav"\nurl = "{line.url}/"\n'
                f'user = "{dav.USER}"\npassword_from = {{ env = "DAV_PASSWORD" }}\n'
                "schedules = false\nallow_private_host = true\n"
                f'[[calendar]]\nname = "work"\naccount = "dav"\nid = "{path}"\n'
                '[write]\ncalendar = "work"\n',
                {"DAV_PASSWORD": dav.PASSWORD},
                (f"{line.url}{path}", dav.PASSWORD),
                lambda each: server.put(f"{path}{each.number}.ics", meetings.ical(each)),
            )


def _read_once(server: DavServer, path: str) -> None:
    """Radicale reads every file when it is asked for the first time, and remembers."""
    while True:
        with suppress(TimeoutError):
            server.names(path)
            return


STANDS: Mapping[str, Callable[[Path, Path, Sequence[Meeting]], AbstractContextManager[Stand]]] = {
    "google": google,
    "graph": graph,
    "caldav": caldav,
}


if __name__ == "__main__":
    main()
