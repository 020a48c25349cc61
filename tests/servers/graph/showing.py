"""An event as Graph shows it, and the query options that choose what of it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import eq, ge, gt, le, lt

from tests.servers.graph.asked import Asked, Prefer
from tests.servers.graph.items import Entry, Item, identity
from tests.servers.graph.mailbox import change_key, etag
from tests.servers.graph.moments import NO_TIME, read_instant, shown_in, stamp, windows_name
from tests.servers.graph.oracle import Json, Object, properties
from tests.servers.graph.problems import Problem, bad_query, denied

_KINDS = "Boolean|Binary|CLSID|Currency|Double|Float|Integer|Long|Short|String|SystemTime"
PROPERTY_ID = re.compile(
    rf"({_KINDS}) (\{{[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}\}}) "
    r"(Name .+|Id 0x[0-9a-fA-F]+)"
)
_TAGGED = re.compile(
    r"singleValueExtendedProperties/[Aa]ny\((\w+):\s*\1/id eq '([^']*)' and "
    r"\1/value eq '((?:[^']|'')*)'\)"
)
_COMPARED = re.compile(
    r"((?:start|end)/dateTime|(?:lastModified|created)DateTime) (eq|ge|gt|le|lt) '?([^']*)'?"
)
_EQUAL = re.compile(r"(iCalUId|subject|showAs|isCancelled|isAllDay) eq ('(?:[^']|'')*'|true|false)")
_HOW: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "eq": eq,
    "ge": ge,
    "gt": gt,
    "le": le,
    "lt": lt,
}
_ONE_ID = re.compile(r"id eq '([^']*)'")


def event(entry: Entry, asked: Asked) -> Object:
    """The whole resource, as the headers prefer it, less what ``$select`` leaves out."""
    own, prefer = entry.own, asked.prefer
    start, end = entry.times()
    all_day = own.props["isAllDay"]
    master = identity(Entry(entry.item), immutable=prefer.immutable)
    organizer = {"name": asked.box.account.name, "address": asked.box.account.address}
    given = {
        "@odata.etag": etag(own),
        "changeKey": change_key(own),
        "createdDateTime": stamp(own.created),
        "lastModifiedDateTime": stamp(own.modified),
        "transactionId": own.transaction or None,
        "originalStartTimeZone": windows_name(start.zone),
        "originalEndTimeZone": windows_name(end.zone),
        "iCalUId": _uid(entry),
        "hasAttachments": False,
        "isDraft": False,
        "isOrganizer": True,
        "organizer": {"emailAddress": organizer},
        "responseStatus": {"response": "organizer", "time": NO_TIME},
        "onlineMeetingUrl": None,
        "onlineMeeting": None,
        "webLink": f"https://outlook.example.com/calendar/item/{own.number}",
        **own.props,
        "id": identity(entry, immutable=prefer.immutable),
        "type": entry.kind,
        "seriesMasterId": None if entry.original is None else master,
        "start": shown_in(start, prefer.zone, all_day=all_day),
        "end": shown_in(end, prefer.zone, all_day=all_day),
        "locations": [own.props["location"]] if own.props["location"]["displayName"] else [],
        "body": _body(own, prefer),
        "bodyPreview": _plain(own)[:255],
    }
    if entry.original is not None:
        given["recurrence"] = None
        given["originalStart"] = stamp(start.at(entry.original).instant())
    if asked.basic:
        del given["body"], given["bodyPreview"]
    return _expanded(_selected(given, asked), own, asked)


def stub(entry: Entry, prefer: Prefer) -> Object:
    """All that a delta says of an occurrence."""
    start, end = entry.times()
    all_day = entry.own.props["isAllDay"]
    return {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": etag(entry.own),
        "id": identity(entry, immutable=prefer.immutable),
        "type": "occurrence",
        "seriesMasterId": identity(Entry(entry.item), immutable=prefer.immutable),
        "start": shown_in(start, prefer.zone, all_day=all_day),
        "end": shown_in(end, prefer.zone, all_day=all_day),
    }


def _uid(entry: Entry) -> str | None:
    """Each occurrence has one of its own, made from that of its series (MS-OXOCAL, 2.2.1.27)."""
    if entry.original is None or not entry.item.uid:
        return entry.own.uid
    day = f"{entry.original.year:04X}{entry.original.month:02X}{entry.original.day:02X}"
    return entry.item.uid[:32] + day + entry.item.uid[40:]


def _body(item: Item, prefer: Prefer) -> Object:
    """HTML unless the header asks for text, whichever was written."""
    body: Object = item.props["body"]
    if prefer.text_body:
        return {"contentType": "text", "content": _plain(item)}
    if body["contentType"] == "html":
        return body
    lines = html.escape(body["content"], quote=False).replace("\n", "<br>\r\n")
    return {
        "contentType": "html",
        "content": f'<html><head></head><body><div class="PlainText">{lines}</div></body></html>',
    }


def _plain(item: Item) -> str:
    body: Object = item.props["body"]
    content: str = body["content"]
    if body["contentType"] == "text":
        return content
    return html.unescape(re.sub(r"<[^>]*>", "", content)).strip()


def _selected(given: Object, asked: Asked) -> Object:
    names = selection(asked, "event")
    if not names:
        return given
    return {name: value for name, value in given.items() if name in names}


def selection(asked: Asked, kind: str) -> set[str]:
    """What ``$select`` leaves of a resource, ids included; empty when it leaves everything.

    Raises:
        Problem: 400, for a property that the type has not.
    """
    wanted = asked.query.get("$select")
    if not wanted:
        return set()
    names = {each.strip() for each in wanted.split(",")}
    for name in sorted(names - set(properties(kind))):
        raise bad_query(
            f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
        )
    return names | {"id", "@odata.etag"}


def check_options(asked: Asked) -> None:
    """Refuse a ``$select`` or ``$expand`` before anything is done, or nothing is found to show.

    Raises:
        Problem: 400, 403.
    """
    selection(asked, "event")
    _expansion(asked)


def _expansion(asked: Asked) -> list[str]:
    """The ids of the extended properties that ``$expand`` names."""
    wanted = asked.query.get("$expand")
    if not wanted:
        return []
    inside = re.fullmatch(r"singleValueExtendedProperties\(\$filter=(.*)\)", wanted)
    names = [_ONE_ID.fullmatch(each.strip()) for each in inside[1].split(" or ")] if inside else []
    if not names or not all(names):
        raise bad_query("Only singleValueExtendedProperties($filter=id eq '...') can be expanded.")
    if asked.basic:
        raise denied()
    return [property_id(each[1]) for each in names if each]


def _expanded(given: Object, item: Item, asked: Asked) -> Object:
    """With those extended properties asked for that the item has."""
    keys = [key for key in _expansion(asked) if key in item.extended]
    there = [{"id": key, "value": item.extended[key]} for key in keys]
    return {**given, "singleValueExtendedProperties": there} if there else given


def property_id(text: str) -> str:
    """With its GUID in lower case; the name keeps its own.

    Raises:
        Problem: 400; it is none.
    """
    match = PROPERTY_ID.fullmatch(text)
    if not match:
        raise Problem(400, "ErrorInvalidExtendedProperty", f"'{text}' is no extended property id.")
    return f"{match[1]} {match[2].lower()} {match[4]}"


def filtered(entries: Iterable[Entry], asked: Asked) -> list[Entry]:
    """Those that all clauses of ``$filter`` hold for.

    Raises:
        Problem: 400, for a clause that this server does not know.
    """
    text = asked.query.get("$filter")
    if text is None:
        return list(entries)
    clauses = [_clause(each, asked) for each in _parts(text)]
    return [each for each in entries if all(holds(each) for holds in clauses)]


def _parts(text: str) -> list[str]:
    """The clauses between ``and``, outside brackets."""
    parts, depth, last = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and text.startswith(" and ", at):
            parts.append(text[last:at])
            last = at + len(" and ")
    return [*parts, text[last:]]


def _clause(text: str, asked: Asked) -> Callable[[Entry], bool]:
    if tagged := _TAGGED.fullmatch(text):
        if asked.basic:
            raise denied()
        key, value = property_id(tagged[2]), tagged[3].replace("''", "'").lower()
        return lambda entry: entry.own.extended.get(key, "\0").lower() == value
    if compared := _COMPARED.fullmatch(text):
        return _comparison(compared[1], compared[2], read_instant(compared[3], asked.prefer.zone))
    if equal := _EQUAL.fullmatch(text):
        wanted: Json = equal[2].strip("'").replace("''", "'")
        if equal[2] in {"true", "false"}:
            wanted = equal[2] == "true"
        name = equal[1]
        if name == "iCalUId":
            return lambda entry: _uid(entry) == wanted
        return lambda entry: bool(entry.own.props[name] == wanted)
    raise Problem(400, "ErrorInvalidUrlQueryFilter", "The query filter contains a clause unknown.")


def _comparison(name: str, how: str, moment: datetime) -> Callable[[Entry], bool]:
    def value(entry: Entry) -> datetime:
        if name == "lastModifiedDateTime":
            return entry.own.modified
        if name == "createdDateTime":
            return entry.own.created
        return entry.times()[name == "end/dateTime"].instant()

    return lambda entry: _HOW[how](value(entry), moment)


def ordered(entries: list[Entry], asked: Asked) -> list[Entry]:
    """By ``$orderby``; else by start."""
    name, _, direction = asked.query.get("$orderby", "start/dateTime").partition(" ")
    keys: Mapping[str, Callable[[Entry], Json]] = {
        "start/dateTime": lambda each: each.times()[0].instant(),
        "end/dateTime": lambda each: each.times()[1].instant(),
        "subject": lambda each: each.own.props["subject"] or "",
        "createdDateTime": lambda each: each.own.created,
        "lastModifiedDateTime": lambda each: each.own.modified,
    }
    if name not in keys or direction not in {"", "asc", "desc"}:
        raise bad_query(f"Events cannot be ordered by '{name}'.")
    return sorted(entries, key=keys[name], reverse=direction == "desc")
