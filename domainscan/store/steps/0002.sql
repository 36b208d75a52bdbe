-- Step 2. What a judgement rested on is kept with it, so that it can be replayed byte by byte: when it was made and by which
-- code, the pack's files and the slice of history that it saw. Rows of step 1 have '' where nothing was kept then.

ALTER TABLE observations ADD COLUMN digest TEXT NOT NULL DEFAULT '';  -- of the record before compression
ALTER TABLE assessments ADD COLUMN made_at TEXT NOT NULL DEFAULT '';  -- `at` is the visit's time

CREATE TABLE packs (
  digest TEXT PRIMARY KEY,           -- as in assessments.pack_digest
  name TEXT NOT NULL,
  first_used TEXT NOT NULL,
  body BLOB NOT NULL                 -- all its files, zlib-compressed MessagePack
) STRICT, WITHOUT ROWID;

CREATE TABLE contexts (
  digest TEXT PRIMARY KEY,           -- as in assessments.context_digest
  body BLOB NOT NULL                 -- zlib-compressed JSON of the History
) STRICT, WITHOUT ROWID;

-- One row per pass over the history: `reached` moves in the transaction that records the judgements up to it.
CREATE TABLE reassessments (
  id INTEGER PRIMARY KEY,
  pack_digest TEXT NOT NULL,
  tool TEXT NOT NULL,                -- the code and the public suffixes it judges with
  started TEXT NOT NULL,
  ended TEXT NOT NULL DEFAULT '',
  last INTEGER NOT NULL,             -- the newest observation's number when it began
  reached INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  runner TEXT NOT NULL               -- the process at work on it
) STRICT;

CREATE TRIGGER packs_once BEFORE INSERT ON packs
WHEN EXISTS (SELECT 1 FROM packs WHERE digest = NEW.digest) BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER packs_no_update BEFORE UPDATE ON packs BEGIN
  SELECT RAISE(ABORT, 'packs are never changed');
END;
CREATE TRIGGER packs_no_delete BEFORE DELETE ON packs BEGIN
  SELECT RAISE(ABORT, 'packs are never deleted');
END;

CREATE TRIGGER contexts_once BEFORE INSERT ON contexts
WHEN EXISTS (SELECT 1 FROM contexts WHERE digest = NEW.digest) BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER contexts_no_update BEFORE UPDATE ON contexts BEGIN
  SELECT RAISE(ABORT, 'contexts are never changed');
END;
CREATE TRIGGER contexts_no_delete BEFORE DELETE ON contexts BEGIN
  SELECT RAISE(ABORT, 'contexts are never deleted');
END;
