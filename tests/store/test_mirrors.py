"""The source `kin`: related names that nobody has looked at since the decision, each with its evidence."""

from __future__ import annotations

from typing import Any

import pytest

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.model import Certificate
from domainscan.scan.mirrors import PER_CASE, kin_lines

SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T12:00:00Z" for day in (22, 23, 24, 25))
KIT = {"accounts": ("google:G-1A2B3C4D5E",), "shape_hash": "0123456789abcdef"}
H01 = ("H01", "high")


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes(["lab"])


def lines(desk: Any, suffixes: Suffixes, public: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(one.text, one.note) for one in kin_lines(desk.store, WEDNESDAY, suffixes, public)]


def test_a_name_that_shares_strong_features_is_proposed_with_them(desk, decide, suffixes) -> None:
    desk.visit("mirror.lab", at=SUNDAY, shows=KIT)
    desk.visit("one-feature.lab", at=SUNDAY, shows={"accounts": KIT["accounts"]})
    desk.visit("bad.lab", H01, at=SUNDAY, shows=KIT)
    decide("bad.lab", at=MONDAY)
    told = "kin of bad.lab (H01): analytics:google:G-1A2B3C4D5E, shape64:0123456789abcdef"
    assert lines(desk, suffixes) == [("mirror.lab", told)]
    assert lines(desk, suffixes, frozenset(("analytics:google:G-1A2B3C4D5E",))) == []


@pytest.mark.parametrize(("visited", "proposed"), [(SUNDAY, True), (TUESDAY, False)])
def test_who_was_looked_at_since_is_not_proposed_again(desk, decide, suffixes, visited, proposed) -> None:
    desk.visit("bad.lab", H01, at=SUNDAY, shows=KIT)
    decide("bad.lab", at=MONDAY)
    desk.visit("mirror.lab", at=visited, shows=KIT)
    assert bool(lines(desk, suffixes)) is proposed


def test_names_on_the_certificate_that_nobody_knows_are_proposed(desk, decide, suffixes) -> None:
    names = ("bad.lab", "www.bad.lab", "sibling.lab", "*.cousin.lab")
    shown = Certificate("CN=x", "CN=ca", "", "", names, 4, fingerprint="sha256:f")
    desk.visit("bad.lab", H01, at=SUNDAY, facts={"certificate": shown})
    decide("bad.lab", at=MONDAY)
    told = "kin of bad.lab (H01): named on its certificate"
    assert lines(desk, suffixes) == [("cousin.lab", told), ("sibling.lab", told)]


def test_a_decided_name_is_nobodys_candidate_and_no_name_comes_twice(desk, decide, suffixes) -> None:
    for name in ("bad-1.lab", "bad-2.lab"):
        desk.visit(name, H01, at=SUNDAY, shows=KIT)
        decide(name, at=MONDAY)
    desk.visit("mirror.lab", at=SUNDAY, shows=KIT)
    assert [name for name, _ in lines(desk, suffixes)] == ["mirror.lab"]


def test_a_case_gives_a_bounded_number(desk, decide, suffixes) -> None:
    hosts = " ".join(f"quiet-{n}.lab" for n in range(9))
    text = "\n".join(f"备用域名 {hosts.replace('quiet', f'quiet-{n}')}" for n in range(9))
    desk.visit("bad.lab", H01, at=SUNDAY, text=text)
    decide("bad.lab", at=MONDAY)
    assert 20 <= len(lines(desk, suffixes)) <= PER_CASE
