# ruff: noqa: E501 - one guard per line reads better than a table broken into pieces
"""What the database itself refuses, whatever program opens it; and that each guard is what refuses it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from domainscan.store.base import FILE

BLOCK = (
    "INSERT INTO decisions (name, measure, reach, category, reason, expires, proposer, proposed_at, state, assessment)"
    " VALUES ('x.lab', 'block', 'host', 'H01', 'r', '2027-01-01', 'ann', 'now', 'proposed', (SELECT id FROM assessments))"
)
HOLD = (
    "INSERT INTO holds (recipient, serial, digest, path, guards, detail, reason, expires, proposer, proposed_at, state)"
    " VALUES ('c', 1, 'sha256:h', 'p', 'adds', 'd', 'r', '2026-12-01T00:00:00Z', 'ann', 'now', 'held')"
)
APPROVE = "UPDATE decisions SET state = 'approved', approver = 'bob', decided_at = 'now' WHERE id = 1"

# (statement that must be refused, what has to be taken away before it works: triggers, or "check")
REFUSED = [
    ("UPDATE decisions SET state = 'approved', approver = 'ann', decided_at = 'now' WHERE id = 1", "decisions_take_two_people check"),
    ("UPDATE decisions SET state = 'approved', approver = 'rita', decided_at = 'now' WHERE id = 1", "decisions_take_two_people"),
    ("UPDATE decisions SET state = 'approved', approver = 'gone', decided_at = 'now' WHERE id = 1", "decisions_take_two_people"),
    ("UPDATE decisions SET state = 'approved', decided_at = 'now' WHERE id = 1", "decisions_take_two_people check"),
    ("UPDATE decisions SET state = 'lifted', ended_at = 'now' WHERE id = 1", "decisions_move_forward check"),
    (BLOCK.replace("'proposed'", "'approved'"), "decisions_start_as_proposals check"),
    (BLOCK.replace("'ann'", "'gone'"), "decisions_start_as_proposals"),
    (BLOCK.replace("'ann'", "'nobody'"), "decisions_start_as_proposals keys"),
    (BLOCK.replace("'r'", "'  '"), "check"),
    (BLOCK.replace("'2027-01-01'", "''"), "check"),
    (BLOCK.replace("'2027-01-01'", "'soon'"), "check"),
    (BLOCK.replace("'block'", "'bomb'"), "check"),
    (BLOCK.replace("(SELECT id FROM assessments)", "NULL"), "check"),
    ("UPDATE decisions SET name = 'victim.lab' WHERE id = 1", "decisions_keep_their_words decisions_move_forward"),
    ("UPDATE decisions SET reach = 'subtree' WHERE id = 2", "decisions_keep_their_words decisions_move_forward"),
    ("UPDATE decisions SET expires = '2099-01-01' WHERE id = 2", "decisions_keep_their_words decisions_move_forward"),
    ("UPDATE decisions SET approver = 'rob' WHERE id = 2", "decisions_move_forward decisions_take_two_people"),
    ("UPDATE decisions SET state = 'proposed', approver = NULL, decided_at = '' WHERE id = 2", "decisions_move_forward"),
    ("UPDATE decisions SET state = 'approved', ended_at = '', ended_by = '' WHERE id = 3", "decisions_move_forward decisions_take_two_people"),
    ("DELETE FROM decisions WHERE id = 1", "decisions_stay"),
    (BLOCK.replace("INSERT INTO decisions (", "INSERT OR REPLACE INTO decisions (id, ").replace("VALUES (", "VALUES (2, "), "decisions_start_as_proposals"),
    ("INSERT INTO people (id, role, state, added) VALUES ('eve', 'approver', 'active', 'now')", "people_take_two_people_insert"),
    ("INSERT OR REPLACE INTO people (id, role, state, added) VALUES ('rita', 'approver', 'pending', 'now')", "people_take_two_people_insert keys"),
    ("UPDATE people SET role = 'approver' WHERE id = 'rita'", "people_take_two_people_update"),
    ("UPDATE people SET state = 'active' WHERE id = 'gone'", "people_take_two_people_update"),
    ("UPDATE people SET id = 'ann2' WHERE id = 'rita'", "people_take_two_people_update keys"),
    ("DELETE FROM people WHERE id = 'rita'", "people_stay keys"),
    ("UPDATE changes SET state = 'ready', confirmer = 'ann' WHERE id = 1", "check"),
    ("UPDATE changes SET state = 'ready', confirmer = 'gone' WHERE id = 1", "changes_take_two_people"),
    ("UPDATE changes SET role = 'reviewer' WHERE id = 1", "changes_take_two_people"),
    ("INSERT INTO changes (person, role, state, proposer, proposed_at, confirmer) VALUES ('rita', 'approver', 'confirmed', 'ann', 'now', 'bob')", "changes_start_as_proposals"),
    ("DELETE FROM changes", "changes_stay"),
    ("UPDATE orders SET digest = 'other' WHERE number = 1", "orders_keep_their_words"),
    ("UPDATE orders SET state = 'draft' WHERE number = 1", "orders_keep_their_words"),
    ("DELETE FROM orders WHERE number = 1", "orders_stay keys"),
    ("INSERT OR REPLACE INTO orders (number, recipient, state, drafted_at, drafted_by) VALUES (1, 'other', 'draft', '', '')", "orders_once keys"),
    ("UPDATE order_items SET name = 'victim.lab'", "order_items_update"),
    ("DELETE FROM order_items", "order_items_delete"),
    ('INSERT INTO order_items SELECT 1, 2, action, decision, name, reach, measure, category, expires, evidence, addresses FROM order_items', "order_items_insert"),
    ("UPDATE receipts SET status = 'rejected'", "receipts_no_update"),
    ("DELETE FROM receipts", "receipts_no_delete"),
    ("INSERT OR REPLACE INTO receipts VALUES (1, 1, 'rejected', '', '', '', '', '', '')", "receipts_once"),
    ("UPDATE checks SET verdict = 'full'", "checks_no_update"),
    ("DELETE FROM checks", "checks_no_delete"),
    ("INSERT OR REPLACE INTO checks VALUES (1, 'c', 'x.lab', 2, '', 'full', 'full', '')", "checks_once"),
    ("UPDATE published SET digest = ''", "published_no_update"),
    ("DELETE FROM published", "published_no_delete"),
    ("INSERT OR REPLACE INTO published VALUES (9, 'c', 1, '', '', '', '', x'00')", "published_once"),
    ("DELETE FROM observations", "observations_no_delete keys"),
    ("UPDATE observations SET body = x'00'", "observations_no_update"),
    ("UPDATE assessments SET flagged = 0", "assessments_no_update"),
    ("UPDATE packs SET body = x'00'", "packs_no_update"),
    ("DELETE FROM packs", "packs_no_delete"),
    ("UPDATE contexts SET body = x'00'", "contexts_no_update"),
    ("DELETE FROM contexts", "contexts_no_delete"),
    ("UPDATE evidence SET digest = ''", "evidence_no_update"),
    ("DELETE FROM evidence", "evidence_no_delete"),
    ("UPDATE appeals SET text = 'nothing'", "appeals_close_once"),
    ("DELETE FROM appeals", "appeals_no_delete"),
    ("INSERT INTO appeals (name, text, by, at, state) VALUES ('x.lab', 't', 'b', 'now', 'dismissed')", "appeals_once"),
    ("UPDATE holds SET state = 'approved', approver = 'ann', decided_at = 'now' WHERE id = 1", "holds_take_two_people check"),
    ("UPDATE holds SET state = 'approved', approver = 'rita', decided_at = 'now' WHERE id = 1", "holds_take_two_people"),
    ("UPDATE holds SET state = 'approved', decided_at = 'now' WHERE id = 1", "holds_take_two_people check"),
    ("UPDATE holds SET state = 'published' WHERE id = 1", "holds_move_forward check"),
    ("UPDATE holds SET digest = 'sha256:other' WHERE id = 1", "holds_keep_their_words holds_move_forward"),
    ("UPDATE holds SET approver = 'bob' WHERE id = 1", "holds_move_forward"),
    ("DELETE FROM holds", "holds_stay"),
    (HOLD.replace("'held'", "'void'"), "holds_start_alone"),
    (HOLD.replace("'ann'", "'gone'"), "holds_start_alone"),
    (HOLD.replace("'r'", "' '"), "check"),
    (HOLD.replace("'2026-12-01T00:00:00Z'", "'never'"), "check"),
    (HOLD.replace("INSERT INTO holds (", "INSERT OR REPLACE INTO holds (id, ").replace("VALUES ('c'", "VALUES (1, 'd'"), "holds_start_alone"),
    ("UPDATE items SET status = 'observed' WHERE status = 'pending'", "check"),
]  # fmt: skip


@pytest.fixture(scope="module")
def prepared(open_desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store file with one of everything."""
    home = tmp_path_factory.mktemp("prepared")
    desk = open_desk(home)
    desk.visit("x.lab", ("H01", "high"))
    desk.scan("pending.lab")
    desk.store.close()
    connection = sqlite3.connect(home / FILE)
    connection.executescript(
        f"""
        PRAGMA foreign_keys = ON;
        INSERT INTO people (id, role, state, added) VALUES ('ann', 'approver', 'active', 'now');
        INSERT INTO people (id, role, state, added) VALUES ('bob', 'approver', 'active', 'now');
        INSERT INTO people (id, role, state, added) VALUES ('rita', 'reviewer', 'pending', 'now');
        INSERT INTO people (id, role, state, added) VALUES ('gone', 'approver', 'revoked', 'now');
        INSERT INTO people (id, role, state, added) VALUES ('rob', 'approver', 'pending', 'now');
        INSERT INTO changes (person, role, state, proposer, proposed_at) VALUES ('rita', 'approver', 'proposed', 'ann', 'now');
        {BLOCK}; {BLOCK}; {BLOCK};
        {APPROVE.replace("id = 1", "id > 1")};
        UPDATE decisions SET state = 'lifted', ended_at = 'now', ended_by = 'ann' WHERE id = 3;
        INSERT INTO orders (number, recipient, state, drafted_at, drafted_by) VALUES (1, 'c', 'draft', '', '');
        INSERT INTO order_items VALUES (1, 1, 'apply', 2, 'x.lab', 'host', 'block', 'H01', '', '', '');
        UPDATE orders SET state = 'issued', issued_at = 'now', issued_by = 'ann', digest = 'd';
        INSERT INTO receipts VALUES (1, 1, 'received', 'now', 'ann', '', '', '', '');
        INSERT INTO checks VALUES (1, 'c', 'x.lab', 2, 'now', 'none', 'full', '');
        INSERT INTO published VALUES (1, 'c', 1, 'd', 'p', 'now', '', x'00');
        INSERT INTO appeals (name, text, by, at, state) VALUES ('x.lab', 't', 'b', 'now', 'open');
        INSERT INTO evidence VALUES ('r', 'f', 0, 1, 'd');
        INSERT INTO packs VALUES ('sha256:p', 'p', 'now', x'01');
        INSERT INTO contexts VALUES ('sha256:c', x'01');
        {HOLD};
        """
    )
    connection.close()
    return home / FILE


@pytest.fixture
def raw(prepared: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection to it, as any other program would open it."""
    connection = sqlite3.connect(shutil.copy(prepared, tmp_path / FILE))
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = OFF")
    yield connection
    connection.close()


@pytest.mark.parametrize(("statement", "guards"), REFUSED)
def test_the_database_refuses_it(raw: sqlite3.Connection, statement: str, guards: str) -> None:
    before = list(raw.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    raw.rollback()
    assert list(raw.iterdump()) == before


@pytest.mark.parametrize(("statement", "guards"), REFUSED)
def test_without_its_guards_it_would_happen(raw: sqlite3.Connection, statement: str, guards: str) -> None:
    before = list(raw.iterdump())
    for guard in guards.split():
        if guard == "check":
            raw.execute("PRAGMA ignore_check_constraints = ON")
        elif guard == "keys":
            raw.execute("PRAGMA foreign_keys = OFF")
        else:
            raw.execute(f"DROP TRIGGER {guard}")
    raw.execute(statement)
    after = [line for line in raw.iterdump() if "INSERT INTO" in line]
    assert after != [line for line in before if "INSERT INTO" in line]


def test_what_two_people_decide_goes_through(raw: sqlite3.Connection) -> None:
    raw.execute(APPROVE)
    raw.execute("UPDATE decisions SET state = 'expired', ended_at = 'now', ended_by = 'expiry' WHERE id = 1")
    raw.execute("UPDATE changes SET state = 'ready', confirmer = 'bob', confirmed_at = 'now' WHERE id = 1")
    raw.execute("UPDATE people SET role = 'approver', state = 'active' WHERE id = 'rita'")
    assert raw.execute("SELECT state FROM decisions WHERE id = 1").fetchone() == ("expired",)


def test_a_confirmed_change_serves_once(raw: sqlite3.Connection) -> None:
    raw.execute("UPDATE changes SET state = 'ready', confirmer = 'bob', confirmed_at = 'now' WHERE id = 1")
    raw.execute("UPDATE people SET role = 'approver', state = 'active' WHERE id = 'rita'")
    raw.execute("UPDATE people SET state = 'revoked' WHERE id = 'rita'")
    with pytest.raises(sqlite3.IntegrityError, match="a role takes two people"):
        raw.execute("UPDATE people SET state = 'active' WHERE id = 'rita'")


@pytest.mark.parametrize("table", ["observations", "assessments", "packs", "contexts"])
def test_replacing_what_is_recorded_changes_nothing(raw: sqlite3.Connection, table: str) -> None:
    before = list(raw.iterdump())
    columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    values = ", ".join("x'00'" if column == "body" else column for column in columns)
    raw.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}")
    raw.commit()
    assert list(raw.iterdump()) == before
