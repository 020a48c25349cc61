"""Graph's own word on its types and paths, and what breaks it.

`types.json` and `paths.json` name their sources. The few things that only the documentation says,
against or beyond the metadata, are here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.servers.graph.problems import malformed

Json: TypeAlias = Any  # what stands in a body is known only by the types
Object: TypeAlias = dict[str, Json]

_HERE = Path(__file__).parent

DOCUMENTED: Mapping[str, Mapping[str, Json]] = {
    "": {"methods": ["GET"], "required": [], "query": ["$select", "$expand"]},
}
"""Paths that the metadata hold elsewhere: the user itself."""

NOT_ON_EVENT_DELTA = frozenset({"$select", "$filter", "$expand", "$orderby", "$search"})
"""The metadata allow them, the page of event: delta says they are not supported."""

READ_ONLY: Mapping[str, frozenset[str]] = {
    "event": frozenset(
        [
            "id",
            "changeKey",
            "createdDateTime",
            "lastModifiedDateTime",
            "bodyPreview",
            "hasAttachments",
            "iCalUId",
            "isCancelled",
            "isDraft",
            "isOrganizer",
            "onlineMeeting",
            "onlineMeetingUrl",
            "organizer",
            "originalStart",
            "originalStartTimeZone",
            "originalEndTimeZone",
            "responseStatus",
            "seriesMasterId",
            "type",
            "webLink",
            "cancelledOccurrences",
        ]
    ),
}
"""What the pages of a type call read-only, or set by the service alone."""

_PATTERNS = {
    "Edm.DateTimeOffset": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)",
    "Edm.Date": r"\d{4}-\d\d-\d\d",
    "Edm.TimeOfDay": r"\d\d:\d\d:\d\d(\.\d{1,7})?",
    "Edm.Guid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}


class Route(NamedTuple):
    """One path of `paths.json`, without the user before it."""

    methods: frozenset[str]
    required: frozenset[str]
    query: frozenset[str]


@cache
def _types() -> Mapping[str, Object]:
    known: Mapping[str, Object] = json.loads((_HERE / "types.json").read_text())["types"]
    return known


@cache
def parameters(action: str) -> Mapping[str, str]:
    """What the body of an action may hold, and of which type."""
    known: Mapping[str, Mapping[str, str]]
    known = json.loads((_HERE / "types.json").read_text())["parameters"]
    return known[action]


@cache
def routes() -> Mapping[str, Route]:
    paths = json.loads((_HERE / "paths.json").read_text())["paths"]
    return {
        path: Route(
            frozenset(each["methods"]), frozenset(each["required"]), frozenset(each["query"])
        )
        for path, each in {**paths, **DOCUMENTED}.items()
    }


@cache
def properties(name: str) -> Mapping[str, Object]:
    """All properties of a type, those of its bases first."""
    here = _types()[name]
    return {**(properties(here["base"]) if "base" in here else {}), **here.get("properties", {})}


def check_written(name: str, body: Json) -> None:
    """Refuse what Graph would: names, types, enum members, properties that are not for writing.

    Raises:
        Problem: 400.
    """
    check(f"graph.{name}", body)
    for each in READ_ONLY.get(name, frozenset()) & set(body):
        raise malformed(f"Set action is invalid for property '{each}'.")


def check_action(name: str, body: Json) -> None:
    """The body of an action; Graph takes its parameters in either case of the first letter."""
    known = {each.lower(): kind for each, kind in parameters(name).items()}
    if not isinstance(body, dict):
        raise malformed("A JSON object was expected.")
    for each, value in body.items():
        if each.lower() not in known:
            raise malformed(f"The parameter '{each}' does not exist on the action '{name}'.")
        check(known[each.lower()], value, each)


def check(kind: str, value: Json, at: str = "") -> None:
    """Hold a value against a type of the metadata.

    Raises:
        Problem: 400, naming the property ``at`` fault.
    """
    if kind.startswith("Collection("):
        if not isinstance(value, list):
            raise malformed(f"A collection was expected at '{at}'.")
        if None in value:
            raise malformed(f"A null value was found in the collection '{at}'.")
        for each in value:
            check(kind[len("Collection(") : -1], each, at)
    elif value is None:
        return
    elif kind.startswith("Edm."):
        _check_primitive(kind, value, at)
    else:
        _check_named(kind.removeprefix("graph."), value, at)


def _check_named(name: str, value: Json, at: str) -> None:
    known = _types()[name]
    if known["kind"] == "EnumType":
        if value not in known["members"]:
            raise malformed(f"Requested value '{value}' was not found at '{at}'.")
        return
    if not isinstance(value, dict):
        raise malformed(f"An object of type '{name}' was expected at '{at}'.")
    for each, inner in value.items():
        if "@" in each:
            continue
        if each not in properties(name):
            raise malformed(
                f"The property '{each}' does not exist on type 'microsoft.graph.{name}'. Make sure "
                "to only use property names that are defined by the type."
            )
        of = properties(name)[each]
        if inner is None and of.get("nullable") is False:
            raise malformed(f"A null value was found for '{each}', which must not be null.")
        check(of["type"], inner, each)


def _check_primitive(kind: str, value: Json, at: str) -> None:
    good = {
        "Edm.Boolean": isinstance(value, bool),
        "Edm.Int32": isinstance(value, int) and not isinstance(value, bool),
        "Edm.Double": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if kind in _PATTERNS:
        right = isinstance(value, str) and re.fullmatch(_PATTERNS[kind], value) is not None
    else:
        right = good.get(kind, isinstance(value, str))
    if not right:
        raise malformed(f"Cannot convert the value at '{at}' to the expected type '{kind}'.")
