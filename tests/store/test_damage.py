"""F07: one flipped byte, wherever it lies, is found; and the first record that is bad is named."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from blocklists.serials import is_later, next_serial
from domainscan.cli.operations import _problems
from domainscan.config import Packs
from domainscan.packfiles import read_files
from domainscan.store import NotAStore, open_store
from domainscan.store.audit import record_event
from domainscan.store.backup import backup_store
from domainscan.store.base import FILE
from domainscan.store.evidence import append_evidence, record_evidence
from domainscan.store.kept import keep_pack
from domainscan.store.log import lost_transactions
from domainscan.store.published import last_serial, reserve_serial
from domainscan.warc import Message, record_id, response_record

NOW = "2026-11-23T15:00:00Z"


def fill(desk) -> None:
    """A few visits, a row of the audit log after each, and a piece of evidence for each."""
    for number in range(6):
        seen, _ = desk.visit(f"n{number}.lab", ("H01", "high"), text=f"text of {number} " * 60)
        record_event(desk.store, "ann", "test", f"subject-{number}", {"number": number}, NOW)
        record = response_record(
            Message(record_id(seen.id, 0), "http://a.lab/", "127.77.1.10", NOW, b"HTTP/1.1 200 OK"),
            seen.page.text.encode(),
        )
        rows = append_evidence(desk.store.home, [record], NOW)
        with desk.store.writing():
            record_evidence(desk.store, rows)


@pytest.fixture(scope="module")
def whole(open_desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one of everything, closed: the log is folded back."""
    home = tmp_path_factory.mktemp("whole") / "home"
    desk = open_desk(home)
    fill(desk)
    desk.store.close()
    return home


@pytest.fixture(scope="module")
def crashed(open_desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same as a kill -9 leaves it: everything stands in the log."""
    home = tmp_path_factory.mktemp("crashed") / "home"
    desk = open_desk(home)
    fill(desk)
    copy = home.with_name("copy")
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("*-shm"))
    yield copy
    desk.store.close()


def flip(file: Path, at: int, mask: int = 0x20) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= mask
    file.write_bytes(data)


def problems(home: Path) -> list[str]:
    """What `audit verify` says, or why the store cannot be opened."""
    try:
        with open_store(home) as store:
            return list(_problems(store))
    except NotAStore as error:
        return [str(error)]


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "home")


def test_a_store_as_it_was_left_is_sound(copy: Path) -> None:
    """The negative control of all that follows."""
    assert problems(copy) == []


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("observations", "title", "observations row 1: title differ"),
        ("observations", "status", "observations row 1: status differ"),
        ("observations", "at", "observations row 1: at differ"),
        ("observations", "page", "observations row 1: page differ"),
        ("assessments", "pack_digest", "assessments row 1: pack_digest differ"),
        ("assessments", "content", "assessments row 1: content differ"),
        ("audit", "actor", "audit row 1 was changed after it was written"),
        ("audit", "subject", "audit row 1 was changed after it was written"),
        ("audit", "detail", "audit row 1 was changed after it was written"),
        ("evidence", "digest", "the body is not the one recorded"),
        ("evidence", "file", "No such file"),
        ("latest", "at", "latest: "),
        ("latest", "categories", "latest: n0.lab says something else than its judgement"),
        ("latest", "content", "latest: n0.lab says something else than its judgement"),
    ],
)
def test_a_changed_byte_in_a_row_is_found(copy: Path, table: str, column: str, said: str) -> None:
    """Changed in the file itself: no trigger sees it."""
    with closing(sqlite3.connect(copy / FILE)) as raw, raw:
        value = str(raw.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()[0])
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("PRAGMA ignore_check_constraints = ON")
        changed = chr(ord(value[0]) ^ 1) + value[1:]
        raw.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (changed, value))
    raw.close()
    found = [one for one in problems(copy) if not one.startswith("trigger ")]
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE latest SET flagged = 0", "latest: n0.lab says something else than its judgement"),
        ("UPDATE latest SET severity = 0", "latest: n0.lab says something else than its judgement"),
        ("DELETE FROM latest WHERE name = 'n0.lab'", "latest: n0.lab was visited and has no case"),
    ],
)
def test_a_case_taken_out_of_the_queue_by_hand_is_found(copy: Path, change: str, said: str) -> None:
    with closing(sqlite3.connect(copy / FILE)) as raw, raw:
        raw.execute(change)
    raw.close()
    assert said in problems(copy)


def test_a_changed_byte_in_a_kept_pack_is_found(copy: Path) -> None:
    """Judgements rest on it: who cannot read it cannot replay them."""
    files = read_files(Packs())
    with open_store(copy) as store:
        keep_pack(store, files.digest(), "domainscan 1", files.to_bytes(), NOW)
        keep_pack(store, "sha256:0", "another", files.to_bytes(), NOW)
    assert problems(copy) == [f"packs: what lies under sha256:0 is {files.digest()}"]
    body = bytearray(files.to_bytes())
    body[len(body) // 2] ^= 1
    with closing(sqlite3.connect(copy / FILE)) as raw, raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("UPDATE packs SET body = ? WHERE name = 'domainscan 1'", (bytes(body),))
    raw.close()
    assert any(f"packs: {files.digest()}: the kept files are damaged" in one for one in problems(copy))


def test_most_single_bytes_of_the_file_are_covered(whole: Path, tmp_path: Path) -> None:
    """What is not: unused space, text that nothing repeats, and that is why a backup has a digest beside it."""
    chance = random.Random(20261123)
    size = (whole / FILE).stat().st_size
    data = (whole / FILE).read_bytes()
    places = [at for at in (chance.randrange(size) for _ in range(900)) if data[at]][:120]
    found = 0
    for turn, at in enumerate(places):
        home = shutil.copytree(whole, tmp_path / str(turn))
        flip(home / FILE, at)
        found += bool(problems(home))
        shutil.rmtree(home)
    assert found >= 0.9 * len(places), f"{found} of {len(places)}"
    print(f"{found} of {len(places)} flipped bytes were found")


def test_every_byte_of_a_record_counts(whole: Path, copy: Path) -> None:
    """But the time, the flags and the system in the gzip header, which say nothing."""
    file = copy / "evidence" / "2026-11-23.warc.gz"
    data = file.read_bytes()
    with open_store(copy) as store:
        first = store.value('SELECT length FROM evidence WHERE "offset" = 0')
        counted = 0
        for at in [*range(4), *range(10, first)]:
            file.write_bytes(data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :])
            found = list(_problems(store))
            if not found and _unpacked(file.read_bytes()) == _unpacked(data):
                continue  # a bit that deflate skips: what was recorded still stands there
            assert len(found) == 1, f"byte {at}"
            assert "2026-11-23.warc.gz" in found[0]
            counted += 1
        assert counted > 0.95 * first
        file.write_bytes(data)
        assert list(_problems(store)) == []


def _unpacked(data: bytes) -> bytes:
    """The first record of a file."""
    return zlib.decompressobj(31).decompress(data)


def test_a_damaged_record_and_a_lost_end_note_cost_no_other_record(copy: Path) -> None:
    """The end is then looked for from the start; it does not stop at the damage and cut off the rest."""
    file = copy / "evidence" / "2026-11-23.warc.gz"
    size = file.stat().st_size
    flip(file, 40)
    file.with_name(file.name + ".end").unlink()
    record = response_record(
        Message(record_id("new", 0), "http://b.lab/", "", NOW, b"HTTP/1.1 200 OK"), b"new"
    )
    (row,) = append_evidence(copy, [record], NOW)
    assert row.offset == size
    assert len(problems(copy)) == 1


# ---------------------------------------------------------------- the write-ahead log


def frames(home: Path) -> list[tuple[int, bool]]:
    """(offset, commits) of each frame of the log."""
    data = (home / f"{FILE}-wal").read_bytes()
    page = int.from_bytes(data[8:12], "big")
    return [(at, data[at + 4 : at + 8] != bytes(4)) for at in range(32, len(data) - page - 23, page + 24)]


@pytest.fixture
def log(crashed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(crashed, tmp_path / "home")


def test_a_log_that_a_kill_left_is_read_to_its_end(log: Path) -> None:
    assert sum(commits for _, commits in frames(log)) > 20
    assert lost_transactions(log / f"{FILE}-wal") == ""
    assert problems(log) == []


@pytest.mark.parametrize("where", ["header of the log", "header of a frame", "its checksum", "its page"])
def test_a_changed_byte_in_the_log_is_found_before_sqlite_drops_what_follows(log: Path, where: str) -> None:
    middle = frames(log)[len(frames(log)) // 2][0]
    number = len(frames(log)) // 2 + 1
    flip(log / f"{FILE}-wal", {"header of the log": 20, "header of a frame": middle + 2,
                               "its checksum": middle + 18, "its page": middle + 2000}[where])  # fmt: skip
    (said,) = problems(log)
    assert ("the header is" if where.endswith("log") else f"frame {number} is") + " damaged" in said
    assert "restore a backup" in said
    before = (log / f"{FILE}-wal").read_bytes()
    assert problems(log) == [said]
    assert (log / f"{FILE}-wal").read_bytes() == before, "nothing was dropped"


def test_without_that_check_acknowledged_work_would_be_gone_without_a_word(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domainscan.store.schema.lost_transactions", lambda file: "")
    flip(log / f"{FILE}-wal", frames(log)[-60][0] + 2000)
    with open_store(log) as store:
        assert store.value("SELECT count(*) FROM observations") < 6


def test_the_one_transaction_that_a_power_cut_tears_is_no_damage(log: Path) -> None:
    last = [at for at, commits in frames(log) if commits][-2]
    flip(log / f"{FILE}-wal", next(at for at, _ in frames(log) if at > last) + 30)
    assert lost_transactions(log / f"{FILE}-wal") == ""


def test_verify_says_where_the_log_is_damaged(program, log: Path) -> None:
    flip(log / f"{FILE}-wal", frames(log)[3][0] + 2000)
    program.home = log
    done = program.run("audit", "verify")
    assert (done.returncode, done.stdout) == (4, "")
    assert "domainscan.db-wal: frame 4 is damaged" in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- a backup


def test_a_changed_byte_in_a_backup_shows_against_its_digest(copy: Path, tmp_path: Path) -> None:
    with open_store(copy) as store:
        target = backup_store(store, tmp_path / "copy.db")
    check = ["sha256sum", "--check", "--quiet", "copy.db.sha256"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    flip(target, target.stat().st_size - 1)
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "copy.db: FAILED" in done.stdout) == (1, True)


def test_a_store_from_a_backup_never_gives_out_a_serial_that_was_used_after_it(
    desk, home: Path, tmp_path: Path
) -> None:
    """E11: the copy knows serials up to the backup only, and more were given out on the same day."""
    reserve_serial(desk.store, "carrier-a", 2026112301)
    reserve_serial(desk.store, "carrier-b", 2**32 - 1)
    target = backup_store(desk.store, tmp_path / "copy.db")
    for number in range(2, 60):
        reserve_serial(desk.store, "carrier-a", 2026112300 + number)
    (tmp_path / "restored").mkdir()
    shutil.copy(target, tmp_path / "restored" / FILE)
    with open_store(tmp_path / "restored") as restored:
        for recipient in ("carrier-a", "carrier-b"):
            given = next_serial("2026-11-23T15:00:00Z", last_serial(restored, recipient))
            assert is_later(given, last_serial(desk.store, recipient)), recipient
    assert last_serial(desk.store, "carrier-a") == 2026112359, "the store itself goes on as it was"
