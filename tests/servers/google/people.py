"""Contacts: connections and other contacts, with sync tokens that live 7 days."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.servers.google import paging
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused
from tests.servers.google.state import Continuation, World, etag

_LIFE = timedelta(days=7)
_OF_OTHERS = {"emailAddresses", "metadata", "names", "phoneNumbers", "photos"}
_CONTACT, _PROFILE = "READ_SOURCE_TYPE_CONTACT", "READ_SOURCE_TYPE_PROFILE"
_MAY_DIFFER = {"syncToken", "requestSyncToken"}


def connections(world: World, call: Call, twist: str = "") -> Json:
    if call.path["resourceName"] != "people/me":
        raise _wrong("Resource name must be people/me.")
    if call.text("requestMask.includeField"):
        given = [each.removeprefix("person.") for each in _split(call, "requestMask.includeField")]
    else:
        given = _split(call, "personFields")
    allowed = _allowed(call, "personFields")
    people = world.state.accounts[call.user].connections
    mask = _mask(given, allowed, "personFields")
    total = _living(people)
    counted = {"totalItems": total, "totalPeople": total} if total else {}
    return _list(world, call, "connections", people, mask, twist) | counted


def other_contacts(world: World, call: Call, twist: str = "") -> Json:
    sources = call.many("sources") or (_CONTACT,)
    if _CONTACT not in sources:
        raise _wrong("READ_SOURCE_TYPE_CONTACT is required.")
    allowed = _allowed(call, "readMask") if _PROFILE in sources else _OF_OTHERS
    people = world.state.accounts[call.user].others
    mask = _mask(_split(call, "readMask"), allowed, "readMask")
    counted = {"totalSize": _living(people)} if people else {}
    return _list(world, call, "otherContacts", people, mask, twist) | counted


def _list(
    world: World,
    call: Call,
    kind: str,
    people: dict[str, tuple[int, Json]],
    mask: set[str],
    twist: str,
) -> Json:
    size = call.number("pageSize", 0) or 100
    if not 1 <= size <= 1000:
        raise _wrong("Page size must be between 1 and 1000.")
    try:
        listing = paging.resumed(world, call, kind, call.user)
        everything = {*call.method.parameters} - _MAY_DIFFER - {"pageToken"}
        since = paging.synced(world, call, kind, call.user, everything)
    except Refused as error:
        if error.status == 410:
            raise _expired() from error
        raise _wrong(error.message) from error
    if since and world.now() - since.issued >= _LIFE:
        raise _expired()
    if listing is None:  # an empty list is left out of the answer, as Google does
        after = since.revision if since else 0
        chosen = sorted((one, name) for name, (one, each) in people.items() if one > after)
        items = [
            _person(name, people[name], mask)
            for _, name in chosen
            if since or not _is_deleted(people[name][1])
        ]
        issued = since.issued if since else world.now()
        listing = Continuation(
            f"page of {kind}", call.user, paging.asked(call), world.state.revision, issued, items
        )
    wants = bool(since or call.flag("requestSyncToken"))
    now, token = paging.page(world, call, listing, size=size, may_sync=wants, twist=twist)
    return ({kind: now} if now else {}) | token


def _living(people: dict[str, tuple[int, Json]]) -> int:
    return sum(not _is_deleted(each) for _, each in people.values())


def _person(name: str, kept: tuple[int, Json], mask: set[str]) -> Json:
    revision, person = kept
    shown = {field: each for field, each in person.items() if field in mask}
    if _is_deleted(person):
        shown = {"metadata": person["metadata"]}
    return {"resourceName": name, "etag": etag(revision), **shown}


def _is_deleted(person: Json) -> bool:
    return bool(person.get("metadata", {}).get("deleted"))


def _split(call: Call, name: str) -> list[str]:
    return [each.strip() for each in call.text(name).split(",") if each.strip()]


def _allowed(call: Call, name: str) -> set[str]:
    """The fields a mask may name, which stand in its description."""
    return set(re.findall(r"\* (\w+)", call.method.parameters[name]["description"]))


def _mask(given: list[str], allowed: set[str], name: str) -> set[str]:
    """
    Raises:
        Refused: the mask is missing or names a field that is none.
    """
    if not given:
        raise _wrong(f"{name} mask is required. Please specify one or more valid paths.")
    for each in given:
        if each not in allowed:
            raise _wrong(f"Invalid {name} mask path: {each!r}.")
    return set(given)


def _wrong(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def _expired() -> Refused:
    """With status 400, not the 410 of calendars (garrytan/gbrain#5127)."""
    message = "Sync token is expired. Clear local cache and retry call without the sync token."
    return Refused(400, "EXPIRED_SYNC_TOKEN", message)
