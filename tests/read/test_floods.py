"""Hostile repetitions and mutations: every reader of text stays linear, and none raises."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from domainscan.model import Failure, Page
from domainscan.read.html import read_page
from domainscan.read.scripts import loaded_scripts, redirect_target
from domainscan.read.style import declarations, hides
from domainscan.read.text import CODECS, decode_text
from domainscan.read.tokens import read_tokens
from domainscan.read.urls import Base, extension

SCRIPTS = [
    "//a",
    "//a.",
    '"//a.js',
    "location=",
    "location = ",
    'location="',
    "location.replace(",
    "a",
    "//",
    ".js",
]


@pytest.mark.parametrize("part", SCRIPTS)
def test_inline_scripts_are_searched_in_linear_time(part: str, busy: Any) -> None:
    script = part * (65_536 // len(part))
    with busy(2.0):
        loaded_scripts(script)
        redirect_target(script)


STYLES = [
    "color:",
    "/*",
    "a:b;",
    "rgb(1,",
    "rgba(1,1,1,",
    ";",
    "-",
    "transform:",
    "font:0/",
    "1",
    "clip:rect(",
]


@pytest.mark.parametrize("part", STYLES)
def test_styles_are_read_in_linear_time(part: str, busy: Any) -> None:
    with busy(2.0):
        hides("color:" + part * 20_000)
        declarations(part * 20_000)


TOKENS = [
    "<a ",
    "<a href=",
    "<a href='",
    "<!--",
    "<script>",
    "</",
    "<p a=b ",
    '<p a="',
    "<title>",
    "<a><b>",
    "&",
    "&#",
    "<",
]


@pytest.mark.parametrize("part", TOKENS)
@pytest.mark.parametrize("end", ["", ">x", "'\">x"])
def test_the_token_reader_is_linear(part: str, end: str, busy: Any) -> None:
    body = (part * (200_000 // len(part)) + end).encode()
    with busy(5.0):
        page = read_tokens(
            body, url="https://a.lab/", http_status=200, content_type="text/html", body_digest=""
        )
    assert isinstance(page, Page) and "incomplete" in page.flags


ODD_ADDRESSES = [
    "http://[",
    "//[::1",
    "http://a:b:c/",
    "http://\ud800/",
    "\\" * 5000,
    "/" * 5000,
    "../" * 3000,
    "?" * 5000,
]


@pytest.mark.parametrize("written", ODD_ADDRESSES)
@pytest.mark.parametrize("base", ["https://a.lab/x", "http://[broken", ""])
def test_an_odd_address_never_raises(written: str, base: str) -> None:
    found = Base(base).absolute(written)
    assert len(found.encode()) < 2_100, "encodable, and cut"
    assert extension(found) == ""


PIECES = (
    "< > & <!-- --> <a/href= <table> <form> </form> <svg> \x00 style='display:none' <select> <template> "
    "</body> <html/lang=x> <frameset> javascript: http://[ <label> <button> <h1> <base/href=//[> </a>"
)
SEED = (
    "<!doctype html><html lang=zh><title>t</title><meta http-equiv=refresh content='0;url=/n'>"
    "<form id=f action=?x><label for=a>L</label><input id=a><button>Go</button></form>"
    "<a href=/x.apk class=btn>D<b style='opacity:0'>h</b></a>"
    "<table><form><tr><td><input name=z></table><svg><title>s</title></svg><iframe src=//c.lab></iframe>"
    "<script>location.href='/z'</script><p>\u4e2d\u6587</p>"
)


def test_a_thousand_mutations_are_read_and_can_be_stored() -> None:
    chance = random.Random(2026)
    pieces = [piece.encode() for piece in PIECES.split(" ")] + [b"\xff\xfe", b"\xed\xa0\x80", b"\xe4\xb8"]
    for _ in range(1_000):
        body = bytearray(SEED.encode())
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(body) + 1)
            if chance.random() < 0.6:
                body[at:at] = chance.choice(pieces)
            else:
                del body[at : at + chance.randint(1, 30)]
        for reader in (read_page, read_tokens):
            page = reader(
                bytes(body), url="https://a.lab/", http_status=200, content_type="text/html", body_digest=""
            )
            assert isinstance(page, Page | Failure)
            assert msgspec.json.decode(msgspec.json.encode(page), type=Page | Failure) == page


USED = {*CODECS.values(), "utf-16-le", "utf-16-be"}


def test_no_bytes_are_beyond_decoding() -> None:
    chance = random.Random(2026)
    for size in (0, 1, 2, 3, 4, 5, 100, 5000):
        for label in ("utf-8", "gbk", "big5", "utf-16", "iso-2022-jp", "shift_jis", "euc-kr", "nonsense", ""):
            found, codec, _ = decode_text(chance.randbytes(size), f"text/html; charset={label}")
            assert codec in USED, codec
            assert len(found) <= size
