"""Proposals as the store holds them, and who could not be placed on the last run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from agent.store.database import Database
from policies.interval import Interval
from policies.people.person import Format, PersonId
from policies.proposal import (
    Answer,
    Draft,
    NoSlot,
    Proposal,
    ProposalState,
    ScorePart,
    Settles,
    Slot,
    Unplaced,
)
from policies.wall import moment, seconds

_COLUMNS = (
    "number, person, address, format, state, created_s, expires_s, chosen, reasons, assumptions,"
    " title, text, answer, answered_s, comment, outcome,"
    " epoch <> coalesce((SELECT value FROM meta WHERE name = 'epoch'), '')"
)


def add(sql: sqlite3.Connection, draft: Draft, now: datetime) -> int:
    """Store a draft as an open proposal; its number.

    Raises:
        sqlite3.IntegrityError: the person has an open or approved proposal already.
    """
    number = sql.execute(
        "INSERT INTO proposal (person, address, format, state, created_s, expires_s, reasons,"
        " assumptions, title, text, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " coalesce((SELECT value FROM meta WHERE name = 'epoch'), '')) RETURNING number",
        (
            draft.person,
            draft.address,
            draft.format,
            ProposalState.OPEN,
            seconds(now),
            seconds(draft.expires),
            _json(draft.reasons),
            _json(draft.assumptions),
            draft.title,
            draft.text,
        ),
    ).fetchone()[0]
    for position, slot in enumerate(draft.slots):
        set_slot(sql, number, position, slot)
    return int(number)


def set_slot(sql: sqlite3.Connection, number: int, position: int, slot: Slot) -> None:
    """One time of a proposal, in place of the one at this position if there is one."""
    sql.execute(
        "INSERT OR REPLACE INTO proposal_slot"
        " (proposal, position, start_s, end_s, place, parts, spoken) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            position,
            seconds(slot.when.start),
            seconds(slot.when.end),
            slot.place,
            _json(slot.parts),
            slot.spoken,
        ),
    )


def next_number(db: Database) -> int:
    """The number `add` will give next, if nobody else adds one first."""
    found = db.rows("SELECT seq FROM sqlite_sequence WHERE name = 'proposal'")
    return int(found[0][0]) + 1 if found else 1


def origin(db: Database, number: int) -> str:
    """What the UIDs of this proposal's meetings are made from, beside its number.

    After a backup was restored numbers are given a second time, to other people perhaps; the
    UIDs of what was sent the first time must not come back with them. A proposal that is in the
    backup keeps its own, so that the guest's calendar knows a second invitation for the first.
    """
    found = db.rows("SELECT epoch FROM proposal WHERE number = ?", number)
    return db.installation + (found[0][0] if found else "")


def get(db: Database, number: int) -> Proposal | None:
    """One proposal in whatever state, ``None`` when there is none of this number."""
    return next(iter(_read(db, "number = ?", number)), None)


def listed(db: Database, *states: ProposalState) -> tuple[Proposal, ...]:
    """Every proposal in one of ``states`` (in any, when none is named), oldest first."""
    if not states:
        return _read(db, "true")
    return _read(db, f"state IN ({', '.join('?' * len(states))})", *states)


def set_state(sql: sqlite3.Connection, number: int, state: ProposalState) -> None:
    """Move a proposal to another state.

    Raises:
        sqlite3.IntegrityError: the person has another open or approved proposal.
    """
    sql.execute("UPDATE proposal SET state = ? WHERE number = ?", (state, number))


def choose(sql: sqlite3.Connection, number: int, index: int) -> bool:
    """Make another slot the one to invite to, and let the text name its time.

    False when the text does not name the time that was chosen before (the owner has rewritten
    it), so that only the index could follow.

    Raises:
        ValueError: the proposal has no such slot.
    """
    spoken = {
        position: (words, position == chosen)
        for position, words, chosen in sql.execute(
            "SELECT s.position, s.spoken, p.chosen FROM proposal_slot s"
            " JOIN proposal p ON p.number = s.proposal WHERE p.number = ?",
            (number,),
        )
    }
    if index not in spoken:
        raise ValueError(f"proposal {number} has no slot {index}")
    before = next(words for words, is_chosen in spoken.values() if is_chosen)
    text = str(sql.execute("SELECT text FROM proposal WHERE number = ?", (number,)).fetchone()[0])
    follows = bool(before) and before in text
    if follows:
        text = text.replace(before, spoken[index][0])
    sql.execute("UPDATE proposal SET chosen = ?, text = ? WHERE number = ?", (index, text, number))
    return follows


def rewrite(sql: sqlite3.Connection, number: int, title: str, text: str) -> None:
    sql.execute("UPDATE proposal SET title = ?, text = ? WHERE number = ?", (title, text, number))


def set_outcome(sql: sqlite3.Connection, number: int, outcome: str) -> None:
    """How it went: why the owner said no, in their own words, or why it was taken back."""
    sql.execute("UPDATE proposal SET outcome = ? WHERE number = ?", (outcome, number))


def set_answer(
    sql: sqlite3.Connection, number: int, answer: Answer, comment: str, at: datetime
) -> None:
    sql.execute(
        "UPDATE proposal SET answer = ?, comment = ?, answered_s = ? WHERE number = ?",
        (answer, comment, seconds(at), number),
    )


def unplaced(db: Database) -> tuple[Unplaced, ...]:
    """Who could not be placed on the last run, by person."""
    return tuple(
        Unplaced(PersonId(person), NoSlot(code), question, Settles(field, tuple(json.loads(texts))))
        for person, code, question, field, texts in db.rows(
            "SELECT person, code, question, field, answer FROM unplaced ORDER BY person"
        )
    )


def replace_unplaced(sql: sqlite3.Connection, found: Iterable[Unplaced], run: int) -> None:
    """The answer of the latest run in place of the one before."""
    sql.execute("DELETE FROM unplaced")
    sql.executemany(
        "INSERT INTO unplaced (person, code, question, field, answer, run)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (person, code, question, settles.field, _json(settles.texts), run)
            for person, code, question, settles in found
        ),
    )


def answered(sql: sqlite3.Connection, person: PersonId) -> None:
    """The question about this person is settled."""
    sql.execute("DELETE FROM unplaced WHERE person = ?", (person,))


def sent_times(db: Database) -> Mapping[int, datetime]:
    """When the invitation of each proposal went out; only those that did."""
    return {
        number: moment(at_s)
        for number, at_s in db.rows(
            "SELECT a.proposal, min(s.at_s) FROM sending s JOIN action a ON a.id = s.action"
            " WHERE a.state = 'sent' AND s.kind = 'invite' GROUP BY a.proposal"
        )
    }


def _read(db: Database, where: str, *values: object) -> tuple[Proposal, ...]:
    slots: dict[int, list[Slot]] = {}
    for number, start_s, end_s, place, parts, spoken in db.rows(
        "SELECT proposal, start_s, end_s, place, parts, spoken FROM proposal_slot WHERE proposal"  # noqa: S608 - our own words
        f" IN (SELECT number FROM proposal WHERE {where}) ORDER BY proposal, position",
        *values,
    ):
        when = Interval(moment(start_s), moment(end_s))
        why = tuple(ScorePart(name, points) for name, points in json.loads(parts))
        slots.setdefault(number, []).append(Slot(when, place, why, spoken))
    return tuple(
        _proposal(row, tuple(slots.get(row[0], ())))
        for row in db.rows(
            f"SELECT {_COLUMNS} FROM proposal WHERE {where} ORDER BY number",  # noqa: S608 - our own words
            *values,
        )
    )


def _proposal(row: tuple, slots: tuple[Slot, ...]) -> Proposal:  # type: ignore[type-arg]
    (number, person, address, form, state, created_s, expires_s, chosen) = row[:8]
    (reasons, assumptions, title, text, answer, answered_s, comment, outcome, restored) = row[8:]
    draft = Draft(
        PersonId(person),
        address,
        Format(form),
        slots,
        tuple(json.loads(reasons)),
        tuple(json.loads(assumptions)),
        title,
        text,
        moment(expires_s),
    )
    answered = None if answered_s is None else moment(answered_s)
    return Proposal(
        number,
        draft,
        ProposalState(state),
        moment(created_s),
        chosen,
        Answer(answer),
        comment,
        outcome,
        answered,
        bool(restored),
    )


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
