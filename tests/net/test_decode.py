"""Content codings undone: whole, cut, false and explosive bodies (HOSTILE W01-W05)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainscan.net import decode
from domainscan.net.decode import decode_body

TEXT = b"<html>hello world</html>" * 500
GZIP, BROTLI, ZLIB = gzip.compress(TEXT, mtime=0), brotli.compress(TEXT), zlib.compress(TEXT)
CAP = 2 * 1024 * 1024

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
    ("zstd", b"\x28\xb5\x2f\xfd" + bytes(50), {"not_inspected"}, True, "a coding nobody asked for"),
    ("x" * 5000, TEXT, {"not_inspected"}, True, "a coding that is none"),
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
    for coding, body in (("gzip", GZIP[:-8] + bytes(8)), ("br", BROTLI + b"junk"), ("gzip", GZIP + b"junk")):
        assert decode_body(body, coding, CAP).body == TEXT
    assert decode_body(GZIP[:100], "gzip", CAP).body.startswith(b"<html>hello")


BOMBS = [
    ("gzip", gzip.compress(bytes(200_000_000), 9)),
    ("deflate", zlib.compress(bytes(200_000_000), 9)),
    ("br", brotli.compress(bytes(200_000_000), quality=3)),
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


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "br, gzip", "gzip,deflate", "x"]))
def test_no_bytes_whatever_raise(body: bytes, coding: str) -> None:
    decode_body(body, coding, 1000)


@given(
    st.binary(max_size=300),
    st.integers(0, 200),
    st.sampled_from([("gzip", GZIP), ("br", BROTLI), ("deflate", ZLIB)]),
)
def test_no_damage_whatever_raises(junk: bytes, at: int, whole: tuple[str, bytes]) -> None:
    coding, body = whole
    found = decode_body(body[:at] + junk + body[at + 3 :], coding, 1000)
    assert len(found.body) <= max(1000, len(body) + 300)
