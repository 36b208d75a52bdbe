"""The history judged again: by several processes as by one, from where it was cut off, with reasons for each flip."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from blocklists.names import Name
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack, judge, load_pack
from domainscan.cli import app
from domainscan.cli import reassess as command
from domainscan.config import Packs
from domainscan.model import Assessment, Failure, History, Observation, Page, observation_id
from domainscan.packfiles import read_files
from domainscan.scan import children, judges, rejudge
from domainscan.scan import reassess as passes
from domainscan.scan.judges import Judges, JudgesBroken, Rules, Task
from domainscan.scan.reassess import Ground, begin, reassess
from domainscan.scan.rejudge import Flip, Slice
from domainscan.scan.run import keep_rules
from domainscan.store import Store, open_store
from domainscan.store.base import FILE
from domainscan.store.findings import Basis, Made, seal
from domainscan.store.observations import assessments, latest, load_assessment
from domainscan.store.packing import pack
from domainscan.store.processes import _born
from domainscan.store.reassessments import PassRunning, begin_pass
from domainscan.store.scans import ScanItem, begin_scan, finish_scan, plan_items, planned, record_shard
from domainscan.store.schema import STEPS
from domainscan.tool import suffixes_digest, tool

SHIPPED = Path(__file__).resolve().parent.parent / "domainscan" / "packs"
AT, LATER = "2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z"
OFFER = "一键去衣，上传照片，AI自动去除衣服，生成裸照。支持真人照片。充值20元得40点，支持支付宝。立即上传"
VISITS = 25


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes()


def visit(number: int, scan: str) -> Observation:
    """Every fifth site offers what it must not, the others mend clocks or are gone."""
    name = Name(f"{'quyi-' if number % 5 == 0 else 'heron-'}{number}.example")
    text = OFFER if number % 5 == 0 else f"We mend clocks since {1900 + number}."
    page = Page(url=f"https://{name}/", http_status=200, title="t", text=text, text_digest=f"sha256:{number}")
    gone = number % 3 == 1
    return Observation(
        observation_id(scan, name, ""), scan, name, "", AT, "failed" if gone else "observed",
        page=Failure("timeout") if gone else page,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, shipped: Pack, suffixes: Suffixes) -> Path:
    """A home with VISITS judged visits, as a scan leaves it."""
    folder = tmp_path / "home"
    with open_store(folder) as store:
        store.db.execute("PRAGMA synchronous = OFF")
        keep_rules(store, Packs(), shipped, AT)
        scan = begin_scan(store, spec="", digest="d", now=AT)
        seen = [visit(number, scan) for number in range(VISITS)]
        items = [ScanItem(n, one.name, one.name, "", 0, "argument", "") for n, one in enumerate(seen)]
        plan_items(store, scan, items)
        planned(store, scan)
        by, known = Made(AT, tool(), suffixes_digest(suffixes)), History(as_of=AT)
        judged = [judge(one, known, shipped, suffixes) for one in seen]
        findings = [
            seal(n, one, said, basis=Basis(known, by))
            for n, (one, said) in enumerate(zip(seen, judged, strict=True))
        ]
        record_shard(store, scan, findings, [], AT)
        finish_scan(store, scan, "done", AT)
    return folder


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(home) as opened:
        opened.db.execute("PRAGMA synchronous = OFF")
        yield opened


def changed_pack(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The shipped pack with texts changed: (file, old, new)."""
    shutil.copytree(SHIPPED, folder)
    for file, old, new in changes:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder


def ground(folder: Path | None = None) -> Ground:
    packs = Packs(folder=str(folder) if folder else "")
    return Ground(load_pack(folder), read_files(packs), (), lambda: LATER)


STRICT = (("pack.toml", "medium = 3.0", "medium = 98.0"), ("pack.toml", "high = 6.0", "high = 99.0"))


def flips(slices: list[Slice]) -> list[Flip]:
    return [flip for one in slices for flip in one.flips]


def count(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM assessments"))


def test_with_the_same_pack_and_code_nothing_is_written(store: Store) -> None:
    slices = list(reassess(store, ground(), begin(store, ground(), dry_run=False), 1))
    assert sum(one.count for one in slices) == VISITS
    assert flips(slices) == []
    assert count(store) == VISITS


def test_another_pack_is_another_judgement_and_the_earlier_one_stays(store: Store, tmp_path: Path) -> None:
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    before = latest(store, "quyi-0.example")
    found = flips(list(reassess(store, strict, begin(store, strict, dry_run=False), 1)))
    assert sorted(one.name for one in found) == [f"quyi-{n}.example" for n in (0, 15, 20, 5)], (
        "not the gone one"
    )
    assert all(one.flagged_before and not one.flagged_after and one.current for one in found)
    assert count(store) == 2 * VISITS
    now, then = latest(store, "quyi-0.example"), latest(store, "quyi-0.example", AT)
    assert now is not None
    assert now[1] is not None
    assert (now[1].pack_digest, now[1].made_at) == (strict.pack.digest, LATER)
    assert then == before, "at the time of the visit nobody had judged it anew"
    assert store.value("SELECT count(*) FROM latest WHERE flagged") == 0
    assert store.value("SELECT count(*) FROM packs") == 1, "the command keeps packs, the pass does not"


def test_the_first_pack_again_is_a_judgement_of_its_own(store: Store, tmp_path: Path) -> None:
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    for one in (strict, ground()):
        list(reassess(store, one, begin(store, one, dry_run=False), 1))
    assert [one.pack_digest for one in assessments(store, "quyi-0.example")] == [
        ground().pack.digest, strict.pack.digest, ground().pack.digest
    ]  # fmt: skip
    assert store.value("SELECT count(*) FROM latest WHERE flagged") == 4


def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    before = list(store.db.conn.iterdump())
    found = flips(list(reassess(store, strict, begin(store, strict, dry_run=True), 1)))
    assert len(found) == 4
    assert list(store.db.conn.iterdump()) == before


def test_a_flip_names_the_rules_that_make_it(store: Store, tmp_path: Path) -> None:
    rules = (SHIPPED / "rules-offers.toml").read_text("utf-8")
    at = rules.index('id = "H01-P1"')
    points = rules[at:].split("points = ")[1].split("\n")[0]
    changed = rules[at:].replace(f"points = {points}", "points = -9.0", 1)
    folder = changed_pack(tmp_path / "mild")
    (folder / "rules-offers.toml").write_text(rules[:at] + changed, "utf-8")
    mild = ground(folder)
    found = flips(list(reassess(store, mild, begin(store, mild, dry_run=True), 1)))
    (change,) = next(one for one in found if one.name == "quyi-0.example").changes
    assert (change.category, change.rules[0].rule) == ("H01", "H01-P1")
    assert (change.rules[0].before, change.rules[0].after) == (float(points), -9.0)
    assert len(change.rules) == 1
    assert change.points_before - change.points_after == pytest.approx(float(points) + 9.0)


def test_a_pass_that_was_cut_off_goes_on_where_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "SLICE_ROWS", 10)
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    run = reassess(store, strict, begin(store, strict, dry_run=False), 1)
    next(run)
    run.close()
    assert count(store) == VISITS + 10
    rest = begin(store, strict, dry_run=False)
    assert (rest.reached, rest.last) == (10, VISITS)
    assert [one.last for one in reassess(store, strict, rest, 1)] == [20, VISITS]
    assert count(store) == 2 * VISITS
    assert begin(store, strict, dry_run=False).reached == 0, "one that has ended is not gone on with"


def test_what_is_recorded_and_how_far_it_came_are_one_transaction(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    begun = begin(store, strict, dry_run=False)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("domainscan.store.cases.refresh_flags", fail)
        with pytest.raises(KeyboardInterrupt):
            list(reassess(store, strict, begun, 1))
    assert (count(store), begin(store, strict, dry_run=False).reached) == (VISITS, 0)


def test_another_process_at_the_same_pass_is_refused(store: Store) -> None:
    begun = begin_pass(store, "sha256:p", "t", AT)
    other = f"{os.getppid()}:{_born(os.getppid())}"
    store.db.execute("UPDATE reassessments SET runner = ? WHERE id = ?", (other, begun.id))
    with pytest.raises(PassRunning, match=f"process {os.getppid()} "):
        begin_pass(store, "sha256:p", "t", AT)
    store.db.execute("UPDATE reassessments SET runner = '1:gone' WHERE id = ?", (begun.id,))
    assert begin_pass(store, "sha256:p", "t", AT).id == begun.id


def test_several_processes_judge_as_one_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "SLICE_ROWS", 4)
    strict = ground(changed_pack(tmp_path / "strict", *STRICT))
    shutil.copytree(home, tmp_path / "twin")
    found = []
    for folder, workers in ((home, 1), (tmp_path / "twin", 2)):
        monkeypatch.setattr(passes, "ALONE", 0)
        with open_store(folder) as store:
            slices = list(reassess(store, strict, begin(store, strict, dry_run=False), workers))
            found.append(
                (slices, [row[0] for row in store.rows("SELECT body FROM assessments ORDER BY number")])
            )
    assert found[0] == found[1]
    assert [one.last for one in found[1][0]] == [4, 8, 12, 16, 20, 24, 25], "in order"


def test_a_judging_process_that_dies_is_said(home: Path, store: Store) -> None:
    rules = Rules(home, read_files(Packs()).to_bytes(), ())
    with Judges(rules, 2) as pool, pytest.raises(JudgesBroken, match="ended by signal 9"):
        for worker in pool._workers:
            worker._process.kill()
        list(pool.run(Task(first, first, LATER) for first in range(1, VISITS + 1)))
    assert all(worker._process.poll() is not None for worker in pool._workers), "none is left behind"


def test_a_disk_that_fails_while_a_process_judges_is_no_driver_that_is_gone(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """See it fail: put the judging into the `try` that sends the slice."""
    fail = "judges.Bench.judge_slice = lambda *a: open('/dev/null/x'); judges.main()"
    begin, _, _ = children._START.partition("from {module}")
    monkeypatch.setattr(children, "_START", f"{begin}from domainscan.scan import judges; {fail}")
    with (
        Judges(Rules(home, read_files(Packs()).to_bytes(), ()), 1) as pool,
        pytest.raises(JudgesBroken, match="ended with code 1"),
    ):
        list(pool.run([Task(1, 1, LATER)]))
    assert "NotADirectoryError" in capfd.readouterr().err, "and it says why"


def test_judging_processes_end_with_their_driver(home: Path, store: Store) -> None:
    with Judges(Rules(home, read_files(Packs()).to_bytes(), ()), 1) as pool:
        (worker,) = pool._workers
        run = pool.run(Task(first, first, LATER) for first in range(1, VISITS + 1))
        next(run)
    assert worker._process.poll() == 0, "it was told by its pipe, not by a signal"


def command_line(home: Path, *words: str) -> Result:
    config = home.parent / "config.toml"
    config.write_text("", "utf-8")
    return CliRunner().invoke(app, ["--config", str(config), "--home", str(home), "reassess", *words])


def test_the_change_report_of_a_draft_pack(home: Path, tmp_path: Path) -> None:
    draft = changed_pack(tmp_path / "draft", *STRICT)
    done = command_line(home, "--dry-run", "--pack", str(draft), "--json")
    assert done.exit_code == 0, done.output
    found = msgspec.json.decode(done.stdout)
    assert (found["observations"], found["dry_run"], found["no_longer_flagged"]) == (VISITS, True, 4)
    assert (found["names_newly_flagged"], found["names_no_longer_flagged"]) == (0, 4)
    assert found["by_category"]["H01"] == {"raised": 0, "lowered": 4}
    table = command_line(home, "--dry-run", "--pack", str(draft)).stdout
    assert "the pack's limits" in table
    assert "quyi-0.example" in table
    assert command_line(home, "--pack", str(draft)).exit_code == 2, "a draft judges nothing for good"
    assert command_line(home, "--dry-run", "--pack", str(tmp_path / "nowhere")).exit_code == 2


def test_an_interrupted_command_says_that_it_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "SLICE_ROWS", 10)
    real = command.judge_again

    def interrupted(*words: Any) -> Iterator[Slice]:
        yield next(real(*words))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "judge_again", interrupted)
        done = command_line(home)
    assert done.exit_code == 130
    assert "10 observations judged again" in done.stderr
    assert "interrupted: what was judged is saved; type the same command again to go on" in done.stderr
    again = command_line(home)
    assert again.exit_code == 0
    assert f"going on after 10 of {VISITS} observations" in again.stderr
    assert f"{VISITS - 10} observations judged again" in again.stderr


def test_what_an_interrupted_command_found_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later pass goes on behind it and would never tell."""
    draft = changed_pack(tmp_path / "draft", *STRICT)
    monkeypatch.setattr(passes, "SLICE_ROWS", 10)
    real = command.judge_again

    def interrupted(*words: Any) -> Iterator[Slice]:
        yield next(real(*words))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "judge_again", interrupted)
    done = command_line(home, "--dry-run", "--pack", str(draft))
    assert done.exit_code == 130
    assert "quyi-0.example" in done.stdout
    assert "interrupted: nothing was written" in done.stderr


def test_names_are_counted_once_however_often_they_were_visited() -> None:
    def flip(name: str, before: bool, after: bool, current: bool = False) -> Flip:
        return Flip(name, "o", AT, current, "-", "-", before, after, ())

    found = [flip("a.lab", True, False), flip("a.lab", True, False, True), flip("b.lab", False, True)]
    assert command._names(found) == (set(), {"a.lab"})
    assert command._names([*found, flip("b.lab", False, True, True)]) == ({"b.lab"}, {"a.lab"})


def test_judgements_of_schema_1_are_read_and_judged_again(
    tmp_path: Path, shipped: Pack, suffixes: Suffixes
) -> None:
    """Their rows say neither when they were made nor what they saw: that is reckoned from the history then."""
    home = tmp_path / "old"
    seen = visit(0, "s-1")
    said = judge(seen, History(as_of=AT), shipped, suffixes)
    with open_store(home, steps=STEPS[:1]) as store, store.writing() as db:
        db.execute("INSERT INTO scans VALUES ('s-1', '{}', 'd', 'done', ?, ?, '')", (AT, AT))
        about = (seen.id, "s-1", seen.name, "", AT, "observed", "", "ok", "t", said.content, pack(seen))
        db.execute(
            "INSERT INTO observations (id, scan, name, url, at, status, reason, page, title, content, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            about,
        )
        row = (
            said.id,
            seen.id,
            seen.name,
            AT,
            said.pack,
            said.pack_digest,
            said.context_digest,
            said.content,
        )
        db.execute(
            "INSERT INTO assessments (id, observation, name, at, pack, pack_digest, context_digest, content,"
            " flagged, settled, compromised, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?)",
            (*row, pack(said)),
        )
    with open_store(home) as store:
        assert latest(store, seen.name, AT) == (seen, said)
        slices = list(reassess(store, ground(), begin(store, ground(), dry_run=False), 1))
        assert (flips(slices), count(store)) == ([], 2), "the same judgement, now with all that it rests on"
        now = latest(store, seen.name)
        assert now is not None
        assert isinstance(now[1], Assessment)
        assert (now[1].made_at, now[1].tool) == (LATER, tool())
        assert load_assessment(store, said.id) == said
        assert store.value("SELECT count(*) FROM contexts") == 1


def test_the_tool_is_named_by_its_code() -> None:
    assert tool().startswith("domainscan ")
    assert len(tool().split(" code ")[1]) == 12
    assert suffixes_digest(load_suffixes()) != suffixes_digest(load_suffixes(("lab",)))


def test_nobody_reads_the_store_through_a_writer(home: Path, store: Store) -> None:
    reader = judges.reading_store(home)
    with closing(reader.db.conn), pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.db.conn.execute("DELETE FROM latest")
    assert (home / FILE).exists()
    assert rejudge.SLICE_ROWS > 1
