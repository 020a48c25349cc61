"""What Graph tells beside events: the user, calendars, settings, contacts, people, free/busy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.servers.graph.asked import TOKENS, Asked
from tests.servers.graph.delta import unknown_state
from tests.servers.graph.moments import read_moment, shown, zone_named
from tests.servers.graph.oracle import Object, check_action
from tests.servers.graph.problems import Problem, malformed
from tests.servers.graph.showing import selection
from tests.servers.graph.views import page_of

MOST_SCHEDULES = 20
LONGEST = timedelta(days=62)
_LETTERS = {"free": "0", "workingElsewhere": "0", "tentative": "1", "busy": "2", "oof": "3"}


def me(asked: Asked) -> Object:
    account = asked.box.account
    return {
        "@odata.context": f"{asked.url}#users/$entity",
        "id": account.oid,
        "displayName": account.name,
        "mail": None if account.personal else account.address,
        "userPrincipalName": account.address,
    }


def calendars(asked: Asked) -> Object:
    return _paged(asked, asked.box.calendars.values(), "calendar")


def calendar(asked: Asked) -> Object:
    return _only(asked, asked.box.calendars[asked.calendar], "calendar")


def settings(asked: Asked) -> Object:
    return _only(asked, asked.box.circle.settings, "mailboxSettings")


def people(asked: Asked) -> Object:
    """By relevance, the most relevant first."""
    return _paged(asked, asked.box.circle.people, "person")


def folders(asked: Asked) -> Object:
    """Those beside the default one, which has no folder of its own to ask for; or those in one."""
    parent, circle = _folder(asked), asked.box.circle
    named = [
        {"id": key, "displayName": name, "parentFolderId": parent or None}
        for key, name in circle.folders.items()
        if key and circle.parents.get(key, "") == parent
    ]
    return _paged(asked, named, "contactFolder")


def contacts(asked: Asked) -> Object:
    folder = _folder(asked)
    there = [
        _contact(key, version, given)
        for key, (where, version, given) in asked.box.circle.contacts.items()
        if where == folder and given is not None
    ]
    return _paged(asked, there, "contact")


def contacts_changed(asked: Asked) -> Object:
    """Contacts of one folder, all of them or those changed since a link (contact-delta.md).

    A link remembers the ``$select`` of the first call.
    """
    folder, circle = _folder(asked), asked.box.circle
    if asked.meets("sync_state"):
        raise unknown_state()
    if unknown := set(asked.query) - {"$select", *TOKENS}:
        raise Problem(501, "NotImplemented", f"This server does not know {sorted(unknown)} here.")
    since, at, until, chosen = _position(asked)
    until = until or circle.changes
    news = [
        (key, version, given)
        for key, (where, version, given) in circle.contacts.items()
        if where == folder and since < version <= until and (given is not None or since)
    ]
    size = 0 if asked.meets("empty_page") else asked.prefer.page or 10
    answer: Object = {
        "@odata.context": f"{asked.url}#Collection(contact)",
        "value": [_news(each, chosen) for each in news[at : at + size]],
    }
    if at + size < len(news) or asked.meets("endless"):
        token = f"{since}.{at + size}.{until}.{chosen}"
        return {**answer, "@odata.nextLink": asked.link({"$skiptoken": token})}
    return {**answer, "@odata.deltaLink": asked.link({"$deltatoken": f"{until}.0.0.{chosen}"})}


def _position(asked: Asked) -> tuple[int, int, int, str]:
    """What a link says: changes told before, how many of this round, changes to tell, ``$select``.

    Raises:
        Problem: 400, 410.
    """
    token = asked.query.get("$skiptoken") or asked.query.get("$deltatoken")
    if token is None:
        selection(asked, "contact")
        return 0, 0, 0, asked.query.get("$select", "")
    try:
        since, at, until, chosen = token.split(".")
        return int(since), int(at), int(until), chosen
    except ValueError as error:
        raise unknown_state() from error


def _news(changed: tuple[str, int, Object | None], chosen: str) -> Object:
    key, version, given = changed
    if given is None:
        return {"id": key, "@removed": {"reason": "deleted"}}
    names = {"id", "@odata.etag", *chosen.split(",")} if chosen else None
    whole = _contact(key, version, given)
    return {name: value for name, value in whole.items() if names is None or name in names}


def schedule(asked: Asked) -> Object:
    """When others are taken (calendar-getschedule.md): a work account's only.

    Raises:
        Problem: 400, 403.
    """
    if asked.box.account.personal:
        raise Problem(
            403, "ErrorAccessDenied", "This operation is not supported for personal accounts."
        )
    check_action("getSchedule", asked.body)
    given = {key.lower(): value for key, value in asked.body.items()}
    for each in ("schedules", "starttime", "endtime"):
        if not given.get(each):
            raise malformed(f"The parameter '{each}' is required.")
    start = read_moment(given["starttime"], "startTime").instant()
    end = read_moment(given["endtime"], "endTime").instant()
    step = given.get("availabilityviewinterval", 30)
    if not timedelta(minutes=step) <= end - start < LONGEST or not 5 <= step <= 1440:
        raise Problem(400, "ErrorInvalidTimeInterval", "The requested time duration is invalid.")
    addresses = given["schedules"]
    if len(addresses) > MOST_SCHEDULES:
        raise Problem(400, "ErrorInvalidRequest", "Too many mailboxes were asked for.")
    value = [_schedule(each, start, end, timedelta(minutes=step), asked) for each in addresses]
    return {"@odata.context": f"{asked.url}#Collection(scheduleInformation)", "value": value}


def _schedule(
    address: str, start: datetime, end: datetime, step: timedelta, asked: Asked
) -> Object:
    known = asked.box.circle.schedules.get(address.lower())
    if known is None:
        return {
            "scheduleId": address,
            "availabilityView": "",
            "scheduleItems": [],
            "error": {
                "message": "Unable to resolve e-mail address to a mailbox.",
                "responseCode": "ErrorMailRecipientNotFound",
            },
        }
    taken = [each for each in known if each[0] < end and each[1] > start]
    view, at = "", start
    while at < end:
        here = [_LETTERS[status] for a, b, status in taken if a < at + step and b > at]
        view, at = view + max(here, default="0"), at + step
    zone = asked.prefer.zone
    return {
        "scheduleId": address,
        "availabilityView": view,
        "scheduleItems": [
            {
                "status": status,
                "start": _moment(begins, zone),
                "end": _moment(ends, zone),
                "isPrivate": False,
                "subject": None,
                "location": None,
            }
            for begins, ends, status in taken
        ],
        "workingHours": asked.box.circle.settings["workingHours"],
    }


def _moment(instant: datetime, zone: str) -> Object:
    return shown(instant.astimezone(UTC).astimezone(zone_named(zone)).replace(tzinfo=None), zone)


def _folder(asked: Asked) -> str:
    key = asked.place.ids.get("contactFolder", "")
    if key not in asked.box.circle.folders:
        raise Problem(404, "ErrorItemNotFound", "The specified folder was not found.")
    return key


def _contact(key: str, version: int, given: Object) -> Object:
    mark = f"EQAAABYAAA{version:06X}"
    plain = {"emailAddresses": [], "businessPhones": [], "categories": [], "parentFolderId": "x"}
    return {**plain, **given, "id": key, "changeKey": mark, "@odata.etag": f'W/"{mark}"'}


def _paged(asked: Asked, every: Iterable[Object], kind: str) -> Object:
    there = list(every)
    selection(asked, kind)
    if unknown := {"$filter", "$orderby", "$search", "$expand"} & set(asked.query):
        raise Problem(501, "NotImplemented", f"This server does not know {sorted(unknown)} here.")
    at, size = page_of(asked)
    page = [_only(asked, each, kind) for each in there[at : at + size]]
    answer: Object = {"@odata.context": f"{asked.url}#{kind}", "value": page}
    if asked.meets("empty_page"):
        answer["value"], size = [], 0
    if at + size < len(there) or asked.meets("endless"):
        kept = {key: value for key, value in asked.query.items() if key != "$skip"}
        answer["@odata.nextLink"] = asked.link({**kept, "$skip": str(at + size)})
    return answer


def _only(asked: Asked, given: Object, kind: str) -> Object:
    names = selection(asked, kind)
    return {key: value for key, value in given.items() if key in names} if names else given
