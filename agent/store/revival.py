"""What a store brought back from a backup may no longer do by itself.

Between the backup and now, another state of the same store may have sent what this one still
has to send. So nothing in it is sent without being asked for anew, and what it makes from now
on gets ids that the lost state cannot have used.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime

from agent.store import actions, meta
from agent.store.database import Database
from policies.people.person import PersonId
from policies.privacy.forgetting import marks
from policies.sending.action import UNDER_WAY, Action, ActionState

_REVIEW = (
    "a backup was restored while it was under way, so nobody can tell whether it was sent since;"
    " look into your sent mail, or ask the guest, then `fika settle`"
)
_SENT_SINCE = "an invitation was sent after the backup was made"


def disarm(db: Database, sql: sqlite3.Connection, now: datetime) -> tuple[Action, ...]:
    """Let nothing be sent without a new yes; what the owner has to settle.

    With the epoch, whatever was proposed before it is in doubt (`Proposal.restored`).
    """
    review = tuple(
        actions.move(sql, action, ActionState.NEEDS_REVIEW, now, _REVIEW)
        for action in actions.in_state(db, UNDER_WAY)
    )
    sql.execute("UPDATE approval SET expires_s = given_s WHERE used_s IS NULL")
    # Nor does an entry follow a move of then: the guest may have been told of another since.
    sql.execute("UPDATE action SET untidy = 0 WHERE state = 'sent' AND kind = 'reschedule'")
    meta.remember(sql, "epoch", os.urandom(8).hex())
    return review


def carry_over(sql: sqlite3.Connection) -> tuple[PersonId, ...]:
    """Take over from the store that is replaced, attached as ``present``, what must not be lost.

    The ledger of sendings, so that the limits hold; the numbers given, so that none is given
    twice; whom the owner had forgotten; and that a proposal was sent. Returns those who were
    forgotten since and are in the backup, which brings them back.
    """
    sql.execute(
        "INSERT INTO sending SELECT * FROM present.sending WHERE true ON CONFLICT DO NOTHING"
    )
    sql.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM present.sqlite_sequence"
        " WHERE name NOT IN (SELECT name FROM main.sqlite_sequence)"
    )
    sql.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT p.seq"
        " FROM present.sqlite_sequence p WHERE p.name = sqlite_sequence.name), 0))"
    )
    (same,) = sql.execute(
        "SELECT (SELECT value FROM main.meta WHERE name = 'installation')"
        " IS (SELECT value FROM present.meta WHERE name = 'installation')"
    ).fetchone()
    if not same:
        return ()
    sql.execute(
        "UPDATE proposal SET state = 'expired', outcome = ? WHERE state = 'open' AND number IN"
        " (SELECT n.number FROM present.proposal n JOIN present.action a ON a.proposal = n.number"
        "  JOIN present.sending s ON s.action = a.id"
        "  WHERE n.epoch = proposal.epoch AND n.person = proposal.person)",
        (_SENT_SINCE,),
    )
    return _forgotten_since(sql)


def _forgotten_since(sql: sqlite3.Connection) -> tuple[PersonId, ...]:
    salt = sql.execute("SELECT value FROM meta WHERE name = 'installation'").fetchone()[0]
    since = {
        row[0]
        for row in sql.execute(
            "SELECT mark FROM present.forgotten EXCEPT SELECT mark FROM forgotten"
        )
    }
    sql.executemany("INSERT INTO forgotten (mark) VALUES (?)", ((each,) for each in sorted(since)))
    back = sql.execute(
        "SELECT person, address FROM main.address WHERE address NOT IN"
        " (SELECT address FROM present.address) ORDER BY person"
    )
    found = (PersonId(person) for person, address in back if marks(salt, ids=(address,)) & since)
    return tuple(dict.fromkeys(found))
