"""Kin of decided cases: found by what is shared, as of a moment, and never by what a crowd shares."""

from __future__ import annotations

from typing import Any

import pytest

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.model import Certificate, Icon, Kin
from domainscan.store.decisions import end_decision
from domainscan.store.features import Features
from domainscan.store.kin import CROWD_DOMAINS, KIN_NAMES, kin_of, load_decided, neighbours_of

SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T12:00:00Z" for day in (22, 23, 24, 25))
ACCOUNT = ("analytics", "google:G-1A2B3C4D5E")
SHOWS = {"accounts": (ACCOUNT[1],)}
TEXT = "0123456789abcdef"
H01 = ("H01", "high")


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes(["lab", "pages.lab"])


def kin(
    store: Any, suffixes: Suffixes, own: Features = (ACCOUNT,), at: str = WEDNESDAY, name: str = "new.lab"
) -> Any:
    """The kin, by look-up of every feature and by what memory says is worth a look-up: the same."""
    found = kin_of(store, name, at, own, suffixes)
    assert kin_of(store, name, at, own, suffixes, load_decided(store, suffixes)) == found
    return found


def test_a_feature_of_a_decided_case_makes_kin_and_names_both(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows=SHOWS)
    assert kin(desk.store, suffixes) == ()
    decide("bad.lab", at=MONDAY)
    assert kin(desk.store, suffixes) == (Kin("analytics:google:G-1A2B3C4D5E", "bad.lab", "H01"),)


@pytest.mark.parametrize(
    ("measure", "related"),
    [("none", 0), ("notify-owner", 0), ("ask-documents", 0), ("label-fix", 0),
     ("escalate", 1), ("takedown", 1), ("cancel-access", 1), ("suspend-name", 1), ("block", 1)],
)  # fmt: skip
def test_only_measures_against_a_site_make_its_kin_suspicious(
    desk, decide, suffixes, measure, related
) -> None:
    """The customers of an agency whose other customer was broken into are nobody's kin."""
    desk.visit("bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("bad.lab", measure, at=MONDAY)
    assert len(kin(desk.store, suffixes)) == related


def test_kin_are_as_of_a_moment(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows=SHOWS)
    made = decide("bad.lab", at=TUESDAY)
    end_decision(desk.store, made, "lifted", "rita", "looked again", WEDNESDAY)
    assert kin(desk.store, suffixes, at=MONDAY) == ()
    assert len(kin(desk.store, suffixes, at="2026-11-24T13:00:00Z")) == 1
    assert kin(desk.store, suffixes, at="2026-11-26T00:00:00Z") == ()


def test_what_a_case_shows_after_its_decision_was_not_decided_on(desk, decide, suffixes) -> None:
    """Cut or parked, it shows the page that ten thousand others show."""
    desk.visit("bad.lab", H01, at=SUNDAY)
    decide("bad.lab", at=MONDAY)
    desk.visit("bad.lab", at=TUESDAY, shows=SHOWS)
    assert kin(desk.store, suffixes) == ()


def test_names_of_ones_own_domain_are_no_kin(desk, decide, suffixes) -> None:
    desk.visit("a.bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("a.bad.lab", at=MONDAY)
    assert kin(desk.store, suffixes, name="b.bad.lab") == ()
    assert len(kin(desk.store, suffixes, name="b.pages.lab")) == 1


@pytest.mark.parametrize(
    ("own", "found", "why"),
    [
        (TEXT, ["text64:0123456789abcdef"], "equal"),
        ("0123456789abcdee", ["text64~1:0123456789abcdef"], "one bit, in the last band"),
        ("8123456789abcdec", ["text64~3:0123456789abcdef"], "three bits in two bands"),
        ("8123c56789abcdee", ["text64~3:0123456789abcdef"], "three bits in three bands"),
        ("8123c567c9abcdee", [], "four bits"),
    ],
)
def test_a_text_is_near_when_three_bits_differ(
    desk, decide, suffixes, own: str, found: list[str], why: str
) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows={"text_hash": TEXT})
    decide("bad.lab", at=MONDAY)
    assert [one.feature for one in kin(desk.store, suffixes, (("text64", own),))] == found


def certificate(*names: str) -> dict[str, Any]:
    return {
        "certificate": Certificate("CN=x", "CN=ca", "", "", names, len(names), fingerprint="sha256:shared")
    }


@pytest.mark.parametrize(
    "side", ["its certificate names the case", "the case's certificate names it", "one for both"]
)
def test_names_on_one_certificate_are_kin_whoever_shows_it(desk, decide, suffixes, side: str) -> None:
    both = certificate("bad.lab", "new.lab")
    desk.visit("bad.lab", H01, at=SUNDAY, facts={} if side.startswith("its") else both)
    decide("bad.lab", at=MONDAY)
    if not side.startswith("the"):
        desk.visit("new.lab", at=TUESDAY, facts=both)
    own = tuple(
        (row[0], row[1]) for row in desk.store.rows("SELECT kind, value FROM features WHERE name = 'new.lab'")
    )
    found = {one.feature for one in kin(desk.store, suffixes, own)}
    assert (
        found
        == {
            "its certificate names the case": {"san:bad.lab"},
            "the case's certificate names it": {"san:new.lab"},
            "one for both": {"san:bad.lab", "san:new.lab", "certificate:sha256:shared"},
        }[side]
    )


# ---------------------------------------------------------------- crowds

CROWDS: list[tuple[dict[str, Any], tuple[str, str], str]] = [
    ({"shows": SHOWS}, ACCOUNT, "a platform's analytics account"),
    ({"shows": {"text_hash": TEXT}}, ("text64", TEXT), "a parking page"),
    ({"shows": {"shape_hash": TEXT}}, ("shape64", TEXT), "a builder's template"),
    ({"facts": {"icon": Icon("u", "-77", "sha256:i", 1)}}, ("favicon", "-77"), "a default icon"),
    (
        {"shows": {"scripts": ("https://{name}/app.3f2a1b9c.js",)}},
        ("script", "app.3f2a1b9c.js"),
        "a common library",
    ),
]


def visit(desk: Any, name: str, about: dict[str, Any], *grave: tuple[str, str], at: str = SUNDAY) -> None:
    shows = dict(about.get("shows", {}))
    if "scripts" in shows:
        shows["scripts"] = tuple(one.format(name=name) for one in shows["scripts"])
    desk.visit(name, *grave, at=at, shows=shows, facts=dict(about.get("facts", {})))


@pytest.mark.parametrize(("about", "own", "why"), CROWDS, ids=[row[2] for row in CROWDS])
def test_a_feature_of_a_crowd_makes_no_kin(desk, decide, suffixes, about, own, why: str) -> None:
    visit(desk, "bad.lab", about, H01)
    decide("bad.lab", at=MONDAY)
    for number in range(CROWD_DOMAINS):
        visit(desk, f"honest-{number}.lab", about, at=MONDAY)
    assert len(kin(desk.store, suffixes, (own,))) == 1, "the bound"
    visit(desk, "one-more.lab", about, at=MONDAY)
    assert kin(desk.store, suffixes, (own,)) == ()


def test_many_names_of_one_domain_are_no_crowd(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("bad.lab", at=MONDAY)
    for number in range(CROWD_DOMAINS + 5):
        desk.visit(f"n{number}.one-owner.lab", at=MONDAY, shows=SHOWS)
    assert len(kin(desk.store, suffixes)) == 1


def test_a_farm_of_flagged_sites_is_no_crowd(desk, decide, suffixes) -> None:
    desk.visit("zz-bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("zz-bad.lab", at=MONDAY)
    for number in range(CROWD_DOMAINS + 5):
        desk.visit(f"mirror-{number}.lab", ("H01", "medium"), at=MONDAY, shows=SHOWS)
    assert [one.name for one in kin(desk.store, suffixes)] == ["zz-bad.lab"]


def test_the_decided_member_of_a_large_family_is_found_wherever_it_stands(
    desk, decide, suffixes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domainscan.store.kin.HOLDERS", 3)
    desk.visit("zz-bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("zz-bad.lab", at=MONDAY)
    for number in range(9):
        desk.visit(f"mirror-{number}.lab", ("H01", "medium"), at=MONDAY, shows=SHOWS)
    assert [one.name for one in kin(desk.store, suffixes)] == ["zz-bad.lab"]


def test_a_crowd_once_seen_is_not_looked_up_again(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows=SHOWS)
    decide("bad.lab", at=MONDAY)
    decided = load_decided(desk.store, suffixes)
    assert decided.touches("new.lab", (ACCOUNT,), suffixes)
    for number in range(CROWD_DOMAINS + 1):
        desk.visit(f"honest-{number}.lab", at=MONDAY, shows=SHOWS)
    assert kin_of(desk.store, "new.lab", WEDNESDAY, (ACCOUNT,), suffixes, decided) == ()
    assert not decided.touches("new.lab", (ACCOUNT,), suffixes)


# ---------------------------------------------------------------- order and bounds


def test_kin_are_few_the_nearest_first_and_always_in_the_same_order(desk, decide, suffixes) -> None:
    for number in range(KIN_NAMES + 3):
        desk.visit(f"bad-{number}.lab", H01, at=SUNDAY, shows=SHOWS)
        decide(f"bad-{number}.lab", at=MONDAY)
    desk.visit("worst.lab", H01, at=SUNDAY, shows={**SHOWS, "text_hash": TEXT})
    decide("worst.lab", at=MONDAY, category="H02")
    own = (ACCOUNT, ("text64", TEXT))
    found = kin(desk.store, suffixes, own)
    assert found[:2] == (
        Kin("analytics:google:G-1A2B3C4D5E", "worst.lab", "H02"),
        Kin(f"text64:{TEXT}", "worst.lab", "H02"),
    )
    assert [one.name for one in found[2:]] == ["bad-0.lab", "bad-1.lab", "bad-2.lab", "bad-3.lab"]


def test_memory_asks_for_nothing_that_no_decided_case_shows(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows={**SHOWS, "text_hash": TEXT})
    desk.visit("idle.lab", at=SUNDAY, shows={"accounts": ("google:G-9Z8Y7X6W5V",)})
    decide("bad.lab", at=MONDAY)
    decided = load_decided(desk.store, suffixes)
    assert decided.shares("text64", "0123456789abcdee")
    assert not decided.shares("text64", "fedcba9876543210")
    assert not decided.shares("analytics", "google:G-9Z8Y7X6W5V")
    assert decided.touches("bad.lab", (), suffixes), "its own domain may stand on another's certificate"
    assert not decided.touches("idle.lab", (("analytics", "google:G-9Z8Y7X6W5V"),), suffixes)


def test_neighbours_are_all_names_that_share_something_decided_or_not(desk, decide, suffixes) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows={**SHOWS, "text_hash": TEXT})
    desk.visit("other.lab", at=SUNDAY, shows=SHOWS)
    decide("bad.lab", at=MONDAY)
    own = (ACCOUNT, ("text64", TEXT))
    found = neighbours_of(desk.store, "new.lab", WEDNESDAY, own, suffixes, frozenset())
    assert [(one.name, one.weight, one.decided, one.category) for one in found] == [
        ("bad.lab", 2.0, True, "H01"),
        ("other.lab", 1.0, False, ""),
    ]
    public = frozenset(("analytics:google:G-1A2B3C4D5E",))
    found = neighbours_of(desk.store, "new.lab", WEDNESDAY, own, suffixes, public)
    assert [one.name for one in found] == ["bad.lab"]
