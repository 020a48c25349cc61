-- Version 1. Times named *_s are whole seconds since 1970-01-01T00:00Z; days are ISO dates.
-- Only SQL that PostgreSQL shares, apart from WITHOUT ROWID and INTEGER PRIMARY KEY.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- ---------------------------------------------------------------- what the calendars say

CREATE TABLE calendar (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    cursor        TEXT,              -- null: never read
    expanded_from_s  INTEGER,        -- null: nothing expanded yet
    expanded_until_s INTEGER,        -- null: nothing expanded yet
    read_at_s     INTEGER,           -- last successful reading; null: never
    content_at_s  INTEGER,           -- when the source itself last changed; null: a live service
    failed_at_s   INTEGER,           -- null: the last reading succeeded
    failure       TEXT NOT NULL DEFAULT '',
    total         INTEGER NOT NULL DEFAULT 0,
    refused_total INTEGER,           -- a shrunken listing we refused; null: none
    shrink_accepted INTEGER NOT NULL DEFAULT 0,  -- the owner said the next one is right
    derived_by    TEXT NOT NULL DEFAULT ''       -- digest of the rules behind what is derived
);

CREATE TABLE item (
    id       INTEGER PRIMARY KEY,
    calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    etag     TEXT NOT NULL,
    body     TEXT NOT NULL,          -- the CalendarItem as policies.calendar.codec writes it
    recurs   INTEGER NOT NULL,       -- 1: a series, expanded only as far as the calendar says
    problem  TEXT NOT NULL,          -- why it could not be expanded wholly; empty when it was
    left_s   INTEGER                 -- since when it is missing from its source; null: still there
);
CREATE UNIQUE INDEX one_present_item ON item (calendar, key) WHERE left_s IS NULL;
CREATE INDEX item_that_left ON item (calendar, key) WHERE left_s IS NOT NULL;

CREATE TABLE occurrence (
    id              INTEGER PRIMARY KEY,
    item            INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    event           INTEGER NOT NULL,    -- index into the item's events
    start_s         INTEGER NOT NULL,
    end_s           INTEGER NOT NULL,
    recurrence_id_s INTEGER,             -- null: a single event
    uid             TEXT NOT NULL,
    all_day         INTEGER NOT NULL,
    occupies        INTEGER NOT NULL     -- 0 free, 1 tentative, 2 busy (policies.slots.occupancy)
);
CREATE INDEX occurrence_by_item ON occurrence (item);
CREATE INDEX occurrence_by_end ON occurrence (end_s, start_s) WHERE occupies > 0;

-- One row for each person-address in a meeting; derived, rebuilt when the rules change.
CREATE TABLE attendance (
    address    TEXT NOT NULL,
    start_s    INTEGER NOT NULL,
    occurrence INTEGER NOT NULL REFERENCES occurrence (id) ON DELETE CASCADE,
    end_s      INTEGER NOT NULL,
    strength   INTEGER NOT NULL,         -- 0 nothing, 1 seen, 2 contact (policies.audit.evidence)
    reason     TEXT NOT NULL,            -- a code of policies.audit.evidence.Reason
    PRIMARY KEY (address, start_s, occurrence)
) WITHOUT ROWID;
CREATE INDEX attendance_by_occurrence ON attendance (occurrence);

CREATE TABLE quarantine (
    calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
    place    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    seen_s   INTEGER NOT NULL,
    PRIMARY KEY (calendar, place)
) WITHOUT ROWID;

-- ---------------------------------------------------------------- people

CREATE TABLE person (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    priority        TEXT NOT NULL,
    listed_on       TEXT NOT NULL,
    ideal_days      INTEGER,             -- null: the priority's cadence
    maximum_days    INTEGER,             -- null: the priority's cadence
    relation        TEXT NOT NULL,
    organisation    TEXT NOT NULL,
    function        TEXT NOT NULL,
    role            TEXT NOT NULL,
    seniority       TEXT,                -- null: unknown
    quality         TEXT,                -- null: not rated
    groups          TEXT NOT NULL,       -- JSON list
    goals           TEXT NOT NULL,       -- JSON list
    zone            TEXT NOT NULL,
    country         TEXT NOT NULL,
    hours           TEXT,                -- null: unknown; else as policies.hours writes them
    place           TEXT NOT NULL,
    formats         TEXT NOT NULL,       -- JSON list
    do_not_contact  INTEGER NOT NULL,
    not_before      TEXT,                -- null: no such boundary
    at_most_a_year  INTEGER,             -- null: no such boundary
    snoozed_until   TEXT,                -- null: not snoozed
    how_met         TEXT NOT NULL,
    common_ground   TEXT NOT NULL,       -- JSON list
    phone           TEXT NOT NULL,
    notes           TEXT NOT NULL        -- private: never in anything that leaves the machine
) WITHOUT ROWID;

CREATE TABLE address (
    address  TEXT PRIMARY KEY,
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX address_by_person ON address (person, position);

-- Addresses the owner said never to list.
CREATE TABLE ignored_address (
    address TEXT PRIMARY KEY,
    since   TEXT NOT NULL
) WITHOUT ROWID;

-- What is known of people the owner had forgotten: enough to leave them out again when a calendar
-- names them (policies.privacy.forgetting), too little to say who they are.
CREATE TABLE forgotten (
    mark TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Contact the calendars do not know of: a call, a chance meeting.
CREATE TABLE logged_contact (
    id      INTEGER PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at_s    INTEGER NOT NULL,
    format  TEXT NOT NULL,
    note    TEXT NOT NULL                -- private
);
CREATE INDEX logged_contact_by_person ON logged_contact (person, at_s);

-- ---------------------------------------------------------------- planning slots

CREATE TABLE block (
    id        INTEGER PRIMARY KEY,
    uid       TEXT NOT NULL UNIQUE,
    purpose   TEXT NOT NULL,             -- first, rhythm, review
    period    TEXT NOT NULL,             -- what it is for: 2026-W48, 2026-Q4, first
    start_s   INTEGER NOT NULL,
    end_s     INTEGER NOT NULL,
    calendar  TEXT NOT NULL,
    ref       TEXT NOT NULL,             -- empty until written
    etag      TEXT NOT NULL,
    state     TEXT NOT NULL,             -- writing, held, lost, kept
    why       TEXT NOT NULL DEFAULT '',  -- why it was lost
    created_s INTEGER NOT NULL,
    pinned    INTEGER NOT NULL DEFAULT 0,   -- 1: the owner put it over something else
    rebooked  INTEGER NOT NULL DEFAULT 0,   -- how often a meeting made it move
    wrote     TEXT NOT NULL DEFAULT ''      -- digest of our own words; empty: changed by somebody else
);
CREATE INDEX block_by_period ON block (period);

-- ---------------------------------------------------------------- proposals, actions, approvals

CREATE TABLE proposal (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    person      TEXT NOT NULL,
    address     TEXT NOT NULL,
    format      TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_s   INTEGER NOT NULL,
    expires_s   INTEGER NOT NULL,
    chosen      INTEGER NOT NULL DEFAULT 0,
    reasons     TEXT NOT NULL,           -- JSON list
    assumptions TEXT NOT NULL,           -- JSON list
    title       TEXT NOT NULL,
    text        TEXT NOT NULL,
    answer      TEXT NOT NULL DEFAULT 'none',
    answered_s  INTEGER,                 -- null: no answer
    comment     TEXT NOT NULL DEFAULT '',
    outcome     TEXT NOT NULL DEFAULT '',
    epoch       TEXT NOT NULL DEFAULT '' -- since which restoring of a backup; empty: before any
);
CREATE INDEX proposal_by_person ON proposal (person, created_s);
CREATE UNIQUE INDEX one_open_proposal ON proposal (person) WHERE state IN ('open', 'approved');

CREATE TABLE proposal_slot (
    proposal INTEGER NOT NULL REFERENCES proposal (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start_s  INTEGER NOT NULL,
    end_s    INTEGER NOT NULL,
    place    TEXT NOT NULL,
    parts    TEXT NOT NULL,              -- JSON list of [name, points]
    spoken   TEXT NOT NULL,              -- how the text names this time
    PRIMARY KEY (proposal, position)
) WITHOUT ROWID;

-- Who could not be placed on the last run, and the question that would settle it.
CREATE TABLE unplaced (
    person   TEXT PRIMARY KEY,
    code     TEXT NOT NULL,
    question TEXT NOT NULL,
    run      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE action (
    id         TEXT PRIMARY KEY,
    proposal   INTEGER NOT NULL REFERENCES proposal (number),
    person     TEXT NOT NULL,
    kind       TEXT NOT NULL,            -- invite, reschedule, cancel, report
    generation INTEGER NOT NULL,         -- the how manieth of its kind for this proposal, from 0
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
CREATE INDEX action_by_state ON action (state);
CREATE INDEX action_by_uid ON action (uid);
CREATE UNIQUE INDEX one_live_invitation ON action (proposal)
    WHERE kind = 'invite' AND state NOT IN ('expired', 'rejected', 'cancelled');
CREATE UNIQUE INDEX one_at_a_time ON action (proposal)
    WHERE state NOT IN ('sent', 'expired', 'rejected', 'cancelled');

-- The owner's yes to exactly one payload.
CREATE TABLE approval (
    action     TEXT PRIMARY KEY REFERENCES action (id),
    digest     TEXT NOT NULL,
    given_s    INTEGER NOT NULL,
    expires_s  INTEGER NOT NULL,
    used_s     INTEGER,                  -- null: not used yet
    old_content_ok INTEGER NOT NULL DEFAULT 0 -- 1: also to calendars known to show an old state
) WITHOUT ROWID;

-- What counts against the limits; kept when a person is forgotten, so the guest is a hash.
CREATE TABLE sending (
    action    TEXT PRIMARY KEY,
    kind      TEXT NOT NULL,
    guest     TEXT NOT NULL,             -- SHA-256 of the address
    run       INTEGER NOT NULL,          -- 0 and below: by hand, each time another number
    at_s      INTEGER NOT NULL           -- by the ledger's own clock (agent/store/elapsed.py)
) WITHOUT ROWID;
CREATE INDEX sending_by_guest ON sending (guest, at_s);

CREATE TABLE transition (
    id     INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    at_s   INTEGER NOT NULL,
    why    TEXT NOT NULL
);
CREATE INDEX transition_by_action ON transition (action);

CREATE TRIGGER inviting_needs_an_approval BEFORE UPDATE OF state ON action
WHEN NEW.state = 'inviting' AND NOT EXISTS (
    SELECT 1 FROM approval
    WHERE approval.action = NEW.id AND approval.digest = NEW.digest AND approval.used_s IS NOT NULL
)
BEGIN
    SELECT RAISE (ABORT, 'no approval for this payload');
END;

CREATE TRIGGER approval_is_used_once BEFORE UPDATE OF used_s ON approval
WHEN NEW.used_s IS NOT NULL AND OLD.used_s IS NOT NULL
BEGIN
    SELECT RAISE (ABORT, 'this approval was used already');
END;

-- ---------------------------------------------------------------- runs

CREATE TABLE run (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_s  INTEGER NOT NULL,
    finished_s INTEGER,                  -- null: still running, or killed
    exit_code  INTEGER,                  -- null: see finished_s
    report     TEXT NOT NULL DEFAULT ''  -- JSON, without titles or names of guests
);
