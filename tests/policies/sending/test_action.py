from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.sending.action import (
    ARROWS,
    ENDED_UNSENT,
    FOLLOWS,
    UNDER_WAY,
    Action,
    ActionId,
    ActionKind,
    ActionState,
    Ceiling,
    Payload,
    action_id,
    guest_key,
    meeting_uid,
    read_payload,
    report_uid,
)
from tests.make import payload, utc

_S = ActionState
NOW = utc("2026-03-02 07:00")
_CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, 0x85, 0x9B, 0x2028, 0x2029)]
_TEXT = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]))


def test_the_digest_changes_with_every_field() -> None:
    base = payload()
    changed: dict[str, Any] = {
        "kind": ActionKind.CANCEL,
        "sequence": 1,
        "recipient": "ana.silva@example.net",
        "start": "2026-04-09T08:00:01+00:00",
        "end": "2026-04-09T08:45:01+00:00",
    }

    digests = {base.digest}
    for field in fields(Payload):
        other = replace(base, **{field.name: changed.get(field.name, "something else")})
        digests.add(other.digest)

    assert len(digests) == len(fields(Payload)) + 1


@given(title=_TEXT, text=_TEXT, name=_TEXT)
def test_what_is_stored_is_read_back_the_same(title: str, text: str, name: str) -> None:
    stored = replace(payload(), title=title, text=text, recipient_name=name)

    assert read_payload(stored.canonical()) == stored
    assert read_payload(stored.canonical()).digest == stored.digest


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        json.dumps([field.name for field in fields(Payload)]),
        "{}",
        "no json",
        json.dumps({**json.loads(payload().canonical()), "cc": "eve@example.net"}),
        json.dumps({**json.loads(payload().canonical()), "sequence": "0"}),
        json.dumps({**json.loads(payload().canonical()), "kind": "party"}),
        json.dumps({**json.loads(payload().canonical()), "title": None}),
    ],
)
def test_anything_else_in_its_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_payload(text)


@pytest.mark.parametrize("control", _CONTROLS)
@pytest.mark.parametrize("name", ["title", "recipient_name", "location", "sender", "uid"])
def test_no_field_can_begin_a_line_of_its_own(name: str, control: str) -> None:
    changed: dict[str, Any] = {name: f"Ana{control}ATTENDEE:mailto:eve@example.net"}

    with pytest.raises(ValueError, match=name):
        replace(payload(), **changed)


def test_only_the_text_has_lines() -> None:
    two = replace(payload(), text="one\ntwo")

    assert two.text == "one\ntwo"
    with pytest.raises(ValueError, match="text"):
        replace(payload(), text="one\rtwo")


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@x.example,eve@x.example", "a b@example.com", "<ana@example.com>"]
)
def test_there_is_exactly_one_recipient(address: str) -> None:
    with pytest.raises(ValueError, match="recipient"):
        replace(payload(), recipient=address)


@pytest.mark.parametrize("end", ["2026-04-09T08:00:00+00:00", "2026-04-09T08:45:00", "later"])
def test_a_meeting_has_a_length_in_absolute_time(end: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        replace(payload(), end=end)


@pytest.mark.parametrize("field", ["start", "end", "zone", "location", "calendar"])
def test_a_report_is_about_no_meeting(field: str) -> None:
    changed: dict[str, Any] = {field: "something"}

    with pytest.raises(ValueError, match="about no meeting"):
        replace(payload(ActionKind.REPORT), **changed)


def test_its_text_is_in_the_order_of_the_alphabet_and_readable() -> None:
    text = replace(payload(), title="Fika, Zoë?").canonical()

    assert list(json.loads(text)) == sorted(field.name for field in fields(Payload))
    assert '"title":"Fika, Zoë?"' in text


def test_ids_are_the_same_on_every_run_and_different_for_everything_else() -> None:
    ids = [
        action_id("here", 1, ActionKind.INVITE, 0),
        action_id("here", 1, ActionKind.INVITE, 1),
        action_id("here", 1, ActionKind.CANCEL, 0),
        action_id("here", 2, ActionKind.INVITE, 0),
        action_id("there", 1, ActionKind.INVITE, 0),
        meeting_uid("here", 1, 0),
        meeting_uid("here", 1, 1),
    ]

    assert len(set(ids)) == len(ids)
    assert action_id("here", 1, ActionKind.INVITE, 0) == ids[0]
    assert all(set(each) <= set("0123456789abcdef") for each in ids)


def test_a_report_whose_number_was_given_before_is_another_report() -> None:
    at = 1_772_434_800
    uids = {report_uid("here", 1, at), report_uid("here", 2, at), report_uid("here", 1, at + 1)}

    assert len(uids | {report_uid("there", 1, at)}) == 4
    assert report_uid("here", 1, at) in uids
    assert {len(each) for each in (*uids, meeting_uid("here", 1, 0))} == {32}


def test_the_message_id_is_of_the_sender_and_stays() -> None:
    assert payload().message_id == payload().message_id
    assert payload().message_id.endswith("@example.com>")
    assert payload().message_id != replace(payload(), sequence=1).message_id


def test_the_ledger_keeps_no_address() -> None:
    assert "ana" not in guest_key("ana@example.com")
    assert guest_key("ana@example.com") != guest_key("raj@example.com")


def test_these_are_all_the_arrows_there_are() -> None:
    assert {state.value: " ".join(sorted(ARROWS[state])) for state in ActionState} == {
        "proposed": "approved",
        "approved": "cancelled expired holding needs-review rejected",
        "holding": "cancelled expired held needs-review rejected",
        "held": "cancelled expired inviting needs-review rejected",
        "inviting": "held needs-review sent",
        "needs-review": "cancelled sent",
        **dict.fromkeys(("sent", "expired", "rejected", "cancelled"), ""),
    }
    assert {_S.APPROVED, _S.HOLDING, _S.HELD, _S.INVITING} == UNDER_WAY
    assert {_S.EXPIRED, _S.REJECTED, _S.CANCELLED} == ENDED_UNSENT
    assert {ActionKind.RESCHEDULE, ActionKind.CANCEL} == FOLLOWS


def test_ten_in_a_run_and_twenty_in_a_day_is_the_most_there_ever_is() -> None:
    assert (Ceiling.PER_RUN, Ceiling.PER_DAY) == (10, 20)
    days = (Ceiling.PER_PERSON, Ceiling.UNREAD, Ceiling.APPROVAL)
    assert [each / timedelta(days=1) for each in days] == [1, 7, 14]


def test_an_action_is_called_by_the_number_its_owner_knows() -> None:
    sent = payload()
    about = Action(ActionId("a"), 3, "ana", sent, sent.digest, _S.PROPOSED, NOW, NOW)

    assert about.called == "proposal 3"
    assert replace(about, report=2).called == "report 2"


def test_what_was_said_yes_to_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        payload().recipient = "raj@example.com"  # type: ignore[misc]
