-- Version 2. An action may be a report, which comes from no proposal; a run says which start of which
-- machine it belongs to. SQLite lets a column be null only in a table made anew.

CREATE TABLE action_2 (
    id         TEXT PRIMARY KEY,
    proposal   INTEGER REFERENCES proposal (number), -- null: a report, which comes from none
    person     TEXT NOT NULL,            -- empty: a report to someone who is not on the list
    kind       TEXT NOT NULL,            -- invite, reschedule, cancel, report
    generation INTEGER NOT NULL,         -- the how manieth of its kind for this proposal, from 0;
                                         -- a report's own number, from 1
    uid        TEXT NOT NULL,            -- the meeting's iCalendar UID, as in the payload
    payload    TEXT NOT NULL,            -- canonical JSON
    digest     TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_s  INTEGER NOT NULL,
    updated_s  INTEGER NOT NULL,         -- when it came into this state
    hold_ref   TEXT NOT NULL DEFAULT '', -- empty: not known to stand anywhere
    hold_etag  TEXT NOT NULL DEFAULT '',
    untidy     INTEGER NOT NULL DEFAULT 0, -- 1: once it has ended, our calendar entry must follow
    note       TEXT NOT NULL DEFAULT '', -- why it waits, or how it ended
    UNIQUE (proposal, kind, generation)
) WITHOUT ROWID;
INSERT INTO action_2
SELECT
    id, proposal, person, kind, generation, uid, payload, digest, state, created_s, updated_s,
    hold_ref, hold_etag, untidy, note
FROM action;
DROP TABLE action;
ALTER TABLE action_2 RENAME TO action;
CREATE INDEX action_by_state ON action (state);
CREATE INDEX action_by_uid ON action (uid);
CREATE UNIQUE INDEX one_report_a_number ON action (generation) WHERE kind = 'report';
CREATE UNIQUE INDEX one_live_invitation ON action (proposal)
    WHERE kind = 'invite' AND state NOT IN ('expired', 'rejected', 'cancelled');
CREATE UNIQUE INDEX one_at_a_time ON action (proposal)
    WHERE state NOT IN ('sent', 'expired', 'rejected', 'cancelled');

CREATE TRIGGER inviting_needs_an_approval BEFORE UPDATE OF state ON action
WHEN NEW.state = 'inviting' AND NOT EXISTS (
    SELECT 1 FROM approval
    WHERE approval.action = NEW.id AND approval.digest = NEW.digest AND approval.used_s IS NOT NULL
)
BEGIN
    SELECT RAISE (ABORT, 'no approval for this payload');
END;

ALTER TABLE run ADD COLUMN boot TEXT NOT NULL DEFAULT ''; -- empty: the machine does not tell
