"""Names that are never listed: the name itself, what lies below and above it, and what is an alias of it."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.compiler import compile_lists
from blocklists.entries import Reach, covering
from blocklists.gate import Gate
from blocklists.names import Name, parents
from blocklists.overrides import Override
from blocklists.protected import OPENS, Protected
from blocklists.ranking import Ranking
from blocklists.snapshots import About, Group, load_snapshot
from blocklists.suffixes import Suffixes, load_suffixes

SUFFIXES = Suffixes(["com", "org", "net", "co.uk"], ["pages.net"])
DAY = date(2026, 11, 20)
HOST, WWW, SUBTREE = Reach.HOST, Reach.WWW, Reach.SUBTREE
DEEP = Group("infrastructure", "deep", (Name("deep.org"), Name("in.wide.org")))
EXACT = Group("infrastructure", "exact", (Name("exact.org"), Name("ocsp.spot.org")), exact=True)
LENDS = Group("shared_host", "lends", (Name("lends.org"), Name("rank1.lends.org")), lends=True)
LINKS = Group("shared_host", "links", (Name("links.org"),))
CDN = Group("infrastructure", "cdn", (Name("cdn.net"),), lends=True)
GROUPS = (DEEP, EXACT, LENDS, LINKS, CDN)


def about(name: str = "tranco", first: int = 2, left: int = 0) -> About:
    return About(
        name,
        "ranked",
        "popular",
        "a ranking",
        "r.csv",
        DAY,
        DAY,
        "sha256:0",
        14,
        4,
        first,
        left,
        "tranco FILE",
    )


BODY = "first.org\nwww.apex.org\nother.org\nlends.org\npages.net\n\n1\n2\n100001\n5\n6\n\ngone.org 77 2026-11-01\n"
RANKING = Ranking([(about(), BODY)])


def protected(*, overrides: tuple[Override, ...] = ()) -> Protected:
    return Protected(GROUPS, SUFFIXES, RANKING, overrides)


TABLE = [
    ("deep.org", HOST, "override", "the name itself"),
    ("a.b.deep.org", HOST, "override", "far below"),
    ("wide.org", SUBTREE, "override", "above"),
    ("wide.org", HOST, "", "above, but this host alone leaves what lies below"),
    ("exact.org", HOST, "override", "the name itself, of a list that means it exactly"),
    ("a.exact.org", HOST, "", "below a name that is meant exactly"),
    ("spot.org", SUBTREE, "override", "above a name that is meant exactly"),
    ("lends.org", HOST, "override", "a name that lends"),
    ("a.lends.org", SUBTREE, "", "a customer of it"),
    ("org", SUBTREE, "nothing", "a public suffix"),
    ("pages.net", HOST, "nothing", "a public suffix of the private section"),
    ("pages.net", SUBTREE, "nothing", "the same, with all its customers"),
    ("a.pages.net", SUBTREE, "", "a customer, though the ranking has the suffix"),
    ("first.org", HOST, "override", "one of the first 100,000"),
    ("first.org", SUBTREE, "override", "with everything below"),
    ("a.first.org", HOST, "review", "P07: one host below, which may have been taken over"),
    ("a.first.org", WWW, "override", "P07: two hosts are more than exactly one"),
    ("a.first.org", SUBTREE, "override", "P07: so is everything below"),
    ("www.first.org", HOST, "override", "P07: its www is the site itself"),
    ("other.org", HOST, "review", "between 100,000 and a million"),
    ("other.org", SUBTREE, "review", "with everything below"),
    ("a.other.org", SUBTREE, "review", "below"),
    ("apex.org", WWW, "override", "its www is ranked"),
    ("apex.org", SUBTREE, "override", "above a ranked name"),
    ("apex.org", HOST, "", "its www is another host"),
    ("gone.org", HOST, "override", "left the ranking lately"),
    ("free.org", SUBTREE, "", "nobody names it"),
    ("notdeep.org", SUBTREE, "", "merely ends alike"),
    ("deep.org.free.org", SUBTREE, "", "a protected name as another's labels"),
]


@pytest.mark.parametrize(("name", "reach", "opens", "why"), TABLE)
def test_who_may_say_otherwise(name: str, reach: Reach, opens: str, why: str) -> None:
    found = [one.opens for one in protected().refusals(Name(name), reach)]
    strictest = min(found, key=list(OPENS).index, default="")
    assert strictest == opens, why


@pytest.mark.parametrize(("name", "reach", "opens", "why"), TABLE)
def test_without_the_lists_only_public_suffixes_are_refused(
    name: str, reach: Reach, opens: str, why: str
) -> None:
    """The negative control of the table above."""
    bare = Protected((), SUFFIXES)
    assert bool(bare.refusals(Name(name), reach)) == (opens == "nothing"), why


def test_of_two_lists_the_one_that_protects_more_counts() -> None:
    exact, deep = (Group("own", "x", (Name("a.org"),), exact=one) for one in (True, False))
    for groups in ((exact, deep), (deep, exact)):
        assert Protected(groups, SUFFIXES).refusals(Name("b.a.org"), HOST), groups
    assert not Protected((exact,), SUFFIXES).refusals(Name("b.a.org"), HOST)


def test_a_name_that_lends_lends_whatever_a_later_list_says() -> None:
    later = Group("infrastructure", "later", (Name("lends.org"),))
    assert not Protected((LENDS, later), SUFFIXES).refusals(Name("a.lends.org"), HOST)


# ---------------------------------------------------------------- aliases


@pytest.mark.parametrize(
    ("target", "refused", "why"),
    [
        ("deep.org", True, "a protected name"),
        ("cdn.deep.org", True, "below one"),
        ("exact.org", True, "one that is meant exactly"),
        ("a.exact.org", False, "below that"),
        ("lends.org", False, "a shared host: every customer's name leads there"),
        ("a.lends.org", False, "a place on it"),
        ("cdn.net", False, "what many sites are served by"),
        ("links.org", False, "a host of strangers' pages"),
        ("first.org", False, "mere popularity"),
        ("elsewhere.org", False, "nobody's"),
    ],
)
def test_p06_a_name_that_leads_to_a_protected_one_is_refused(target: str, refused: bool, why: str) -> None:
    known = protected().knowing(aliases={Name("evil.org"): (Name("hop.org"), Name(target))})
    found = known.refusals(Name("evil.org"), SUBTREE)
    assert [one.guard for one in found] == ["alias"] * refused, why
    assert not protected().refusals(Name("evil.org"), SUBTREE), "the control: what no visit told is not known"
    assert not known.refusals(Name("free.org"), SUBTREE), "another name"


def test_p06_nor_does_a_name_make_its_victim_listed() -> None:
    known = protected().knowing(aliases={Name("evil.org"): (Name("deep.org"),)})
    assert known.refusals(Name("deep.org"), HOST) == protected().refusals(Name("deep.org"), HOST) != ()


# ---------------------------------------------------------------- who answers


def override(name: str, reach: Reach = HOST) -> Override:
    return Override(Name(name), reach, ("lin", "wei"), "why", DAY, date(2026, 12, 20))


@pytest.mark.parametrize(
    ("said", "name", "reach", "listed", "why"),
    [
        (override("deep.org"), "deep.org", HOST, True, "just what was allowed"),
        (override("deep.org"), "deep.org", SUBTREE, False, "more than was allowed"),
        (override("deep.org"), "a.deep.org", HOST, False, "another host"),
        (override("a.deep.org"), "a.deep.org", HOST, True, "one host below a protected name"),
        (override("a.deep.org"), "deep.org", HOST, False, "what lies above it"),
        (override("deep.org", SUBTREE), "a.deep.org", SUBTREE, True, "less than was allowed"),
        (override("deep.org", WWW), "www.deep.org", HOST, True, "its www"),
        (override("deep.org", WWW), "deep.org", WWW, True, "both"),
        (override("deep.org", WWW), "deep.org", SUBTREE, False, "more than both"),
        (override("wide.org", SUBTREE), "wide.org", SUBTREE, True, "above a protected name"),
        (override("first.org"), "first.org", HOST, True, "one of the first"),
        (override("org", SUBTREE), "org", SUBTREE, False, "a public suffix: nobody may"),
        (override("pages.net"), "pages.net", HOST, False, "one of the private section"),
    ],
)
def test_an_override_opens_what_it_names_and_no_more(
    said: Override, name: str, reach: Reach, listed: bool, why: str
) -> None:
    assert (not protected(overrides=(said,)).refusals(Name(name), reach)) == listed, why
    assert protected().refusals(Name(name), reach), "the control"
    assert protected(overrides=(said,)).objections(Name(name), reach), "what speaks against it stays known"


@pytest.mark.parametrize(
    ("name", "decided", "reach", "listed", "why"),
    [
        ("other.org", SUBTREE, SUBTREE, True, "two people decided so"),
        ("other.org", HOST, SUBTREE, False, "they decided less"),
        ("a.first.org", HOST, HOST, True, "P07"),
        ("a.first.org", SUBTREE, SUBTREE, False, "P07: not more than the exact host"),
        ("first.org", HOST, HOST, False, "one of the first: needs an override"),
        ("deep.org", HOST, HOST, False, "on the never-list: needs an override"),
    ],
)
def test_two_people_open_only_what_two_people_may(
    name: str, decided: Reach, reach: Reach, listed: bool, why: str
) -> None:
    known = protected().knowing(reviews={Name(name): decided})
    assert (not known.refusals(Name(name), reach)) == listed, why
    assert protected().refusals(Name(name), reach), "the control"


def test_what_an_override_opens_is_not_let_pass_by_the_zone_that_goes_first() -> None:
    passing = {one.name: one.reach for one in protected().zone()}
    assert passing["deep.org"] is SUBTREE
    assert "deep.org" not in {one.name for one in protected(overrides=(override("deep.org"),)).zone()}
    below = {one.name: one.reach for one in protected(overrides=(override("a.deep.org"),)).zone()}
    assert below == passing | {Name("deep.org"): HOST}
    assert passing["exact.org"] is HOST


# ---------------------------------------------------------------- no name passes

LABELS = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
NEVER = [
    *(name for group in GROUPS for name in group.names),
    "first.org",
    "www.apex.org",
]


def said(name: str, reach: Reach) -> str:
    """A line that means this."""
    return {HOST: f"0.0.0.0 {name}", SUBTREE: f"*.{name}", WWW: f"{name},www"}[reach]


@given(st.sampled_from(NEVER), st.lists(LABELS, min_size=0, max_size=3), st.sampled_from((HOST, SUBTREE)))
def test_no_protected_name_and_nothing_below_or_above_it_passes(
    name: str, labels: list[str], reach: Reach
) -> None:
    """By the look-up and by the compiler, which looks at many names at once."""
    guards = protected()
    below = ".".join([*labels, name])
    meant = {group.names: group.deep for group in GROUPS}
    shields = next((deep for names, deep in meant.items() if name in names), True)
    tails = [name.split(".", at)[at] for at in range(name.count("."))]
    wanted = [(below, reach)] if shields or not labels else [(name, reach)]
    wanted += [(tail, SUBTREE) for tail in tails]
    for one, far in wanted:
        assert guards.refusals(Name(one), far), (one, far)
    text = "\n".join(said(one, far) for one, far in wanted)
    listed = compile_lists([("x", text.splitlines())], suffixes=SUFFIXES, protected=guards).blocklist
    assert list(listed) == []
    bare = compile_lists([("x", text.splitlines())], suffixes=SUFFIXES, protected=None).blocklist
    known = {entry.name: entry for entry in bare}
    assert all(covering(known.get, Name(one)) for one, _ in wanted), "the control: the lines do name them"


SHIPPED = [(name, group) for group in load_snapshot().groups for name in group.names]


@given(st.sampled_from(SHIPPED), st.lists(LABELS, min_size=1, max_size=3), st.sampled_from(list(Reach)))
def test_nothing_below_or_above_a_shipped_name_passes(
    pair: tuple[Name, Group], labels: list[str], reach: Reach
) -> None:
    name, group = pair
    guards = shipped()
    below = Name(".".join([*labels, name]))
    lent = guards.suffixes.suffix(below).endswith(f".{name}")  # a platform's own suffix lies in between
    if group.deep and not lent:
        assert guards.refusals(below, reach)
    for above in parents(name):
        assert guards.refusals(above, SUBTREE), above
    bare = Protected((), guards.suffixes).refusals(below, reach)
    assert {one.guard for one in bare} <= {"public_suffix"}, "the control: the lists are what refuses"


@cache
def shipped() -> Protected:
    return Protected(load_snapshot().groups, load_suffixes())


@pytest.mark.parametrize("many", [1, 40])
def test_what_a_ranking_refuses_is_suspected_among_many_names(many: int) -> None:
    """The names of a batch are looked at together; beyond a few endings in another way."""
    names = [Name(f"n{at}.org") for at in range(many)]
    body = "\n".join(names) + "\n\n" + "\n".join("1" for _ in names) + "\n\n"
    guards = Protected((), SUFFIXES, Ranking([(about(first=many), body)]))
    asked = [Name(f"{prefix}{one}") for one in names for prefix in ("", "a.", "a.b.")] + [Name("free.org")]
    gate = Gate(SUFFIXES, guards)
    assert gate.suspects(asked) == set(asked) - {"free.org"}
    assert all(gate.refusal(one, SUBTREE) for one in asked[:-1])
    assert Gate(SUFFIXES, Protected((), SUFFIXES)).suspects(asked) == set(), "the control"
