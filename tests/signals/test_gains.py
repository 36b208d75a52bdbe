"""Gains promised by robots, contracts and courses, and what is turned out by the mass: who offers it, who does not."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import domainscan
from domainscan.model import CONFIDENCES, Assessment, Observation, Page
from domainscan.signals.context import Context, PageWords

OFFERS = Path(domainscan.__file__).parent / "packs" / "offers-gains.toml"
ROWS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "gains.toml").read_text("utf-8"))["page"]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['why']}: {row['title']}" for row in ROWS])
def test_who_offers_gains_and_who_speaks_of_them(
    row: dict[str, Any],
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    found = judged(visit(page=page(title=row["title"], text=row["text"])))
    flagged = {one.category for one in found.judgements if CONFIDENCES[one.confidence] >= 2}
    assert set(row["expect"]) <= flagged if row["expect"] else flagged == set()


def test_every_offer_of_gains_is_shown_by_a_page(page: Callable[..., Page], context: Context) -> None:
    written = {one["id"] for one in tomllib.loads(OFFERS.read_text("utf-8"))["offer"]}
    shown = {
        one.offer.id
        for row in ROWS
        if row["expect"]
        for one in PageWords(page(title=row["title"], text=row["text"]), context.vocabulary).mentions
        if one.worth >= 0.9
    }
    assert written <= shown
