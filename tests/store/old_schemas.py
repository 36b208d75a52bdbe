"""Stores of older schemas, made by code: a new step finds here what it has to carry over.

FILL[N] is what schema N can hold beyond schema N - 1, as SQL that is never edited once N was released.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from domainscan.store import open_store
from domainscan.store.schema import STEPS

Step = Callable[[Database], None]

FILL: Final[dict[int, str]] = {
    1: """
    INSERT INTO scans VALUES ('s-1', '{}', 'sha256:1', 'running', '2026-11-23T15:00:00Z', '', '1:1');
    INSERT INTO observations VALUES (1, 'o-1', 's-1', 'a.lab', '', '2026-11-23T15:00:00Z', 'observed', '', 'ok', 'A', 'c', x'00');
    INSERT INTO assessments (id, observation, name, at, pack, pack_digest, context_digest, content, flagged, settled, compromised, body)
      VALUES ('a-1', 'o-1', 'a.lab', '2026-11-23T15:00:00Z', 'p', 'd', 'd', 'c', 1, 0, 0, x'00');
    INSERT INTO items VALUES ('s-1', 1, 0, 'a.lab', 'a.lab', '', 'argument', '', 'observed', '', 'o-1', 'a-1');
    INSERT INTO items VALUES ('s-1', 2, 0, 'b.lab', 'b.lab', '', 'argument', '', 'pending', '', NULL, NULL);
    INSERT INTO people (id, role, state, added) VALUES ('ann', 'approver', 'active', '2026-11-23T15:00:00Z');
    INSERT INTO people (id, role, state, added) VALUES ('bob', 'approver', 'active', '2026-11-23T15:00:00Z');
    INSERT INTO decisions (name, measure, reach, category, reason, expires, proposer, proposed_at, state, assessment)
      VALUES ('a.lab', 'block', 'host', 'H01', 'r', '2027-01-01', 'ann', '2026-11-23T15:00:00Z', 'proposed', 'a-1');
    UPDATE decisions SET state = 'approved', approver = 'bob', decided_at = '2026-11-23T16:00:00Z';
    INSERT INTO orders (number, recipient, state, drafted_at, drafted_by) VALUES (1, 'c', 'draft', 'now', 'ann');
    INSERT INTO order_items VALUES (1, 1, 'apply', 1, 'a.lab', 'host', 'block', 'H01', '2027-01-01', '', '');
    INSERT INTO evidence VALUES ('<urn:uuid:1>', '2026-11-23.warc.gz', 0, 1, 'sha256:x');
    INSERT INTO audit VALUES (1, '2026-11-23T15:00:00Z', 'ann', 'test', 'a.lab', '{}', '', 'sha256:1');
    """,  # noqa: E501 - one row per line
    2: """
    INSERT INTO packs VALUES ('sha256:p', 'domainscan 2026.11', '2026-11-26T15:00:00Z', x'00');
    INSERT INTO contexts VALUES ('sha256:c', x'00');
    INSERT INTO assessments (id, observation, name, at, pack, pack_digest, context_digest, content, flagged,
      settled, compromised, made_at, body) VALUES ('a-2', 'o-1', 'a.lab', '2026-11-23T15:00:00Z', 'p', 'sha256:p',
      'sha256:c', 'c', 1, 0, 0, '2026-11-26T15:00:00Z', x'00');
    INSERT INTO reassessments (pack_digest, tool, started, last, reached, runner)
      VALUES ('sha256:p', 'domainscan 0.1.0', '2026-11-26T15:00:00Z', 1, 1, '1:1');
    """,
    3: """
    INSERT INTO holds (recipient, serial, digest, path, guards, detail, reason, expires, proposer, proposed_at, state)
      VALUES ('c', 2026112301, 'sha256:h', '/x', 'adds', 'many', 'r', '2026-11-27T15:00:00Z', 'ann',
      '2026-11-26T15:00:00Z', 'held');
    UPDATE holds SET state = 'approved', approver = 'bob', decided_at = '2026-11-26T16:00:00Z';
    """,
    4: """
    INSERT INTO receipts ("order", status, at, recorded_by, reference, note, items, until)
      VALUES (1, 'received', '2026-11-27T15:00:00Z', 'ann', '', '', '1 3', '2026-12-05T23:59:59Z');
    """,
    5: """
    INSERT INTO cases (name, opened) VALUES ('a.lab', '2026-11-23T15:00:00Z');
    INSERT INTO latest (name, url, at, status, observation, content, flagged, severity, confidence, categories,
      next_due, dead_visits, dead_since, unseen) VALUES ('a.lab', '', '2026-11-23T15:00:00Z', 'observed', 'o-1', '',
      0, -1, 0, '', '2026-12-07T15:00:00Z', 0, '', 'walled: a log-in');
    """,
}


def colour(db: Database) -> None:
    """A step of the future that adds a column."""
    db.execute("ALTER TABLE scans ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")


def rebuilt(db: Database) -> None:
    """A step of the future that makes a table anew and moves its rows, as SQLite asks one to."""
    db.executescript(
        """
        CREATE TABLE kept (number INTEGER PRIMARY KEY, recipient TEXT NOT NULL);
        INSERT INTO kept SELECT number, recipient FROM orders;
        DROP TABLE receipts;
        CREATE TABLE receipts (id INTEGER PRIMARY KEY, "order" INTEGER NOT NULL REFERENCES orders (number)) STRICT;
        INSERT INTO receipts SELECT number, number FROM orders;
        UPDATE scans SET colour = 'blue';
        """
    )


FUTURE: Final[tuple[Step, ...]] = (*STEPS, colour, rebuilt)


def make_old(home: Path, schema: int) -> None:
    """A store of that schema with rows in it; none for 0."""
    for number in range(1, schema + 1):
        with open_store(home, steps=FUTURE[:number]) as store:
            store.db.conn.executescript(FILL.get(number, ""))
