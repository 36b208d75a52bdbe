"""Searching a page: folding, whole words, one pass, and work that stays bounded."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import domainscan.signals
from domainscan.signals.folding import fold
from domainscan.signals.hits import Hit
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.words import Words

FOLDED = [
    ("AI換臉", "ai换脸", "traditional characters are simplified"),
    ("一 键 脱 衣", "一键脱衣", "spaces between Chinese characters"),
    ("一·键.去*衣", "一键去衣", "dots and stars between Chinese characters"),
    ("去⭐衣 🔥 照", "去衣照", "emoji between Chinese characters"),
    ("無需翻牆,掃碼贈送", "无需翻墙,扫码赠送", "further traditional characters"),
    ("u n d r e s s now", "undress now", "a Latin word spelled letter by letter"),
    ("n.u.d.i.f.y", "nudify", "with dots"),
    ("und\u200bress", "undress", "a zero-width space inside a word"),
    ("und\u0440ess", "undpess", "a Cyrillic letter becomes the Latin letter it looks like"),
    ("\uff35\uff4e\uff44\uff52\uff45\uff53\uff53", "undress", "full-width letters"),
    ("face-swap", "face swap", "a hyphen is a space"),
    ("AI 换脸", "ai换脸", "a space between scripts"),
    ("a b c", "a b c", "three single letters are not a word spelled out"),
    ("plan a - plan b", "plan a plan b", "ordinary text stays"),
    (
        "去.衣·照•片|一~键+换*脸/头\\\\像",
        "去衣照片一键换脸头像",
        "each sign that may stand between two Chinese characters",
    ),
    ("去 .⭐衣", "去衣", "three signs of different kinds between Chinese characters"),
    ("去 ·  · 衣", "去 · · 衣", "four of them are a gap"),
    ("图 3.5 元", "图3.5元", "a dot inside a number stays, the blanks around it go"),
    ("照片…\n\uff21\uff29 去衣\n完\u00a0成", "照片...\nai去衣\n完成", "compatibility forms line by line"),
    ("\u0130stanbul", "istanbul", "a letter whose lower case is two characters does no harm"),
]


@pytest.mark.parametrize(("text", "expected", "why"), FOLDED, ids=[row[2] for row in FOLDED])
def test_folding_undoes_what_hides_a_word(text: str, expected: str, why: str) -> None:
    assert fold(text) == expected


LEXICON = Lexicon({"tool": ["undress*", "deep nude", "换脸"], "act": ["remove", "app"]})
FOUND = [
    ("undressing room", {"tool": ["undress"]}, "a starred term takes any ending"),
    ("an app that removes", {"act": ["app"]}, "without a star only the plural in -s is taken: removes"),
    ("apps", {"act": ["app"]}, "a plural"),
    ("happy wrapping", {}, "a term inside another word is no hit"),
    ("视频换脸软件", {"tool": ["换脸"]}, "Chinese terms need no boundary"),
    ("deep-nude", {"tool": ["deep nude"]}, "spelled with a hyphen"),
    ("на крыше арр не нужен", {"act": ["app"]}, "Cyrillic letters that look like Latin ones"),
    ("арретит", {}, "a term inside a word of Cyrillic, of which some letters look like Latin ones"),
    ("аррлика и жapp", {}, "and beside those that do not"),
]


@pytest.mark.parametrize(("text", "expected", "why"), FOUND, ids=[row[2] for row in FOUND])
def test_terms_are_found_as_whole_words(text: str, expected: dict[str, list[str]], why: str) -> None:
    words = Words([("text", text)], LEXICON)
    found = {group: [words.text[hit.start : hit.end] for hit in hits] for group, hits in words.hits.items()}
    if "removes" in text:
        expected = {"act": ["app", "remove"]}
    assert found == expected


def test_sentences_and_zones_hold_their_positions() -> None:
    words = Words([("title", "One. Two"), ("text", "three! four")], LEXICON)
    at = words.text.index("four")
    assert words.text[slice(*words.sentence(Hit(at, at + 4)))].strip() == "four"
    assert words.zone(0) == "title"
    assert words.zone(at) == "text"


def test_a_pattern_is_tried_when_its_group_is_asked_for_and_counts_then() -> None:
    lexicon = Lexicon({"tool": ["swap"], "price_word": ["cheap"]})
    words = Words([("text", "swap for 20 euros; 3 coins")], lexicon)
    assert words.among(("tool",)) == {"tool"}, "nobody asked for prices"
    assert words.maybe == {"tool", "price_word"}
    assert words.among(("price_word", "tool")) == {"tool", "price_word"}
    assert [words.text[slice(*hit)] for hit in words.of("price_word")] == ["20 euros", "3 coins"]
    assert Words([("text", "swap and euros")], lexicon).maybe == {"tool"} | {"price_word"}
    assert Words([("text", "swap and euros")], lexicon).present == {"tool"}, (
        "a cue without a number is no price"
    )


def test_asking_whether_a_group_is_there_tries_no_other_pattern() -> None:
    lexicon = Lexicon({"object": ["spade"]})
    words = Words([("text", "a spade for $12, and followers")], lexicon)
    assert words.has("object")
    assert not words.has("clothes")
    assert words.has("price_word")
    assert words.of("price_word") == [Hit(12, 16)]
    assert words.maybe == {"object", "price_word", "bot_count"}  # its pattern was not tried
    assert not words.has("bot_count")
    assert words.maybe == {"object", "price_word"}


def test_the_nearest_hit_is_the_one_with_the_fewest_characters_between() -> None:
    chance = random.Random(5)
    lexicon = Lexicon({"one": ["ab", "ab cd"], "two": ["cd", "ef"], "none": ["zz"], "at": ["gh"]})
    for _ in range(300):
        words = Words([("text", " ".join(chance.choices(["ab", "cd", "ef", "gh", "ab cd"], k=12)))], lexicon)
        hits = [hit for group in ("one", "two") for hit in words.of(group)]
        for span in words.of("at") if hits else ():
            window = chance.choice((-1, 0, 1, 3, 8))
            found = words.nearest(("one", "none", "two"), span, window)
            gaps = [max(hit.start - span.end, span.start - hit.end) for hit in hits]
            assert (found is None) == (min(gaps) > window)
            assert found is None or max(found.start - span.end, span.start - found.end) == min(gaps)


def test_no_page_makes_more_than_a_bounded_number_of_hits() -> None:
    words = Words([("text", "换脸" * 60_000)], LEXICON)
    assert 1_000 < len(words.of("tool")) <= 40_000
    assert 100_000 < len(words.text) <= 120_000


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.iter_modules(domainscan.signals.__path__):
        loaded = importlib.import_module(f"domainscan.signals.{module.name}")
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


_GROUPS = (codes.SUBPATTERN, codes.BRANCH)


def _nested(pattern: Any, inside: bool = False) -> bool:
    """Whether an unbounded repeat stands inside a repeat, which is how a regex becomes exponential."""
    for code, argument in pattern:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            _, most, body = argument
            unbounded = most is codes.MAXREPEAT
            if (inside and unbounded) or _nested(body, inside or unbounded or most > 50):
                return True
        branches = {codes.SUBPATTERN: [argument[-1]], codes.BRANCH: argument[1]} if code in _GROUPS else {}
        if any(_nested(one, inside) for one in branches.get(code, [])):
            return True
    return False


def test_no_regex_repeats_inside_a_repeat() -> None:
    found = dict(_patterns())
    assert len(found) >= 5
    assert [name for name, pattern in found.items() if _nested(parser.parse(pattern.pattern))] == []


def test_the_guard_against_nested_repeats_sees_one() -> None:
    assert _nested(parser.parse(r"(?:a+)+!"))


HOSTILE = [
    "a" * 50_000 + "!",
    "a " * 25_000,
    "脱 " * 25_000,
    "$" * 50_000,
    "1." * 25_000,
    "." * 50_000,
    "\n" * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(one[:4]) for one in HOSTILE])
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    words = Words([("text", f"{text} undressing")], LEXICON)
    assert len(words.text) <= len(text) + 11
    assert len(words.of("tool")) == 1


SEAMS = [
    ("专属音色 情绪可调", 0, "音色, 情绪"),
    ("角色情感陪伴", 0, "角色, 情感"),
    ("色情聊天", 1, "the word itself"),
    ("特色色情聊天", 1, "the word itself, after one that ends alike"),
    ("音色色情绪", 1, "no seam of two words"),
]


@pytest.mark.parametrize(("text", "hits", "why"), SEAMS, ids=[row[2] for row in SEAMS])
def test_a_seam_between_two_words_is_no_term(text: str, hits: int, why: str) -> None:
    assert len(Words([("text", text)], Lexicon({"sexual": ["色情"]})).of("sexual")) == hits


def test_a_heading_within_a_joined_line_begins_a_sentence() -> None:
    text = "# relay service for claude ## warning: this may violate terms ## c# and issue #4"
    words = Words([("text", text)], Lexicon({}))
    shown = [
        words.text[slice(*words.sentence(Hit(at, at + 4)))]
        for at in map(words.text.index, ("claude", "terms", "issue"))
    ]
    assert [one.strip(" #") for one in shown] == [
        "relay service for claude",
        "warning: this may violate terms",
        "c# and issue #4",
    ]
