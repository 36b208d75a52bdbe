-- Step 4. An answer may be about some items of an order alone, and may say until when the recipient was given time.

ALTER TABLE receipts ADD COLUMN items TEXT NOT NULL DEFAULT '' CHECK (items NOT GLOB '*[^0-9 ]*');  -- their numbers, separated by spaces; none: all
ALTER TABLE receipts ADD COLUMN until TEXT NOT NULL DEFAULT '';
