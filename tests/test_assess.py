"""Assessments: what a pack refuses, how points become confidence, and what never counts."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from blocklists.names import parse_name
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import BadPack, Pack, assess, judge, load_pack
from domainscan.model import (
    CATEGORIES,
    Failure,
    History,
    Kin,
    Link,
    Name,
    Observation,
    Page,
    Part,
    Reading,
    Registration,
    content_digest,
)

SHIPPED = Path(__file__).parents[1] / "domainscan" / "packs"
AT = "2026-11-23T12:00:00Z"
NAME = "quiet-harbour.example"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes()


def visit(name: str = NAME, **more: Any) -> Observation:
    known = {"id": "o1", "scan": "s1", "url": "", "at": AT, "status": "observed", **more}
    return Observation(name=parse_name(name), **known)


def said(text: str, **more: Any) -> Page:
    return Page(url=more.pop("url", f"https://{NAME}/"), http_status=200, text=text, **more)


RULE = """
[[rule]]
id = "{id}"
category = ["{category}"]
signal = "{signal}"
at_least = 1
points = {points}
kind = "{kind}"
reason = "{reason}"
source = "{source}"
{more}
"""
GOOD = {
    "id": "T-1",
    "category": "H01",
    "signal": "offers",
    "points": "2.0",
    "kind": "page",
    "reason": "a reason",
    "source": "a source",
    "more": "",
}
BAD_RULES = [
    ({"category": "H99"}, "closed list", "a category outside the closed list"),
    ({"category": "POLITICS"}, "closed list", "a category of speech"),
    ({"signal": "moon_phase"}, "no signal", "a signal nobody has"),
    ({"reason": " "}, "reason", "no reason"),
    ({"source": ""}, "source", "no source"),
    ({"kind": "feeling"}, "kind", "a kind nobody has"),
    ({"points": "inf"}, "finite", "points without an end"),
    ({"more": 'colour = "red"'}, "colour", "a key nobody knows"),
    ({"id": "H01-P1"}, "twice", "an id that exists"),
    ({"more": 'cap = "sky"'}, "cap", "a cap that is no confidence"),
]


def folder_with(tmp_path: Path, text: str) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "pack", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (tmp_path / "pack" / "zz-extra.toml").write_text(text, "utf-8")
    return tmp_path / "pack"


@pytest.mark.parametrize(("change", "says", "why"), BAD_RULES, ids=[row[2] for row in BAD_RULES])
def test_a_bad_rule_is_refused_with_its_file_and_id(
    change: dict[str, str], says: str, why: str, tmp_path: Path
) -> None:
    folder = folder_with(tmp_path, RULE.format(**{**GOOD, **change}))
    with pytest.raises(BadPack, match=says) as caught:
        load_pack(folder)
    assert "zz-extra.toml" in str(caught.value)
    assert change.get("id", "T-1") in str(caught.value)


def test_the_same_rule_without_a_fault_is_taken(tmp_path: Path) -> None:
    assert "T-1" in {rule.id for rule in load_pack(folder_with(tmp_path, RULE.format(**GOOD))).rules}


@pytest.mark.parametrize(
    "text",
    [
        "[horoscope]\nsign = 1",
        "this is not TOML",
        '[[offer]]\nid = "x"\ncategory = "H01"\nnear = [["nowhere"]]',
    ],
)
def test_a_pack_that_cannot_be_read_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadPack):
        load_pack(folder_with(tmp_path, text))


def test_an_empty_folder_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(BadPack):
        load_pack(tmp_path)


def test_the_digest_changes_with_any_file_and_with_nothing_else(pack: Pack, tmp_path: Path) -> None:
    assert load_pack().digest == pack.digest
    assert load_pack(folder_with(tmp_path, "# a remark")).digest != pack.digest


def test_further_brands_come_from_further_files(tmp_path: Path, suffixes: Suffixes) -> None:
    file = tmp_path / "brands.toml"
    file.write_text(
        '[[brand]]\ntoken = "zelphira"\nnames = ["Zelphira"]\nowners = ["zelphira.example"]\n', "utf-8"
    )
    extended = load_pack(brand_files=[file])
    imitation = visit("zelphira-official.example", page=Failure("timeout"))
    assert judge(imitation, History(), extended, suffixes).flagged
    assert not judge(imitation, History(), load_pack(), suffixes).flagged
    assert not judge(visit("zelphira.example"), History(), extended, suffixes).judgements


@pytest.mark.parametrize(
    "name", ["nudify-ai-app.example", "chatgpt-login.example", "passkyc-service.example"]
)
def test_a_name_alone_reaches_medium_at_most(name: str, pack: Pack, suffixes: Suffixes) -> None:
    young = Registration(domain=parse_name(name), registered="2026-11-20T00:00:00Z")
    found = judge(
        visit(name, registration=young), History(kin=(Kin("number:f", Name("a.example")),)), pack, suffixes
    )
    assert {one.confidence for one in found.judgements if "name" in one.kinds} <= {"low", "medium"}
    assert found.flagged


def test_high_needs_the_harm_on_the_page_and_a_second_kind(pack: Pack, suffixes: Suffixes) -> None:
    page = said(
        "Nudify any photo of anyone. Remove clothes from a photo of any woman.\n5 credits. Upload now."
    )
    alone = judge(visit(page=page), History(), pack, suffixes)
    name = "nudify-ai-app.example"
    both = judge(
        visit(name, page=said(page.text, url=f"https://{name}/")), History(), pack, suffixes
    )  # fmt: skip
    assert alone.judgements[0].confidence == "medium"
    assert both.judgements[0].category == "H01"
    assert both.judgements[0].confidence == "high"


def test_circumstances_alone_raise_nothing(pack: Pack, suffixes: Suffixes) -> None:
    young = Registration(domain=parse_name(NAME), registered="2026-11-22T00:00:00Z")
    page = said(
        "Fresh bread. Pay with bitcoin.",
        links=(Link("https://x.example/?ref=1"), Link("https://y.example/?ref=2")),
    )
    assert judge(visit(page=page, registration=young), History(), pack, suffixes).judgements == ()


def test_a_missing_filing_number_alone_is_low(pack: Pack, suffixes: Suffixes) -> None:
    readings = {"filing": Reading(0.0, "numbers", (), (Part("missing", 1.0),))}
    found = assess(readings, pack, observation=visit(), history=History())
    assert [(one.category, one.confidence) for one in found.judgements] == [("H07", "low")]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_reading_that_is_no_number_is_unknown_and_never_counts(value: float, pack: Pack) -> None:
    readings: dict[str, Reading | Failure] = {"minors": Reading(value, "terms")}
    found = assess(readings, pack, observation=visit(), history=History())
    assert found.judgements == ()
    assert [(one.signal, one.status) for one in found.unknown] == [("minors", "malformed")]


def test_negative_readings_fire_nothing(pack: Pack) -> None:
    found = assess({"minors": Reading(-5.0, "terms")}, pack, observation=visit(), history=History())
    assert found.judgements == ()


def test_what_could_not_be_measured_is_listed_and_not_clean(pack: Pack, suffixes: Suffixes) -> None:
    found = judge(visit(page=Failure("timeout")), History(), pack, suffixes)
    assert {one.signal for one in found.unknown} >= {"offers", "manner", "brand_imitation"}
    assert {one.status for one in found.unknown if one.signal == "offers"} == {"timeout"}


def test_an_empty_page_is_unknown(pack: Pack, suffixes: Suffixes) -> None:
    name = "nudify-ai-app.example"
    found = judge(visit(name, page=said("", url=f"https://{name}/")), History(), pack, suffixes)
    assert found.flagged, "an empty page must not clear a name"
    assert "offers" in {one.signal for one in found.unknown}


def test_a_harmless_page_clears_a_harmful_looking_name(pack: Pack, suffixes: Suffixes) -> None:
    name = "nudify-ai-app.example"
    bread = said("Fresh bread every day, baked in the old harbour.", url=f"https://{name}/")
    assert not judge(visit(name, page=bread), History(), pack, suffixes).flagged


def test_a_page_behind_a_redirect_is_not_this_name_s(pack: Pack, suffixes: Suffixes) -> None:
    page = said("Nudify any photo of anyone. 5 credits. Upload now.", url="https://elsewhere.example/")
    assert not judge(visit(page=page), History(), pack, suffixes).flagged


def test_a_dead_name_is_not_flagged_for_its_name(pack: Pack, suffixes: Suffixes) -> None:
    assert not judge(visit("nudify-ai-app.example", status="dead"), History(), pack, suffixes).flagged


def test_the_same_content_after_a_decision_of_none_is_settled(pack: Pack, suffixes: Suffixes) -> None:
    seen = visit(page=said("Nudify any photo of anyone. 5 credits. Upload now."))
    settled = History(settled=content_digest(seen))
    assert judge(seen, History(), pack, suffixes).flagged
    assert not judge(seen, settled, pack, suffixes).flagged
    other = visit(page=said("Nudify any photo of anyone. 6 credits. Upload now.", text_digest="sha256:new"))
    assert judge(other, settled, pack, suffixes).flagged


def test_a_settled_case_stays_settled_while_nobody_can_look(pack: Pack, suffixes: Suffixes) -> None:
    name = "nudify-ai-app.example"
    seen = visit(name, page=said("Fresh bread.", url=f"https://{name}/"))
    settled = History(settled=content_digest(seen))
    failed = visit(name, page=Failure("timeout"))
    assert judge(failed, settled, pack, suffixes).settled
    assert not judge(failed, settled, pack, suffixes).flagged
    assert not judge(failed, History(), pack, suffixes).settled, "nothing was decided, so nothing is settled"
    assert judge(failed, History(), pack, suffixes).flagged


def test_a_site_that_was_broken_into_is_marked(pack: Pack, suffixes: Suffixes) -> None:
    page = said("Harbour library. Opening hours and readings.", hidden_text="Nudify any photo of anyone, $5")
    found = judge(visit(page=page), History(), pack, suffixes)
    assert found.compromised
    assert not judge(visit(page=said(page.text)), History(), pack, suffixes).compromised


def test_the_id_follows_observation_pack_and_history(pack: Pack, suffixes: Suffixes, tmp_path: Path) -> None:
    first = judge(visit(), History(), pack, suffixes)
    assert judge(visit(), History(), pack, suffixes) == first
    others = [
        judge(visit(id="o2"), History(), pack, suffixes),
        judge(visit(), History(as_of=AT), pack, suffixes),
        judge(visit(), History(), load_pack(folder_with(tmp_path, "# a remark")), suffixes),
    ]
    assert len({first.id, *(one.id for one in others)}) == 4
    assert first.id.startswith("a") and len(first.id) == 21


def test_every_category_has_a_rule_that_can_flag_it(pack: Pack) -> None:
    strong = {
        category
        for rule in pack.rules
        if rule.points >= 1 and rule.cap in ("medium", "high")
        for category in rule.category
    }
    assert strong == set(CATEGORIES)


def test_the_campaigns_of_both_years_are_told_in_their_own_classes(pack: Pack) -> None:
    counts = {year: sum(one.campaign == year for one in pack.campaigns) for year in ("2025", "2026")}
    assert counts == {"2025": 13, "2026": 14}
    assert {category for one in pack.campaigns for category in one.categories} == set(CATEGORIES)
