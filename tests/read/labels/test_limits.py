"""Files made to cost more than they weigh: every one of them runs into a limit, and says which."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest

from domainscan.read.labels import COMPLIANT, INCONCLUSIVE, LabelReport, read_labels
from domainscan.read.labels.carriers import CARRIERS, kind_of
from domainscan.read.labels.grade import grade
from domainscan.read.labels.source import (
    METADATA_BYTES,
    PIECE_BYTES,
    SCANNED_BYTES,
    STEPS,
    STORE_BYTES,
    Source,
)
from tests.read.labels import build

MIB = 1024 * 1024
BOMB = zlib.compress(bytes(32 * MIB), 9)  # 32 KB
NEST = b"<a>" * 50_000


def _png_of(*chunks: bytes) -> bytes:
    return build.png(*chunks)


def _packets(count: int) -> bytes:
    packet = build.xmp_source("digitalCapture")
    return build.png(
        *(build.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + packet) for _ in range(count))
    )


def _object_streams(count: int) -> bytes:
    """Object streams that all inflate to a megabyte and hold nothing that is wanted."""
    table = b" ".join(b"%d 0" % number for number in range(100, 60_000)) + b" "
    packed = build.stream(table, b"/Type /ObjStm /N 59900 /First %d" % len(table))
    out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    out += b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, packed) for number in range(10, 10 + count))
    return out + b"trailer\n<< /Root 1 0 R /Info 2 0 R >>\nstartxref\n9\n%%EOF\n"


def _directories(count: int) -> bytes:
    """TIFF directories, each of which names the next."""
    out = b"II*\x00" + struct.pack("<I", 8)
    for number in range(count):
        out += struct.pack("<HHHIII", 1, 0x0100, 3, 1, 1, 8 + 18 * (number + 1))
    return out + struct.pack("<HHHIII", 1, 0x0100, 3, 1, 1, 0)


TOO_MUCH: list[tuple[str, Callable[[], bytes]]] = [
    ("zlib bomb in a label", lambda: _png_of(build.chunk(b"zTXt", b"AIGC\x00\x00" + BOMB))),
    ("zlib bomb in a packet", lambda: build.png(build.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + BOMB))),
    ("zip bomb in the properties", lambda: build.archive({"[Content_Types].xml": build.TYPES, "docProps/custom.xml": bytes(32 * MIB)})),
    ("bomb in an ID3 frame", lambda: b"ID3\x04\x00\x00" + build.safe(len(BOMB) + 14) + b"TXXX" + build.safe(len(BOMB) + 4) + b"\x00\x09" + build.safe(100) + BOMB),
    ("bomb in a PDF's packet", lambda: build.pdf_xmp(bytes(32 * MIB), packed=True)),
    ("many object streams", lambda: _object_streams(40)),
    ("XML 50,000 deep", lambda: build.jpeg(*_split(NEST)) if len(NEST) < 60_000 else build.gif_xmp(NEST)),
    ("XML of 100,000 elements", lambda: build.gif_xmp(b"<a>" + b"<b/>" * 100_000 + b"</a>")),
    ("a packet of two megabytes", lambda: build.webp(build.riff_chunk(b"XMP ", bytes(2 * MIB)))),
    ("65 packets", lambda: _packets(65)),
    ("65 labels", lambda: build.png(*(build.chunk(b"tEXt", b"AIGC\x00{}") for _ in range(65)))),
    ("GIF sub-blocks of one byte", lambda: build.gif(b"\x21\xfe" + b"\x01x" * (STEPS + 10) + b"\x00")),
    ("JPEG fill bytes", lambda: b"\xff\xd8" + b"\xff" * (STEPS + 10)),
    ("chunks without content", lambda: build.wav(b"junk\x00\x00\x00\x00" * (STEPS + 10))),
    ("boxes without content", lambda: build.film() + build.box(b"free", b"") * (STEPS + 10)),
    ("Ogg pages without content", lambda: build.ogg([b""]) * (STEPS + 10)),
    ("an Ogg packet that does not end", lambda: b"".join(_page(number) for number in range(70))),
    ("5,000 comments", lambda: build.ogg([b"OpusHead", b"OpusTags" + struct.pack("<II", 0, 5_000) + b"\x00\x00\x00\x00" * 5_000])),
    ("100 TIFF directories", lambda: _directories(100)),
    ("a PDF dictionary 100 deep", lambda: build.pdf_info(b"<< /A " * 100 + b"1" + b" >>" * 100)),
    ("a PDF string of a megabyte", lambda: build.pdf_info(b"(" + b"\\n" * MIB + b")")),
    ("a PDF array of a million", lambda: build.pdf_info(b"[" + b"1 " * 1_000_000 + b"]")),
]  # fmt: skip


def _split(data: bytes) -> list[bytes]:
    return [build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + data)]


def _page(number: int) -> bytes:
    """An Ogg page of 65,025 bytes that belongs to the packet before it."""
    head = struct.pack("<BBqIIIB", 0, 2 if number == 0 else 1, 0, 7, number, 0, 255)
    return b"OggS" + head + b"\xff" * 255 + bytes(255 * 255)


@pytest.mark.parametrize("make", [row[1] for row in TOO_MUCH], ids=[row[0] for row in TOO_MUCH])
def test_what_costs_too_much_is_not_read_to_the_end(make: Callable[[], bytes]) -> None:
    report, source = _graded(make())
    said = {one.rule: one.effect for one in report.reasons}
    assert said.get("limit") == INCONCLUSIVE, report.reasons
    assert source.steps <= STEPS + 4
    assert source.taken <= METADATA_BYTES + STORE_BYTES
    assert source.scanned <= SCANNED_BYTES + PIECE_BYTES


def _graded(data: bytes) -> tuple[LabelReport, Source]:
    source, kind = Source(data), kind_of(data)
    return grade("", kind, CARRIERS[kind].read(source), source), source


def test_a_cover_among_the_comments_hides_no_label() -> None:
    """Two million characters, as of a picture of 1.5 MB. See it fail: take no more than PIECE_BYTES."""
    comments = build.comments(build.LABEL, cover=2_000_000)
    block = b"fLaC" + struct.pack(">I", 0x84 << 24 | len(comments)) + comments
    picture = b"APIC" + struct.pack(">IH", 2_000_000, 0) + bytes(2_000_000)
    content = build.txxx(build.LABEL, 1)
    frame = b"TXXX" + struct.pack(">IH", len(content), 0) + content.replace(b"\xff", b"\xff\x00")
    tag = b"ID3\x03\x00\x80" + build.safe(len(picture + frame)) + picture + frame
    for data in (build.ogg([b"OpusHead" + bytes(11), b"OpusTags" + comments]), block, tag + build.MPEG_AUDIO):
        report = read_labels(data)
        assert report.grade == COMPLIANT, report.reasons


def test_a_long_film_costs_as_much_as_a_short_one() -> None:
    short, long = (
        build.film_keys(build.LABEL),
        build.film(build.keyed_meta([(b"AIGC", build.LABEL.encode())])),
    )
    long += build.box(b"mdat", bytes(20 * MIB))
    assert abs(_graded(short)[1].taken - _graded(long)[1].taken) < 1_000


@pytest.mark.parametrize(
    ("data", "grade_wanted"),
    [
        # directories that name each other, or themselves
        (b"II*\x00" + struct.pack("<IHHHIII", 8, 1, 0x0100, 3, 1, 1, 8), "not_found"),
        # an object that is its own value
        (build.pdf([build.CATALOG, b"2 0 R", build.PAGES]), "not_found"),
        # a stream whose length is itself
        (build.pdf([b"<< /Type /Catalog /Metadata 2 0 R >>", b"<< /Length 2 0 R >>\nstream\nx\nendstream"]), INCONCLUSIVE),
        # a box as long as the whole file, inside itself
        (build.box(b"ftyp", b"isom") + b"\x00\x00\x00\x00moov\x00\x00\x00\x00udta\x00\x00\x00\x00meta", "not_found"),
    ],
)  # fmt: skip
def test_what_refers_to_itself_comes_to_an_end(data: bytes, grade_wanted: str) -> None:
    assert read_labels(data).grade == grade_wanted, read_labels(data)


def test_a_report_shows_no_more_than_people_read() -> None:
    fields = ", ".join(f'"f{number}": "{"x" * 60}"' for number in range(800))
    report = read_labels(build.png_text(f'{{"AIGC": {{{fields}}}}}'))
    assert 0 < len(report.reasons) <= 64
    assert len(report.labels[0].fields) == 64
    assert len(report.labels[0].raw) == 4_096
    assert all(len(one.detail) < 300 for one in report.reasons)
