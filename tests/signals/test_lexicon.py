"""The lexicons hold capabilities, trade and manners of speaking; never opinion, belief, origin or news."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.taboo import OPINION, ORIGIN, YOUNG
from blocklists.names import BadName, parse_name
from domainscan.assess import Pack, load_pack
from domainscan.model import CONFIDENCES
from domainscan.signals.folding import fold

PACKS = Path(__file__).parents[2] / "domainscan" / "packs"

# Words of the page's manner, in groups that only ever take away from a finding.
DAMPING = (
    "reported",
    "article_mark",
    "regulator_mark",
    "help_mark",
    "law_mark",
    "research_mark",
    "education_mark",
    "genre_mark",
    "about_brand",
)


def terms() -> dict[str, set[str]]:
    """Every lexicon group with its terms, as they are searched."""
    found: dict[str, set[str]] = {}
    for file in PACKS.glob("lexicon-*.toml"):
        for group, words in tomllib.loads(file.read_text("utf-8"))["group"].items():
            found.setdefault(group, set()).update(fold(word) for word in words)
    for file in PACKS.glob("*.toml"):
        for hint in tomllib.loads(file.read_text("utf-8")).get("hint", ()):
            found.setdefault(f"hint {hint['kind']}", set()).update(map(fold, hint.get("terms", ())))
    return found


def fitted() -> set[str]:
    """Every term of the fitted table of wording."""
    table = tomllib.loads((PACKS / "wording.toml").read_text("utf-8"))["wording"]
    return {term for terms in (*table["speaks_for"].values(), table["against"]) for term in terms}


def pieces() -> set[str]:
    """Every piece of the fitted table of letters."""
    return set(load_pack().vocabulary.letters.pieces)


def forbidden(found: dict[str, set[str]]) -> list[str]:
    return sorted(
        f"{group}: {term}"
        for group, words in found.items()
        for term in words
        for taboo in OPINION
        if taboo in term
    )


ALLOWED = {"promise_hint: 财务自由"}  # "financial freedom", a promise of investment frauds


def test_no_lexicon_holds_opinion_belief_origin_or_news() -> None:
    assert [one for one in forbidden(terms()) if one not in ALLOWED] == []


def test_no_fitted_weight_rests_on_opinion_origin_or_language() -> None:
    assert forbidden({"wording": fitted()}) == []
    assert [one for one in sorted(fitted()) for taboo in ORIGIN if taboo in one] == []


def test_no_piece_of_a_name_rests_on_opinion_origin_or_the_young() -> None:
    assert [one for one in sorted(pieces()) for taboo in (*OPINION, *ORIGIN, *YOUNG) if taboo in one] == []


def test_no_fitted_weight_is_a_host_name_or_a_group_of_minors() -> None:
    assert [one for one in fitted() if "." in one or one.startswith("@minor")] == []


@pytest.mark.parametrize("term", ["election fraud", "抗议活动", "ethnic minority"])
def test_the_lint_sees_a_forbidden_term(term: str) -> None:
    assert forbidden({"undress_tool": {term}})


def test_groups_that_damp_never_offer(pack: Pack) -> None:
    offering = {group for offer in pack.vocabulary.offers for slot in offer.near for group in slot}
    assert offering.isdisjoint(DAMPING)


def test_no_category_of_speech_exists(pack: Pack) -> None:
    silent = {one.title for one in pack.campaigns if not one.categories}
    assert {"Rumours", "False information"} <= silent


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("AI nudify tool. Upload a photo.", True),
        ("一键脱衣软件，上传照片即可", True),
        ("Fresh bread every morning.", False),
    ],
)
def test_language_and_country_suffix_are_never_a_weight(
    text: str, flagged: bool, page: Any, visit: Any, judged: Any
) -> None:
    """See it fail: let `wording` say 2 more of pages in Russian, or of names below ir."""
    found = {}
    for suffix in ("com", "cn", "com.cn", "tw", "ru", "ir", "us", "xn--fiqs8s"):
        name = f"quiet-harbour.{suffix}"
        for language in ("", "en", "zh-cn", "ru", "fa", "ug", "bo"):
            said = replace(page(text=text, url=f"https://{name}/"), language=language)
            found[suffix, language] = judged(visit(name, page=said)).judgements
    assert {place: one for place, one in found.items() if one != found["com", ""]} == {}
    assert any(CONFIDENCES[one.confidence] >= 2 for one in found["com", ""]) is flagged


def test_no_rule_names_a_site(pack: Pack) -> None:
    owned = {owner for brand in pack.vocabulary.brands for owner in (*brand.owners, *brand.known)}
    for rule in pack.rules:
        for word in rule.reason.split():
            try:
                name = parse_name(word.strip(".,;:()"))
            except BadName:
                continue
            assert name in owned or "." not in name, f"{rule.id} names {name}"


def test_every_brand_is_owned(pack: Pack) -> None:
    assert [brand.token for brand in pack.vocabulary.brands if not brand.owners or not brand.names] == []
