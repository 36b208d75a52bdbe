"""How long a command goes on with a scan that was cut off, and what a dry run says of it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from domainscan.cli import app, performing
from domainscan.config import Config, Scan
from domainscan.model import Name
from domainscan.scan.driver import Terms
from domainscan.scan.inputs import DUE, Inputs
from domainscan.scan.run import begin
from domainscan.store import open_store, processes
from domainscan.store.reports import TIPS, Report, load_reports, mark_reports, record_reports
from domainscan.store.scans import ScanItem, begin_scan, finish_scan, load_scans, plan_items, planned

NOW = "2026-11-23T15:00:00Z"
BEFORE = "2026-11-23T12:00:00Z"  # three hours
INPUTS = Inputs(names=("a.lab",))


def cut_off(home: Path, inputs: Inputs = INPUTS) -> str:
    """A scan of these inputs, of `a.lab` then, that was interrupted three hours ago."""
    with open_store(home) as store:
        scan = begin_scan(store, spec="a.lab", digest=inputs.digest(0), now=BEFORE)
        plan_items(store, scan, [ScanItem(1, "a.lab", "a.lab", "", 0, "argument", "", "pending", "")])
        planned(store, scan)
        finish_scan(store, scan, "interrupted", BEFORE)
    return scan


@pytest.mark.parametrize(("days", "resumed"), [(7.0, True), (0.125, False), (0.126, True)])
def test_the_configuration_says_how_long(tmp_path: Path, days: float, resumed: bool) -> None:
    scan = cut_off(tmp_path)
    with open_store(tmp_path) as store:
        terms = Terms(Config(scan=Scan(days)), tmp_path, 1, lambda: NOW)
        assert (begin(store, INPUTS, terms, 0).scan == scan) is resumed


def dry_run(home: Path, *words: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "scan", *words, "--dry-run"], input=given)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("36500", "out of range: use 0.05 to 366"),
        ("366", "would go on: 1 of 1"),
        ("0.05", "1 to visit, "),
    ],
)
def test_a_dry_run_says_it_too(tmp_path: Path, days: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINSCAN_SCAN_RESUME_DAYS", days)
    monkeypatch.setattr("domainscan.cli.common.Settings.now", lambda self: NOW)
    cut_off(tmp_path)
    assert says in dry_run(tmp_path, "a.lab").stderr


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("-l", "{0}/a.txt"), "{0}/a.txt"),
        (("--source", "{0}/a.txt"), "{0}/a.txt"),
        (("--source", "file:{0}/a.txt"), "{0}/a.txt"),
        (("--source", "folder:{0}"), "{0}/a.txt"),
        (("-",), "standard input"),
    ],
)
def test_lines_that_are_no_utf_8_are_told_as_what_they_are_read(
    words: tuple[str, ...], where: str, tmp_path: Path
) -> None:
    (folder := tmp_path / "lists").mkdir()
    typed = [word.format(folder) for word in words]
    for encoding, told in (("latin-1", 1), ("utf-8", 0)):
        data = "a.lab\nmünchen.lab\n".encode(encoding)
        (folder / "a.txt").write_bytes(data)
        said = dry_run(tmp_path, *typed, given=data).stderr
        note = f'{where.format(folder)}: line 2 is no UTF-8 and is read as GB 18030, "m黱chen.lab": '
        assert (said.count(note), said.count("GB 18030")) == (told, told)


def test_a_dry_run_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert dry_run(tmp_path / "home", "a.lab").exit_code == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_is_left_after_less_than_two_days_is_hours_old(
    tmp_path: Path,
) -> None:
    scan = cut_off(tmp_path)
    with open_store(tmp_path) as store:
        (left,) = begin(store, INPUTS, Terms(Config(scan=Scan(0.1)), tmp_path, 1, lambda: NOW), 0).left
    assert performing._left(left, NOW, 0.1).startswith(
        f"beginning anew: scan {scan} stopped {BEFORE}, which is 3 hours ago, with 1 of 1 rows to go;"
    )


def tips(home: Path) -> None:
    """A scan of three tips that was interrupted after it had looked at one."""
    names = ("a.lab", "b.lab", "c.lab")
    with open_store(home) as store:
        record_reports(store, [Report(0, Name(name), "", "", "seen", "public", "", BEFORE) for name in names])
        digest = Inputs(sources=(TIPS,)).digest(0)
        scan = begin_scan(store, spec="reports", digest=digest, now=BEFORE)
        statuses = (("skipped", "host"), ("pending", ""), ("pending", ""))
        rows = [
            ScanItem(n, x, x, "", 0, TIPS, "", *y)
            for n, (x, y) in enumerate(zip(names, statuses, strict=True))
        ]
        plan_items(store, scan, rows)
        planned(store, scan)
        mark_reports(store, [1, 2, 3], "scanned")
        finish_scan(store, scan, "interrupted", BEFORE)


@pytest.mark.parametrize(
    ("words", "days", "says"),
    [
        (("--source", TIPS, "--fresh"), "7", "2 to visit, 0 skipped, 0 invalid"),
        (("--source", TIPS), "0.05", "2 to visit, 0 skipped, 0 invalid"),
        (("--source", TIPS), "7", "would go on: 2 of 3 rows to go"),
        (("b.lab", "--fresh"), "7", "1 to visit, 0 skipped, 0 invalid"),
        (("--source", TIPS, "--limit", "1", "--fresh"), "7", "0 to visit, 0 skipped, 0 invalid"),
    ],
    ids=["begun anew", "too old to go on with", "gone on with", "no tips are asked for", "another question"],
)
def test_a_dry_run_counts_the_tips_that_would_be_new_again(
    tmp_path: Path, words: tuple[str, ...], days: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMAINSCAN_SCAN_RESUME_DAYS", days)
    monkeypatch.setattr("domainscan.cli.common.Settings.now", lambda self: NOW)
    tips(tmp_path)
    assert says in dry_run(tmp_path, *words).stderr
    with open_store(tmp_path) as store:
        assert load_reports(store, state="new") == [], "nothing was written"


def test_what_a_dry_run_counts_is_what_a_scan_plans(tmp_path: Path) -> None:
    tips(tmp_path)
    with open_store(tmp_path) as store:
        terms = Terms(Config(), tmp_path, 1, lambda: NOW)
        begun = begin(store, Inputs(sources=(TIPS,)), terms, 0, fresh=True)
    assert (begun.resumed, begun.planned, begun.pending) == (False, 2, 2)


def test_a_dry_run_begins_nothing_anew_beside_another_process(tmp_path: Path) -> None:
    scan = cut_off(tmp_path)
    with open_store(tmp_path) as store:
        runner = f"{os.getppid()}:{processes._born(os.getppid())}"
        store.db.execute("UPDATE scans SET runner = ?, state = 'running', ended = ''", (runner,))
    assert (
        f"scan {scan} of {BEFORE} goes on in another process" in dry_run(tmp_path, "a.lab", "--fresh").stderr
    )


def test_what_is_due_can_be_begun_anew_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINSCAN_NET_RESOLVERS", '["127.0.0.1:9"]')
    monkeypatch.setattr("domainscan.cli.common.Settings.now", lambda self: NOW)
    scan = cut_off(tmp_path, Inputs(sources=(DUE,)))
    CliRunner().invoke(app, ["--home", str(tmp_path), "rescan", "--fresh"])
    with open_store(tmp_path) as store:
        assert {one.id: (one.state, one.skipped) for one in load_scans(store)}[scan] == ("done", 1)


def test_what_standard_input_held_is_kept_no_longer_than_its_scan_can_go_on(program: Any) -> None:
    """Of a scan that was killed and never typed again its lines stayed for ever."""
    spool = program.home / "spool"
    spool.mkdir(parents=True)
    for name, days in (
        ("stdin-old.txt", 8),
        ("stdin-1.part", 8),
        ("stdin-young.txt", 6),
        ("due-tips.txt", 8),
    ):
        (spool / name).write_text("a.lab\n")
        os.utime(spool / name, (time.time() - days * 86_400,) * 2)
    assert program.run("scan", "-", given="milldam-choir.lab\n").returncode == 0
    assert sorted(one.name for one in spool.iterdir()) == ["due-tips.txt", "stdin-young.txt"]
