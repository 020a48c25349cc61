-- Version 4. A yes grows old by the ledger's own clock, which no setting of the machine's turns back.

ALTER TABLE approval ADD COLUMN counted_s INTEGER;  -- the ledger's time when it was given; null: unknown
