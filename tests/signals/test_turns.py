"""Turns of speech are tried near their cues only, and no text that takes one is without."""

from __future__ import annotations

import json

import pytest

from domainscan.signals.folding import fold
from domainscan.signals.turn import Turn, cued, turn
from domainscan.signals.turns import CHINESE, ENGLISH, turns_of
from tests.conftest import ROOT

TURNS = (*ENGLISH, *CHINESE)
INVENTED = sorted((ROOT / "tests/vectors/invented").glob("*.jsonl"))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """What the invented pages say, line by line, as it is searched."""
    rows = [json.loads(line) for file in INVENTED for line in file.read_text().splitlines()]
    return [fold(part) for row in rows for part in (row.get("title", ""), *row.get("text", "").split("\n"))]


def strayed(turns: tuple[Turn, ...], texts: list[str]) -> tuple[int, set[str]]:
    """How many texts take a turn, and the sources of those turns that a text takes without any of their cues."""
    taken, stray = 0, set()
    for one in turns:
        for text in texts:
            if one.pattern.search(text):
                taken += 1
                if not any(cue in text for cue in one.cues):
                    stray.add(one.source)
    return taken, stray


def test_every_turn_has_cues() -> None:
    assert len(TURNS) > 200
    assert [one.source for one in TURNS if not one.cues] == []
    assert [one.source for one in TURNS if "" in one.cues] == []  # which stands in every text


def test_no_text_takes_a_turn_without_a_cue_of_it(texts: list[str]) -> None:
    """A turn whose cues miss a way of saying is never tried on it, and nobody would see that."""
    taken, stray = strayed(TURNS, texts[::3])
    assert taken > 400
    assert stray == set()


def test_a_turn_whose_cues_miss_a_way_of_saying_it_is_found_out(texts: list[str]) -> None:
    lame = cued("nobody says this", turn("reported", 0, r"\bmarkets?\b"))
    assert strayed((lame,), texts)[1] == {lame.source}


def test_a_turn_is_tried_where_its_cue_stands_and_only_there() -> None:
    assert [one.voice for one in turns_of("an economic measurement of undressing websites")] == ["reported"]
    assert list(turns_of("undress any photo here")) == []
