"""Listings page by page, with an end whatever the service does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from connectors.errors import UnreadableAnswer

Json = dict[str, Any]

_MOST: Final = 200
_MOST_EMPTY: Final = 20
_MOST_REPEATED: Final = 3


def pages(source: str, ask: Callable[[str], Json], items: str = "items") -> Iterator[Json]:
    """Every page of a listing; ``ask`` gets the token of each, empty for the first.

    A page may be short or empty while more follow. ``items`` is where a page has its entries.

    Raises:
        UnreadableAnswer: the pages go round in circles, or come to no end.
    """
    token, tokens, known = "", {""}, set[str]()
    empty = repeated = 0
    for _ in range(_MOST):
        page = ask(token)
        found = page.get(items, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise UnreadableAnswer(source, "its listing is in no form we know")
        new = {_version(each) for each in found} - known
        known |= new
        empty = 0 if found else empty + 1
        repeated = repeated + 1 if found and not new else 0
        yield page
        token = page.get("nextPageToken") or ""
        if not token:
            return
        if token in tokens or repeated == _MOST_REPEATED or empty == _MOST_EMPTY:
            raise UnreadableAnswer(source, "its listing goes round in circles")
        tokens.add(token)
    raise UnreadableAnswer(source, f"its listing has more than {_MOST} pages")


def _version(entry: Json) -> str:
    return f"{entry.get('id') or entry.get('resourceName')} {entry.get('etag')}"
