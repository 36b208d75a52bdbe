"""Simhashes find near-duplicates and nothing else; the icon's hash is Shodan's."""

from __future__ import annotations

import base64
import random

import pytest

from domainscan.model import Page
from domainscan.read.html import read_page
from domainscan.read.likeness import (
    BANDS,
    NEAR,
    SHAPE_LEAST,
    WORDS_MOST,
    distance,
    icon_hash,
    near,
    shape_hash,
    simhash,
    text_hash,
    turned,
    turned_back,
)

WORDS = [
    f"{one}{two}"
    for one in ["harbour", "lantern", "orchard", "meadow", "saddle"]
    for two in ["ing", "er", "est", "ly"]
]
TEXT = " ".join(f"{word}{n}" for n in range(12) for word in WORDS)
CARD = ["div", "h3", "p", "a"]
PAGE = [
    "html",
    "head",
    "meta",
    "title",
    "body",
    "header",
    "nav",
    "a",
    "a",
    "section",
    "h1",
    "p",
    *CARD * 8,
    "footer",
]


def murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0, written after Appleby's description, to check the library's by."""
    h, whole = 0, len(data) & ~3
    turn = lambda x, n: (x << n | x >> 32 - n) & 0xFFFFFFFF  # noqa: E731
    mix = lambda k: turn(k * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF  # noqa: E731
    for at in range(0, whole, 4):
        h = (turn(h ^ mix(int.from_bytes(data[at : at + 4], "little")), 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    if data[whole:]:
        h ^= mix(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    return h - (1 << 32) if h >> 31 else h


@pytest.mark.parametrize("size", [1, 56, 57, 58, 1150, 70_000], ids=lambda n: f"{n} bytes")
def test_the_icon_hash_is_murmur3_of_base64_in_lines_of_76(size: int) -> None:
    body = bytes(random.Random(size).randbytes(size))
    lines = base64.b64encode(body).decode()
    broken = "".join(lines[at : at + 76] + "\n" for at in range(0, len(lines), 76))
    assert icon_hash(body) == str(murmur3(broken.encode()))
    assert icon_hash(body) != str(murmur3(lines.encode())), "the line breaks count, the last one too"


def test_murmur3_of_the_test_is_the_published_one() -> None:
    """The example of mmh3's own documentation: hash("foo") is -156908512."""
    assert murmur3(b"foo") == -156908512


def test_a_simhash_has_the_bits_that_most_tokens_have() -> None:
    one, two = simhash([b"a"]), simhash([b"b"])
    both = simhash([b"a", b"b", b"a-again"])
    assert len(both) == 16
    assert simhash([]) == ""
    agreed = ~(int(one, 16) ^ int(two, 16)) & (1 << 64) - 1
    assert (int(both, 16) ^ int(one, 16)) & agreed == 0, "where the first two agree, the third is outvoted"


@pytest.mark.parametrize(
    ("change", "most", "why"),
    [
        (lambda text: text, 0, "the same"),
        (lambda text: text.upper(), 0, "another case"),
        (lambda text: text.replace(" ", "\n"), 0, "other line breaks"),
        (lambda text: " ".join(reversed(text.split())), 0, "another order"),
        (lambda text: text.replace("harbouring3", "brandname"), 3, "another name in one place of 240"),
    ],
)
def test_texts_of_one_kit_are_near(change, most: int, why: str) -> None:
    assert distance(text_hash(TEXT), text_hash(change(TEXT))) <= most, why


def test_other_texts_are_far_and_short_ones_are_not_compared() -> None:
    other = " ".join(f"{word}{n}" for n in range(20, 32) for word in WORDS)
    assert distance(text_hash(TEXT), text_hash(other)) > 10
    assert text_hash("It works! " * 19) == ""
    assert text_hash("It works! " * 20) != ""


def test_a_long_text_is_compared_by_its_beginning() -> None:
    words = TEXT.split() * 3
    other = [*words[:WORDS_MOST], *(f"other{n}" for n in range(400))]
    assert text_hash(" ".join(words)) == text_hash(" ".join(other))
    assert text_hash(" ".join(words)) != text_hash(" ".join(["changed"] * 20 + words[20:]))


def test_chinese_texts_are_compared_by_pieces() -> None:
    chance = random.Random(8)
    kit = "的一是不在人有我他这中大来上国小店每天早八点开门老木匠河边修理椅子旧桌图书馆六月记录放二楼请向管员借阅"
    text = "".join(chance.choice(kit) for _ in range(900))
    assert distance(text_hash(text), text_hash(f"{text[:400]}晨星{text[402:]}")) <= NEAR, "another name"
    assert distance(text_hash(text), text_hash(text[::-1])) > 10


@pytest.mark.parametrize(
    ("elements", "same", "why"),
    [
        (PAGE, True, "the same"),
        ([*PAGE[:-1], *CARD * 4, "footer"], True, "more cards of the same make"),
        ([one for one in PAGE for one in (one, "-comment")], True, "comments of a cache"),
        (["html", "head", "body", *["table", "tr", "td", "b"] * 10], False, "another kit"),
    ],
)
def test_shapes_are_those_of_the_kit(elements: list[str], same: bool, why: str) -> None:
    assert (distance(shape_hash(PAGE), shape_hash(elements)) <= NEAR) is same, why


def test_an_empty_shell_has_no_shape() -> None:
    assert shape_hash(PAGE[: SHAPE_LEAST - 1]) == ""


@pytest.mark.parametrize("band", range(BANDS))
def test_a_turned_simhash_begins_with_its_band_and_turns_back(band: int) -> None:
    value = "0123456789abcdef"
    assert turned(value, band)[:4] == ("0123", "4567", "89ab", "cdef")[band]
    assert turned_back(turned(value, band), band) == value


def test_whatever_three_bits_differ_one_band_is_equal_and_near_finds_it() -> None:
    chance = random.Random(3)
    for _ in range(300):
        value = chance.getrandbits(64)
        bits = chance.sample(range(64), 4)
        three = value ^ sum(1 << bit for bit in bits[:3])
        one, other = f"{value:016x}", f"{three:016x}"
        assert any(turned(one, band)[:4] == turned(other, band)[:4] for band in range(BANDS))
        assert near(one, [other, "0" * 16]) in (other, "0" * 16)
        assert near(one, [f"{three ^ 1 << bits[3]:016x}"]) == "", "four bits are too many"


def test_a_page_carries_its_hashes_and_accounts() -> None:
    cards = "".join(f"<div><h3>{word}</h3><p>{word} {TEXT[:200]}</p></div>" for word in WORDS)
    script = (
        '<script>gtag("config", "G-AB12CD34EF")</script><script src="//hm.baidu.com/hm.js?' + "0f" * 16 + '">'
    )
    body = f"<!doctype html><title>t</title>{script}</script><body>{cards}".encode()
    page = read_page(body, url="https://a.lab/", http_status=200, content_type="text/html", body_digest="")
    assert isinstance(page, Page)
    assert page.text_hash == text_hash(page.text) != ""
    assert len(page.shape_hash) == 16
    assert set(page.accounts) == {"google:G-AB12CD34EF", "baidu:" + "0f" * 16}
