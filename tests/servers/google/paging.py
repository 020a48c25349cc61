"""Pages of a listing, and the tokens that continue it now or another day."""

from __future__ import annotations

from tests.servers.google.discovery import Call, Json
from tests.servers.google.refused import Refused, invalid
from tests.servers.google.state import Continuation, World

TWISTS = frozenset({"empty_page", "repeat_page", "endless", "no_sync_token"})
"""An empty page with more to come; a page twice; pages without end; an end without a token."""

_ONLY_THIS_PAGE = {"pageToken", "maxResults", "fields", "prettyPrint", "alt"}


def asked(call: Call) -> Json:
    """What has to be the same for every page."""
    named = {name: list(values) for name, values in call.query.items()}
    return {name: values for name, values in named.items() if name not in _ONLY_THIS_PAGE}


def resumed(world: World, call: Call, kind: str, of: str) -> Continuation | None:
    """Where the page token of the call left off.

    Raises:
        Refused: we never gave this token, or for another question.
    """
    token = call.text("pageToken")
    if not token:
        return None
    found = world.state.continuations.get(token)
    if found is None or (found.kind, found.of) != (f"page of {kind}", of):
        raise invalid("Invalid page token value.", "pageToken")
    if found.asked != asked(call):
        raise invalid("A page asks for something else than the page before.", "pageToken")
    return found


def synced(world: World, call: Call, kind: str, of: str, matching: set[str]) -> Continuation | None:
    """Where the sync token of the call left off.

    Raises:
        Refused: we never gave it here, or it was for other parameters among ``matching``.
    """
    token = call.text("syncToken")
    if not token:
        return None
    found = world.state.continuations.get(token)
    if found is None or (found.kind, found.of) != (f"sync of {kind}", of):
        raise gone()
    for name in matching:
        if found.asked.get(name) != asked(call).get(name):
            raise invalid(f"{name} is not as in the request that gave the sync token.", name)
    return found


def gone() -> Refused:
    message = "Sync token is no longer valid, a full sync is required."
    return Refused(410, "fullSyncRequired", message, "syncToken")


def page(
    world: World,
    call: Call,
    listing: Continuation,
    *,
    size: int,
    may_sync: bool = True,
    twist: str = "",
) -> tuple[list[Json], Json]:
    """The next ``size`` items of what is left, and the token that goes on from there."""
    now, later = listing.rest[:size], listing.rest[size:]
    if twist == "empty_page":
        now, later = [], listing.rest
    elif twist in {"repeat_page", "endless"}:
        later = listing.rest
    kind = listing.kind.rpartition(" ")[2]
    if later or twist in {"empty_page", "endless"}:
        rest = Continuation(
            f"page of {kind}", listing.of, asked(call), listing.revision, listing.issued, later
        )
        return now, {"nextPageToken": world.state.keep(rest)}
    if not may_sync or twist == "no_sync_token":
        return now, {}
    done = Continuation(
        f"sync of {kind}", listing.of, asked(call), listing.revision, listing.issued
    )
    return now, {"nextSyncToken": world.state.keep(done)}
