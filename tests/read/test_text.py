"""Bytes to text: no label and no byte may raise, run a codec that is none, or go unnoticed."""

from __future__ import annotations

import codecs
import random
from typing import Any

import pytest

from domainscan.read import text
from domainscan.read.text import BREAK, CODECS, clean, decode_text, fold_blocks, one_line

ZH = "一键生成你的数字人视频，立即体验。"
LABELS = [
    # body, content type, text, codec, flags, reason
    (ZH.encode(), "text/html; charset=utf-8", ZH, "utf-8", (), "as declared"),
    (ZH.encode("gbk"), "text/html; charset=GB2312", ZH, "gb18030", (), "GB labels mean GB 18030"),
    (ZH.encode("gbk"), "text/html", ZH, "gb18030", ("charset_guessed",), "undeclared Chinese is still read"),
    (ZH.encode("gbk"), "text/html; charset=utf-8", ZH, "gb18030", ("charset_mismatch",), "a wrong label"),
    (
        "日本語".encode("cp932"),
        "text/html; charset=MS932",
        "日本語",
        "cp932",
        (),
        "a name that Java has for it",
    ),
    (
        "é è".encode("latin-1"),
        "text/html; charset=iso8859-1",
        "é è",
        "cp1252",
        (),
        "without its first hyphen",
    ),
    ("ł".encode("iso8859-2"), "text/html; charset=ISO_8859-2", "ł", "iso8859-2", (), "or with another"),
    ("ш".encode("cp1251"), "text/html; charset=cp1251", "ш", "cp1251", (), "Microsoft's short name"),
    (
        b"<meta charset=unicode>x",
        "text/html",
        "<meta charset=unicode>x",
        "utf-8",
        (),
        "Word's name for UTF-16",
    ),
    (ZH.encode(), "text/html; charset=iso-2022-jp", ZH, "utf-8", ("charset_mismatch",), "a wrong label"),
    (b"\xef\xbb\xbfx", "text/html; charset=gbk", "x", "utf-8", (), "a byte order mark beats the header"),
    ("x中".encode("utf-16"), "text/html; charset=utf-8", "x中", "utf-16-le", (), "also of UTF-16"),
    (
        "<p>hello there".encode("utf-16-le"),
        "",
        "<p>hello there",
        "utf-16-le",
        ("charset_guessed",),
        "no mark at all",
    ),
    (
        "<p>hello there".encode("utf-16-be"),
        "",
        "<p>hello there",
        "utf-16-be",
        ("charset_guessed",),
        "the other order",
    ),
    (
        b"<meta charset=big5>" + "中文".encode("big5"),
        "",
        "<meta charset=big5>中文",
        "big5hkscs",
        (),
        "meta declares",
    ),
    (
        b"<meta charset=utf-16>x",
        "",
        "<meta charset=utf-16>x",
        "utf-8",
        (),
        "meta cannot declare UTF-16 (HTML 13.2.3.2)",
    ),
    (b"x", "text/html; charset=zlib", "x", "utf-8", ("charset_unknown",), "a compressor is no charset"),
    (b"x", "text/html; charset=idna", "x", "utf-8", ("charset_unknown",), "nor is IDNA"),
    (
        b"\\u0041",
        "text/html; charset=unicode_escape",
        "\\u0041",
        "utf-8",
        ("charset_unknown",),
        "nor an escape",
    ),
    (
        b"+ADw-script+AD4-",
        "text/html; charset=utf-7",
        "+ADw-script+AD4-",
        "utf-8",
        ("charset_unknown",),
        "UTF-7 hides markup",
    ),
    (b"x", "text/html; charset=" + "a" * 65536, "x", "utf-8", ("charset_unknown",), "a label of 64 KB"),
    (b"x", 'text/html; charset="', "x", "utf-8", ("charset_guessed",), "an empty label"),
    (b"caf\xe9", "text/html; charset=iso-8859-1", "café", "cp1252", (), "Latin 1 means windows-1252"),
    (
        (ZH * 20).encode()[:-1],
        "text/html; charset=utf-8",
        (ZH * 20)[:-1] + "\ufffd",
        "utf-8",
        (),
        "a cut end is no wrong label",
    ),
]


@pytest.mark.parametrize(
    ("body", "content_type", "expected", "codec", "flags", "reason"), LABELS, ids=[row[5] for row in LABELS]
)
def test_bytes_become_text(
    body: bytes, content_type: str, expected: str, codec: str, flags: tuple[str, ...], reason: str
) -> None:
    assert decode_text(body, content_type) == (expected, codec, flags)


def test_every_codec_on_the_list_exists_and_decodes_any_byte_without_raising() -> None:
    every_byte = bytes(range(256)) * 4
    for label, codec in CODECS.items():
        assert codecs.lookup(codec)
        decoded, _, _ = decode_text(every_byte, f"text/html; charset={label}")
        clean(decoded).encode("utf-8")


def test_without_the_allow_list_utf_7_would_make_markup(monkeypatch: Any) -> None:
    monkeypatch.setitem(text.CODECS, "utf-7", "utf-7")
    assert decode_text(b"+ADw-script+AD4-", "text/html; charset=utf-7")[0] == "<script>"


def test_one_line_folds_cleans_and_cuts() -> None:
    assert one_line(" a\n b\x00\x1b[0m\ud800 ", 50) == "a b[0m"
    assert one_line("ab cd", 3) == "ab"
    assert one_line("\u0301" * 1000, 100) == "\u0301" * 100


def test_a_line_is_folded_as_one_line_folds_it_whatever_it_holds() -> None:
    chance = random.Random(7)
    letters = "ab \n\t\r  \xa0\u3000\x07\x85\u200b\x1f\x1c\v中\ud800"
    for _ in range(5_000):
        lines = ["".join(chance.choices(letters, k=chance.randint(0, 9))) for _ in range(3)]
        folded = [one_line(line, len(line)) for line in lines if line and not line.isspace()]
        assert fold_blocks(BREAK.join(lines)) == "\n".join(one for one in folded if one), lines
