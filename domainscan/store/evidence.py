"""Evidence: the bytes that visits received, in one WARC file per day, and where each record lies.

The order is file, fsync, rows: a row never points at bytes that are not on the disk. Bytes without a row are
what a crash left; a half-written record at the end of a file is cut off at the next append.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from blocklists.files import sync_folder
from domainscan.model import Record
from domainscan.store.base import Store
from domainscan.store.errors import StoreError, StoreFailed
from domainscan.store.folders import make_folder
from domainscan.warc import WarcRecord, digest_of

FOLDER: Final = "evidence"
_MAGIC: Final = b"\x1f\x8b\x08"  # of a gzip member (RFC 1952 2.3.1)
_MEMBER_MAX: Final = 256 * 1024 * 1024  # of one unpacked record; more is damage or an attack


class EvidenceRow(Record, frozen=True):
    """Where a WARC record lies, and the SHA-256 of the HTTP body in it as received."""

    record: str
    file: str
    offset: int
    length: int
    digest: str


class Problem(Record, frozen=True):
    """A record that is not what was recorded."""

    record: str
    file: str
    what: str

    def __str__(self) -> str:
        return self.what


class BadEvidence(StoreError):
    """The stored bytes are not those that were recorded."""


def append_evidence(home: Path, records: Sequence[WarcRecord], now: str) -> list[EvidenceRow]:
    """Where the records lie, now on the disk: in `evidence/YYYY-MM-DD.warc.gz` of the day of `now`.

    Raises StoreFailed when the disk does not take them: none is kept then.
    """
    if not records:
        return []
    file = home / FOLDER / f"{now[:10]}.warc.gz"
    try:
        make_folder(file.parent)
        with _alone(file) as out:
            return _append(file, out, records)
    except OSError as error:
        raise StoreFailed(
            f"{error.filename or file}: {error.strerror}; nothing of these visits was kept"
        ) from error


def _append(file: Path, out: int, records: Sequence[WarcRecord]) -> list[EvidenceRow]:
    rows = []
    at = start = _sound_end(file, out)
    if start == 0:  # not only when the file is new: whoever made it may have died before this
        sync_folder(file.parent)
        sync_folder(file.parent.parent)
    try:
        for record in records:
            _write_at(out, record.data, at)
            rows.append(EvidenceRow(record.id, file.name, at, len(record.data), record.digest))
            at += len(record.data)
        os.fsync(out)
        _note_end(file, at)
    except OSError:
        # Not written, or not known to be on the disk: gone, before the next append takes it for sound. There is
        # no second fsync of these pages, which may claim what is not so.
        with suppress(OSError):
            os.ftruncate(out, start)
        raise
    return rows


class _alone:
    """A descriptor of `file`, created where needed, that one process at a time holds."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> int:
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)


def _write_at(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def _sound_end(file: Path, descriptor: int) -> int:
    """The offset behind the last whole record; what lies beyond it is cut off."""
    size = os.fstat(descriptor).st_size
    end = _noted_end(file, size)
    if end is None:
        end = _last_member_end(file)
    if end < size:
        os.ftruncate(descriptor, end)
    return end


def _end_file(file: Path) -> Path:
    return file.with_name(file.name + ".end")


def _note_end(file: Path, end: int) -> None:
    """Remembers how far the file is sound, so that the next append need not read it all."""
    descriptor = os.open(_end_file(file), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _write_at(descriptor, f"{end:020d} {zlib.crc32(str(end).encode()):08x}\n".encode(), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _noted_end(file: Path, size: int) -> int | None:
    """The remembered end; None when there is no such note, or it cannot be true."""
    try:
        end, _, check = _end_file(file).read_text("ascii", "replace").strip().partition(" ")
    except FileNotFoundError:
        return None
    if not end.isdigit() or check != f"{zlib.crc32(str(int(end)).encode()):08x}" or int(end) > size:
        return None
    return int(end)


def _last_member_end(file: Path) -> int:
    """Where the last whole gzip member ends, read from the start of the file.

    A damaged record in the middle is stepped over: what lies behind it is somebody's evidence.
    """
    end = at = 0
    with file.open("rb") as source:
        while (at := _next_magic(source, at)) >= 0:
            length = _member_length(source, at)
            at += length or 1
            end = at if length else end
    return end


def _next_magic(source: BinaryIO, at: int) -> int:
    """The offset of the next gzip header at or behind `at`; -1 for none."""
    source.seek(at)
    tail = b""
    while data := source.read(1 << 13):
        found = (tail + data).find(_MAGIC)
        if found >= 0:
            return at - len(tail) + found
        at += len(data)
        tail = (tail + data)[-len(_MAGIC) + 1 :]
    return -1


def _member_length(source: BinaryIO, at: int) -> int:
    """How long the gzip member at `at` is; 0 when it is damaged or not whole."""
    source.seek(at)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    length = 0
    try:
        while data := source.read(1 << 13):
            length += len(data)
            unpacker.decompress(data)
            if unpacker.eof:
                return length - len(unpacker.unused_data)
    except zlib.error:
        return 0
    return 0


def record_evidence(store: Store, rows: Sequence[EvidenceRow]) -> None:
    """Records where evidence lies; a record that is known keeps its first place."""
    store.db.conn.executemany(
        'INSERT INTO evidence (record, file, "offset", length, digest) VALUES (?, ?, ?, ?, ?)',
        [(row.record, row.file, row.offset, row.length, row.digest) for row in rows],
    )


def find_evidence(store: Store, record: str) -> EvidenceRow | None:
    """Where the WARC record with this id lies; None when nothing was kept."""
    rows = store.rows("SELECT * FROM evidence WHERE record = ?", record)
    return EvidenceRow(*rows[0]) if rows else None


def read_record(home: Path, row: EvidenceRow) -> bytes:
    """The record as it lies in the file: one gzip member. Raises BadEvidence when it is not all there."""
    try:
        with (home / FOLDER / Path(row.file).name).open("rb") as source:
            source.seek(row.offset)
            data = source.read(row.length)
    except OSError as error:
        raise BadEvidence(f"{row.record}: {row.file}: {error.strerror}") from error
    if len(data) != row.length:
        raise BadEvidence(f"{row.record}: {row.file} ends {row.length - len(data)} bytes too early")
    return data


def read_evidence(home: Path, row: EvidenceRow) -> bytes:
    """The HTTP body in the record, as received. Raises BadEvidence when it is not the one recorded."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unpacker.decompress(read_record(home, row), _MEMBER_MAX)
    except zlib.error as error:
        raise BadEvidence(f"{row.record}: {row.file} at {row.offset}: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise BadEvidence(f"{row.record}: {row.file} at {row.offset}: not one whole record")
    head, _, block = text.partition(b"\r\n\r\n")
    fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:])
    if row.record.encode().lower() != fields.get(b"warc-record-id", b"").strip():
        raise BadEvidence(f"{row.record}: {row.file} at {row.offset} holds another record")
    length = int(fields.get(b"content-length", b"0").strip() or b"0")
    body = block[:length].partition(b"\r\n\r\n")[2]
    if digest_of(body) != row.digest:
        raise BadEvidence(f"{row.record}: {row.file} at {row.offset}: the body is not the one recorded")
    return body


def verify_evidence(store: Store) -> Iterator[Problem]:
    """Every record whose bytes are missing, unreadable or changed. Reads all of them."""
    rows = store.db.execute(
        'SELECT record, file, "offset", length, digest FROM evidence ORDER BY file, "offset"'
    )
    for values in rows:
        row = EvidenceRow(*values)
        try:
            read_evidence(store.home, row)
        except BadEvidence as error:
            yield Problem(row.record, row.file, str(error))
