"""A pattern that is tried near its cues finds what it finds in the whole text."""

from __future__ import annotations

import random
import re

from domainscan.read.near import Window, matches_in, places_of, windows_before

NUMBERED = re.compile(r"(?<!x)\d{1,4} ?kg(?![a-z])")


def test_places_are_in_order_and_may_overlap() -> None:
    assert places_of("aaa b1 a2", "aa") == [0, 1]
    assert places_of("b1 a2 b1", "a2", "b1") == [0, 3, 6]
    assert places_of("", "a2") == []


def test_a_window_reaches_back_to_the_beginning_at_most() -> None:
    assert list(windows_before([2, 9], reach=5, longest=8)) == [Window(0, 2, 10), Window(4, 9, 17)]


def test_what_is_found_near_the_cues_is_what_is_found_everywhere() -> None:
    chance = random.Random(3)
    for _ in range(400):
        text = "".join(
            chance.choice(["kg", " ", "1", "23", "x4", "kgs", "\n", "12345 kg"]) for _ in range(40)
        )
        windows = windows_before(places_of(text, "kg"), reach=5, longest=9)
        found = [one.span() for one in matches_in(NUMBERED, text, windows)]
        assert found == [one.span() for one in NUMBERED.finditer(text)]


def test_a_match_that_ends_where_the_last_one_may_begin_does_not_hide_it() -> None:
    places = [Window(0, 0, 4), Window(2, 2, 4)]
    assert [one.span() for one in matches_in(re.compile(r"\dk"), "1k2k", places)] == [(0, 2), (2, 4)]
    assert [one.span() for one in matches_in(re.compile(r"\dk"), "1k2k", [Window(0, 2, 4)])] == [
        (0, 2),
        (2, 4),
    ]
