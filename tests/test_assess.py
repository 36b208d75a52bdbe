"""Assessments: what a pack refuses, how points become confidence, and what never counts."""

from __future__ import annotations

import math
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blocklists.names import parse_name
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import BadPack, Pack, Rulebook, assess, judge, load_pack
from domainscan.lab.sites import SHIPPED as SITES
from domainscan.model import (
    CATEGORIES,
    Failure,
    History,
    Hop,
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
from domainscan.read.html import read_page
from domainscan.signals import OF_THE_PAGE, SIGNALS, later, measure
from domainscan.signals.context import Context
from domainscan.signals.shown import wall

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


OFFER = '[[offer]]\nid = "x"\ncategory = "H01"\nnear = [["undress_tool"]]\n'
HINT = '[[hint]]\nkind = "x"\nplace = "page"\nterms = ["a"]\nworth = 1\nreason = "r"\nsource = "s"\n'
CAMPAIGN = '[[campaign]]\nid = "x"\ncampaign = "c"\nnumber = "1"\ntitle = "t"\ntitle_zh = "t"\nsource = "s"\n'
BAD_TABLES = [
    # what a keeper's slip looks like, what the message says of it
    ('[group]\nverbs = "swap"', "group 'verbs': a list of texts is needed, not 'swap'"),  # would be its letters
    ("[group]\nverbs = [1]", "group 'verbs': 1 is no text"),
    ('[group]\nverbs = ["*"]', "group 'verbs': '*' is no text"),
    ("group = 3", "lists under [group] are needed, not 3"),
    ('[namewords]\nfruit = "quince"', "namewords 'fruit': a list of texts is needed"),
    ('[[words]]\nown_word = "H01"', "words 'own_word': a list of texts is needed"),
    ('[[words]]\nown_word = ["H99"]', "words 'own_word': category H99"),
    (f"{OFFER}window = [3]", "offer 'x' ([[offer]] no. 1, id = 'x'): Object contains unknown field `window`"),
    ('[[offer]]\nid = "x"\ncategory = "H01"\nnear = [["nowhere"]]', "offer 'x': no lexicon group 'nowhere'"),
    ('[[token]]\ncategory = "H99"\nworth = 1\nnear = [["a"]]', "token [['a']]: needs a category"),
    ('[[token]]\ncategory = "H01"\nworth = 1\nnear = [["a"]]\nweight = 2', "unknown field `weight`"),
    ('[[fingerprint]]\nid = "x"\nkind = "parked"\nnetworks = ["1.2.3.4/99"]', "fingerprint 'x': '1.2.3.4/99'"),
    ('[[fingerprint]]\nid = "x"\nkind = "parked"\nserver = ["x"]', "unknown field `server`"),
    ('[[brand]]\ntoken = "x"\nowner = "y"\nalias = ["z"]', "unknown field"),
    (f'{HINT}category = ["H99"]', "hint 'x': category H99"),
    (f'{CAMPAIGN}categories = ["H99"]', "campaign 'x': category H99"),
    ('[pack]\nname = "x"\nversion = "1"\nlow = 1\nmedium = 2\nhigh = 3', "2 [pack] tables (pack.toml, zz-extra.toml)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), BAD_TABLES)
def test_a_slip_in_a_table_is_told_with_its_file_and_place(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadPack) as caught:
        load_pack(folder_with(tmp_path, text))
    assert "zz-extra.toml" in str(caught.value)
    assert says in str(caught.value)


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "")
    (folder / "zz-extra.toml").write_bytes('# words\n\n[group]\nswap = ["换脸"]\n'.encode("gb18030"))
    with pytest.raises(BadPack, match=r"zz-extra\.toml: line 4: byte 0xBB is no UTF-8"):
        load_pack(folder)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "")
    (folder / "zz-extra.toml").unlink()
    os.mkfifo(folder / "zz-extra.toml")
    with pytest.raises(BadPack, match=r"zz-extra\.toml: no regular file"):
        load_pack(folder)


@pytest.mark.parametrize("high", ["inf", "nan", "2.0"])
def test_thresholds_rise_from_low_to_high(high: str, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "")
    text = (folder / "pack.toml").read_text("utf-8")
    (folder / "pack.toml").write_text(text.replace("high = 6.0", f"high = {high}"), "utf-8")
    with pytest.raises(BadPack, match=r"pack\.toml: pack 'domainscan': low, medium and high"):
        load_pack(folder)


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
    assert len(extended.vocabulary.brands) == len(load_pack().vocabulary.brands) + 1, (
        "those of the pack's own brands.toml stay"
    )


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


def test_every_category_has_provisions_and_none_is_called_checked(pack: Pack) -> None:
    assert {one.category for one in pack.bases} == set(CATEGORIES)
    assert not [one.law for one in pack.bases if one.confirmed], "only a desk can say that it has checked"


def test_a_provision_for_no_known_category_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "pack")
    file = tmp_path / "pack" / "legal-basis.toml"
    file.write_text(file.read_text("utf-8").replace('"H15"', '"H16"'), "utf-8")
    with pytest.raises(BadPack, match="H16"):
        load_pack(tmp_path / "pack")


def _lab_visits() -> list[Observation]:
    """A visit of every page of the lab, each under a name that says nothing and one that says much."""
    seen = []
    for number, file in enumerate(sorted(SITES.glob("*.html"))):
        for name in (f"heron-{number}.example", f"undress-ai-{number}.example"):
            page = read_page(
                file.read_bytes(), url=f"https://{name}/", http_status=200,
                content_type="text/html; charset=utf-8", body_digest="",
            )  # fmt: skip
            seen.append(visit(name, id=f"o-{name}", page=page))
    return seen


def test_a_page_that_proves_nothing_is_judged_the_same_without_its_words(
    pack: Pack, suffixes: Suffixes
) -> None:
    quiet = 0
    for one in _lab_visits():
        judged = judge(one, History(), pack, suffixes)
        again = judge(one, History(), pack, suffixes, pack.digest if judged.quiet else "")
        context = Context(History(), pack.vocabulary, suffixes)
        readings, instead = measure(one, context), partial(wall, one, context)
        whole = assess(readings, pack, observation=one, history=History(), instead=instead)
        assert judged == again == whole, one.name
        quiet += judged.quiet
    assert 100 < quiet < len(_lab_visits()) - 50


def test_what_another_pack_said_of_a_page_spares_nothing(pack: Pack, suffixes: Suffixes) -> None:
    loud = next(one for one in _lab_visits() if judge(one, History(), pack, suffixes).flagged)
    assert judge(loud, History(), pack, suffixes, "sha256:other").flagged


def test_signals_of_the_page_read_the_same_at_any_time_and_after_any_history(
    pack: Pack, suffixes: Suffixes
) -> None:
    past = History(
        as_of=AT, kin=(Kin("token:x", Name("y.example"), "H01"),), owners=(("京ICP备1号", "z.example"),)
    )
    moved = set()
    for one in _lab_visits()[::7]:
        later = msgspec.structs.replace(one, at="2031-01-01T00:00:00Z", hops=(Hop("https://else.example/"),))
        first = measure(one, Context(History(), pack.vocabulary, suffixes))
        then = measure(later, Context(past, pack.vocabulary, suffixes))
        assert {name: first[name] for name in OF_THE_PAGE} == {name: then[name] for name in OF_THE_PAGE}
        moved |= {name for name in SIGNALS if first[name] != then[name]}
    assert moved, "the control: others do read what was changed"


def lab_visits() -> list[Observation]:
    """A visit of every page of the lab, at a name that says nothing and at one that says much."""
    found = []
    for file in sorted(SITES.glob("*.html")):
        for host in ("quiet-harbour.example", "nudify-lumora.example"):
            page = read_page(
                file.read_bytes(),
                url=f"https://{host}/uploads/x/y.html",
                http_status=200,
                content_type="text/html",
                body_digest="",
            )
            found.append(visit(host, page=page, id=f"o-{file.stem}-{host}"))
    assert len(found) > 200
    return found


OTHERS: list[dict[str, Any]] = [  # what the lab has no page for
    {"page": Failure("timeout")},
    {"page": Failure("timeout"), "status": "dead"},
    {"page": said("x", url="https://elsewhere.example/")},
    {"page": said("Not here", url=f"https://{NAME}/")},
    {"page": said("")},
    {
        "page": said("月卡 29 元，立即购买，支付宝付款。", title="Hugging Face")
    },  # a brand, and no other word for a model
]


def test_what_a_judgement_leaves_unread_would_change_nothing(pack: Pack, suffixes: Suffixes) -> None:
    history = History(owners=(("京ICP备12345678号", "other.example"),))
    for seen in (*lab_visits(), *(visit(**other) for other in OTHERS)):
        context = Context(history, pack.vocabulary, suffixes)
        instead = partial(wall, seen, context)
        whole = assess(measure(seen, context), pack, observation=seen, history=history, instead=instead)
        assert judge(seen, history, pack, suffixes) == whole, seen.id


def test_a_part_behind_a_gate_that_is_shut_is_zero(pack: Pack, suffixes: Suffixes) -> None:
    shut = 0
    for seen in lab_visits():
        context = Context(History(), pack.vocabulary, suffixes)
        read = context.read(seen)
        if isinstance(read, Failure) or read.mentions:
            continue
        for name, gates in later.LATER.items():
            reading = SIGNALS[name](seen, context)
            assert isinstance(reading, Reading), name
            for part, gate in gates.items():
                if not gate(seen, context, read):
                    shut += 1
                    assert (reading.part(part).value if part else reading.value) == 0, (seen.id, name, part)
    assert shut > 200


def test_with_a_gate_that_is_always_shut_proof_is_lost(
    pack: Pack, suffixes: Suffixes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = visit(page=said("月卡 29 元，立即购买，支付宝付款。", title="Hugging Face"))
    judged = judge(seen, History(), pack, suffixes).judgements
    monkeypatch.setitem(later.LATER, "filing", {"missing": lambda *_: False})
    blind = msgspec.structs.replace(pack, book=Rulebook(pack.rules))
    assert judge(seen, History(), blind, suffixes).judgements != judged


def test_a_signal_waits_for_nothing_when_a_rule_takes_proof_from_more_than_has_a_gate(pack: Pack) -> None:
    assert {"manner", "trade", "filing"} <= pack.book.waiting.keys()
    whole = next(one for one in pack.rules if one.signal == "trade")
    for more in ({"part": "prices"}, {"part": ""}, {"at_least": None, "at_most": 0.0}):
        rule = msgspec.structs.replace(whole, id="T-1", cap="high", **more)
        assert "trade" not in Rulebook((*pack.rules, rule)).waiting, more


def test_a_fault_names_the_number_of_its_table_in_the_file_and_how_its_row_begins(tmp_path: Path) -> None:
    """TOML as Python reads it knows no lines: the second [[public]] is found by counting, or by its words."""
    good = '[[public]]\nkind = "icon"\nvalue = "1"\nwhat = "w"\nsource = "s"\n'
    folder = folder_with(tmp_path, good + '[[public]]\nvalue = "the words of this row"\nwhat = "w"\n')
    with pytest.raises(BadPack) as caught:
        load_pack(folder)
    said = "zz-extra.toml: public '' ([[public]] no. 2, value = 'the words of this row'): "
    assert str(caught.value).startswith(said)
