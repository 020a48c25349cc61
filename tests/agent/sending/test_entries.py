"""How our entry stands, for each kind of action and each kind of service, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.sending.entries import Standing, entry, is_done, may_be_moved, put_right, standing
from connectors.errors import ChangedMeanwhile
from connectors.port import Abilities, Found, InvitationWriter, OwnEvent, Written
from policies.sending.action import Action, ActionId, ActionKind, ActionState
from tests.agent.model_channel import GOOGLE, MAIL, Entry, ModelChannel, MovableClock
from tests.make import payload, utc

NOW = utc("2026-03-02 07:00")
INVITE, RESCHEDULE, CANCEL = ActionKind.INVITE, ActionKind.RESCHEDULE, ActionKind.CANCEL
SEEN = Written("there", "1")
GUEST = frozenset({payload().recipient})
OURS = entry(payload())
LATER = replace(OURS, when=replace(OURS.when, end=OURS.when.end + timedelta(minutes=15)))
NONE, UNREADABLE = None, Found(SEEN, None)


def stands(event: OwnEvent = OURS, guests: frozenset[str] = frozenset()) -> Found:
    return Found(SEEN, event, guests)


def service() -> InvitationWriter:
    return ModelChannel(GOOGLE, MovableClock(NOW))


def mail() -> InvitationWriter:
    return ModelChannel(MAIL, MovableClock(NOW))


@pytest.mark.parametrize(
    ("found", "by_service", "by_mail"),
    [
        (NONE, "ABSENT", "ABSENT"),
        (stands(), "OURS", "OURS"),
        (stands(replace(OURS, text=OURS.text.replace("\n", " \n\n"))), "OURS", "OURS"),
        (stands(LATER), "CHANGED", "CHANGED"),
        (stands(replace(OURS, title="Tea?")), "CHANGED", "CHANGED"),
        (stands(replace(OURS, location="Café Süd")), "CHANGED", "CHANGED"),
        (stands(replace(OURS, text="mine")), "CHANGED", "CHANGED"),
        (stands(replace(OURS, marker="")), "FOREIGN", "FOREIGN"),
        (UNREADABLE, "FOREIGN", "FOREIGN"),
        (stands(guests=GUEST), "DELIVERED", "FOREIGN"),
        (stands(replace(OURS, text="kept short"), GUEST), "DELIVERED", "FOREIGN"),
        (stands(LATER, GUEST), "FOREIGN", "FOREIGN"),
        (stands(replace(OURS, title="Tea?"), GUEST), "FOREIGN", "FOREIGN"),
        (stands(guests=GUEST | {"raj@example.com"}), "FOREIGN", "FOREIGN"),
        (Found(SEEN, None, GUEST), "FOREIGN", "FOREIGN"),
        (Found(SEEN, OURS, GUEST, unreached=True), "OURS", "FOREIGN"),
        (Found(SEEN, LATER, GUEST, unreached=True), "FOREIGN", "FOREIGN"),
    ],
)
def test_before_an_invitation_the_entry_is_as_we_wrote_it_or_it_is_not_touched(
    found: Found | None, by_service: str, by_mail: str
) -> None:
    assert standing(service(), found, payload()) is Standing[by_service]
    assert standing(mail(), found, payload()) is Standing[by_mail]


@pytest.mark.parametrize(
    ("kind", "found", "by_service", "by_mail"),
    [
        (RESCHEDULE, NONE, "LOST", "OURS"),
        (RESCHEDULE, stands(LATER, GUEST), "OURS", "OURS"),
        (RESCHEDULE, stands(guests=GUEST), "DELIVERED", "OURS"),
        (RESCHEDULE, Found(SEEN, OURS, GUEST, unreached=True), "UNREACHED", "OURS"),
        (RESCHEDULE, Found(SEEN, LATER, GUEST, unreached=True), "OURS", "OURS"),
        (RESCHEDULE, stands(replace(OURS, title="Dentist"), GUEST), "DELIVERED", "OURS"),
        (RESCHEDULE, stands(replace(LATER, marker=""), GUEST), "FOREIGN", "OURS"),
        (CANCEL, NONE, "LOST", "OURS"),
        (CANCEL, stands(replace(OURS, marker=""), GUEST), "FOREIGN", "OURS"),
        (CANCEL, stands(guests=GUEST), "OURS", "OURS"),
        (CANCEL, UNREADABLE, "OURS", "OURS"),
    ],
)
def test_of_a_meeting_the_guest_knows_only_a_service_tells_what_became_of_it(
    kind: ActionKind, found: Found | None, by_service: str, by_mail: str
) -> None:
    assert standing(service(), found, payload(kind)) is Standing[by_service]
    assert standing(mail(), found, payload(kind)) is Standing[by_mail]


@pytest.mark.parametrize("kind", [INVITE, RESCHEDULE, CANCEL])
@pytest.mark.parametrize("how", Standing)
def test_what_was_delivered_is_done_and_what_was_called_off_is_gone(
    kind: ActionKind, how: Standing
) -> None:
    done = how is Standing.DELIVERED or (kind is CANCEL and how is Standing.LOST)

    assert is_done(payload(kind), how) is done


@pytest.mark.parametrize(
    ("kind", "etag", "may"),
    [(RESCHEDULE, "1", False), (RESCHEDULE, "0", True), (INVITE, "0", False)],
)
def test_only_a_move_of_an_entry_of_another_version_may_have_been_told(
    kind: ActionKind, etag: str, may: bool
) -> None:
    assert may_be_moved(about(kind, ActionState.INVITING, etag), stands()) is may


GOES, STAYS = True, False


@pytest.mark.parametrize(
    ("kind", "state", "event", "gone", "note"),
    [
        (INVITE, ActionState.EXPIRED, OURS, GOES, ""),
        (INVITE, ActionState.EXPIRED, LATER, STAYS, "you changed its entry"),
        (INVITE, ActionState.EXPIRED, replace(OURS, marker=""), STAYS, "not as we left it"),
        (CANCEL, ActionState.SENT, OURS, GOES, ""),
        (CANCEL, ActionState.SENT, LATER, GOES, ""),
        (RESCHEDULE, ActionState.SENT, LATER, STAYS, ""),
        (RESCHEDULE, ActionState.SENT, OURS, STAYS, ""),
        (RESCHEDULE, ActionState.EXPIRED, LATER, STAYS, ""),
    ],
)
def test_the_entry_follows_its_action(
    kind: ActionKind, state: ActionState, event: OwnEvent, gone: bool, note: str
) -> None:
    channel = ModelChannel(MAIL, MovableClock(NOW))
    channel.entries["there"] = Entry(event, NOW)

    right = put_right(channel, about(kind, state))
    assert (right.gone, note in right.note) == (gone, True)
    assert ("there" in channel.entries) is not gone
    follows = kind is RESCHEDULE and state is ActionState.SENT and event is LATER
    assert ("update" in channel.calls) is follows
    if not gone:
        assert channel.entries["there"].event == (OURS if follows else event)


def test_an_entry_that_is_gone_needs_nothing_and_one_with_a_guest_is_the_service_s() -> None:
    empty, held = (ModelChannel(GOOGLE, MovableClock(NOW)) for _ in range(2))
    held.entries["there"] = Entry(OURS, NOW, GUEST)
    expired = about(INVITE, ActionState.EXPIRED)

    assert put_right(empty, expired).gone
    assert not put_right(held, expired).gone
    assert (empty.calls, held.calls) == (["find"], ["find"])


@pytest.mark.parametrize(
    ("profile", "kind", "state", "goes"),
    [
        (GOOGLE, INVITE, ActionState.EXPIRED, True),
        (GOOGLE, INVITE, ActionState.SENT, False),
        (GOOGLE, CANCEL, ActionState.EXPIRED, False),
        (MAIL, INVITE, ActionState.EXPIRED, False),
    ],
)
def test_what_a_service_may_not_show_yet_is_removed_as_we_wrote_it(
    profile: Abilities, kind: ActionKind, state: ActionState, goes: bool
) -> None:
    channel = ModelChannel(profile, MovableClock(NOW))
    channel.entries["there"] = Entry(OURS, NOW + timedelta(seconds=60))

    right = put_right(channel, replace(about(kind, state), hold_ref="there"))

    assert right.gone
    assert ("there" not in channel.entries) is goes


def test_what_is_not_shown_and_was_changed_since_stays() -> None:
    channel = ModelChannel(GOOGLE, MovableClock(NOW))
    channel.entries["there"] = Entry(OURS, NOW + timedelta(seconds=60), version=2)

    with pytest.raises(ChangedMeanwhile):
        put_right(channel, replace(about(INVITE, ActionState.EXPIRED), hold_ref="there"))

    assert "there" in channel.entries


def about(kind: ActionKind, state: ActionState, etag: str = "1") -> Action:
    sent = payload(kind)
    return Action(ActionId("a"), 1, "ana-silva", sent, sent.digest, state, NOW, NOW, hold_etag=etag)
