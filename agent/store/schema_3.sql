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
