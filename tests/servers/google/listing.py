"""The calendar list, calendars and settings of one user."""

from __future__ import annotations

from tests.servers.google import paging, views
from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Account, Calendar, Continuation, World, etag


def calendar_list(world: World, call: Call, twist: str = "") -> Json:
    account = world.state.accounts[call.user]
    if call.text("syncToken"):
        for name in ("minAccessRole", "showOwnOrganizationOnly"):
            if name in call.query:
                raise invalid(f"{name} cannot be given together with a sync token.", name)
    since = paging.synced(world, call, "calendars", account.email, set())
    items = [
        _entry(world, account, name)
        for name, (revision, _) in sorted(account.listed.items(), key=lambda one: one[1][0])
        if (revision > since.revision if since else _is_listed(world, account, call, name))
    ]
    now, token = _page(world, call, "calendars", items, (100, 250), twist)
    head: Json = {"kind": "calendar#calendarList", "etag": etag(world.state.revision)}
    return head | {"items": now} | token


def calendar_list_entry(world: World, call: Call) -> Json:
    account = world.state.accounts[call.user]
    name = call.user if call.path["calendarId"] == "primary" else call.path["calendarId"]
    if name not in account.listed:
        raise views.not_found()
    return _entry(world, account, name)


def calendar(world: World, call: Call) -> Json:
    found = views.calendar_of(world, call, "freeBusyReader")
    return _calendar(world, found)


def insert_calendar(world: World, call: Call) -> Json:
    """A new secondary calendar of the user, which the application has made."""
    name = f"c_{world.state.opaque('calendar').lower()[:26]}@group.calendar.google.com"
    account = world.state.accounts[call.user]
    zone = call.body.get("timeZone") or account.zone
    made = Calendar(
        name, call.user, call.body["summary"], zone, {call.user: "owner"}, made_by_app=True
    )
    world.state.calendars[name] = made
    account.listed[name] = (world.state.next_revision(), {})
    return _calendar(world, made)


def delete_calendar(world: World, call: Call) -> None:
    found = views.calendar_of(world, call, "owner")
    if found.is_primary:
        raise Refused(400, "cannotDeletePrimaryCalendar", "Cannot delete a primary calendar.")
    del world.state.calendars[found.id]
    for account in world.state.accounts.values():
        if found.id in account.listed:
            account.listed[found.id] = (world.state.next_revision(), {"deleted": True})


def settings(world: World, call: Call, twist: str = "") -> Json:
    account = world.state.accounts[call.user]
    since = paging.synced(world, call, "settings", account.email, set())
    items = [
        _setting(account, name)
        for name, (revision, _) in account.settings.items()
        if since is None or revision > since.revision
    ]
    now, token = _page(world, call, "settings", items, (100, 250), twist)
    head: Json = {"kind": "calendar#settings", "etag": etag(world.state.revision)}
    return head | {"items": now} | token


def setting(world: World, call: Call) -> Json:
    account = world.state.accounts[call.user]
    if call.path["setting"] not in account.settings:
        raise views.not_found()
    return _setting(account, call.path["setting"])


def _page(
    world: World, call: Call, kind: str, items: list[Json], sizes: tuple[int, int], twist: str
) -> tuple[list[Json], Json]:
    listing = paging.resumed(world, call, kind, call.user) or Continuation(
        f"page of {kind}",
        call.user,
        paging.asked(call),
        world.state.revision,
        world.now(),
        items,
    )
    size = min(call.number("maxResults", sizes[0]), sizes[1])
    return paging.page(world, call, listing, size=size, twist=twist)


def _is_listed(world: World, account: Account, call: Call, name: str) -> bool:
    kept = account.listed[name][1]
    if kept.get("deleted"):
        return call.flag("showDeleted")
    least = call.text("minAccessRole") or "freeBusyReader"
    is_hidden = kept.get("hidden") and not call.flag("showHidden")
    return world.state.calendars[name].allows(account.email, least) and not is_hidden


def _entry(world: World, account: Account, name: str) -> Json:
    revision, kept = account.listed[name]
    head: Json = {"kind": "calendar#calendarListEntry", "etag": etag(revision), "id": name}
    found = world.state.calendars.get(name)
    if found is None or kept.get("deleted"):
        return head | {"deleted": True}
    made = head | {
        "summary": found.summary,
        "timeZone": found.zone,
        "accessRole": found.role(account.email),
        "selected": True,
        "colorId": "14",
        "backgroundColor": "#9fe1e7",
        "foregroundColor": "#000000",
        "defaultReminders": [],
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }
    if found.id == account.email:
        made["primary"] = True
    return made | kept


def _calendar(world: World, found: Calendar) -> Json:
    made: Json = {
        "kind": "calendar#calendar",
        "etag": etag(world.state.revision),
        "id": found.id,
        "summary": found.summary,
        "timeZone": found.zone,
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }
    return made if found.is_primary else made | {"dataOwner": found.owner}


def _setting(account: Account, name: str) -> Json:
    revision, value = account.settings[name]
    return {"kind": "calendar#setting", "etag": etag(revision), "id": name, "value": value}
