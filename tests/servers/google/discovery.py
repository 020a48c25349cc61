"""The discovery documents of the installed client library, as the law of this server.

What is asked and what is answered is held against them. They say more than Google's own servers
insist on: a parameter or field they do not know is refused here, where Google may ignore it.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from tests.servers.google.refused import Refused, invalid

Json = dict[str, Any]

SCOPE = "https://www.googleapis.com/auth/"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")
_OFFSET = re.compile(r"([Zz]|[+-]\d\d:\d\d)$")
_SAID_IN_WORDS = {
    ("EventFocusTimeProperties", "autoDeclineMode"),
    ("EventOutOfOfficeProperties", "autoDeclineMode"),
}
_DECLINE = {
    "declineNone",
    "declineAllConflictingInvitations",
    "declineOnlyNewConflictingInvitations",
}


class Method(NamedTuple):
    """One method of an API."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Json]
    request: str
    response: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the documents allow: its method, and what it was given.

    ``user`` and ``scopes`` come from the bearer token, ``delegated`` is false for a service
    account that acts for itself.
    """

    method: Method
    path: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    body: Json
    headers: Mapping[str, str]
    user: str = ""
    scopes: frozenset[str] = frozenset()
    delegated: bool = True

    def text(self, name: str) -> str:
        return self.query.get(name, ("",))[0]

    def many(self, name: str) -> tuple[str, ...]:
        return self.query.get(name, ())

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def number(self, name: str, default: int) -> int:
        return int(self.text(name) or default)

    def moment(self, name: str) -> datetime | None:
        return datetime.fromisoformat(self.text(name)) if self.text(name) else None


class Api:
    """One discovery document."""

    def __init__(self, name: str, base: str) -> None:
        self._document: Json = json.loads((_folder() / f"{name}.json").read_bytes())
        self.base = base
        self.schemas: Json = self._document["schemas"]
        self.methods = tuple(self._methods(self._document["resources"]))

    def _methods(self, resources: Json) -> Iterator[Method]:
        common = self._document["parameters"]
        for resource in resources.values():
            for each in resource.get("methods", {}).values():
                own = each.get("parameters", {})
                yield Method(
                    each["id"],
                    each["httpMethod"],
                    _pattern(each["path"], own),
                    common | own,
                    each.get("request", {}).get("$ref", ""),
                    each.get("response", {}).get("$ref", ""),
                    frozenset(each["scopes"]),
                )
            yield from self._methods(resource.get("resources", {}))

    def find(self, verb: str, path: str) -> Method | None:
        """The method that answers at a path, which is still quoted."""
        inside = path.removeprefix(self.base)
        for each in self.methods:
            if each.verb == verb and each.path.fullmatch(inside):
                return each
        return None

    def call(self, method: Method, path: str, query: str, headers: Mapping[str, str]) -> Call:
        """What a request asks for, without its body.

        Raises:
            Refused: a parameter is unknown, missing, given twice or not what it must be.
        """
        found = method.path.fullmatch(path.removeprefix(self.base))
        assert found is not None
        where = {name: unquote(value) for name, value in found.groupdict().items()}
        asked: dict[str, tuple[str, ...]] = {}
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError:
            raise invalid("The query cannot be read.") from None
        for name, value in pairs:
            asked[name] = (*asked.get(name, ()), value)
        for name, values in asked.items():
            _check_parameter(method, name, values)
        for name, rule in method.parameters.items():
            if rule.get("required") and rule["location"] == "query" and name not in asked:
                raise Refused(400, "required", f"Required parameter: {name}", name)
        return Call(method, where, asked, {}, headers)

    def body(self, method: Method, data: bytes, content_type: str) -> Json:
        """The body of a request.

        Raises:
            Refused: it is no JSON, or not what the schema of the method says.
        """
        if not method.request:
            if data:
                raise invalid(f"{method.id} takes no body")
            return {}
        if content_type.partition(";")[0] != "application/json":
            raise invalid(f"A body is application/json, not {content_type}.")
        try:
            body = json.loads(data)
        except ValueError:
            raise Refused(400, "parseError", "Parse Error") from None
        if not isinstance(body, dict):
            raise Refused(400, "parseError", "Parse Error")
        for problem in self.problems(method.request, body, writing=True):
            raise invalid(problem)
        for name, rule in self.schemas[method.request]["properties"].items():
            needed = method.id in rule.get("annotations", {}).get("required", ())
            if needed and body.get(name) is None:
                raise Refused(400, "required", f"Missing {name}.", name)
        return body

    def problems(self, schema: str, value: object, *, writing: bool = False) -> Iterator[str]:
        """Where a value is not as its schema says; also by its words when it is to be written."""
        yield from self._problems({"$ref": schema}, value, schema, writing)

    def _problems(self, rule: Json, value: object, at: str, writing: bool) -> Iterator[str]:
        schema = rule.get("$ref", "")
        if schema:
            rule = self.schemas[schema]
        kind = rule.get("type")
        if kind == "any" or (value is None and writing):
            return
        if kind == "object" and isinstance(value, dict):
            for name, each in value.items():
                inner = rule.get("properties", {}).get(name, rule.get("additionalProperties"))
                if inner is None:
                    yield f"Unknown name {name!r} at {at}"
                    continue
                yield from self._problems(inner, each, f"{at}.{name}", writing)
                if writing and each not in _in_words(schema, name, inner, each):
                    yield f"Invalid value at {at}.{name}: {each!r}"
        elif kind == "array" and isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._problems(rule["items"], each, f"{at}[{number}]", writing)
        elif not _fits(rule, value):
            yield f"Invalid value at {at} ({kind} {rule.get('format', '')}): {str(value)[:40]!r}"


def _in_words(schema: str, name: str, rule: Json, value: object) -> tuple[object, ...]:
    """The values a description allows; whatever the value is when it names none."""
    if (schema, name) in _SAID_IN_WORDS:
        return tuple(_DECLINE)
    _, found, words = rule.get("description", "").partition("Possible values are:")
    allowed = tuple(re.findall(r'- "(\w+)"', words)) if found else ()
    return (None, *allowed) if allowed else (value,)


def _fits(rule: Json, value: object) -> bool:
    kind = {"string": str, "integer": int, "boolean": bool}.get(rule.get("type", ""))
    if kind is None or type(value) is not kind:
        return False
    if not isinstance(value, str):
        return True
    match rule.get("format"):
        case "date-time" | "google-datetime":
            return is_time(value)
        case "date":
            return is_date(value)
        case "int64":
            return value.lstrip("-").isdecimal()
    return value in rule.get("enum", (value,))


def is_time(text: str) -> bool:
    """RFC 3339; the offset may be missing, where the schema lets a time zone stand beside it."""
    if not _RFC3339.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_parameter(method: Method, name: str, values: tuple[str, ...]) -> None:
    rule = method.parameters.get(name)
    if rule is None or rule["location"] != "query":
        raise invalid(f"Unknown parameter: {name}", name)
    if len(values) > 1 and not rule.get("repeated"):
        raise invalid(f"{name} is given {len(values)} times", name)
    for value in values:
        if not _parameter_fits(rule, value):
            raise invalid(f"Invalid value for {name}: {value[:40]!r}", name)


def _parameter_fits(rule: Json, value: str) -> bool:
    if rule["type"] == "boolean":
        return value in {"true", "false"}
    if rule["type"] == "integer":
        low, high = int(rule.get("minimum", -(2**31))), int(rule.get("maximum", 2**31 - 1))
        return value.lstrip("-").isdecimal() and low <= int(value) <= high
    if rule.get("format") == "date-time":
        return is_time(value) and bool(_OFFSET.search(value))
    return bool(value) and value in rule.get("enum", (value,))


def _pattern(template: str, parameters: Json) -> re.Pattern[str]:
    """`{name}` is one step of a path; `{+name}` is as its own pattern says."""

    def part(found: re.Match[str]) -> str:
        name = found["name"]
        if not found["plus"]:
            return f"(?P<{name}>[^/]+)"
        return f"(?P<{name}>{parameters[name]['pattern'].strip('^$')})"

    literal = re.split(r"(\{\+?\w+\})", template)
    inner = re.compile(r"\{(?P<plus>\+?)(?P<name>\w+)\}")
    return re.compile(
        "".join(inner.sub(part, each) if each[:1] == "{" else re.escape(each) for each in literal)
    )


@cache
def _folder() -> Path:
    """Found without importing the library, which takes half a second."""
    found = importlib.util.find_spec("googleapiclient")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "discovery_cache" / "documents"


@cache
def calendar_api() -> Api:
    return Api("calendar.v3", "/calendar/v3/")


@cache
def people_api() -> Api:
    return Api("people.v1", "/")
