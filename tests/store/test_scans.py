"""One row per input, one transaction per shard, accounts that balance."""

from __future__ import annotations

import os

import pytest

from domainscan.model import Name
from domainscan.store import Store, processes
from domainscan.store.evidence import EvidenceRow, find_evidence
from domainscan.store.findings import seal
from domainscan.store.observations import load_assessment, load_observation
from domainscan.store.reports import TIPS, Report, load_reports, mark_reports, record_reports
from domainscan.store.scans import (
    ScanAccount,
    ScanItem,
    ScanUnfinished,
    UnknownScan,
    WrongItem,
    begin_scan,
    finish_scan,
    load_items,
    load_scan,
    load_scans,
    pending_items,
    pending_shards,
    plan_items,
    planned,
    record_shard,
)
from domainscan.store.unfinished import take_up

NOW = "2026-11-23T15:00:00Z"


def counts(account: ScanAccount) -> tuple[int, ...]:
    return (account.observed, account.dead, account.failed, account.invalid, account.skipped, account.pending)


def test_an_id_says_when_the_scan_began_and_two_of_one_second_differ(store: Store) -> None:
    first, second = (begin_scan(store, spec="{}", digest="d", now=NOW) for _ in range(2))
    assert first.startswith("s-20261123-150000-")
    assert len({first, second}) == 2


def test_accounts_balance_from_the_plan_to_the_end(desk, observation) -> None:
    store = desk.store
    scan = begin_scan(store, spec='{"files": 1}', digest="d", now=NOW)
    rows = [
        ("a.lab", "pending"),
        ("b.lab", "pending"),
        ("c.lab", "pending"),
        ("A.lab", "skipped"),
        ("", "invalid"),
    ]
    plan_items(
        store,
        scan,
        [ScanItem(n, name, name, "", n, "file", "", status) for n, (name, status) in enumerate(rows)],
    )
    assert (load_scan(store, scan).state, counts(load_scan(store, scan))) == ("planning", (0, 0, 0, 1, 1, 3))
    planned(store, scan)
    for line, (name, status) in enumerate([("a.lab", "observed"), ("b.lab", "dead"), ("c.lab", "failed")]):
        record_shard(store, scan, [seal(line, observation(name, scan=scan, status=status), None)], [], NOW)
        account = load_scan(store, scan)
        assert account.planned == 5 == sum(counts(account))
    finish_scan(store, scan, "done", "2026-11-23T16:00:00Z")
    assert load_scans(store) == [
        ScanAccount(scan, NOW, "2026-11-23T16:00:00Z", "done", 5, 1, 1, 1, 1, 1, 0, '{"files": 1}')
    ]


def test_what_is_planned_as_invalid_or_skipped_is_never_visited(store: Store) -> None:
    scan = begin_scan(store, spec="{}", digest="d", now=NOW)
    statuses = ["pending", "invalid", "skipped", "pending"]
    plan_items(
        store, scan, [ScanItem(n, "x", "x.lab", "", n // 2, "f", "", s) for n, s in enumerate(statuses)]
    )
    assert pending_shards(store, scan) == [(0, 1), (1, 1)]
    assert [item.line for item in pending_items(store, scan, 0, 1)] == [0, 3]


def test_a_shard_that_runs_twice_is_recorded_once(desk, observation, assessment) -> None:
    store, scan = desk.store, desk.scan("a.lab", "b.lab")
    seen = [observation(name, scan=scan) for name in ("a.lab", "b.lab")]
    visits = [seal(n, one, assessment(one, ("H01", "high"))) for n, one in enumerate(seen)]
    first = EvidenceRow("<urn:uuid:1>", "2026-11-23.warc.gz", 0, 10, "sha256:x")
    again = EvidenceRow("<urn:uuid:1>", "2026-11-23.warc.gz", 10, 10, "sha256:x")
    assert record_shard(store, scan, visits, [first], NOW) == 2
    before = list(store.db.conn.iterdump())
    assert record_shard(store, scan, visits, [again], "2026-11-24T00:00:00Z") == 0
    assert list(store.db.conn.iterdump()) == before
    assert find_evidence(store, "<urn:uuid:1>") == first


def test_a_shard_half_of_which_was_recorded_adds_the_other_half(desk, observation) -> None:
    store, scan = desk.store, desk.scan("a.lab", "b.lab")
    visits = [seal(n, observation(name, scan=scan), None) for n, name in enumerate(("a.lab", "b.lab"))]
    assert record_shard(store, scan, visits[:1], [], NOW) == 1
    assert record_shard(store, scan, [*visits, *visits], [], NOW) == 1
    assert load_scan(store, scan).observed == 2


@pytest.mark.parametrize(
    ("line", "name", "same_scan", "why"),
    [
        (7, "a.lab", True, "a line that nobody planned"),
        (0, "victim.lab", True, "a result of another name than the item's"),
        (0, "a.lab", False, "a result of another scan"),
    ],
)
def test_a_result_that_belongs_to_no_item_is_refused_with_its_whole_shard(
    desk, observation, line: int, name: str, same_scan: bool, why: str
) -> None:
    store, scan = desk.store, desk.scan("a.lab", "b.lab")
    good = seal(1, observation("b.lab", scan=scan), None)
    bad = seal(line, observation(name, scan=scan if same_scan else "s-other"), None)
    with pytest.raises(WrongItem):
        record_shard(store, scan, [good, bad], [], NOW)
    assert load_scan(store, scan).pending == 2, why


def test_a_scan_with_pending_items_is_not_done(desk) -> None:
    scan = desk.scan("a.lab")
    with pytest.raises(ScanUnfinished, match="1 pending"):
        finish_scan(desk.store, scan, "done", NOW)
    finish_scan(desk.store, scan, "interrupted", NOW)
    assert load_scan(desk.store, scan).state == "interrupted"


def test_the_newest_unfinished_scan_of_the_same_question_is_resumed(desk, observation) -> None:
    desk.scan("a.lab", digest="other")
    older = desk.scan("a.lab", digest="d", now="2026-11-22T00:00:00Z")
    newer = desk.scan("a.lab", digest="d")
    finish_scan(desk.store, newer, "interrupted", NOW)
    assert take_up(desk.store, "d", NOW).scan == newer
    assert load_scan(desk.store, newer).state == "running"
    record_shard(desk.store, newer, [seal(0, observation("a.lab", scan=newer), None)], [], NOW)
    finish_scan(desk.store, newer, "done", NOW)
    assert take_up(desk.store, "d", NOW).scan == older
    assert take_up(desk.store, "unknown", NOW).scan is None


@pytest.mark.parametrize(
    ("now", "pending", "resumed", "why"),
    [
        ("2026-11-23T15:30:00Z", False, True, "nobody took what it printed: it is told once more"),
        ("2026-11-23T16:00:00Z", False, False, "today's command wants today's visits"),
        ("2026-11-30T14:59:59Z", True, True, "what is left of it is still to be done"),
        ("2026-11-30T15:00:00Z", True, False, "what it saw a week ago is no answer of today's"),
    ],
)
def test_no_scan_is_resumed_for_ever(
    desk, observation, now: str, pending: bool, resumed: bool, why: str
) -> None:
    scan = desk.scan(*(["a.lab", "b.lab"] if pending else ["a.lab"]), digest="d")
    record_shard(desk.store, scan, [seal(0, observation("a.lab", scan=scan), None)], [], NOW)
    finish_scan(desk.store, scan, "interrupted", NOW)
    assert (take_up(desk.store, "d", now).scan == scan) is resumed, why
    account = load_scan(desk.store, scan)
    assert (account.state, account.ended) == (("running", "") if resumed else ("done", NOW))
    assert (account.pending, account.skipped) == ((int(pending), 0) if resumed else (0, int(pending))), why


def test_a_killed_scan_is_as_old_as_its_last_visit(desk, observation) -> None:
    """A slow scan that was killed on its ninth day goes on, although it began more than a week ago."""
    scan = desk.scan("a.lab", "b.lab", digest="d", now="2026-11-14T15:00:00Z")
    record_shard(desk.store, scan, [seal(0, observation("a.lab", scan=scan, at=NOW), None)], [], NOW)
    assert take_up(desk.store, "d", "2026-11-29T15:00:00Z").scan == scan
    desk.store.db.execute("UPDATE scans SET runner = '1:gone'")
    found = take_up(desk.store, "d", "2026-11-30T15:00:00Z")
    assert (found.scan, [(one.id, one.last, one.pending) for one in found.left]) == (None, [(scan, NOW, 1)])


def test_who_begins_anew_leaves_all_that_could_go_on_and_nothing_else(desk, observation) -> None:
    store = desk.store
    older, other, newer = (desk.scan("a.lab", "b.lab", digest=digest) for digest in ("d", "e", "d"))
    record_shard(store, newer, [seal(0, observation("a.lab", scan=newer), None)], [], NOW)
    found = take_up(store, "d", NOW, fresh=True)
    assert (found.scan, {one.id for one in found.left}) == (None, {older, newer})
    assert {one.id: one.state for one in load_scans(store)} == {
        older: "done",
        other: "running",
        newer: "done",
    }
    assert counts(load_scan(store, newer)) == (1, 0, 0, 0, 1, 0)
    rows = [(row.item.status, row.item.reason) for row in load_items(store, newer)]
    assert rows == [("observed", ""), ("skipped", "abandoned")]
    late = seal(1, observation("b.lab", scan=newer), None)
    assert record_shard(store, newer, [late], [], NOW) == 0, "a worker that answers late changes nothing"


def test_who_begins_anew_leaves_no_scan_that_another_process_is_at(desk) -> None:
    """An older one of the same question: it was begun with --fresh beside it."""
    theirs, ours = (desk.scan("a.lab", digest="d") for _ in range(2))
    runner = f"{os.getppid()}:{processes._born(os.getppid())}"
    desk.store.db.execute("UPDATE scans SET runner = ? WHERE id = ?", (runner, theirs))
    assert [one.id for one in take_up(desk.store, "d", NOW, fresh=True).left] == [ours]
    assert {one.id: one.state for one in load_scans(desk.store)} == {theirs: "running", ours: "done"}


def test_a_tip_that_nobody_has_looked_at_is_new_again(desk, observation) -> None:
    store = desk.store
    names = ("a.lab", "b.lab", "c.lab")
    record_reports(store, [Report(0, Name(name), "", "", "seen", "public", "", NOW) for name in names])
    scan = begin_scan(store, spec="reports", digest="d", now=NOW)
    plan_items(store, scan, [ScanItem(n, x, x, "", n, source, "") for n, (x, source) in enumerate(zip(names, (
        TIPS, TIPS, "file"), strict=True))])  # fmt: skip
    planned(store, scan)
    record_reports(store, [Report(0, Name("b.lab"), "", "", "seen", "public", "", NOW)])
    mark_reports(store, [1, 2, 3], "scanned")
    mark_reports(store, [4], "closed")
    record_shard(store, scan, [seal(0, observation("a.lab", scan=scan), None)], [], NOW)
    take_up(store, "d", NOW, fresh=True)
    assert [(one.name, one.state) for one in reversed(load_reports(store))] == [
        ("a.lab", "scanned"),
        ("b.lab", "new"),
        ("c.lab", "scanned"),
        ("b.lab", "closed"),
    ]


def test_ones_own_half_written_plan_of_the_same_question_is_discarded_and_no_other(store: Store) -> None:
    mine, other = (begin_scan(store, spec="{}", digest=digest, now=NOW) for digest in ("d", "e"))
    assert take_up(store, "d", NOW).scan is None
    assert [account.id for account in load_scans(store)] == [other] != [mine]


def test_items_come_back_in_input_order_with_what_was_seen(desk, observation, assessment) -> None:
    store, scan = desk.store, desk.scan("a.lab", "b.lab", "c.lab")
    seen = observation("b.lab", scan=scan)
    judged = assessment(seen, ("H02", "medium"))
    record_shard(store, scan, [seal(1, seen, judged)], [], NOW)
    rows = list(load_items(store, scan))
    assert [(row.item.line, row.item.status) for row in rows] == [
        (0, "pending"),
        (1, "observed"),
        (2, "pending"),
    ]
    expected = [(None, None), (seen, judged), (None, None)]
    assert [(row.observation(), row.assessment()) for row in rows] == expected


def test_text_that_neither_sqlite_nor_json_can_hold_is_kept_as_visible_escapes(desk, observation) -> None:
    store = desk.store
    scan = begin_scan(store, spec="{}", digest="d", now=NOW)
    plan_items(store, scan, [ScanItem(0, "a\udcff.lab\0", "a.lab", "", 0, "f", "\ud800")])
    seen = observation("a.lab", scan=scan, text="lone \ud800 surrogate")
    record_shard(store, scan, [seal(0, seen, None)], [], NOW)
    (row,) = load_items(store, scan)
    item, kept = row.item, row.observation()
    assert (item.input, item.note) == ("a\\udcff.lab\0", "\\ud800")
    assert kept is not None
    assert kept.page.text == "lone \\ud800 surrogate"


def test_unknown_things_are_named(store: Store) -> None:
    with pytest.raises(UnknownScan, match="s-nowhere"):
        load_scan(store, "s-nowhere")
    with pytest.raises(UnknownScan):
        finish_scan(store, "s-nowhere", "done", NOW)
    for load in (load_observation, load_assessment):
        with pytest.raises(Exception, match="'x'"):
            load(store, "x")
