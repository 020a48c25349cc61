-- Version 3. The Strategic Relationships Plan, and what a good networker remembers: goals, promises,
-- thanks, favours. Days are ISO dates; times named *_s are whole seconds since 1970-01-01T00:00Z.

-- ---------------------------------------------------------------- people: more of what is known

ALTER TABLE person ADD COLUMN influence TEXT NOT NULL DEFAULT '[]';  -- JSON list: what they decide
ALTER TABLE person ADD COLUMN intent    TEXT;                        -- null: not said
ALTER TABLE person ADD COLUMN to_give   TEXT NOT NULL DEFAULT '[]';  -- JSON list
ALTER TABLE person ADD COLUMN sensitive INTEGER NOT NULL DEFAULT 0;  -- 1: on no list that leaves the machine

-- ---------------------------------------------------------------- the ledger, however long it grows

DROP INDEX action_by_state;
CREATE INDEX action_by_state ON action (state, updated_s);
CREATE INDEX untidy_action ON action (untidy) WHERE untidy = 1;
CREATE INDEX sending_by_run ON sending (run);
CREATE INDEX sending_by_time ON sending (at_s);

-- ---------------------------------------------------------------- promises, thanks, given and asked

-- All of it is written for the owner alone, and goes with the person.
CREATE TABLE promise (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    mine   INTEGER NOT NULL,           -- 1: the owner promised it; 0: it was promised to the owner
    what   TEXT NOT NULL,
    made   TEXT NOT NULL,
    due    TEXT,                       -- null: no day was named
    state  TEXT NOT NULL,              -- open, kept, let go
    ended  TEXT                        -- null: still open
);
CREATE INDEX promise_by_person ON promise (person);

CREATE TABLE thanks (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    occasion TEXT NOT NULL,            -- help, introduction, year's end, by hand
    what     TEXT NOT NULL,
    made     TEXT NOT NULL,
    due      TEXT NOT NULL,
    state    TEXT NOT NULL,            -- due, done, skipped
    ended    TEXT                      -- null: still due
);
CREATE INDEX thanks_by_person ON thanks (person);

CREATE TABLE favour (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    given  INTEGER NOT NULL,           -- 1: the owner gave it; 0: the owner asked for it, or had it
    what   TEXT NOT NULL,
    day    TEXT NOT NULL
);
CREATE INDEX favour_by_person ON favour (person);

-- What the owner has achieved lately and could tell people: an award, an article, a talk.
CREATE TABLE news (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    what   TEXT NOT NULL,
    day    TEXT NOT NULL
);

-- What the lines of the diary wrote, the last of them, so that each can be taken back.
CREATE TABLE diary (
    id     INTEGER PRIMARY KEY,
    line   INTEGER NOT NULL,           -- what was logged at once has the same
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    logged TEXT NOT NULL,              -- the day on which it was written down
    kind   TEXT NOT NULL,              -- as in policies/memory/logline.py
    what   TEXT NOT NULL,
    day    TEXT,                       -- when it was, or by when it is due; null: no day was named
    format TEXT,                       -- null: it is no contact
    number INTEGER,                    -- of the row in the table of its kind; null: it is in the notes
    made   INTEGER NOT NULL            -- 1: it made that row; 0: it ended what stood there
);
CREATE INDEX diary_of_person ON diary (person);

-- What the owner said of meetings that are over.
CREATE TABLE aftermath (
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    start_s  INTEGER NOT NULL,
    happened INTEGER NOT NULL,         -- 0: it did not, and is no contact
    PRIMARY KEY (person, start_s)
) WITHOUT ROWID;

-- ---------------------------------------------------------------- the plan

CREATE TABLE goal (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    why        TEXT NOT NULL,
    by_day     TEXT,                     -- null: no day set
    function   TEXT NOT NULL,            -- empty: of no particular function
    level      TEXT,                     -- null: at no particular level
    weight     INTEGER NOT NULL,         -- how many times it counts in the ranking
    template   TEXT NOT NULL,            -- empty: made from none
    review_on  TEXT,                     -- null: no day set
    state      TEXT NOT NULL,            -- open, reached, dropped
    listed_on  TEXT NOT NULL,
    ended_on   TEXT                      -- null: open
) WITHOUT ROWID;

CREATE TABLE goal_person (
    goal     TEXT NOT NULL REFERENCES goal (id) ON DELETE CASCADE,
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role     TEXT NOT NULL,
    stage    TEXT NOT NULL,              -- create, cultivate, capitalise
    position INTEGER NOT NULL,
    PRIMARY KEY (goal, person)
) WITHOUT ROWID;
CREATE INDEX goal_of_person ON goal_person (person);

CREATE TABLE goal_step (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    goal    TEXT NOT NULL REFERENCES goal (id) ON DELETE CASCADE,
    person  TEXT REFERENCES person (id) ON DELETE CASCADE, -- null: with nobody in particular
    text    TEXT NOT NULL,
    due     TEXT,                        -- null: no day set
    done_on TEXT                         -- null: still to do
);
CREATE INDEX step_of_goal ON goal_step (goal);
CREATE INDEX step_of_person ON goal_step (person);

CREATE TABLE goal_outcome (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    goal   TEXT NOT NULL REFERENCES goal (id) ON DELETE CASCADE,
    person TEXT REFERENCES person (id) ON DELETE CASCADE, -- null: through nobody in particular
    kind   TEXT NOT NULL,
    text   TEXT NOT NULL,
    day    TEXT NOT NULL
);
CREATE INDEX outcome_of_goal ON goal_outcome (goal);
CREATE INDEX outcome_of_person ON goal_outcome (person);

-- A walk through everyone, one at a time: of the quarter, of the year, or a coach's interview.
CREATE TABLE review (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,            -- quarter, year, interview
    started_on TEXT NOT NULL,
    ended_on   TEXT                      -- null: to be gone on with
);
CREATE TABLE review_person (
    review  INTEGER NOT NULL REFERENCES review (number) ON DELETE CASCADE,
    person  TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    changes TEXT NOT NULL,               -- what was changed, in words; empty: nothing
    PRIMARY KEY (review, person)
) WITHOUT ROWID;
CREATE INDEX review_of_person ON review_person (person);

-- How everyone stood: a row for each day on which the daily run found it changed.
CREATE TABLE standing (
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    day      TEXT NOT NULL,
    status   TEXT NOT NULL,              -- red, amber, green, grey
    priority TEXT NOT NULL,
    quality  TEXT,                       -- null: not rated
    PRIMARY KEY (person, day)
) WITHOUT ROWID;

-- The one person the owner has committed to build a relationship with, and those before.
CREATE TABLE commitment (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    person    TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    made      TEXT NOT NULL,
    until_day TEXT NOT NULL,             -- its last day
    tell      TEXT NOT NULL,             -- the address of who is told each month; empty: nobody
    state     TEXT NOT NULL,             -- standing, kept, given up
    ended     TEXT,                      -- null: it stands
    answered  TEXT                       -- first day of the last month of which no letter is owed; null: none
);
CREATE INDEX commitment_to_person ON commitment (person);
CREATE UNIQUE INDEX one_commitment ON commitment (state) WHERE state = 'standing';

ALTER TABLE person ADD COLUMN office_days TEXT NOT NULL DEFAULT '[]';  -- JSON list: Mon to Sun

-- Which days an event says are spent in the office; derived, rebuilt when the rules change.
CREATE TABLE whereabouts (
    item      INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    event     INTEGER NOT NULL,          -- index into the item's events
    in_office INTEGER NOT NULL,          -- 1 in the office, 0 elsewhere
    PRIMARY KEY (item, event)
) WITHOUT ROWID;

-- Where to go for what was not over when it was read; empty: nowhere.
ALTER TABLE occurrence ADD COLUMN place TEXT NOT NULL DEFAULT '';

-- A series that was deleted proves nothing any more, but tells that there was one.
ALTER TABLE item ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;  -- 1: its source said that it was deleted

-- ---------------------------------------------------------------- rituals and events

-- A recurring coffee within a group.
CREATE TABLE ritual (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    every_weeks INTEGER NOT NULL,
    starts      TEXT NOT NULL,         -- the first day of the first round
    team        INTEGER NOT NULL,      -- 1: pairs of a team, by a note; 0: the owner meets each in turn
    shift       INTEGER NOT NULL       -- by how many rounds it was turned on when members changed
);
CREATE TABLE ritual_member (
    ritual   INTEGER NOT NULL REFERENCES ritual (number) ON DELETE CASCADE,
    person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (ritual, person)
) WITHOUT ROWID;
CREATE INDEX ritual_of_person ON ritual_member (person);

-- What the owner said of an event of many people: that they go, what for, whom they met.
CREATE TABLE gathering (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    uid     TEXT NOT NULL,             -- in a calendar; empty: in none
    title   TEXT NOT NULL,
    start_s INTEGER NOT NULL,
    end_s   INTEGER NOT NULL,
    private INTEGER NOT NULL,          -- 1: its calendar said so; its title never leaves the machine
    goal    TEXT REFERENCES goal (id) ON DELETE SET NULL -- null: for no goal
);
CREATE TABLE gathering_person (
    gathering INTEGER NOT NULL REFERENCES gathering (number) ON DELETE CASCADE,
    person    TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    followed  INTEGER NOT NULL,        -- 1: the owner has written to them since
    PRIMARY KEY (gathering, person)
) WITHOUT ROWID;
CREATE INDEX gathering_of_person ON gathering_person (person);

-- ---------------------------------------------------------------- answers to questions

ALTER TABLE person ADD COLUMN allowances TEXT NOT NULL DEFAULT '[]';  -- JSON list: policies/people/allowances.py
ALTER TABLE unplaced ADD COLUMN field  TEXT NOT NULL DEFAULT '';      -- the field of the person that an answer goes into
ALTER TABLE unplaced ADD COLUMN answer TEXT NOT NULL DEFAULT '[]';    -- JSON list: what a yes adds to it; empty: no yes will do

-- ---------------------------------------------------------------- attendance by meeting

-- As it comes in, so that a first reading need not sort it; who met whom is found by the index.
CREATE TABLE attendance_3 (
    occurrence INTEGER NOT NULL REFERENCES occurrence (id) ON DELETE CASCADE,
    address    TEXT NOT NULL,
    start_s    INTEGER NOT NULL,
    end_s      INTEGER NOT NULL,
    strength   INTEGER NOT NULL,         -- 0 nothing, 1 seen, 2 contact (policies.audit.evidence)
    reason     TEXT NOT NULL,            -- a code of policies.audit.evidence.Reason
    PRIMARY KEY (occurrence, address)
) WITHOUT ROWID;
INSERT INTO attendance_3
SELECT occurrence, address, start_s, end_s, strength, reason FROM attendance ORDER BY occurrence;
DROP TABLE attendance;
ALTER TABLE attendance_3 RENAME TO attendance;
CREATE INDEX attendance_by_address ON attendance (address, strength, start_s, end_s);

-- ---------------------------------------------------------------- what a day's run looks for

ALTER TABLE item ADD COLUMN uid TEXT;  -- null: the key is the UID, as in files; services have ids of their own
UPDATE item SET uid = (SELECT uid FROM occurrence o WHERE o.item = item.id AND o.uid <> item.key LIMIT 1);
CREATE INDEX item_by_uid ON item (uid) WHERE uid IS NOT NULL;
CREATE INDEX item_with_problem ON item (calendar) WHERE problem <> '';
ALTER TABLE occurrence DROP COLUMN uid;

-- When the owner is taken, and where, without a look at each occurrence; and what is no series.
DROP INDEX occurrence_by_end;
CREATE INDEX occurrence_by_end ON occurrence (end_s, occupies, all_day, place, start_s)
    WHERE occupies > 0;
CREATE INDEX single_by_end ON occurrence (end_s, start_s) WHERE recurrence_id_s IS NULL;

-- A cursor may be as long as all that was read: what stands behind it in its row is slow to read,
-- and the row to write.
CREATE TABLE calendar_cursor (
    calendar INTEGER PRIMARY KEY REFERENCES calendar (id) ON DELETE CASCADE,
    cursor   TEXT NOT NULL
);
INSERT INTO calendar_cursor SELECT id, cursor FROM calendar WHERE cursor IS NOT NULL;
ALTER TABLE calendar DROP COLUMN cursor;

-- What it needs only some of at a time; a text of the same name never changes.
CREATE TABLE cursor_part (
    calendar INTEGER NOT NULL REFERENCES calendar_cursor (calendar) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (calendar, name)
);
