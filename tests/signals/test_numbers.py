"""What a registration number is worth: its state by registers and history, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.wording import with_table
from blocklists.suffixes import Suffixes
from domainscan.assess import BadPack, Pack, assess, judge, load_pack
from domainscan.model import Assessment, Failure, History, Observation, Page, Part, Reading
from domainscan.read.kinds import KINDS, SITE_BOUND, Identifier
from domainscan.signals.context import Context
from domainscan.signals.numbers import FILED, STATES, area_remark, operators, questioned, standings
from domainscan.signals.services import FILING_PARTS, filing, number_owner

VECTORS = Path(__file__).parents[1] / "vectors" / "registers"
FILES = (VECTORS / "icp.csv", VECTORS / "models.jsonl")
SERVICE = "月卡29元 支付宝 立即体验 "  # with the title below: a generative service for the mainland
TITLE, FOREIGN = "快聊 AI对话", "Chat for $9 a month. Start now. "
SITES, MODELS = "Filed sites, invented of 2026-10-31", "Filed models, invented of 2026-08-31"
OWNER = "版权所有 上海示例网络科技有限公司"


@pytest.fixture(scope="session")
def listed() -> Pack:
    """The shipped pack with the registers of tests/vectors; how a page is worded besides is not looked at."""
    return with_table(load_pack(register_files=FILES), None)


def page(text: str, title: str = TITLE, host: str = "quiet-harbour.example") -> Page:
    return Page(url=f"https://{host}/", http_status=200, title=title, text=text, headings=(title,))


TABLE = [
    # the page's words, state, remark, reason
    ("沪ICP备20259901号-6", "verified", f"verified by {SITES}", "listed for this very domain"),
    ("沪ICP备20259901号", "verified", f"verified by {SITES}", "the subject's number, without the site's"),
    (
        "沪ICP备20259901号-7",
        "well_formed",
        f"{SITES} has its subject, with other sites than this one",
        "another site of the same subject",
    ),
    (
        "沪ICP备20259902号",
        "owner_mismatch",
        f"{SITES} gives it to 上海别家网络科技有限公司 and first.example, www.second.example",
        "listed for others",
    ),
    (
        "沪ICP备20259902号-3 上海别家网络科技有限公司",
        "owner_mismatch",
        f"{SITES} gives it to 上海别家网络科技有限公司 and first.example, www.second.example",
        "who copies a footer copies the owner too",
    ),
    ("沪ICP备20259903号-1", "cancelled", f"says {SITES}", "cancelled, although the domain fits"),
    ("京ICP证260001号", "expired", f"says {SITES}", "expired"),
    (
        "沪ICP备20259904号-1 " + OWNER,
        "well_formed",
        f"{SITES} has it for a person, not named here",
        "a person's name is neither looked for nor repeated",
    ),
    ("沪B2-20260018 " + OWNER, "verified", f"verified by {SITES}", "no domain listed, and the owner is named"),
    (
        "沪B2-20260018 © 北京别处科技有限公司",
        "owner_mismatch",
        f"{SITES} gives it to 上海示例网络科技有限公司",
        "another company calls the page its own",
    ),
    (
        "沪B2-20260018",
        "well_formed",
        f"{SITES} has it for 上海示例网络科技有限公司, not named here",
        "nobody is named: a question",
    ),
    ("沪公网安备31010400000018号", "verified", f"verified by {SITES}", "the province is no part of it"),
    ("沪ICP备20259999号", "well_formed", f"in no list ({SITES})", "an incomplete list says nothing"),
    ("网信算备310104999900001260015号", "well_formed", "", "no list of this kind"),
    ("ShangHai-LabOne-20260801 上海示例网络科技 有限公司", "verified", f"verified by {MODELS}", "blanks in the name"),
    (
        "ShangHai-LabOne-20260801",
        "well_formed",
        f"{MODELS} has it for 上海示例网络科技有限公司, not named here",
        "another's model, whose number must be shown",
    ),
    ("备案号：ZheJiang-LabTwo-20260802 浙江示例智能有限公司", "verified", f"verified by {MODELS}", "another case"),
    ("Beijing-LabSix-20260803", "cancelled", f"says {MODELS}", "cancelled"),
    ("Beijing-LabNine-20260809", "well_formed", f"in no list ({MODELS})", "older than a complete list"),
    ("沪公网安备3101号", "malformed", "4 digits instead of 14", "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "state", "remark", "why"), TABLE, ids=[row[3] for row in TABLE])
def test_a_number_has_a_state(
    text: str,
    state: str,
    remark: str,
    why: str,
    listed: Pack,
    suffixes: Suffixes,
    visit: Callable[..., Observation],
) -> None:
    found = standings(visit(page=page(text)), Context(History(), listed.vocabulary, suffixes))
    assert not isinstance(found, Failure)
    assert [(one.state, one.remark) for one in found] == [(state, remark)], why
    assert state in STATES


def test_without_registers_nothing_is_verified(context: Context, visit: Callable[..., Observation]) -> None:
    found = standings(visit(page=page("沪ICP备20259901号-6 沪ICP备20259903号-1")), context)
    assert not isinstance(found, Failure)
    assert [(one.state, one.remark) for one in found] == [("well_formed", ""), ("well_formed", "")]


HISTORY = History(owners=(("沪ICP备20259901号", "other.example"), ("沪ICP备20259905号", "other.example")))


def test_a_number_on_another_domain_is_a_question_unless_a_list_answers_it(
    listed: Pack, pack: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page("沪ICP备20259901号-6 沪ICP备20259905号-1"))

    def states(one: Pack) -> list[tuple[str, bool]]:
        found = questioned(seen, Context(HISTORY, one.vocabulary, suffixes))
        assert not isinstance(found, Failure)
        return [(number.state, number.register) for number in found]

    assert states(pack) == [("owner_mismatch", False), ("owner_mismatch", False)]
    assert states(listed) == [("verified", True), ("owner_mismatch", False)]
    asked = number_owner(seen, Context(HISTORY, listed.vocabulary, suffixes))
    assert isinstance(asked, Reading)
    assert asked.value == 1.0
    assert "one operator may own several domains" in asked.evidence[0]


def test_another_services_model_number_makes_no_owner(
    pack: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    number = "ShangHai-LabOne-20260801"
    history = History(owners=((number, "other.example"),))
    asked = number_owner(visit(page=page(number)), Context(history, pack.vocabulary, suffixes))
    assert isinstance(asked, Reading)
    assert asked.value == 0.0


def test_filing_follows_from_the_page_and_the_pack_alone(
    listed: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page(SERVICE + "沪ICP备20259905号-1"))
    contexts = (Context(history, listed.vocabulary, suffixes) for history in (History(), HISTORY))
    first, second = (filing(seen, one) for one in contexts)
    assert first == second


PARTS = [
    # words, title, parts that are not zero, reason
    (SERVICE, TITLE, {"missing": 1}, "a mainland service without a number"),
    (FOREIGN, "AI assistant", {}, "a foreign service needs none"),
    (FOREIGN + "沪公网安备3101号", "AI assistant", {"malformed": 1}, "malformed, but no mainland service"),
    (SERVICE + "沪公网安备3101号", TITLE, {"malformed": 1, "wrong": 1, "missing": 1}, "malformed"),
    (SERVICE + "沪ICP备20259902号", TITLE, {"others": 1, "others_public": 1}, "somebody else's"),
    ("沪ICP备20259902号", "港口", {"others": 1}, "somebody else's, on no generative service"),
    (SERVICE + "沪ICP备20259903号-1", TITLE, {"ended": 1}, "cancelled"),
    (SERVICE + "Beijing-LabNine-20260809", TITLE, {"unlisted": 1}, "a complete list lacks it"),
    (SERVICE + "Beijing-LabNine-20260831", TITLE, {"generative": 1}, "the bound: of the list's own day"),
    (SERVICE + "ShangHai-LabOne-20260801", TITLE, {"borrowed": 1}, "another's model"),
    (SERVICE + "ShangHai-LabOne-20260801" + OWNER, TITLE, {"generative": 1, "verified": 1}, "its own, listed"),
    (SERVICE + "沪ICP备20259901号-6", TITLE, {"icp": 1}, "its own, listed"),
    (
        "沪ICP备20259901号-6 粤公网安备44010400000018号",
        "港口",
        {"icp": 1, "areas": 1},
        "provinces disagree: a remark",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "title", "parts", "why"), PARTS, ids=[row[3] for row in PARTS])
def test_filing_counts_what_speaks_for_and_against(
    text: str,
    title: str,
    parts: dict[str, int],
    why: str,
    listed: Pack,
    suffixes: Suffixes,
    visit: Callable[..., Observation],
) -> None:
    reading = filing(visit(page=page(text, title)), Context(History(), listed.vocabulary, suffixes))
    assert isinstance(reading, Reading)
    assert {part.name: part.value for part in reading.parts if part.value} == parts, why
    assert {part.name for part in reading.parts} == set(FILING_PARTS)


def of(assessment: Assessment, category: str) -> dict[str, float]:
    """The rules about numbers that fired in a category, with their points."""
    found = [one for one in assessment.judgements if one.category == category]
    fired = (*found[0].fired, *found[0].counter) if found else ()
    return {one.rule: one.points for one in fired if one.signal in ("filing", "number_owner")}


JUDGED = [
    # words, rules about numbers that fire for H07, reason
    (SERVICE, {"H07-P5": 1.0}, "missing"),
    (SERVICE + "沪公网安备3101号", {"H07-P5": 1.0, "H07-I1": 0.5}, "malformed, so none is well formed"),
    (SERVICE + "沪ICP备20259902号", {"H07-I2": 2.0}, "somebody else's: it speaks against, no longer for"),
    (SERVICE + "沪ICP备20259903号-1", {"H07-I3": 1.5}, "cancelled"),
    (SERVICE + "Beijing-LabNine-20260809", {"H07-I4": 1.0}, "in no complete list"),
    (SERVICE + "沪ICP备20259901号-6", {}, "its own number: too little is left for a judgement"),
    (SERVICE + "ShangHai-LabOne-20260801", {}, "another's model speaks neither for nor against"),
]


@pytest.mark.parametrize(("text", "rules", "why"), JUDGED, ids=[one[2] for one in JUDGED])
def test_what_numbers_add_to_a_judgement(
    text: str,
    rules: dict[str, float],
    why: str,
    listed: Pack,
    suffixes: Suffixes,
    visit: Callable[..., Observation],
) -> None:
    assert of(judge(visit(page=page(text)), History(), listed, suffixes), "H07") == rules, why


def test_a_filing_that_a_list_verifies_takes_the_case_away(
    listed: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page(SERVICE + "ShangHai-LabOne-20260801" + OWNER))
    assert not [one for one in judge(seen, History(), listed, suffixes).judgements if one.category == "H07"]


@pytest.mark.parametrize("text", ["沪ICP备20259902号", "沪公网安备3101号", "沪ICP备20259903号-1"])
def test_on_a_site_that_generates_nothing_no_number_raises_anything(
    text: str, listed: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page(text + " 港口", "港口"))
    assert judge(seen, HISTORY, listed, suffixes).judgements == ()


@pytest.mark.parametrize(
    ("parts", "confidence"),
    [
        (("missing",), "low"),
        (("missing", "wrong", "others_public", "ended", "unlisted"), "low"),
        (("wrong", "others", "others_public", "ended", "unlisted"), "none"),
    ],
)
def test_numbers_alone_never_ask_for_more_than_documents(
    parts: tuple[str, ...], confidence: str, listed: Pack, visit: Callable[..., Observation]
) -> None:
    reading = Reading(0.0, "numbers", (), tuple(Part(name, 1.0) for name in parts))
    judged = assess({"filing": reading}, listed, observation=visit(), history=History())
    assert [one.confidence for one in judged.judgements] == ([confidence] if confidence != "none" else [])


def test_a_second_domain_of_one_operator_raises_nothing_alone(
    pack: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page("沪ICP备20259901号-6 港口", "港口"))
    assert judge(seen, HISTORY, pack, suffixes).judgements == ()


def test_a_copied_footer_on_a_brands_look_alike_is_evidence_by_the_list_only(
    pack: Pack, listed: Pack, suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    name = "deepseek-chat.example"
    seen = visit(name, page=page("Chat. 沪ICP备20259902号", "DeepSeek official site", name))
    without, with_list = (of(judge(seen, History(), one, suffixes), "H05") for one in (pack, listed))
    assert (without, with_list) == ({}, {"H05-I1": 1.5})


# ---------------------------------------------------------------- the pack


def test_the_digest_covers_every_register(listed: Pack, pack: Pack, tmp_path: Path) -> None:
    assert load_pack(register_files=FILES).digest == listed.digest != pack.digest
    changed = tmp_path / "icp.csv"
    changed.write_text(FILES[0].read_text("utf-8").replace("quiet-harbour", "loud-harbour"), "utf-8")
    assert load_pack(register_files=(changed, FILES[1])).digest != listed.digest


def test_a_replay_with_the_same_register_is_the_same_bit_for_bit(
    suffixes: Suffixes, visit: Callable[..., Observation]
) -> None:
    seen = visit(page=page(SERVICE + "沪ICP备20259902号 Beijing-LabNine-20260809"))
    first, again = (judge(seen, HISTORY, load_pack(register_files=FILES), suffixes) for _ in range(2))
    assert first == again


def test_a_broken_register_is_refused_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("kind,number\nicp,x\n", "utf-8")
    with pytest.raises(BadPack, match=r"broken\.csv: header"):
        load_pack(register_files=[file])
    with pytest.raises(BadPack, match=r"gone\.csv"):
        load_pack(register_files=[tmp_path / "gone.csv"])


# ---------------------------------------------------------------- remarks


@pytest.mark.parametrize(
    ("filed", "security", "remark"),
    [
        ("沪ICP备20259901号", "公网安备31010400000018号", ""),
        ("蜀ICP备20259901号", "川公网安备51010400000018号", ""),
        (
            "京ICP备20259901号",
            "公网安备31010400000018号",
            "ICP number of 京, public-security number of area 31",
        ),
        ("", "公网安备31010400000018号", ""),
        ("京ICP备20259901号", "", ""),
    ],
)
def test_areas_that_differ_are_remarked(filed: str, security: str, remark: str) -> None:
    shown = (("icp", filed), ("public_security", security))
    assert area_remark(Identifier(kind, value, "well_formed") for kind, value in shown if value) == remark


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("© 2026 上海示例网络科技有限公司", ["上海示例网络科技有限公司"]),
        ("主办单位：北京示例研究院", ["北京示例研究院"]),
        ("合作伙伴：北京示例有限公司", []),
        ("© 2026 Quiet Harbour Ltd", []),
    ],
)
def test_the_operator_stands_beside_a_copyright_line(text: str, found: list[str]) -> None:
    assert operators(text) == found


def test_filed_kinds_are_kinds() -> None:
    assert set(FILED) < set(KINDS)
    assert set(KINDS) > SITE_BOUND
