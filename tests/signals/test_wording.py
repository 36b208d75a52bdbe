"""Wording: terms weighed once each, the categories they speak of, and what a table may not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.terms import Example
from benchmarks.wording import as_toml, fit, with_table
from blocklists.suffixes import load_suffixes
from domainscan.assess import BadPack, Pack, judge, load_pack
from domainscan.evaluate import Row
from domainscan.model import History, Observation, Page
from domainscan.signals.context import Context
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.weights import Weights, Wording
from domainscan.signals.wording import wording
from domainscan.signals.words import Words

TABLE = Wording(
    -0.5,
    "by hand",
    {"H07": {"no vpn": 1.0, "号池": 1.5, "@price": 0.5}, "H12": {"girlfriend": 1.2, "chats": 0.3}},
    {"newspaper": -2.0, "研究": -1.0},
)
LEXICON = Lexicon({"price": ["dollars"]})


def said(text: str) -> float:
    words = Words([("text", text)], LEXICON)
    return Weights(TABLE).said(words).odds or Weights(TABLE).against(words)


ODDS = [
    ("", 0.0, "the base says nothing by itself"),
    ("no vpn", 0.0, "one term decides nothing"),
    ("no vpn, 号池", 0.017, "the second one counts, as two of 24: 1 by the root of two, less 0.5"),
    ("no vpn, 号池, girlfriend", 0.096, "and so does the third: 2.2 by the root of three"),
    ("号池 no vpn. No VPN! no-vpn", 0.017, "a term counts once"),
    ("号池 no vpns", 0.017, "the plural is the same term"),
    ("号池 girlfriend novpn", 0.029, "not inside a word"),
    ("我们的号 池, no vpn", 0.017, "blanks do not hide a term"),
    ("号池 girlfriend 3 dollars", 0.06, "any word of a lexicon group"),
    ("号池 girlfriend no vpn chats 研究", 0.036, "what speaks against"),
    ("号池 no vpn, says the newspaper", 0.0, "few terms speak against nothing"),
    ("号池 no vpn girlfriend chats 研究, says the newspaper", -0.704, "six do"),
    ("bread. " * 300 + "号池 no vpn", 0.0, "only the first lines are read"),
]


@pytest.mark.parametrize(("text", "odds", "why"), ODDS, ids=[row[2] for row in ODDS])
def test_terms_add_up(text: str, odds: float, why: str) -> None:
    assert said(text) == odds, why


def test_a_text_of_many_terms_counts_in_full() -> None:
    terms = [f"wort{chr(97 + at)}" for at in range(25)]
    words = Words([("text", " ".join(terms))], LEXICON)
    table = Wording(-0.5, "by hand", {"H07": dict.fromkeys(terms, 1.0)}, {})
    assert Weights(table).said(words).odds == 4.3  # 24 of them by the root of 25, less 0.5


HOPE = [
    ("newspaper. no vpn, an accuracy of 95", True, 0.0, "what the pattern may find changes nothing"),
    ("no vpn, an accuracy of 95", False, 0.059, "it may lift the sum above 0, and does"),
    ("no vpn, an accuracy of 59", False, 0.0, "it may, and does not"),
]


@pytest.mark.parametrize(("text", "untried", "odds", "why"), HOPE, ids=[row[3] for row in HOPE])
def test_a_pattern_is_tried_only_where_it_could_lift_the_sum_above_0(
    text: str, untried: bool, odds: float, why: str
) -> None:
    table = Wording(0.0, "", {"H07": {"@sure_claim": 1.0, "no vpn": 1.5}}, {"newspaper": -2.0})
    words = Words([("text", text)], Lexicon({}))
    assert Weights(table).said(words).odds == odds, why
    assert ("sure_claim" in words.maybe - words.among(())) is untried, why


MEANT = [
    ("no vpn 号池 3 dollars", ("H07",), "one"),
    ("号池 girlfriend chats", ("H07", "H12"), "two that speak nearly alike"),
    ("no vpn 号池 girlfriend", ("H07",), "a weaker one is not meant"),
    ("newspaper", (), "none"),
]


@pytest.mark.parametrize(("text", "categories", "why"), MEANT, ids=[row[2] for row in MEANT])
def test_the_leading_categories_are_meant(text: str, categories: tuple[str, ...], why: str) -> None:
    assert Weights(TABLE).said(Words([("text", text)], LEXICON)).categories == categories, why


def test_evidence_is_what_weighs_most(visit: Callable[..., Observation]) -> None:
    context = Context(History(), with_table(load_pack(), TABLE).vocabulary, load_suffixes())
    page = Page("https://heron.example/", 200, title="Girlfriend chats", text="no vpn 号池 bread")
    reading = wording(visit(name="heron.example", page=page), context)
    assert reading.evidence == ("号池", "girlfriend", "no vpn", "chats")  # type: ignore[union-attr]


def test_a_group_is_quoted_as_the_page_says_it() -> None:
    assert Weights(TABLE).said(Words([("text", "no vpn 号池 3 dollars")], LEXICON)).terms[-1] == "dollars"


def test_without_a_table_nothing_is_said(visit: Callable[..., Observation]) -> None:
    context = Context(History(), with_table(load_pack(), None).vocabulary, load_suffixes())
    page = Page("https://heron.example/", 200, text="no vpn 号池")
    assert wording(visit(name="heron.example", page=page), context).value == 0  # type: ignore[union-attr]


BAD = [
    ("base = 0\n[wording.speaks_for.H99]\nx = 1", "closed list", "a category nobody knows"),
    ("base = 0\n[wording.speaks_for.H07]\nx = -1", "more than 0", "a weight on the wrong side"),
    ("base = 0\n[wording.speaks_for.H07]\nx = inf", "more than 0", "no number to add"),
    (
        "base = 0\n[wording.against]\nx = 1\n[wording.speaks_for]",
        "more than 0",
        "a weight on the wrong side again",
    ),
    ("base = 0\n[wording.speaks_for.H07]\nx = 1\n[wording.against]\nx = -1", "two places", "a term twice"),
    ("base = 0\nslope = 1", "slope", "a key nobody knows"),
]


@pytest.mark.parametrize(("text", "message", "why"), BAD, ids=[row[2] for row in BAD])
def test_a_table_with_a_fault_is_refused(text: str, message: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(
        '[pack]\nname = "x"\nversion = "1"\nlow = 1\nmedium = 3\nhigh = 6\n', "utf-8"
    )
    against = "" if "[wording.against]" in text else "\n[wording.against]\n"
    (tmp_path / "wording.toml").write_text(f'[wording]\nfitted = ""\n{text}{against}', "utf-8")
    with pytest.raises(BadPack, match=message):
        load_pack(tmp_path)


def examples() -> list[Example]:
    """Sites that sell seats, others that mend clocks; three of each use every telling term."""
    found = []
    for at in range(24):
        risky = at % 2 == 0
        text = f"{'seats without vpn' if risky else 'we mend clocks'} since spring in town number {at}"
        page = Page(f"https://s{at}.example/", 200, text=text)
        seen = Observation(f"o{at}", "s", f"s{at}.example", "", "", "observed", page=page)  # type: ignore[arg-type]
        row = Row(at, seen, "positive" if risky else "negative", registrable=f"s{at}.example")
        found.append(Example("set", row, risky, ("H07",) if risky else (), Words([("text", text)], LEXICON)))
    return found


def test_a_fit_tells_them_apart_and_is_the_same_each_time() -> None:
    table = fit(examples())
    assert list(table.speaks_for) == ["H07"]
    assert list(table.speaks_for["H07"]) == [
        "seats without"
    ]  # "seats" and "vpn" stand on the very same pages
    assert list(table.against) == ["clocks since"]  # the last of the longest terms of these pages
    assert "spring" not in (*table.speaks_for["H07"], *table.against)
    assert as_toml(table, "x") == as_toml(fit(examples()), "x")


def test_a_fitted_table_is_a_table_of_a_pack(tmp_path: Path) -> None:
    head = '[pack]\nname = "x"\nversion = "1"\nlow = 1\nmedium = 3\nhigh = 6\n'
    (tmp_path / "pack.toml").write_text(head + as_toml(fit(examples()), "24 pages"), "utf-8")
    assert load_pack(tmp_path).vocabulary.weights


def test_no_group_of_the_table_is_unknown(pack: Pack) -> None:
    """See it fail: rename a lexicon group that wording.toml names."""
    assert pack.vocabulary.weights.groups <= pack.vocabulary.lexicon.groups


def test_wording_alone_never_reaches_high(visit: Callable[..., Observation], pack: Pack) -> None:
    held = with_table(load_pack(), Wording(9.0, "by hand", {"H07": {"bread": 9.0, "fresh": 9.0}}, {}))
    page = Page("https://heron.example/", 200, text="Fresh bread every morning, and a mirror of GPT.")
    said = judge(visit(name="heron.example", page=page), History(), held, load_suffixes())
    assert [(one.category, one.confidence) for one in said.judgements] == [("H07", "medium")]


OFFER = "Remove the clothes of any girl in a photo with AI: $5 a picture, buy now on Telegram."
HONEST = ("clothes", "girl", "photo", "picture", "buy", "telegram")  # as if honest pages spoke so
DOUBTED = [
    (OFFER, -3.0, 1.0, "worded like honest ones"),
    (OFFER, -0.5, 0.0, "not enough"),
    ("Buy a picture or a photo of the girl's clothes by telegram.", -3.0, 0.0, "nothing is offered"),
]


@pytest.mark.parametrize(("text", "odds", "points", "why"), DOUBTED, ids=[row[3] for row in DOUBTED])
def test_honest_wording_takes_one_point_from_an_offer(
    text: str, odds: float, points: float, why: str, visit: Callable[..., Observation]
) -> None:
    """See it fail: take ANY-W0 out of rules-wording.toml."""
    seen = visit(name="heron.example", page=Page("https://heron.example/", 200, text=text))
    table = Wording(odds, "by hand", {"H07": {"bread": 1.0}}, dict.fromkeys(HONEST, -0.001))
    points_by = [
        max((one.points for one in judge(seen, History(), pack, load_suffixes()).judgements), default=0)
        for pack in (with_table(load_pack(), None), with_table(load_pack(), table))
    ]
    assert round(points_by[0] - points_by[1], 3) == points, why


def test_on_a_code_host_the_writer_speaks_and_not_its_owner(visit: Callable[..., Observation]) -> None:
    """See it fail: take github.com from `tenants` in brands.toml."""
    context = Context(History(), with_table(load_pack(), TABLE).vocabulary, load_suffixes())
    for name, odds in (("github.com", 0.017), ("deepseek.com", 0.0)):
        page = Page(f"https://{name}/heron/", 200, text="no vpn, 号池")
        assert wording(visit(name=name, page=page), context).value == odds, name  # type: ignore[union-attr]


def test_manner_alone_is_nobodys_harm(visit: Callable[..., Observation]) -> None:
    """See it fail: let `_is_named` be true of every page."""
    held = with_table(load_pack(), Wording(9.0, "by hand", {"H07": {"bread": 9.0, "fresh": 9.0}}, {}))
    page = Page("https://heron.example/", 200, text="Fresh bread every morning, free of charge, call now.")
    assert judge(visit(name="heron.example", page=page), History(), held, load_suffixes()).judgements == ()
