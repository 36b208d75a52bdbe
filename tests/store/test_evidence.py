"""Bytes first, rows second; a torn tail is cut off, a changed byte is found."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from domainscan.store import Store, StoreFailed, evidence
from domainscan.store.evidence import (
    BadEvidence,
    EvidenceRow,
    append_evidence,
    find_evidence,
    read_evidence,
    read_record,
    record_evidence,
    verify_evidence,
)
from domainscan.warc import Message, WarcRecord, record_id, request_record, response_record

NOW = "2026-11-23T15:00:00Z"
BODY = "body with an empty line\r\n\r\nin it, 字".encode()


def response(number: int, body: bytes = BODY) -> WarcRecord:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked"
    return response_record(
        Message(record_id(f"o{number}", 0), "http://a.lab/", "127.77.1.10", NOW, head), body
    )


@pytest.fixture
def kept(store: Store, home: Path) -> list[EvidenceRow]:
    rows = append_evidence(home, [response(1), response(2, b""), response(3, b"x" * 100_000)], NOW)
    with store.writing():
        record_evidence(store, rows)
    return rows


def warc(home: Path) -> Path:
    return home / "evidence" / "2026-11-23.warc.gz"


def test_a_body_comes_back_as_it_was_received(home: Path, kept: list[EvidenceRow]) -> None:
    assert [read_evidence(home, row) for row in kept] == [BODY, b"", b"x" * 100_000]
    assert [row.offset for row in kept] == [0, kept[0].length, kept[0].length + kept[1].length]
    assert b"".join(read_record(home, row) for row in kept) == warc(home).read_bytes()


def test_a_request_is_evidence_too(home: Path, store: Store) -> None:
    asked = request_record(
        Message(record_id("o1", 0), "http://a.lab/", "127.77.1.10", NOW, b"GET / HTTP/1.1\r\nHost: a.lab")
    )
    (row,) = append_evidence(home, [asked], NOW)
    assert read_evidence(home, row) == b""
    assert b"GET / HTTP/1.1" in gzip.decompress(read_record(home, row))


def test_the_file_is_one_that_other_warc_readers_accept(home: Path, kept: list[EvidenceRow]) -> None:
    check = "import sys; from warcio.cli import main; sys.exit(main(['check', sys.argv[1]]))"
    run = subprocess.run(
        [sys.executable, "-c", check, str(warc(home))], check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_day_has_its_file_and_files_grow(home: Path, kept: list[EvidenceRow]) -> None:
    (more,) = append_evidence(home, [response(4)], NOW)
    (tomorrow,) = append_evidence(home, [response(5)], "2026-11-24T00:00:00Z")
    assert (more.file, more.offset) == ("2026-11-23.warc.gz", kept[-1].offset + kept[-1].length)
    assert (tomorrow.file, tomorrow.offset) == ("2026-11-24.warc.gz", 0)
    assert append_evidence(home, [], NOW) == []


TORN = gzip.compress(b"WARC/1.1 half a record" * 100)[:-20]


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("kept", "the usual case: a note says where the sound part ends"),
        ("lost", "the note is gone: the file is read from its start"),
        ("garbled", "the note cannot be true: the file is read from its start"),
        ("too far", "the note points behind the end of the file"),
    ],
)
def test_a_half_written_record_is_cut_off_at_the_next_append(
    home: Path, store: Store, kept: list[EvidenceRow], note: str, why: str
) -> None:
    sound = warc(home).stat().st_size
    with warc(home).open("ab") as file:
        file.write(TORN)
    end = warc(home).with_name(warc(home).name + ".end")
    if note == "lost":
        end.unlink()
    elif note == "garbled":
        end.write_text("00000000000000000007 deadbeef\n")
    elif note == "too far":
        evidence._note_end(warc(home), sound + 1_000_000)
    (row,) = append_evidence(home, [response(9)], NOW)
    assert row.offset == sound, why
    assert read_evidence(home, row) == BODY
    assert len(gzip.decompress(warc(home).read_bytes())) > 100_000
    assert list(verify_evidence(store)) == []


def test_the_file_that_cannot_be_used_is_the_one_that_is_named(home: Path, kept: list[EvidenceRow]) -> None:
    """The note of the end lies beside the records, and has rights of its own."""
    note = home / "evidence" / "2026-11-23.warc.gz.end"
    note.unlink()
    note.mkdir()
    with pytest.raises(StoreFailed, match=rf"{note}: Is a directory; nothing of these visits was kept"):
        append_evidence(home, [response(4)], NOW)


def test_without_the_cut_the_rest_of_the_file_would_be_unreadable(
    home: Path, kept: list[EvidenceRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    with warc(home).open("ab") as file:
        file.write(TORN)
    monkeypatch.setattr(evidence, "_sound_end", lambda file, descriptor: os.fstat(descriptor).st_size)
    append_evidence(home, [response(9)], NOW)
    with pytest.raises((EOFError, OSError, zlib.error)):
        gzip.decompress(warc(home).read_bytes())


def test_whole_records_without_a_row_are_kept_when_the_note_is_lost(
    home: Path, kept: list[EvidenceRow]
) -> None:
    size = warc(home).stat().st_size
    warc(home).with_name(warc(home).name + ".end").unlink()
    (row,) = append_evidence(home, [response(9)], NOW)
    assert row.offset == size


@pytest.mark.parametrize("at", [3, 40, 300])
def test_one_changed_byte_is_found(home: Path, store: Store, kept: list[EvidenceRow], at: int) -> None:
    data = bytearray(warc(home).read_bytes())
    data[at] ^= 0x20
    warc(home).write_bytes(data)
    (problem,) = verify_evidence(store)
    assert (problem.record, problem.file) == (kept[0].record, "2026-11-23.warc.gz")


@pytest.mark.parametrize(
    ("damage", "found", "why"),
    [
        (lambda file: file.unlink(), 3, "the file is gone"),
        (lambda file: os.truncate(file, file.stat().st_size - 1), 1, "the last octet is gone"),
        (lambda file: file.write_bytes(b""), 3, "everything is gone"),
        (lambda file: None, 0, "nothing happened"),
    ],
)
def test_missing_bytes_are_found(
    home: Path, store: Store, kept: list[EvidenceRow], damage, found: int, why: str
) -> None:
    damage(warc(home))
    assert len(list(verify_evidence(store))) == found, why


def test_a_record_that_was_swapped_for_another_is_found(home: Path, kept: list[EvidenceRow]) -> None:
    swapped = EvidenceRow(kept[0].record, kept[1].file, kept[1].offset, kept[1].length, kept[1].digest)
    with pytest.raises(BadEvidence, match="holds another record"):
        read_evidence(home, swapped)


def test_a_record_that_was_written_anew_with_another_body_is_found(
    home: Path, kept: list[EvidenceRow]
) -> None:
    """Its checksums are right and it bears the name: only the digest in the row tells, and the control has it."""
    (forged,) = append_evidence(home, [response(1, b"nothing was offered here")], NOW)
    assert forged.record == kept[0].record
    assert read_evidence(home, forged) == b"nothing was offered here"
    row = EvidenceRow(forged.record, forged.file, forged.offset, forged.length, kept[0].digest)
    with pytest.raises(BadEvidence, match="the body is not the one recorded"):
        read_evidence(home, row)


@pytest.mark.parametrize("more", [-4, -1, 1, 200])
def test_a_row_is_about_one_whole_record(home: Path, kept: list[EvidenceRow], more: int) -> None:
    """A record without its last octets has the body, and no checksum to hold it against."""
    first = kept[0]
    row = EvidenceRow(first.record, first.file, first.offset, first.length + more, first.digest)
    with pytest.raises(BadEvidence, match="not one whole record"):
        read_evidence(home, row)


def test_a_row_never_leads_out_of_the_evidence_folder(
    home: Path, kept: list[EvidenceRow], tmp_path: Path
) -> None:
    (tmp_path / "secret.gz").write_bytes(read_record(home, kept[0]))
    row = EvidenceRow(kept[0].record, "../../secret.gz", 0, kept[0].length, kept[0].digest)
    with pytest.raises(BadEvidence):
        read_evidence(home, row)


def test_a_row_keeps_its_first_place(store: Store, kept: list[EvidenceRow]) -> None:
    moved = EvidenceRow(kept[0].record, "elsewhere.warc.gz", 5, 5, "sha256:0")
    with store.writing():
        record_evidence(store, [moved])
    assert find_evidence(store, kept[0].record) == kept[0]
    store.db.execute("INSERT OR REPLACE INTO evidence VALUES (?, 'x', 0, 0, 'x')", (kept[0].record,))
    assert find_evidence(store, kept[0].record) == kept[0]
    assert find_evidence(store, "<urn:uuid:none>") is None
