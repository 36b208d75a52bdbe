-- Step 3. Releases that trip a guard wait for a second person: the digest is of the manifest laid aside.

CREATE TABLE holds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL CHECK (recipient <> ''),
  serial INTEGER NOT NULL CHECK (serial BETWEEN 1 AND 4294967295),
  digest TEXT NOT NULL CHECK (digest <> ''),
  path TEXT NOT NULL,
  guards TEXT NOT NULL,              -- those that tripped, separated by spaces
  detail TEXT NOT NULL,              -- what they said
  reason TEXT NOT NULL CHECK (trim(reason) <> ''),
  expires TEXT NOT NULL CHECK (expires GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T*Z'),
  proposer TEXT NOT NULL REFERENCES people (id),
  proposed_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'approved', 'published', 'void')),
  approver TEXT REFERENCES people (id),
  decided_at TEXT NOT NULL DEFAULT '',
  ended_reason TEXT NOT NULL DEFAULT '',
  CHECK (approver IS NULL OR approver <> proposer),
  CHECK (state NOT IN ('approved', 'published') OR (approver IS NOT NULL AND decided_at <> ''))
) STRICT;
CREATE INDEX holds_recipient ON holds (recipient, state);

CREATE TRIGGER holds_start_alone BEFORE INSERT ON holds BEGIN
  SELECT RAISE(ABORT, 'a release is held without an approver')
    WHERE NEW.state <> 'held' OR NEW.approver IS NOT NULL OR NEW.decided_at <> '';
  SELECT RAISE(ABORT, 'this release is held already') WHERE EXISTS (SELECT 1 FROM holds WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'the proposer is not an active person')
    WHERE NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.proposer AND state = 'active');
END;

CREATE TRIGGER holds_take_two_people BEFORE UPDATE ON holds
WHEN NEW.approver IS NOT OLD.approver OR NEW.state = 'approved' BEGIN
  SELECT RAISE(ABORT, 'the approver is the proposer') WHERE NEW.approver = OLD.proposer;
  SELECT RAISE(ABORT, 'the approver is not an active approver')
    WHERE NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.approver AND role = 'approver' AND state = 'active');
END;

CREATE TRIGGER holds_keep_their_words BEFORE UPDATE ON holds
WHEN NEW.id <> OLD.id OR NEW.recipient <> OLD.recipient OR NEW.serial <> OLD.serial OR NEW.digest <> OLD.digest
  OR NEW.path <> OLD.path OR NEW.guards <> OLD.guards OR NEW.detail <> OLD.detail OR NEW.reason <> OLD.reason
  OR NEW.expires <> OLD.expires OR NEW.proposer <> OLD.proposer OR NEW.proposed_at <> OLD.proposed_at BEGIN
  SELECT RAISE(ABORT, 'what is held cannot be changed: hold it anew');
END;

CREATE TRIGGER holds_move_forward BEFORE UPDATE ON holds
WHEN NOT (OLD.state = 'held' AND NEW.state IN ('approved', 'void')
          OR OLD.state = 'approved' AND NEW.state IN ('published', 'void') AND NEW.approver IS OLD.approver) BEGIN
  SELECT RAISE(ABORT, 'a release that was decided cannot be decided again');
END;

CREATE TRIGGER holds_stay BEFORE DELETE ON holds BEGIN
  SELECT RAISE(ABORT, 'held releases are never deleted');
END;
