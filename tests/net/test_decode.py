"""Content codings undone: whole, cut, false and explosive bodies (HOSTILE W01-W05)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from domainscan.net import decode
from domainscan.net.decode import decode_body

TEXT = b"<html>hello world</html>" * 500
GZIP, BROTLI, ZLIB = gzip.compress(TEXT, mtime=0), brotli.compress(TEXT), zlib.compress(TEXT)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)
CAP = 2 * 1024 * 1024


def streamed(body: bytes, **settings: int) -> bytes:
    """zstd as a server makes it on the fly: the frame does not say how long its content is."""
    parameters = zstandard.ZstdCompressionParameters(**settings)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return stream.compress(body) + stream.flush()


WHOLE = [
    ("", TEXT, "no coding"),
    ("identity", TEXT, "a coding that is none"),
    ("gzip", GZIP, "gzip"),
    ("X-GZIP", GZIP, "its old name, in any case"),
    (
        "gzip",
        gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0),
        "two members are one body",
    ),
    ("deflate", ZLIB, "zlib's wrapper"),
    ("deflate", ZLIB[2:-4], "bare, as some servers send it"),
    ("br", BROTLI, "brotli"),
    ("zstd", ZSTD, "zstd, with a checksum"),
    ("zstd", streamed(TEXT), "zstd, of a length that nobody told"),
    ("zstd", zstandard.compress(TEXT[:100]) + streamed(TEXT[100:]), "two frames are one body"),
    ("zstd", b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + ZSTD, "a skippable frame ahead"),
    ("br, gzip", gzip.compress(BROTLI, mtime=0), "the last one applied is undone first"),
    (" gzip ,, identity", GZIP, "commas and blanks"),
]
# coding, body, flags, a failure?, reason
ODD = [
    ("gzip", GZIP[:-1], {"incomplete"}, False, "W04: the checksum is cut"),
    ("gzip", GZIP[:60], {"incomplete"}, False, "W04: the middle is cut"),
    ("gzip", GZIP[:-8] + bytes(8), {"incomplete"}, False, "W04: the checksum is wrong"),
    ("gzip", GZIP + b"junk", {"incomplete"}, False, "W04: something follows"),
    ("deflate", ZLIB[:-1], {"incomplete"}, False, "W04"),
    ("deflate", ZLIB + b"junk", {"incomplete"}, False, "W04"),
    ("br", BROTLI[:-1], {"incomplete"}, False, "W04"),
    ("br", BROTLI + b"junk", {"incomplete"}, False, "W04: the decoder alone would lose the whole text"),
    ("gzip", TEXT, {"encoding_mismatch"}, False, "W05"),
    ("deflate", TEXT, {"encoding_mismatch"}, False, "W05"),
    ("br", TEXT, {"encoding_mismatch"}, False, "W05"),
    ("", GZIP, {"encoding_mismatch"}, False, "W05"),
    ("gzip", b"", set(), False, "an empty body needs no decoder"),
    ("gzip", gzip.compress(b"", mtime=0) * 200_000, {"incomplete"}, False, "W03"),
    ("gzip, gzip, gzip, gzip, gzip", GZIP, {"not_inspected"}, True, "W02"),
    ("compress", b"\x1f\x9d\x90" + bytes(50), {"not_inspected"}, True, "a coding nobody asked for"),
    ("zstd", ZSTD[:-1], {"incomplete"}, False, "W04: the checksum is cut"),
    ("zstd", ZSTD[:-4], {"incomplete"}, False, "W04: the checksum is missing"),
    ("zstd", ZSTD[:-4] + bytes(4), {"incomplete"}, False, "W04: the checksum is wrong"),
    ("zstd", streamed(TEXT)[:-1], {"incomplete"}, False, "W04: the last block is cut"),
    ("zstd", ZSTD + b"junk", {"incomplete"}, False, "W04: something follows"),
    ("zstd", TEXT, {"encoding_mismatch"}, False, "W05"),
    ("zstd", zstandard.compress(b"") * 200_000, {"incomplete"}, False, "W03, in zstd"),
    ("zstd", b"\x28\xb5\x2f\xfd\x00\x58" + bytes(3) * 200_000, {"incomplete"}, False, "W03: empty blocks"),
    ("zstd", streamed(bytes(2**20), window_log=27), {"not_inspected"}, True, "W01: a window of 128 MB"),
    ("x" * 5000, TEXT, {"encoding_mismatch"}, False, "a coding that is none: browsers show what came"),
    ("UTF-8", TEXT, {"encoding_mismatch"}, False, "a charset in the wrong header, as many servers send"),
    (
        "none",
        "<p>\u4e2d\u6587\u9875\u9762".encode("gbk"),
        {"encoding_mismatch"},
        False,
        "in whatever charset",
    ),
    ("gzip, none", GZIP, {"not_inspected"}, True, "browsers show the packed bytes, which is no page"),
    ("exi", bytes(range(1, 256)) * 8, {"not_inspected"}, True, "no text"),
    ("gzip", b"\x1f\x8b\x08" + b"\xff" * 50, {"not_inspected"}, True, "broken from the first byte"),
    ("br", bytes(range(256)) * 10, {"not_inspected"}, True, "binary under a false name"),
]


@pytest.mark.parametrize(("coding", "body", "reason"), WHOLE)
def test_a_whole_body_comes_out_whole(coding: str, body: bytes, reason: str) -> None:
    assert decode_body(body, coding, CAP) == (TEXT, (), None), reason


@pytest.mark.parametrize(("coding", "body", "flags", "failed", "reason"), ODD)
def test_an_odd_body_is_flagged(coding: str, body: bytes, flags: set[str], failed: bool, reason: str) -> None:
    found = decode_body(body, coding, CAP)
    assert set(found.flags) == flags, reason
    assert (found.failure is not None) == failed, reason
    if failed:
        assert found.failure and found.failure.status == "bad_encoding"
        assert found.body == body, "what cannot be read is handed back as it came"


def test_what_came_before_the_damage_is_kept() -> None:
    for coding, body in (
        ("gzip", GZIP[:-8] + bytes(8)),
        ("br", BROTLI + b"junk"),
        ("gzip", GZIP + b"junk"),
        ("zstd", ZSTD[:-4] + bytes(4)),
        ("zstd", ZSTD + b"junk"),
        ("zstd", ZSTD[:-1]),
    ):
        assert decode_body(body, coding, CAP).body == TEXT
    assert decode_body(GZIP[:100], "gzip", CAP).body.startswith(b"<html>hello")


BOMBS = [
    ("gzip", gzip.compress(bytes(200_000_000), 9)),
    ("deflate", zlib.compress(bytes(200_000_000), 9)),
    ("br", brotli.compress(bytes(200_000_000), quality=3)),
    ("zstd", zstandard.compress(bytes(200_000_000))),
    ("zstd", streamed(bytes(200_000_000))),
    ("zstd", b"\x28\xb5\x2f\xfd\x00\x58" + b"\x02\0\x10a" * 20_000),  # 2.6 GB in blocks of one repeated byte
    ("gzip, gzip", gzip.compress(gzip.compress(bytes(200_000_000)))),
]


@pytest.mark.parametrize(("coding", "bomb"), BOMBS, ids=[one[0] for one in BOMBS])
def test_a_bomb_ends_at_the_cap(coding: str, bomb: bytes) -> None:
    """W01: 200 MB; at most the cap and what the decoders need (brotli's window) are held."""
    tracemalloc.start()
    found = decode_body(bomb, coding, CAP)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.flags == ("truncated",)
    assert len(found.body) <= CAP
    assert held < 24 * 1024 * 1024


def test_without_the_cap_a_bomb_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a far cap and no ratio let the same bytes through."""
    monkeypatch.setattr(decode, "RATIO", 10**9)
    assert len(decode_body(gzip.compress(bytes(8_000_000)), "gzip", 10**9).body) == 8_000_000


def test_without_the_member_limit_empty_members_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MEMBERS", 10_000)
    assert decode_body(gzip.compress(b"", mtime=0) * 500, "gzip", CAP).flags == ()


def test_without_the_window_limit_a_huge_window_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the 8 MB that a zstd stream may ask for."""
    monkeypatch.setattr(decode, "WINDOW", 2**30)
    assert decode_body(streamed(bytes(2**20), window_log=27), "zstd", CAP).failure is None


def test_without_the_end_of_frame_check_a_cut_zstd_body_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of W04: the library alone says nothing."""
    monkeypatch.setattr(decode, "_zstd_frame", lambda body, at: (len(body), True))
    assert decode_body(ZSTD[:-1], "zstd", CAP) == (TEXT, (), None)


def test_without_the_block_limit_empty_blocks_are_walked_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    many = b"\x28\xb5\x2f\xfd\x00\x58" + bytes(3) * 40_000 + b"\x01\0\0"
    assert decode_body(many, "zstd", CAP).flags == ("incomplete",)
    monkeypatch.setattr(decode, "BLOCKS", 10**6)
    assert decode_body(many, "zstd", CAP).flags == ()


@given(
    st.binary(max_size=300),
    st.sampled_from(["gzip", "deflate", "br", "zstd", "br, gzip", "gzip,deflate", "x"]),
)
def test_no_bytes_whatever_raise(body: bytes, coding: str) -> None:
    found = decode_body(body, coding, 1000)
    assert len(found.body) <= 1000
    assert found.failure is None or found.failure.status == "bad_encoding"


@given(
    st.binary(max_size=300),
    st.integers(0, 200),
    st.sampled_from([("gzip", GZIP), ("br", BROTLI), ("deflate", ZLIB), ("zstd", ZSTD)]),
)
def test_no_damage_whatever_raises(junk: bytes, at: int, whole: tuple[str, bytes]) -> None:
    coding, body = whole
    found = decode_body(body[:at] + junk + body[at + 3 :], coding, 1000)
    assert len(found.body) <= max(1000, len(body) + 300)
