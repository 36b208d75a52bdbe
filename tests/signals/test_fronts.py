"""Fronts made interfaces for programs: who makes them, and who leaves them out, asks for them or tells of them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import domainscan
from domainscan.model import CATEGORIES, CONFIDENCES, Assessment, Observation, Page
from domainscan.signals.context import Context, PageWords
from domainscan.signals.turns import turns_of

OFFERS = Path(domainscan.__file__).parent / "packs" / "offers-fronts.toml"
ROWS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "fronts.toml").read_text("utf-8"))["page"]


@pytest.mark.parametrize("row", ROWS, ids=[row["why"] for row in ROWS])
def test_who_makes_an_interface_of_a_front_and_who_speaks_of_it(
    row: dict[str, Any],
    page: Callable[..., Page],
    context: Context,
) -> None:
    """By the offers alone: how such pages are worded is the table's affair."""
    read = PageWords(page(title=row["title"], text=row["text"]), context.vocabulary)
    offered = {one for one in CATEGORIES if read.strength(one)[0] >= 0.9}
    assert set(row["expect"]) <= offered if row["expect"] else offered == set()


def test_who_installs_a_program_that_drives_a_front_speaks_for_nobody(
    page: Callable[..., Page], visit: Callable[..., Observation], judged: Callable[..., Assessment]
) -> None:
    (row,) = [one for one in ROWS if "told to those who install it" in one["why"]]
    found = judged(visit(page=page(title=row["title"], text=row["text"])))
    assert "H07" in {one.category for one in found.judgements if CONFIDENCES[one.confidence] >= 2}


def test_every_offer_of_fronts_is_shown_by_a_page(page: Callable[..., Page], context: Context) -> None:
    written = {one["id"] for one in tomllib.loads(OFFERS.read_text("utf-8"))["offer"]}
    shown = {
        one.offer.id
        for row in ROWS
        if row["expect"]
        for one in PageWords(page(title=row["title"], text=row["text"]), context.vocabulary).mentions
        if one.worth >= 0.9
    }
    assert written <= shown


@pytest.mark.parametrize(
    ("sentence", "voice"),
    [
        ("no use of unofficial reverse engineered chatgpt apis", "claimed"),
        ("this is **not** a private reverse engineered chatgpt client", "claimed"),
        ("malicious actors often exploit this by fake downloads", "reported"),
        ("they get a supposedly premium version", "reported"),
        ("it was a site that could undress people", "reported"),
        ("the app caused huge concern", "reported"),
        ("how our helper defeats telegram spam bots", "defence"),
        ("eliminate nsfw bots from your groups", "defence"),
        ("spam bots for telegram, from $5", None),
        ("it let visitors undress a picture", "reported"),
        ("it lets users undress a picture", None),
        ("5. can't bypass liveness with a photo", "claimed"),
        ("this message promises daily profits", "reported"),
        ("a controversial technology that undresses people", "reported"),
        ("this app promises daily profits", None),
        ("the extension doesn't use an unofficial api", "claimed"),
        ("not only unofficial but free", None),
        ("an unofficial client, no api key needed", None),
        ("it is the site that undresses people", None),
    ],
)
def test_what_the_turns_say(sentence: str, voice: str | None) -> None:
    voices = {one.voice for one in turns_of(sentence)}
    assert voice in voices if voice else not voices
