"""Houses that pay by the day, teams paid for each other, lessons that promise riches: each offer and its neighbour."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import domainscan
from domainscan.model import Page
from domainscan.signals.context import Context, PageWords

CLEAR = 0.9  # strength from which rules speak of an offer
PACKS = Path(domainscan.__file__).parent / "packs"
OFFERS: frozenset[str] = frozenset(
    one["id"] for one in tomllib.loads((PACKS / "offers-riches.toml").read_text("utf-8"))["offer"]
)

# An offer, a text that makes it, and one of its neighbours that does not.
TEXTS = [
    (
        "pays-by-the-day",
        "Guaranteed daily profit with full capital security for every member.",
        "Guaranteed daily profit with full capital security is how a scam begins.",
    ),
    (
        "pays-by-the-day",
        "日收益1.8%起，本金安全随时可提。",
        "面板统计每台矿机的电费与日收益，支持导出。",
    ),
    (
        "house-of-levels",
        "An investment platform with AI trading and an MLM referral system of five levels.",
        "An MLM vendor's referral page: cosmetics, catalogues and a training day.",
    ),
    (
        "camp-for-riches",
        "AI创富训练营：导师带队，零基础报名即学。",
        "警惕“AI创富训练营”：交了学费退费难。",
    ),
    (
        "riches-taught",
        "AI副业教程：照着做，月入过万不是梦。",
        "AI副业教程是否可信？反诈民警提醒：月入过万多为骗局。",
    ),
    (
        "returns-and-a-team",
        "Daily ROI is credited at noon. Binary plan: build your team and climb.",
        "Daily ROI of the panels is shown at noon. Build your dashboard and share it with the team.",
    ),
    (
        "returns-and-a-team",
        "每日返利,直推三人升级。",
        "每日返利的骗局:直推三人升级,警方已立案。",
    ),
]


def made(context: Context, page: Page) -> set[str]:
    """The offers that a page makes in its own voice."""
    return {one.offer.id for one in PageWords(page, context.vocabulary).mentions if one.worth >= CLEAR}


@pytest.mark.parametrize(("offer", "risky", "honest"), TEXTS, ids=[row[1][:24] for row in TEXTS])
def test_an_offer_is_made_and_its_neighbour_is_not(
    offer: str, risky: str, honest: str, context: Context, page: Callable[..., Page]
) -> None:
    assert offer in made(context, page(text=risky))
    assert offer not in made(context, page(text=honest))


def test_every_offer_has_its_texts() -> None:
    assert {row[0] for row in TEXTS} == OFFERS
