-- Step 1. Later steps depend on these names: never edit a step that was released, add one.
-- Times are UTC ISO 8601 text, dates YYYY-MM-DD. `body` columns are zlib-compressed JSON of the noun.

CREATE TABLE scans (
  id TEXT PRIMARY KEY,
  spec TEXT NOT NULL,                -- what was asked, as JSON
  digest TEXT NOT NULL,              -- of the spec: the same question finds its unfinished scan
  state TEXT NOT NULL CHECK (state IN ('planning', 'running', 'interrupted', 'done')),
  started TEXT NOT NULL,
  ended TEXT NOT NULL DEFAULT '',
  runner TEXT NOT NULL DEFAULT ''    -- the process at work on it
) STRICT;
CREATE INDEX scans_digest ON scans (digest, state);

-- One row per input, from the plan on: unfinished work is a row, and accounts are counts of rows.
CREATE TABLE items (
  scan TEXT NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
  line INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  input TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  source TEXT NOT NULL,
  note TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'observed', 'dead', 'failed', 'invalid', 'skipped')),
  reason TEXT NOT NULL,
  observation TEXT REFERENCES observations (id),
  assessment TEXT REFERENCES assessments (id),
  PRIMARY KEY (scan, line),
  CHECK ((status IN ('observed', 'dead', 'failed')) = (observation IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX items_status ON items (scan, status, shard);

CREATE TABLE observations (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scan TEXT NOT NULL REFERENCES scans (id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('observed', 'dead', 'failed')),
  reason TEXT NOT NULL,
  page TEXT NOT NULL,                -- 'ok' or a failure status
  title TEXT NOT NULL,
  content TEXT NOT NULL,             -- content digest
  body BLOB NOT NULL
) STRICT;
CREATE INDEX observations_name ON observations (name, at);

CREATE TABLE assessments (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  observation TEXT NOT NULL REFERENCES observations (id),
  name TEXT NOT NULL,
  at TEXT NOT NULL,
  pack TEXT NOT NULL,
  pack_digest TEXT NOT NULL,
  context_digest TEXT NOT NULL,
  content TEXT NOT NULL,
  flagged INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  compromised INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX assessments_observation ON assessments (observation);
CREATE INDEX assessments_name ON assessments (name, at);

-- One row per name and URL that was ever visited: the newest visit, and the judgement that stands.
-- A visit that failed or found nothing keeps the earlier judgement: could not look is never nothing there.
CREATE TABLE latest (
  name TEXT NOT NULL REFERENCES cases (name),
  url TEXT NOT NULL,
  at TEXT NOT NULL,
  status TEXT NOT NULL,
  observation TEXT NOT NULL REFERENCES observations (id),
  assessment TEXT REFERENCES assessments (id),
  standing TEXT REFERENCES assessments (id),
  content TEXT NOT NULL,             -- of the standing judgement
  flagged INTEGER NOT NULL,
  severity INTEGER NOT NULL,         -- of the gravest flagged category: 0 low ... 3 critical, -1 none
  confidence INTEGER NOT NULL,       -- of the surest flagged category: 0 none ... 3 high
  categories TEXT NOT NULL,          -- flagged ones, gravest first, separated by spaces
  next_due TEXT NOT NULL,
  dead_visits INTEGER NOT NULL,      -- in a row
  dead_since TEXT NOT NULL,
  PRIMARY KEY (name, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX latest_due ON latest (next_due);
CREATE INDEX latest_flagged ON latest (severity, confidence) WHERE flagged = 1;

CREATE TABLE cases (
  name TEXT PRIMARY KEY,
  opened TEXT NOT NULL,
  flagged_since TEXT NOT NULL DEFAULT '',
  assigned TEXT NOT NULL DEFAULT ''
) STRICT;

-- What names may share: the same certificate, the same text, the same registration number.
CREATE TABLE features (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  name TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  PRIMARY KEY (kind, value, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX features_name ON features (name);

-- Where names are served: who else would be hit by a measure against an address.
CREATE TABLE places (
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (address, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
  record TEXT PRIMARY KEY,           -- WARC-Record-ID
  file TEXT NOT NULL,                -- in home/evidence
  "offset" INTEGER NOT NULL,
  length INTEGER NOT NULL,
  digest TEXT NOT NULL               -- of the HTTP body as received
) STRICT;

CREATE TABLE people (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  role TEXT NOT NULL CHECK (role IN ('reviewer', 'approver')),
  state TEXT NOT NULL CHECK (state IN ('active', 'pending', 'revoked')),
  added TEXT NOT NULL,
  token_digest TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX people_token ON people (token_digest) WHERE token_digest <> '';

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person TEXT NOT NULL REFERENCES people (id),
  role TEXT NOT NULL CHECK (role IN ('reviewer', 'approver')),
  state TEXT NOT NULL CHECK (state IN ('proposed', 'ready', 'confirmed', 'withdrawn')),
  proposer TEXT NOT NULL REFERENCES people (id),
  proposed_at TEXT NOT NULL,
  confirmer TEXT REFERENCES people (id),
  confirmed_at TEXT NOT NULL DEFAULT '',
  CHECK (confirmer IS NULL OR (confirmer <> proposer AND confirmer <> person)),
  CHECK ((state IN ('ready', 'confirmed')) = (confirmer IS NOT NULL))
) STRICT;

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  measure TEXT NOT NULL CHECK (measure IN ('none', 'notify-owner', 'ask-documents', 'label-fix', 'escalate',
                                           'takedown', 'cancel-access', 'suspend-name', 'block')),
  reach TEXT NOT NULL CHECK (reach IN ('host', 'www', 'subtree')),
  category TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (trim(reason) <> ''),
  expires TEXT NOT NULL CHECK (expires = '' OR expires GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  proposer TEXT NOT NULL REFERENCES people (id),
  proposed_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'lifted', 'expired')),
  approver TEXT REFERENCES people (id),
  decided_at TEXT NOT NULL DEFAULT '',
  ended_at TEXT NOT NULL DEFAULT '',
  ended_by TEXT NOT NULL DEFAULT '',
  ended_reason TEXT NOT NULL DEFAULT '',
  assessment TEXT REFERENCES assessments (id),
  content TEXT NOT NULL DEFAULT '',
  CHECK (approver IS NULL OR approver <> proposer),
  CHECK (measure IN ('none', 'notify-owner', 'ask-documents', 'label-fix', 'escalate') OR expires <> ''),
  CHECK (measure NOT IN ('takedown', 'cancel-access', 'suspend-name', 'block') OR assessment IS NOT NULL),
  CHECK (state NOT IN ('approved', 'lifted', 'expired') OR (approver IS NOT NULL AND decided_at <> '')),
  CHECK ((state IN ('lifted', 'expired')) = (ended_at <> ''))
) STRICT;
CREATE INDEX decisions_name ON decisions (name, state);
CREATE INDEX decisions_state ON decisions (state, measure);

CREATE TABLE appeals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  decision INTEGER REFERENCES decisions (id),
  text TEXT NOT NULL CHECK (trim(text) <> ''),
  by TEXT NOT NULL,
  at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
  closed_at TEXT NOT NULL DEFAULT '',
  closed_by TEXT NOT NULL DEFAULT '',
  closed_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX appeals_name ON appeals (name, state);

CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'issued', 'received', 'executed', 'rejected')),
  drafted_at TEXT NOT NULL,
  drafted_by TEXT NOT NULL,
  issued_at TEXT NOT NULL DEFAULT '',
  issued_by TEXT NOT NULL DEFAULT '',
  receipt_due TEXT NOT NULL DEFAULT '',
  execution_due TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '',
  CHECK (state = 'draft' OR (issued_at <> '' AND issued_by <> '' AND digest <> ''))
) STRICT;

CREATE TABLE order_items (
  "order" INTEGER NOT NULL REFERENCES orders (number),
  position INTEGER NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('apply', 'lift')),
  decision INTEGER NOT NULL REFERENCES decisions (id),
  name TEXT NOT NULL,
  reach TEXT NOT NULL,
  measure TEXT NOT NULL,
  category TEXT NOT NULL,
  expires TEXT NOT NULL,
  evidence TEXT NOT NULL,
  addresses TEXT NOT NULL,           -- separated by spaces
  PRIMARY KEY ("order", position)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_items_decision ON order_items (decision);

CREATE TABLE receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  "order" INTEGER NOT NULL REFERENCES orders (number),
  status TEXT NOT NULL CHECK (status IN ('received', 'executed', 'rejected')),
  at TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  reference TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_order ON receipts ("order");

CREATE TABLE checks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  name TEXT NOT NULL,
  decision INTEGER NOT NULL,
  at TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('none', 'partial', 'full', 'over', 'lifted', 'unknown')),
  wanted TEXT NOT NULL CHECK (wanted IN ('full', 'lifted')),
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX checks_name ON checks (name, recipient, at);
CREATE INDEX checks_recipient ON checks (recipient, decision, at);

CREATE TABLE published (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  serial INTEGER NOT NULL,
  digest TEXT NOT NULL,              -- of the manifest
  path TEXT NOT NULL,
  at TEXT NOT NULL,
  by TEXT NOT NULL,
  names BLOB NOT NULL,               -- what was listed, compressed JSON
  UNIQUE (recipient, serial)
) STRICT;

-- The last serial handed out, written before a list is made: a serial never repeats, published or not.
CREATE TABLE serials (
  recipient TEXT PRIMARY KEY,
  serial INTEGER NOT NULL CHECK (serial BETWEEN 0 AND 4294967295)
) STRICT;

CREATE TABLE reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  category TEXT NOT NULL,
  text TEXT NOT NULL,
  source TEXT NOT NULL,
  contact TEXT NOT NULL,
  at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('new', 'scanned', 'closed'))
) STRICT;
CREATE INDEX reports_state ON reports (state, at);
CREATE INDEX reports_name ON reports (name);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule TEXT NOT NULL,
  slot TEXT NOT NULL,                -- the time it was due at: one run per slot, whoever starts it
  missed INTEGER NOT NULL,           -- slots before it that passed while nobody was there
  started TEXT NOT NULL,
  ended TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  detail TEXT NOT NULL DEFAULT '',
  runner TEXT NOT NULL DEFAULT '',
  UNIQUE (schedule, slot)
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,              -- canonical JSON
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE
) STRICT;

-- Four eyes. These hold for every connection, whatever program opened it.

CREATE TRIGGER decisions_start_as_proposals BEFORE INSERT ON decisions BEGIN
  SELECT RAISE(ABORT, 'a decision starts as a proposal without an approver')
    WHERE NEW.state <> 'proposed' OR NEW.approver IS NOT NULL OR NEW.decided_at <> '';
  SELECT RAISE(ABORT, 'this decision exists already')
    WHERE EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'the proposer is not an active person')
    WHERE NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.proposer AND state = 'active');
END;

CREATE TRIGGER decisions_take_two_people BEFORE UPDATE ON decisions
WHEN NEW.approver IS NOT OLD.approver OR NEW.state IN ('approved', 'rejected') BEGIN
  SELECT RAISE(ABORT, 'the approver is the proposer') WHERE NEW.approver = OLD.proposer;
  SELECT RAISE(ABORT, 'the approver is not an active approver')
    WHERE NEW.approver IS NOT OLD.approver AND NEW.approver IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.approver AND role = 'approver' AND state = 'active');
  SELECT RAISE(ABORT, 'an approval names its approver') WHERE NEW.state = 'approved' AND NEW.approver IS NULL;
END;

CREATE TRIGGER decisions_keep_their_words BEFORE UPDATE ON decisions
WHEN NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.measure <> OLD.measure OR NEW.reach <> OLD.reach
  OR NEW.category <> OLD.category OR NEW.reason <> OLD.reason OR NEW.expires <> OLD.expires
  OR NEW.proposer <> OLD.proposer OR NEW.proposed_at <> OLD.proposed_at
  OR NEW.assessment IS NOT OLD.assessment OR NEW.content <> OLD.content BEGIN
  SELECT RAISE(ABORT, 'what was proposed cannot be changed: reject it and propose anew');
END;

CREATE TRIGGER decisions_move_forward BEFORE UPDATE ON decisions
WHEN NOT (OLD.state = 'proposed' AND NEW.state IN ('approved', 'rejected')
          OR OLD.state = 'approved' AND NEW.state IN ('lifted', 'expired')
             AND NEW.approver = OLD.approver AND NEW.decided_at = OLD.decided_at) BEGIN
  SELECT RAISE(ABORT, 'a decided decision cannot be changed, only ended');
END;

CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions BEGIN
  SELECT RAISE(ABORT, 'decisions are never deleted');
END;

CREATE TRIGGER changes_start_as_proposals BEFORE INSERT ON changes BEGIN
  SELECT RAISE(ABORT, 'a role change starts as a proposal') WHERE NEW.state <> 'proposed' OR NEW.confirmer IS NOT NULL;
  SELECT RAISE(ABORT, 'this change exists already') WHERE EXISTS (SELECT 1 FROM changes WHERE id = NEW.id);
END;

CREATE TRIGGER changes_take_two_people BEFORE UPDATE ON changes BEGIN
  SELECT RAISE(ABORT, 'what was proposed cannot be changed')
    WHERE NEW.id <> OLD.id OR NEW.person <> OLD.person OR NEW.role <> OLD.role OR NEW.proposer <> OLD.proposer
       OR NEW.proposed_at <> OLD.proposed_at
       OR NOT (OLD.state = 'proposed' AND NEW.state IN ('ready', 'withdrawn')
               OR OLD.state = 'ready' AND NEW.state = 'confirmed' AND NEW.confirmer = OLD.confirmer);
  SELECT RAISE(ABORT, 'the confirmer is not an active person')
    WHERE NEW.state = 'ready'
      AND NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.confirmer AND state = 'active');
END;

CREATE TRIGGER changes_stay BEFORE DELETE ON changes BEGIN
  SELECT RAISE(ABORT, 'role changes are never deleted');
END;

-- After the first two, a person becomes active, or gets another role, by a change that a second person confirmed;
-- each change serves once.
CREATE TRIGGER people_take_two_people_insert BEFORE INSERT ON people BEGIN
  SELECT RAISE(ABORT, 'this person exists already') WHERE EXISTS (SELECT 1 FROM people WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'after the first two people, a role takes two people')
    WHERE NEW.state = 'active' AND (SELECT count(*) FROM people) >= 2;
END;

CREATE TRIGGER people_take_two_people_update BEFORE UPDATE ON people
WHEN NEW.id <> OLD.id OR NEW.role <> OLD.role OR (NEW.state = 'active' AND OLD.state <> 'active') BEGIN
  SELECT RAISE(ABORT, 'people keep their names') WHERE NEW.id <> OLD.id;
  SELECT RAISE(ABORT, 'after the first two people, a role takes two people')
    WHERE NOT EXISTS (SELECT 1 FROM changes WHERE person = NEW.id AND role = NEW.role AND state = 'ready');
END;

CREATE TRIGGER people_use_the_change AFTER UPDATE ON people
WHEN NEW.role <> OLD.role OR (NEW.state = 'active' AND OLD.state <> 'active') BEGIN
  UPDATE changes SET state = 'confirmed' WHERE person = NEW.id AND state = 'ready';
END;

CREATE TRIGGER people_stay BEFORE DELETE ON people BEGIN
  SELECT RAISE(ABORT, 'people are revoked, never deleted');
END;

-- Orders: what was issued stays as it was issued.

CREATE TRIGGER orders_keep_their_words BEFORE UPDATE ON orders
WHEN NEW.number <> OLD.number OR NEW.recipient <> OLD.recipient
  OR (OLD.state <> 'draft' AND (NEW.state = 'draft' OR NEW.issued_at <> OLD.issued_at OR NEW.issued_by <> OLD.issued_by
      OR NEW.drafted_at <> OLD.drafted_at OR NEW.drafted_by <> OLD.drafted_by OR NEW.digest <> OLD.digest
      OR NEW.receipt_due <> OLD.receipt_due OR NEW.execution_due <> OLD.execution_due)) BEGIN
  SELECT RAISE(ABORT, 'an issued order cannot be changed');
END;

CREATE TRIGGER orders_stay BEFORE DELETE ON orders WHEN OLD.state <> 'draft' BEGIN
  SELECT RAISE(ABORT, 'issued orders are never deleted');
END;

CREATE TRIGGER orders_once BEFORE INSERT ON orders
WHEN EXISTS (SELECT 1 FROM orders WHERE number = NEW.number) BEGIN
  SELECT RAISE(ABORT, 'an order with this number exists already');
END;

CREATE TRIGGER order_items_insert BEFORE INSERT ON order_items
WHEN (SELECT state FROM orders WHERE number = NEW."order") <> 'draft' BEGIN
  SELECT RAISE(ABORT, 'an issued order cannot be changed');
END;

CREATE TRIGGER order_items_update BEFORE UPDATE ON order_items BEGIN
  SELECT RAISE(ABORT, 'order lines are written once');
END;

CREATE TRIGGER order_items_delete BEFORE DELETE ON order_items
WHEN (SELECT state FROM orders WHERE number = OLD."order") <> 'draft' BEGIN
  SELECT RAISE(ABORT, 'an issued order cannot be changed');
END;

-- Append-only tables. INSERT OR REPLACE deletes without firing delete triggers, so insertions are guarded too:
-- a visit that is recorded twice is skipped, everything else is refused.

CREATE TRIGGER audit_chain BEFORE INSERT ON audit BEGIN
  SELECT RAISE(ABORT, 'audit rows follow one another')
    WHERE NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit)
       OR NEW.prev_hash <> coalesce((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), '')
       OR EXISTS (SELECT 1 FROM audit WHERE hash = NEW.hash);
END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;


CREATE TRIGGER observations_once BEFORE INSERT ON observations
WHEN EXISTS (SELECT 1 FROM observations WHERE id = NEW.id OR number = NEW.number) BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER observations_no_update BEFORE UPDATE ON observations BEGIN
  SELECT RAISE(ABORT, 'observations are never changed');
END;
CREATE TRIGGER observations_no_delete BEFORE DELETE ON observations BEGIN
  SELECT RAISE(ABORT, 'observations are never deleted');
END;

CREATE TRIGGER assessments_once BEFORE INSERT ON assessments
WHEN EXISTS (SELECT 1 FROM assessments WHERE id = NEW.id OR number = NEW.number) BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER assessments_no_update BEFORE UPDATE ON assessments BEGIN
  SELECT RAISE(ABORT, 'assessments are never changed');
END;
CREATE TRIGGER assessments_no_delete BEFORE DELETE ON assessments BEGIN
  SELECT RAISE(ABORT, 'assessments are never deleted');
END;

CREATE TRIGGER evidence_once BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE record = NEW.record) BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence BEGIN
  SELECT RAISE(ABORT, 'evidence is never changed');
END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence BEGIN
  SELECT RAISE(ABORT, 'evidence is never deleted');
END;

CREATE TRIGGER receipts_once BEFORE INSERT ON receipts
WHEN EXISTS (SELECT 1 FROM receipts WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'receipts are written once');
END;
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN
  SELECT RAISE(ABORT, 'receipts are never changed');
END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN
  SELECT RAISE(ABORT, 'receipts are never deleted');
END;

CREATE TRIGGER checks_once BEFORE INSERT ON checks
WHEN EXISTS (SELECT 1 FROM checks WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'checks are written once');
END;
CREATE TRIGGER checks_no_update BEFORE UPDATE ON checks BEGIN
  SELECT RAISE(ABORT, 'checks are never changed');
END;
CREATE TRIGGER checks_no_delete BEFORE DELETE ON checks BEGIN
  SELECT RAISE(ABORT, 'checks are never deleted');
END;

CREATE TRIGGER published_once BEFORE INSERT ON published
WHEN EXISTS (SELECT 1 FROM published WHERE id = NEW.id OR (recipient = NEW.recipient AND serial = NEW.serial)) BEGIN
  SELECT RAISE(ABORT, 'releases are written once');
END;
CREATE TRIGGER published_no_update BEFORE UPDATE ON published BEGIN
  SELECT RAISE(ABORT, 'releases are never changed');
END;
CREATE TRIGGER published_no_delete BEFORE DELETE ON published BEGIN
  SELECT RAISE(ABORT, 'releases are never deleted');
END;

CREATE TRIGGER appeals_once BEFORE INSERT ON appeals
WHEN NEW.state <> 'open' OR EXISTS (SELECT 1 FROM appeals WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'an appeal is written once, and starts open');
END;
CREATE TRIGGER appeals_no_delete BEFORE DELETE ON appeals BEGIN
  SELECT RAISE(ABORT, 'appeals are never deleted');
END;
CREATE TRIGGER appeals_close_once BEFORE UPDATE ON appeals
WHEN OLD.state <> 'open' OR NEW.state = 'open' OR NEW.text <> OLD.text OR NEW.by <> OLD.by OR NEW.at <> OLD.at
  OR NEW.name <> OLD.name OR NEW.decision IS NOT OLD.decision BEGIN
  SELECT RAISE(ABORT, 'an appeal is closed once and keeps its words');
END;
