"""Which judgement stands, and when to look again."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domainscan.model import Failure, Name
from domainscan.store.cases import (
    UnknownCase,
    assign_case,
    count_unseen,
    due,
    flagged_cases,
    known_names,
    load_case,
    record_judged,
    standing,
    unseen_cases,
)
from domainscan.store.findings import judged_again
from domainscan.store.reports import Report, record_reports
from domainscan.store.times import days_between, later

NOON = "2026-11-23T12:00:00Z"
HIGH = ("H01", "high")


def case(desk, name: str = "alpha.lab"):
    found = load_case(desk.store, name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "grave", "days", "why"),
    [
        ("observed", [HIGH], 1, "risky soon"),
        ("observed", [("H01", "low")], 14, "low confidence is not flagged"),
        ("observed", [], 14, "quiet later"),
        ("failed", [], 1, "could not look: try again tomorrow"),
        ("dead", [], 2, "dead later"),
    ],
)
def test_when_a_name_is_due_again(
    desk, status: str, grave: list[tuple[str, str]], days: int, why: str
) -> None:
    desk.visit("alpha.lab", *grave, at=NOON, status=status)
    assert case(desk).next_due == later(NOON, days), why
    assert due(desk.store, later(NOON, days - 0.01)) == []
    assert due(desk.store, later(NOON, days)) == [("alpha.lab", "")]


def test_a_dead_name_is_visited_ever_more_rarely_and_becomes_dormant(desk) -> None:
    at, found = NOON, []
    for _ in range(9):
        desk.visit("alpha.lab", at=at, status="dead")
        now = case(desk)
        found.append((days_between(at, now.next_due), now.dormant))
        at = now.next_due
    assert [days for days, _ in found] == [2, 4, 8, 16, 32, 64, 64, 64, 64]
    assert [dormant for _, dormant in found] == [False, False] + [True] * 7


def test_ten_dead_visits_in_one_hour_are_one_finding(desk) -> None:
    for minute in range(10):
        desk.visit("alpha.lab", at=f"2026-11-23T12:{minute:02}:00Z", status="dead")
    assert days_between(case(desk).visited, case(desk).next_due) == 2
    assert not case(desk).dormant


@pytest.mark.parametrize("status", ["observed", "failed"])
def test_a_sign_of_life_or_doubt_ends_the_row_of_dead_visits(desk, status: str) -> None:
    for day in (1, 3, 9):
        desk.visit("alpha.lab", at=f"2026-11-{day:02}T00:00:00Z", status="dead")
    assert case(desk).dormant
    desk.visit("alpha.lab", at=NOON, status=status)
    assert (case(desk).dormant, case(desk).dead_visits) == (False, 0)


@pytest.mark.parametrize("status", ["failed", "dead"])
def test_a_visit_that_could_not_look_keeps_the_judgement_that_stands(desk, status: str) -> None:
    seen, judged = desk.visit("alpha.lab", HIGH, at=NOON)
    desk.visit("alpha.lab", at=later(NOON, 1), status=status)
    assert standing(desk.store, "alpha.lab") == (seen, judged)
    assert (case(desk).flagged, case(desk).flagged_since, case(desk).status) == (True, NOON, status)


def test_a_new_look_replaces_the_judgement_and_the_clock_starts_anew(desk) -> None:
    days = [later(NOON, n) for n in range(4)]
    desk.visit("alpha.lab", HIGH, at=days[0])
    desk.visit("alpha.lab", HIGH, at=days[1])
    assert case(desk).flagged_since == days[0]
    desk.visit("alpha.lab", at=days[2])
    assert (case(desk).flagged, case(desk).flagged_since) == (False, "")
    desk.visit("alpha.lab", HIGH, at=days[3])
    assert case(desk).flagged_since == days[3]


def test_a_settled_judgement_is_not_flagged(desk) -> None:
    desk.visit("alpha.lab", HIGH, settled=True)
    assert not case(desk).flagged
    assert flagged_cases(desk.store, NOON) == []


def test_a_late_result_of_an_older_visit_changes_no_case(desk) -> None:
    desk.visit("alpha.lab", HIGH, at=later(NOON, 1))
    desk.visit("alpha.lab", at=NOON, now=later(NOON, 2))
    assert (case(desk).flagged, case(desk).visited) == (True, later(NOON, 1))


@pytest.mark.parametrize(("ahead", "why"), [(1, "a clock that was a day ahead"), (3650, "or ten years")])
def test_a_visit_of_the_future_holds_up_no_case(desk, ahead: int, why: str) -> None:
    desk.visit("alpha.lab", HIGH, at=later(NOON, ahead))
    assert due(desk.store, NOON) == [("alpha.lab", "")], why
    desk.visit("alpha.lab", at=NOON)
    assert (case(desk).flagged, case(desk).visited) == (False, NOON), why
    assert due(desk.store, NOON) == []


def test_the_gravest_of_a_names_urls_stands(desk) -> None:
    grave = desk.visit("alpha.lab", ("H02", "medium"), at=NOON, url="https://alpha.lab/offer")
    desk.visit("alpha.lab", at=later(NOON, 1))
    assert standing(desk.store, "alpha.lab") == grave
    assert case(desk).flagged
    assert due(desk.store, later(NOON, 2)) == [("alpha.lab", "https://alpha.lab/offer")]


def test_judging_again_moves_the_case_of_the_newest_look_only(desk, assessment) -> None:
    old, _ = desk.visit("alpha.lab", HIGH, at=NOON)
    new, _ = desk.visit("alpha.lab", at=later(NOON, 1))
    failed, _ = desk.visit("alpha.lab", at=later(NOON, 2), status="failed")
    now = later(NOON, 3)
    assert record_judged(desk.store, [judged_again(old, assessment(old, HIGH, pack="p2"))], now) == 1
    assert record_judged(desk.store, [judged_again(failed, assessment(failed, HIGH, pack="p2"))], now) == 1
    assert not case(desk).flagged
    today = assessment(new, ("H06", "medium"), pack="p2")
    assert record_judged(desk.store, [judged_again(new, today)], now) == 1
    assert record_judged(desk.store, [judged_again(new, today)], now) == 0
    assert standing(desk.store, "alpha.lab") == (new, today)
    assert (case(desk).flagged, case(desk).flagged_since) == (True, now)


def test_what_is_due_comes_flagged_first_then_longest_overdue_and_can_be_limited(desk) -> None:
    desk.visit("quiet.lab", at="2026-11-01T00:00:00Z")
    desk.visit("failed.lab", at="2026-11-20T00:00:00Z", status="failed")
    desk.visit("risky.lab", HIGH, at="2026-11-21T00:00:00Z")
    wanted = [("risky.lab", ""), ("quiet.lab", ""), ("failed.lab", "")]
    assert due(desk.store, NOON) == wanted
    assert due(desk.store, NOON, 2) == wanted[:2]


def test_names_below_a_name_are_found_and_look_alikes_are_not(desk) -> None:
    for name in (
        "shop.lab",
        "a.shop.lab",
        "b.a.shop.lab",
        "workshop.lab",
        "a_b.lab",
        "x.a_b.lab",
        "x.acb.lab",
    ):
        desk.visit(name)
    assert known_names(desk.store, "shop.lab") == ["a.shop.lab", "b.a.shop.lab", "shop.lab"]
    assert known_names(desk.store, "a_b.lab") == ["a_b.lab", "x.a_b.lab"]


def test_only_a_case_can_be_assigned(desk) -> None:
    desk.visit("alpha.lab")
    assign_case(desk.store, "alpha.lab", "ann")
    assert case(desk).assigned == "ann"
    with pytest.raises(UnknownCase, match=r"'beta\.lab'"):
        assign_case(desk.store, "beta.lab", "ann")


WALLED = "walled: a log-in"


def test_a_visit_that_was_not_shown_the_page_leaves_the_earlier_judgement_standing(desk) -> None:
    stands = desk.visit("alpha.lab", HIGH, at=NOON)
    desk.visit("alpha.lab", at=later(NOON, 1), unseen=WALLED)
    assert (case(desk).flagged, case(desk).visited) == (True, later(NOON, 1))
    assert standing(desk.store, "alpha.lab") == stands
    assert [one.unseen for one in flagged_cases(desk.store, NOON)] == [WALLED]
    desk.visit("alpha.lab", at=later(NOON, 2))
    assert not case(desk).flagged, "negative control: a page that was seen and offers nothing"


def test_what_was_never_seen_is_listed_until_somebody_decides(desk, decide) -> None:
    for number, name in enumerate(("alpha.lab", "beta.lab", "gamma.lab")):
        desk.visit(name, HIGH if name == "gamma.lab" else ("H07", "low"), at=later(NOON, number))
    desk.visit("alpha.lab", at=later(NOON, 3), unseen=WALLED)
    desk.visit("gamma.lab", at=later(NOON, 4), unseen=WALLED)
    found = unseen_cases(desk.store, NOON)
    assert [(one.name, one.why, one.flagged) for one in found] == [
        ("gamma.lab", WALLED, True), ("alpha.lab", WALLED, False)
    ]  # fmt: skip
    desk.visit("beta.lab", at=later(NOON, 3), unseen=WALLED)
    tip = Report(0, Name("beta.lab"), "", "", "a paid service", "12377", "", NOON)
    record_reports(desk.store, [tip, replace(tip, text="again"), replace(tip, state="closed")])
    found = [(one.name, one.reports) for one in unseen_cases(desk.store, NOON)]
    assert found == [("gamma.lab", 0), ("beta.lab", 2), ("alpha.lab", 0)], "what was reported comes first"
    decide("beta.lab")
    decide("alpha.lab")
    assert [one.name for one in unseen_cases(desk.store, NOON)] == ["gamma.lab"]
    desk.visit("gamma.lab", at=later(NOON, 5))
    assert unseen_cases(desk.store, NOON) == []


@pytest.mark.parametrize(
    ("facts", "unseen"),
    [({"page": Failure("disallowed")}, ""), ({}, WALLED)],
    ids=["robots.txt", "a log-in"],
)
def test_judging_again_what_was_not_shown_lifts_no_flag(desk, assessment, facts: Any, unseen: str) -> None:
    stands = desk.visit("alpha.lab", HIGH, at=NOON)
    hidden, _ = desk.visit("alpha.lab", at=later(NOON, 1), facts=facts, unseen=unseen)
    again = assessment(hidden, pack="p2", unseen=unseen)
    assert record_judged(desk.store, [judged_again(hidden, again)], later(NOON, 2)) == 1
    assert (case(desk).flagged, standing(desk.store, "alpha.lab")) == (True, stands)
    if not facts:  # negative control: by a newer pack it was the page
        record_judged(desk.store, [judged_again(hidden, assessment(hidden, pack="p3"))], later(NOON, 3))
        assert (case(desk).flagged, unseen_cases(desk.store, NOON)) == (False, [])


def test_a_scan_counts_what_it_was_not_shown(desk) -> None:
    first, _ = desk.visit("alpha.lab", at=NOON, unseen=WALLED)
    other, _ = desk.visit("beta.lab", at=NOON)
    assert [count_unseen(desk.store, one.scan) for one in (first, other)] == [1, 0]
