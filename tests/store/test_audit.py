"""The log says what was done to it: edits, gaps, insertions, swaps and a cut-off tail."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.store import Store, StoreFailed, base
from domainscan.store.audit import load_events, record_event, verify_audit
from domainscan.store.traces import untraced

NOW = "2026-11-23T15:00:00Z"
GUARDS = ("audit_chain", "audit_no_update", "audit_no_delete")


@pytest.fixture
def log(store: Store) -> Store:
    for number in range(1, 6):
        record_event(store, "ann", "case.note", f"n{number}.lab", {"decision": number, "原因": "例"}, NOW)
    return store


def test_a_log_as_it_was_written_is_sound(log: Store) -> None:
    assert verify_audit(log) == []
    newest, *_ = load_events(log)
    assert (newest.id, newest.subject, newest.detail) == (5, "n5.lab", '{"decision":5,"原因":"例"}')
    assert [event.id for event in load_events(log, subject="n2.lab")] == [2]
    assert [event.id for event in load_events(log)][:2] == [5, 4]


def test_an_empty_log_is_sound(store: Store) -> None:
    assert verify_audit(store) == []


TAMPER = [
    ("UPDATE audit SET actor = 'bob' WHERE id = 3", "audit row 3 was changed after it was written"),
    ("UPDATE audit SET detail = '{}' WHERE id = 1", "audit row 1 was changed after it was written"),
    ("DELETE FROM audit WHERE id = 2", "audit row 2 is missing"),
    ("DELETE FROM audit WHERE id > 3", "audit row 4 is missing: the log was cut off behind row 3"),
    ("DELETE FROM audit", "audit row 1 is missing: the log was cut off behind row 0"),
    (
        "INSERT INTO audit SELECT 6, at, actor, action, subject, '', hash, 'x' FROM audit WHERE id = 5",
        "audit row 6 was changed after it was written",
    ),
    ("UPDATE audit SET id = 9 WHERE id = 5", "audit row 5 is missing"),
    (
        "UPDATE audit SET id = -id; UPDATE audit SET id = 6 + id",
        "audit row 1 does not follow the row before it",
    ),
]


@pytest.mark.parametrize(("statement", "said"), TAMPER)
def test_whoever_gets_around_the_triggers_is_found_out(log: Store, statement: str, said: str) -> None:
    for guard in GUARDS:
        log.db.execute(f"DROP TRIGGER {guard}")
    log.db.executescript(statement)
    assert verify_audit(log) == [said]


@pytest.mark.parametrize("statement", [one for one, said in TAMPER if "row 6" not in said])
def test_the_triggers_refuse_all_but_a_row_added_with_a_wrong_hash(log: Store, statement: str) -> None:
    with pytest.raises(Exception, match="audit rows"):
        log.db.executescript(statement)
    assert verify_audit(log) == []


def test_a_whole_chain_written_anew_is_not_the_one_that_was_anchored(log: Store) -> None:
    for guard in GUARDS:
        log.db.execute(f"DROP TRIGGER {guard}")
    log.db.execute("DELETE FROM audit")
    anchor = log.home / base.ANCHOR
    before = anchor.read_bytes()
    for number in range(1, 6):
        record_event(log, "mallory", "decision.propose", f"n{number}.lab", {}, NOW)
    anchor.write_bytes(before)
    assert verify_audit(log) == ["audit row 1 is not the one that was anchored"]


def test_a_lost_anchor_is_a_problem_and_a_lagging_one_is_not(log: Store) -> None:
    anchor = log.home / base.ANCHOR
    lines = anchor.read_text().splitlines(keepends=True)
    anchor.write_text("".join(lines[:3]) + lines[3][:20])
    assert verify_audit(log) == []
    for nothing in ("", "emptied\n", lines[0][:20]):
        anchor.write_text(nothing)
        assert verify_audit(log) == [f"the anchor {anchor} holds none of the {len(lines)} rows"]
    anchor.unlink()
    assert verify_audit(log) == [f"the anchor {anchor} is missing"]
    anchor.mkdir()
    assert verify_audit(log) == [f"the anchor {anchor} cannot be read: Is a directory"]


def test_an_anchor_that_cannot_be_written_is_an_error_that_says_what_is_saved(log: Store, home: Path) -> None:
    (home / base.ANCHOR).rename(home / "elsewhere")
    (home / base.ANCHOR).mkdir()
    with pytest.raises(StoreFailed, match="what was done is saved, but"):
        record_event(log, "ann", "test", "x", {}, NOW)
    assert len(load_events(log)) == 6


def test_text_of_an_appellant_cannot_forge_a_row(log: Store) -> None:
    record_event(
        log, "appellant x\n7 sha256:" + "0" * 64, "appeal.open", "a.lab\r\n", {"t": "\ud800\x1b[2J"}, NOW
    )
    assert len((log.home / base.ANCHOR).read_text().splitlines()) == 6
    assert verify_audit(log) == []


@pytest.mark.parametrize("detail", ["[]", "{}", '{"decision":"x"}', "no JSON"])
def test_a_row_that_this_program_never_writes_is_a_problem_and_no_crash(store: Store, detail: str) -> None:
    record_event(store, "ann", "decision.propose", "x.lab", {}, NOW)
    assert untraced(store, [("ann", "decision.propose", "x.lab", detail)])[0].startswith(
        "the log holds a row"
    )
    assert verify_audit(store)[0].startswith("the log holds a row that this program never writes")
